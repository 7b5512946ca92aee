//! SQL over a folder of snapshots, as the command answers it.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use anyhow::{Context, Result, ensure};
use local::{
    python::{Environment, Requirements},
    workspace::Workspace,
};
use serde_json::{Value, json};

use crate::typed::root;

/// The Python that has `DuckDB`.
async fn python() -> Result<Command> {
    let environment = Environment::ensure(&Workspace::find().await?, Requirements::Run).await?;
    Ok(Command::new(environment.python()))
}

/// Writes the changes of a snapshot of one artist into a folder as `export` does, with its number as the id;
/// and the snapshot itself if it is `whole`.
fn write_snapshot(mut python: Command, folder: &Path, number: u32, whole: bool) -> Result<()> {
    let part = |kind: &str| format!("{kind}/artists/dt=2026-11-0{number}/snapshot=s{number}/part.parquet");
    let (rows, changes) = (part("artists"), part("changes"));
    let manifest = folder.join(format!("snapshots/dt=2026-11-0{number}/snapshot=s{number}/_manifest.json"));
    for path in [folder.join(&rows), folder.join(&changes), manifest.clone()] {
        fs::create_dir_all(path.parent().context("no folder")?)?;
    }
    let tables = json!({"artists": {
        "files": [{"path": rows}], "columns": [{"name": "id", "type": "string"}],
        "changes": {"files": [{"path": changes}]},
    }});
    fs::write(manifest, json!({"sequence": number, "tables": tables}).to_string())?;
    let copy = |statement: &str, part: &str| {
        // The path is given by the folder that Python runs in, since DuckDB would read it as a pattern.
        let path = Path::new(part);
        // A string of JSON is one of Python too.
        let within = json!(folder.join(path.parent().unwrap_or(path)));
        format!("import os; os.chdir({within}); duckdb.sql(\"COPY ({statement}) TO 'part.parquet'\")")
    };
    let mut script = vec![
        "import duckdb".to_owned(),
        copy(&format!("SELECT '{number}' AS id, 'new' AS change"), &changes),
    ];
    if whole {
        script.push(copy(&format!("SELECT '{number}' AS id"), &rows));
    }
    let status = python.args(["-c", &script.join("\n")]).status()?;
    ensure!(status.success(), "the files cannot be written");
    Ok(())
}

fn query(folder: &Path, arguments: &[&str]) -> Result<Output> {
    let mut query = Command::new(env!("CARGO_BIN_EXE_fermata"));
    Ok(query.args(["query", "--from"]).arg(folder).args(arguments).current_dir(root()).output()?)
}

/// The rows that the command prints for a statement.
fn rows(folder: &Path, statement: &str) -> Result<Value> {
    let output = query(folder, &["--json", statement])?;
    ensure!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[tokio::test]
async fn changes_that_were_fetched_alone_are_queried_too() {
    let parent = tempfile::tempdir().unwrap();
    // Brackets are a pattern to whatever looks for files.
    let folder = parent.path().join("[music]");
    write_snapshot(python().await.unwrap(), &folder, 5, true).unwrap();
    fs::write(folder.join("latest.json"), json!({"sequence": 5}).to_string()).unwrap();
    write_snapshot(python().await.unwrap(), &folder, 6, false).unwrap();
    let ids = |table: &str| rows(&folder, &format!("SELECT id FROM {table} ORDER BY id")).unwrap();
    assert_eq!(ids("artists"), json!([{"id": "5"}]));
    assert_eq!(ids("artists_all"), json!([{"id": "5"}]));
    assert_eq!(ids("artists_changes"), json!([{"id": "5"}, {"id": "6"}]));

    let alone = parent.path().join("alone");
    write_snapshot(python().await.unwrap(), &alone, 6, false).unwrap();
    assert_eq!(rows(&alone, "SELECT id FROM artists_changes").unwrap(), json!([{"id": "6"}]));
    let nothing = query(&parent.path().join("nothing"), &["SELECT 1"]).unwrap();
    let error = String::from_utf8_lossy(&nothing.stderr);
    assert!(!nothing.status.success() && error.contains("holds no snapshot"), "{error}");
}

#[test]
fn json_has_every_column_and_only_numbers_of_json() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("latest.json"), r#"{"sequence": 0}"#).unwrap();
    let statement = "SELECT 1 AS a, 2 AS a, 3 AS a_1, 'inf'::DOUBLE AS much, ['nan'::DOUBLE] AS list";
    let expected = json!([{"a": 1, "a_2": 2, "a_1": 3, "much": "Infinity", "list": ["NaN"]}]);
    assert_eq!(rows(folder.path(), statement).unwrap(), expected);
}

#[tokio::test]
async fn ctrl_c_in_the_sql_shell_ends_a_statement_only() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("latest.json"), r#"{"sequence": 0}"#).unwrap();
    let mut typist = python().await.unwrap();
    typist.args(["-c", include_str!("shell.py"), env!("CARGO_BIN_EXE_fermata"), "query", "--from"]);
    let output = typist.arg(folder.path()).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
