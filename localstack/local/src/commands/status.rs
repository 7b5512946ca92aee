//! `fermata status`: shows the state of a run, once or until it is closed.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::sleep;

use crate::{
    cli::StatusArgs,
    place::Place,
    status::Status,
    terminal::{live::Live, print, print_json, steps::Steps},
};

/// Pause between two reads, on an emulator and on AWS.
const PAUSE: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(5));

/// This many failed reads in a row end the watch.
const FAILURES: u32 = 5;

pub(super) async fn execute(args: &StatusArgs, steps: &Steps) -> Result<()> {
    let step = steps.begin("Reading the status", "a second or two");
    let place = Place::find(&args.place).await?;
    let mut status = Status::of(&place).await?;
    drop(step);
    if args.json {
        return print_json(&status.json());
    }
    if args.watch {
        status = watch(&place, status).await?;
    }
    print(&status.text())
}

/// Refreshes the status until no run is open.
async fn watch(place: &Place, mut status: Status) -> Result<Status> {
    let (live, mut failures) = (Live::on_standard_error(), 0);
    while status.is_open() {
        live.show(&status.short());
        sleep(if place.is_aws { PAUSE.1 } else { PAUSE.0 }).await;
        match Status::of(place).await {
            Ok(now) => (status, failures) = (now, 0),
            Err(error) if failures + 1 < FAILURES => {
                failures += 1;
                live.show(&format!("{}\n\nCannot refresh the status: {error:#}. Retrying.", status.short()));
            }
            Err(error) => return Err(error).context(format!("the last {FAILURES} reads failed")),
        }
    }
    Ok(status)
}
