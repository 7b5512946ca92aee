//! The hidden `cargo local fake`: the stand-in of a background stack, in its own process.

use anyhow::{Context, Result};

use crate::{cli::FakeArgs, spotify::fake};

pub(super) async fn execute(args: &FakeArgs) -> Result<()> {
    let settings = serde_json::from_str(&args.settings).context("cannot read the stand-in's settings")?;
    fake::serve(&settings).await
}
