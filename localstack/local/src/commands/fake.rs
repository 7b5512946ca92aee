//! The hidden `cargo local fake`: the stand-in of a stack in the background, in a process of its own.

use anyhow::{Context, Result};

use crate::{cli::FakeArgs, spotify::fake};

pub(super) async fn execute(args: &FakeArgs) -> Result<()> {
    let settings =
        serde_json::from_str(&args.settings).context("the settings of the stand-in are damaged")?;
    fake::serve(&settings).await
}
