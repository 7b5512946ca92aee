//! `fermata resume`: lets a stopped run go on, once the cause is fixed.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::{
    cli::{ResumeArgs, program},
    place::Place,
    stack,
    terminal::{escape, print, print_json, steps::Steps},
};

pub(super) async fn execute(args: &ResumeArgs, steps: &Steps) -> Result<()> {
    let step = steps.begin("Resuming the last run", "a second");
    let place = Place::find(&args.place).await?;
    let answer = stack::invoke(&place.clients, &place.deployment.seeder, &json!({"job": "resume"})).await?;
    drop(step);
    if args.json {
        print_json(&answer)?;
    }
    let text = |field: &str| escape::line(answer[field].as_str().unwrap_or_default()).into_owned();
    match &answer["resuming"] {
        Value::String(resuming) if resuming == "resumed" => {
            let run = text("run");
            if args.json {
                return Ok(());
            }
            print(&format!(
                "Run {run} is open again and continues within a minute. `{} status --watch` follows it.",
                program()
            ))
        }
        _ => bail!("nothing was resumed: {}", text("note")),
    }
}
