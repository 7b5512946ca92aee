//! `fermata up`: a stack that stays.

use std::fs::File;

use anyhow::{Result, bail};

use super::options;
use crate::{
    cli::{StackArgs, program},
    dashboard::Beside,
    emulator::Lifetime,
    stack::Stack,
    state::{self, Left},
    terminal::{print, steps::Steps},
    workspace::Workspace,
};

pub(super) async fn execute(workspace: &Workspace, args: &StackArgs, steps: &Steps) -> Result<()> {
    let claim = claim(workspace).await?;
    let options = options(args, Lifetime::Background, steps).await?;
    let stack = Stack::start(workspace, &options).await?;
    let spotify = stack.spotify().api_url.clone();
    let left = stay(workspace, stack, claim).await?;
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

/// Lets a stack stay under the name that was claimed, with its dashboard. Without one, the stack is as useful
/// as before.
pub(super) async fn stay(workspace: &Workspace, stack: Stack, claim: File) -> Result<Left> {
    // Until all is written down, an interrupt ends the stack.
    let mut draft = stack.left().draft(workspace)?;
    match dashboard(workspace, &mut draft.left).await {
        Ok(dashboard) => dashboard.leave_running(),
        Err(error) => {
            note!("note: there is no dashboard: {error:#}");
            draft.left.dashboard_pid = None;
            draft.left.save(workspace)?;
        }
    }
    let left = draft.keep();
    stack.leave_running();
    drop(claim);
    Ok(left)
}

/// The dashboard of a stack that is written down, which is noted there too.
async fn dashboard(workspace: &Workspace, left: &mut Left) -> Result<Beside> {
    let mut dashboard = Beside::start(&left.folder)?;
    // At once: if this command is killed, `down` has to find it.
    left.dashboard_pid = dashboard.pid();
    left.save(workspace)?;
    left.dashboard_url = Some(dashboard.url().await?);
    left.save(workspace)?;
    Ok(dashboard)
}

/// Claims the name of the local stack, so that no other command can leave a stack of this name running.
///
/// # Errors
/// When one is running already, or about to.
pub(super) async fn claim(workspace: &Workspace) -> Result<File> {
    let claim = state::claim(workspace)?;
    refuse_a_second(workspace).await?;
    Ok(claim)
}

/// Fails when a stack is running already.
async fn refuse_a_second(workspace: &Workspace) -> Result<()> {
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
