//! `cargo local up`: a stack that stays.

use std::io::{Write, stdout};

use anyhow::{Result, bail};

use super::options;
use crate::{cli::StackArgs, emulator::Lifetime, stack::Stack, state::Left, workspace::Workspace};

pub(super) async fn execute(workspace: &Workspace, args: &StackArgs) -> Result<()> {
    none_is_up(workspace).await?;
    let options = options(args, Lifetime::Background).await?;
    let stack = Stack::start(workspace, &options).await?;
    let spotify = stack.spotify().api_url.clone();
    let left = stack.leave_running()?;
    writeln!(stdout(), "AWS       {}", left.endpoint)?;
    writeln!(stdout(), "Spotify   {spotify}")?;
    writeln!(stdout(), "logs      {}", left.folder.display())?;
    if options.backend.fires_schedules() {
        writeln!(
            stdout(),
            "The emulator plays the one-minute schedule, so a run goes on by itself once it is open."
        )?;
    } else {
        writeln!(
            stdout(),
            "This emulator may not play the one-minute schedule; `cargo local seed` plays it once more."
        )?;
    }
    writeln!(
        stdout(),
        "Next: `cargo local seed` opens a run, `cargo local status` shows it, `cargo local down` ends all."
    )?;
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
