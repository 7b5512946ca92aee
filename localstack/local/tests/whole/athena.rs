//! Whether Athena understands SQL, and calculates as `DuckDB` does.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use local::{
    python::{Environment, Requirements},
    workspace::Workspace,
};
use tokio::process::Command;

/// Parses each of these files as Athena does.
pub(crate) async fn parses(workspace: &Workspace, files: &[PathBuf]) -> Result<()> {
    let environment = Environment::ensure(workspace, Requirements::Test).await?;
    let mut parse = Command::new(environment.python());
    let output = parse.args(["-c", include_str!("athena.py")]).args(files).output().await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    ensure!(String::from_utf8_lossy(&output.stdout).trim() == files.len().to_string(), "not all were parsed");
    Ok(())
}

#[tokio::test]
async fn a_division_that_athena_rounds_to_a_digit_is_refused() {
    let workspace = Workspace::find().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("query.sql");
    for (sql, is_double) in [
        ("SELECT round(100.0 * count(*) / max(a), 2) FROM t", false),
        ("SELECT round(100e0 * count(*) / max(a), 2) FROM t", true),
        ("SELECT CAST(count(*) AS DOUBLE) / max(a), 0.5 FROM t", true),
    ] {
        std::fs::write(&file, sql).unwrap();
        let parsed = parses(&workspace, std::slice::from_ref(&file)).await;
        assert_eq!(parsed.is_ok(), is_double, "{sql}: {parsed:?}");
    }
}
