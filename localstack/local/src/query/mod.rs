//! SQL over a folder of snapshots, with `DuckDB` from `PyPI`: its Rust crate would compile for half an hour.
//!
//! `duck.py` makes the views (`artists`, `artists_all`, `artists_changes`, ...) and prints the rows.
//! [`athena`] asks AWS instead, where the data stays.

pub mod athena;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, ensure};
use tokio::{io::AsyncWriteExt, process::Command};

use crate::{
    python::{Environment, Requirements},
    terminal::foreground::Foreground,
    workspace::Workspace,
};

const SCRIPT: &str = include_str!("duck.py");

/// How rows are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A table that fits the terminal.
    Table,
    /// CSV with a header; a list is JSON, a missing value is empty.
    Csv,
    /// An array of objects.
    Json,
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

/// `DuckDB` over a folder.
#[derive(Debug)]
pub struct Engine {
    python: PathBuf,
    folder: PathBuf,
}

impl Engine {
    /// Installs `DuckDB` unless it is there.
    pub async fn prepare(workspace: &Workspace, folder: PathBuf) -> Result<Self> {
        let environment = Environment::ensure(workspace, Requirements::Run).await?;
        Ok(Self { python: environment.python(), folder })
    }

    /// Prints what a statement answers; without a statement, reads them in a shell. `with` are files that
    /// become tables.
    ///
    /// # Errors
    /// When the statement is wrong. The reason has been printed.
    pub async fn answer(
        &self,
        statement: Option<&str>,
        form: Form,
        with: &[(String, PathBuf)],
    ) -> Result<()> {
        let mut command = self.command(form, with);
        // In the shell, Ctrl-C ends a statement.
        let _foreground = statement.is_none().then(Foreground::give);
        if statement.is_none() {
            command.arg("--shell");
        } else {
            command.stdin(Stdio::piped());
        }
        let mut child = command.spawn().context("Python does not start")?;
        if let (Some(statement), Some(mut input)) = (statement, child.stdin.take()) {
            input.write_all(statement.as_bytes()).await.context("DuckDB does not read the statement")?;
        }
        ensure!(child.wait().await?.success(), "the query failed");
        Ok(())
    }

    /// The rows of a statement, as JSON.
    ///
    /// # Errors
    /// When the statement is wrong, with `DuckDB`'s reason.
    pub async fn rows(&self, statement: &str, with: &[(String, PathBuf)]) -> Result<Vec<serde_json::Value>> {
        let mut command = self.command(Form::Json, with);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("Python does not start")?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(statement.as_bytes()).await.context("DuckDB does not read the statement")?;
        }
        let output = child.wait_with_output().await?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        serde_json::from_slice(&output.stdout).context("the rows are no JSON")
    }

    fn command(&self, form: Form, with: &[(String, PathBuf)]) -> Command {
        let mut command = Command::new(&self.python);
        command.args(["-c", SCRIPT, "--form", form.name(), "--folder"]).arg(&self.folder).kill_on_drop(true);
        for (name, file) in with {
            command.arg("--with").arg(named(name, file));
        }
        command
    }
}

fn named(name: &str, file: &Path) -> std::ffi::OsString {
    let mut named = std::ffi::OsString::from(format!("{name}="));
    named.push(file);
    named
}
