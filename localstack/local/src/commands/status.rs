//! `cargo local status`: how far the running stack is.

use std::io::{Write, stdout};

use anyhow::Result;
use collect::plan::{Field, Finding};
use collect::term::RunId;
use jiff::Timestamp;

use crate::observe::Observer;
use crate::state::Left;
use crate::workspace::Workspace;
use crate::{report, spotify};

pub(super) async fn execute(workspace: &Workspace) -> Result<()> {
    let left = Left::require(workspace).await?;
    let observer = left.observer();
    writeln!(stdout(), "AWS       {}", left.endpoint)?;
    if let Some(url) = &left.deployment.api_url {
        writeln!(stdout(), "API       {url}/v1/runs/latest and /v1/capabilities")?;
    }
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
    capabilities(observer).await
}

/// What has been found out about the app, each with its run and time.
async fn capabilities(observer: &Observer) -> Result<()> {
    let (operators, limits) = observer.searching().await?;
    if let Some(found) = limits {
        let found_out = found_out(found.run.as_ref(), found.at);
        writeln!(stdout(), "may use   searches: {}{found_out}", report::shown(&found.limits))?;
    }
    for (operator, found) in operators {
        let (name, works) = (operator.name(), report::works(found.works));
        writeln!(stdout(), "may use   {name} in searches: {works}{}", found_out(Some(&found.run), found.at))?;
    }
    for (endpoint, finding) in observer.findings().await?.0 {
        let Finding { run, at, refusal, fields, page, .. } = finding;
        let what = refusal.map_or("open".to_owned(), |refusal| format!("closed: {refusal}"));
        let fields = fields.map(|fields| fields.into_iter().map(Field::name).collect::<Vec<_>>().join(", "));
        let fields = fields.map_or(String::new(), |fields| format!("; artists with {fields}"));
        let page = page.map_or(String::new(), |page| format!("; {page} rows or ids at most"));
        let found_out = found_out(Some(&run), Some(at));
        writeln!(stdout(), "may use   {endpoint}: {what}{fields}{page}{found_out}")?;
    }
    Ok(())
}

/// By which run and when something was found out, as far as that was kept.
fn found_out(run: Option<&RunId>, at: Option<Timestamp>) -> String {
    let parts: Vec<String> =
        run.map(|run| format!("run {run}")).into_iter().chain(at.map(|at| format!("{at:.0}"))).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

async fn pace(observer: &Observer) -> Result<()> {
    let now = Timestamp::now();
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

fn hold(until: Option<Timestamp>, now: Timestamp) -> String {
    until.map_or("not held".to_owned(), |until| {
        format!("held for {:.0} s", until.duration_since(now).as_secs_f64().ceil())
    })
}
