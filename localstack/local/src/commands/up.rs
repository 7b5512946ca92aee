//! `fermata up`: a stack that stays.

use anyhow::{Result, bail};

use super::options;
use crate::{
    cli::{StackArgs, program},
    dashboard,
    emulator::Lifetime,
    stack::Stack,
    state::Left,
    terminal::{print, steps::Steps},
    workspace::Workspace,
};

pub(super) async fn execute(workspace: &Workspace, args: &StackArgs, steps: &Steps) -> Result<()> {
    refuse_a_second(workspace).await?;
    let options = options(args, Lifetime::Background, steps).await?;
    let stack = Stack::start(workspace, &options).await?;
    let spotify = stack.spotify().api_url.clone();
    let left = stay(workspace, stack).await?;
    let program = program();
    let schedule = if options.backend.fires_schedules() {
        "The emulator fires the one-minute schedule, so an open run continues by itself."
    } else {
        "This emulator may not fire the one-minute schedule; each `seed` fires it once."
    };
    let lines = [
        format!("Dashboard: {}", left.dashboard_url.as_deref().unwrap_or("none")),
        format!("AWS:       {}, for this shell: eval \"$({program} env)\"", left.endpoint()),
        format!("Spotify:   {spotify}"),
        format!("Logs:      {}", left.folder.display()),
        schedule.to_owned(),
        format!(
            "Next: `{program} seed` opens a run, `{program} status --watch` follows it, `{program} down` ends \
             the stack."
        ),
    ];
    print(&lines.join("\n"))
}

/// Lets a stack stay, with its dashboard. Without one, the stack is as useful as before.
pub(super) async fn stay(workspace: &Workspace, stack: Stack) -> Result<Left> {
    let mut left = stack.leave_running()?;
    match dashboard::beside(&mut left).await {
        Ok(()) => left.save(workspace)?,
        Err(error) => note!("note: there is no dashboard: {error:#}"),
    }
    Ok(left)
}

/// Fails when a stack is running already.
pub(super) async fn refuse_a_second(workspace: &Workspace) -> Result<()> {
    let Some(left) = Left::find(workspace)? else { return Ok(()) };
    if Left::require(workspace).await.is_ok() {
        bail!(
            "a local stack is already running at {}; stop it with `{} down` first",
            left.endpoint(),
            program()
        );
    }
    // Its emulator has died, so these are only its remains.
    left.end(workspace).await
}
