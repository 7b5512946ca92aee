//! `fermata artist ID`: prints one row of the artists table.

use anyhow::{Context, Result, bail};

use crate::{
    state::Left,
    terminal::{escape, print},
    workspace::Workspace,
};

pub(super) async fn execute(workspace: &Workspace, id: &str) -> Result<()> {
    let left = Left::require(workspace).await?;
    let artist = left.observer().artist(id).await?;
    let artist = artist.with_context(|| format!("no artist with the id {id} has been collected"))?;
    if let Some(at) = artist["forgotten_at"].as_str() {
        bail!("artist {id} was erased on {at}");
    }
    print(&escape::json(&serde_json::to_string_pretty(&artist)?))
}
