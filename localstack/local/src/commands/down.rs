//! `fermata down`: the end of the local stack.

use anyhow::Result;

use crate::{
    state::Left,
    terminal::{print, steps::Steps},
    workspace::Workspace,
};

pub(super) async fn execute(workspace: &Workspace, steps: &Steps) -> Result<()> {
    let Some(left) = Left::find(workspace)? else { return print("No local stack is running.") };
    let step = steps.begin("Ending the local stack", "a few seconds");
    left.end(workspace).await?;
    drop(step);
    print(&format!("The stack at {} has ended.", left.endpoint()))
}
