//! `cargo local up`: a stack that stays.

use anyhow::{Result, bail};

use super::options;
use crate::{cli::StackArgs, emulator::Lifetime, stack::Stack, state::Left, workspace::Workspace};

pub(super) async fn execute(workspace: &Workspace, args: &StackArgs) -> Result<()> {
    none_is_up(workspace).await?;
    let options = options(args, Lifetime::Background).await?;
    let stack = Stack::start(workspace, &options).await?;
    let spotify = stack.spotify().api_url.clone();
    let left = stack.leave_running()?;
    println!("AWS       {}", left.endpoint);
    println!("Spotify   {spotify}");
    println!("logs      {}", left.folder.display());
    if options.backend.fires_schedules() {
        println!("The emulator plays the one-minute schedule, so a run goes on by itself once it is open.");
    } else {
        println!(
            "This emulator may not play the one-minute schedule; `cargo local seed` plays it once more."
        );
    }
    println!(
        "Next: `cargo local seed` opens a run, `cargo local status` shows it, `cargo local down` ends all."
    );
    Ok(())
}

/// Fails when a stack is up already.
pub(super) async fn none_is_up(workspace: &Workspace) -> Result<()> {
    let Some(left) = Left::find(workspace)? else { return Ok(()) };
    if Left::require(workspace).await.is_ok() {
        bail!("a stack is up already at {}; end it with `cargo local down` first", left.endpoint);
    }
    // Its emulator has died, so this is only what lies about.
    left.end(workspace).await
}
