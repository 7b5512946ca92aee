//! `fermata redrive`: sends terms again that were given up.

use anyhow::{Result, bail};
use collect::operator::dead_letters::Redriven;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    cli::RedriveArgs,
    operator::{to_json, to_text},
    place::Place,
    terminal::{
        escape, print, print_json,
        steps::Steps,
        words::{counted, number},
    },
};

pub(super) async fn execute(args: &RedriveArgs, steps: &Steps) -> Result<()> {
    let step = steps.begin("Sending dead-lettered terms again", "a few seconds");
    let redriven = Place::find(&args.place).await?.operator().redrive(args.term.as_ref()).await?;
    drop(step);
    let now = Timestamp::now();
    if args.json {
        let outcomes = redriven.iter().map(|(letter, outcome)| {
            let mut line = to_json(letter, now);
            line["outcome"] = name(outcome).into();
            line["detail"] = describe(outcome).into();
            line
        });
        print_json(&json!({"redriven": outcomes.collect::<Vec<Value>>()}))?;
    } else {
        for (letter, outcome) in &redriven {
            print(&format!("{}\n  Outcome: {}", to_text(letter, now), escape::line(&describe(outcome))))?;
        }
        let ready = redriven.iter().filter(|(_, outcome)| *outcome == Redriven::Ready).count();
        print(&closing(u64::try_from(ready)?, u64::try_from(redriven.len())?))?;
    }
    match &args.term {
        Some(term) if redriven.is_empty() => bail!("no dead letter is about {term}"),
        _ => Ok(()),
    }
}

fn closing(ready: u64, letters: u64) -> String {
    if letters == 0 {
        return "Dead letters: none.".to_owned();
    }
    format!("Sent {} of {} again.", number(ready), counted(letters, "term"))
}

fn name(outcome: &Redriven) -> &'static str {
    match outcome {
        Redriven::Ready => "ready",
        Redriven::Settled(_) => "settled",
        Redriven::Working => "working",
        Redriven::RunStopped(_) => "run-stopped",
        Redriven::RunOver(_) => "run-over",
        Redriven::NoTerm(_) => "no-term",
    }
}

fn describe(outcome: &Redriven) -> String {
    match outcome {
        Redriven::Ready => "ready; the next tick sends it, within a minute".to_owned(),
        Redriven::Settled(state) => {
            format!("the term is {} by now, so the dead letter was removed", state.name())
        }
        Redriven::Working => "a fetcher is working on the term; try again in a few minutes".to_owned(),
        Redriven::RunStopped(run) => {
            format!("not sent, because run {run} was stopped; resume it first. The dead letter stays")
        }
        Redriven::RunOver(run) => {
            format!("not sent, because run {run} is closed; the next run asks again. The dead letter stays")
        }
        Redriven::NoTerm(why) => format!("nothing to retry: {why}. The dead letter stays"),
    }
}
