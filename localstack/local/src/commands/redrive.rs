//! `cargo local redrive`: sends terms that were given up again.

use std::io::{Write, stdout};

use anyhow::{Result, bail};
use collect::operator::dead_letters::Redriven;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::RedriveArgs;
use crate::operator::{Operator, to_json, to_text};
use crate::workspace::Workspace;

pub(super) async fn execute(workspace: &Workspace, args: &RedriveArgs) -> Result<()> {
    let redriven = Operator::at(workspace, &args.place).await?.redrive(args.term.as_ref()).await?;
    let now = Timestamp::now();
    if args.json {
        let told = redriven.iter().map(|(letter, what)| {
            let mut told = to_json(letter, now);
            told["outcome"] = name(what).into();
            told["told"] = tell(what).into();
            told
        });
        writeln!(stdout(), "{}", json!({"redriven": told.collect::<Vec<Value>>()}))?;
    } else {
        for (letter, what) in &redriven {
            writeln!(stdout(), "{}\n  => {}", to_text(letter, now), tell(what))?;
        }
        let ready = redriven.iter().filter(|(_, what)| *what == Redriven::Ready).count();
        writeln!(stdout(), "{ready} of {} letters sent again", redriven.len())?;
    }
    match &args.term {
        Some(term) if redriven.is_empty() => bail!("there is no dead letter about {term}"),
        _ => Ok(()),
    }
}

fn name(what: &Redriven) -> &'static str {
    match what {
        Redriven::Ready => "ready",
        Redriven::Settled(_) => "settled",
        Redriven::Working => "working",
        Redriven::RunOver(_) => "run-over",
        Redriven::NoTerm(_) => "no-term",
    }
}

fn tell(what: &Redriven) -> String {
    match what {
        Redriven::Ready => "ready; the next tick sends it, within a minute".to_owned(),
        Redriven::Settled(state) => format!("the term is {} meanwhile; the letter is removed", state.name()),
        Redriven::Working => "the term is being worked right now; try again in a few minutes".to_owned(),
        Redriven::RunOver(run) => format!(
            "not sent: the run {run} is over and stays partial. The next run asks anew; the letter stays"
        ),
        Redriven::NoTerm(why) => format!("nothing to send: {why}. The letter stays"),
    }
}
