//! `cargo local artist ID`: one row of the table.

use std::io::Write;

use anyhow::{Context, Result};

use crate::{state::Left, workspace::Workspace};

pub(super) async fn execute(workspace: &Workspace, id: &str) -> Result<()> {
    let left = Left::require(workspace).await?;
    let artist = left.observer().artist(id).await?;
    let artist = artist.with_context(|| format!("no artist with the id {id} has been collected"))?;
    // A reader that has seen enough, such as `head`, is no reason to panic.
    writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&artist)?)
        .context("the output was not read")
}
