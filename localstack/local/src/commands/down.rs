//! `cargo local down`: the end of the running stack.

use std::io::{Write, stdout};

use anyhow::Result;

use crate::{state::Left, workspace::Workspace};

pub(super) async fn execute(workspace: &Workspace) -> Result<()> {
    match Left::find(workspace)? {
        Some(left) => {
            left.end(workspace).await?;
            writeln!(stdout(), "the stack at {} is down", left.endpoint)?;
        }
        None => writeln!(stdout(), "no stack was up")?,
    }
    Ok(())
}
