//! `cargo local down`: the end of the running stack.

use anyhow::Result;

use crate::{state::Left, workspace::Workspace};

pub(super) async fn execute(workspace: &Workspace) -> Result<()> {
    match Left::find(workspace)? {
        Some(left) => {
            left.end(workspace).await?;
            println!("the stack at {} is down", left.endpoint);
        }
        None => println!("no stack was up"),
    }
    Ok(())
}
