//! `fermata dead-letters`: lists the terms that were given up, and why.

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    cli::{LettersArgs, program},
    operator::{to_json, to_text},
    place::Place,
    terminal::{print, print_json, steps::Steps, words::number},
};

pub(super) async fn execute(args: &LettersArgs, steps: &Steps) -> Result<()> {
    let step = steps.begin("Reading the dead letters", "a few seconds");
    let letters = Place::find(&args.place).await?.operator().letters().await?;
    drop(step);
    let now = Timestamp::now();
    if args.json {
        let letters: Vec<Value> = letters.iter().map(|letter| to_json(letter, now)).collect();
        return print_json(&json!({"dead_letters": letters}));
    }
    for letter in &letters {
        print(&to_text(letter, now))?;
    }
    print(&closing(letters.len()))
}

fn closing(count: usize) -> String {
    let redrive = format!("`{} redrive`", program());
    match count {
        0 => "Dead letters: none.".to_owned(),
        1 => format!("\nDead letters: 1. Once its cause is fixed, {redrive} retries its term."),
        _ => {
            let count = number(u64::try_from(count).unwrap_or(u64::MAX));
            format!("\nDead letters: {count}. Once their causes are fixed, {redrive} retries their terms.")
        }
    }
}
