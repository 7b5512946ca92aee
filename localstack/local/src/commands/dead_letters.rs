//! `cargo local dead-letters`: what was given up, and why.

use std::io::{Write, stdout};

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    cli::LettersArgs,
    operator::{Operator, to_json, to_text},
    workspace::Workspace,
};

pub(super) async fn execute(workspace: &Workspace, args: &LettersArgs) -> Result<()> {
    let letters = Operator::at(workspace, &args.place).await?.letters().await?;
    let now = Timestamp::now();
    if args.json {
        let letters: Vec<Value> = letters.iter().map(|letter| to_json(letter, now)).collect();
        writeln!(stdout(), "{}", json!({"dead_letters": letters}))?;
        return Ok(());
    }
    for letter in &letters {
        writeln!(stdout(), "{}", to_text(letter, now))?;
    }
    writeln!(stdout(), "{}", closing(letters.len()))?;
    Ok(())
}

fn closing(count: usize) -> String {
    match count {
        0 => "no dead letters".to_owned(),
        1 => {
            "\n1 dead letter; once its cause is mended, `cargo local redrive` sends its term again".to_owned()
        }
        _ => format!(
            "\n{count} dead letters; once their cause is mended, `cargo local redrive` sends their terms again"
        ),
    }
}
