//! `cargo local chaos`: a run in which everything goes wrong, compared with one in which nothing does.

use std::io::{Write, stdout};

use anyhow::{Result, ensure};

use crate::{
    chaos::{Plan, play},
    cli::ChaosArgs,
    workspace::Workspace,
};

pub(super) async fn execute(workspace: &Workspace, args: &ChaosArgs) -> Result<()> {
    let plan = Plan { artists: args.artists, seed: args.seed, disturbances: args.disturbances };
    let verdict = play(workspace, plan).await?;
    if args.json {
        writeln!(stdout(), "{}", verdict.json())?;
    } else {
        writeln!(stdout(), "{}", verdict.text())?;
    }
    ensure!(verdict.is_good(), "the disturbed run differs from the undisturbed one");
    Ok(())
}
