//! `cargo local status`: how far the running stack is.

use std::io::{Write, stdout};

use anyhow::Result;

use collect::capability::Field;

use crate::{observe::Observer, report, spotify, state::Left, workspace::Workspace};

pub(super) async fn execute(workspace: &Workspace) -> Result<()> {
    let left = Left::require(workspace).await?;
    let observer = left.observer();
    writeln!(stdout(), "AWS       {}", left.endpoint)?;
    run(&observer).await?;
    writeln!(stdout(), "artists   {}", observer.artists().await?)?;
    pace(&observer).await?;
    let window = observer.window().await?;
    writeln!(
        stdout(),
        "window    {} messages, {} of them received or put off",
        window.visible + window.hidden,
        window.hidden
    )?;
    writeln!(stdout(), "dead      {} letters", observer.dead_letters().await?)?;
    if let Some(url) = &left.fake_url {
        let stats = spotify::stats(url).await?;
        writeln!(
            stdout(),
            "Spotify   {} requests, at most {} in 30 s, {} refused; {} artists in its catalogue",
            stats.requests,
            stats.max_in_30s,
            stats.refused,
            stats.catalogue_artists
        )?;
    }
    Ok(())
}

async fn run(observer: &Observer) -> Result<()> {
    let Some(run) = observer.run().await? else {
        writeln!(stdout(), "run       none yet; `cargo local seed` opens one")?;
        return Ok(());
    };
    writeln!(stdout(), "run       {} is {}", run.id, run.state)?;
    let terms = observer.terms_by_state(&run.id).await?;
    let terms: Vec<String> = terms.iter().map(|(state, count)| format!("{count} {state}")).collect();
    writeln!(stdout(), "terms     {}", terms.join(", "))?;
    if let Some(estimate) = observer.report().await?.and_then(|report| report.estimate) {
        writeln!(stdout(), "{}", report::estimated(&estimate))?;
    }
    for (endpoint, finding) in observer.findings().await?.0 {
        let what = finding.refusal.map_or("open".to_owned(), |refusal| format!("closed: {refusal}"));
        let fields =
            finding.fields.map(|fields| fields.into_iter().map(Field::name).collect::<Vec<_>>().join(", "));
        let fields = fields.map_or(String::new(), |fields| format!("; artists with {fields}"));
        writeln!(stdout(), "may use   {endpoint}: {what}{fields} (run {})", finding.run)?;
    }
    Ok(())
}

async fn pace(observer: &Observer) -> Result<()> {
    let now = jiff::Timestamp::now();
    let pace = observer.pace().await?;
    let app_hold = Some(pace.hold_until).filter(|until| *until > now);
    writeln!(
        stdout(),
        "pace      {} permits granted, {} refusals, {}",
        pace.granted,
        pace.refused,
        hold(app_hold, now)
    )?;
    let learned = &pace.learned;
    writeln!(
        stdout(),
        "          {:.0} permits in the last 30 s; learned: {:.0} per 30 s, limit {}",
        pace.sent_before(now),
        learned.rate(),
        known(learned.ceiling().map(f64::round))
    )?;
    for (bucket, state) in &pace.buckets {
        writeln!(
            stdout(),
            "          {bucket}: {} in 24 h, quota {}, {} refusals for it, {}",
            state.day.used(now),
            known(state.day.quota()),
            state.refused,
            hold(state.held_at(now), now)
        )?;
    }
    Ok(())
}

fn known(number: Option<impl ToString>) -> String {
    number.map_or("unknown".to_owned(), |number| number.to_string())
}

fn hold(until: Option<jiff::Timestamp>, now: jiff::Timestamp) -> String {
    until.map_or("not held".to_owned(), |until| {
        format!("held for {:.0} s", until.duration_since(now).as_secs_f64().ceil())
    })
}
