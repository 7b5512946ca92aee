//! `fermata chaos`: compares a run in which everything fails with an undisturbed one.

use anyhow::{Result, ensure};

use crate::{
    chaos::{Plan, play},
    cli::ChaosArgs,
    terminal::{print, print_json, steps::Steps},
    workspace::Workspace,
};

pub(super) async fn execute(workspace: &Workspace, args: &ChaosArgs, steps: &Steps) -> Result<()> {
    let plan = Plan { artists: args.artists, seed: args.seed, disturbances: args.disturbances };
    // Boxed, since whole stacks make a large future.
    let verdict = Box::pin(play(workspace, plan, steps)).await?;
    if args.json {
        print_json(&verdict.json())?;
    } else {
        print(&verdict.text())?;
    }
    ensure!(verdict.is_good(), "the disturbed run differs from the undisturbed one");
    Ok(())
}
