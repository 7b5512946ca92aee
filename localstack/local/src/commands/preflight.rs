//! `fermata preflight`: what can be known before a deployment or a first run.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::elsewhere;
use crate::{
    account,
    aws::Clients,
    cli::PreflightArgs,
    emulator::{Access, Lifetime},
    found,
    preflight::{App, Check, account as check_account, app, permissions},
    spotify::{Credentials, Spotify},
    terminal::{
        escape, print, print_json,
        steps::Steps,
        words::{counted, number, rounded, time},
    },
};

pub(super) async fn execute(args: &PreflightArgs, steps: &Steps) -> Result<()> {
    let choice = elsewhere(args.spotify.as_deref(), args.send_credentials, Credentials::from_env)?;
    let is_about_an_account = args.place.aws || args.place.endpoint.is_some();
    if choice.is_none() && !is_about_an_account {
        bail!("say what to check: --aws for your account, --spotify live for your app, or both");
    }
    let mut said = Vec::new();
    let mut answer = serde_json::Map::new();
    let mut has_failed = false;
    if is_about_an_account {
        let step = steps.begin("Looking at the account", "a few seconds");
        let checks = check(args).await?;
        drop(step);
        has_failed = checks.iter().any(|check| check.remedy.is_some());
        answer.insert("account".to_owned(), checks.iter().map(Check::to_json).collect());
        said.extend(checks.iter().map(line));
    }
    if let Some(choice) = choice {
        let step = steps.begin("Asking Spotify", "a few seconds");
        let spotify = Spotify::start(&choice, Path::new("."), Lifetime::Command).await?;
        let app = app(&spotify).await?;
        drop(step);
        let forecast = args.artists.or_else(|| app.size()).map(|artists| app.forecast(artists));
        answer.insert("app".to_owned(), app.to_json(forecast));
        said.extend(describe(&app, args.artists));
    }
    if args.json {
        print_json(&json!(answer))?;
    } else {
        print(&said.join("\n"))?;
    }
    if has_failed {
        bail!("the account is not ready");
    }
    Ok(())
}

/// Checks an emulator, or an account and the caller's permissions in it: an emulator has none.
async fn check(args: &PreflightArgs) -> Result<Vec<Check>> {
    let (place, stack) = (&args.place, &args.place.stack_name);
    if let Some(url) = &place.endpoint {
        return Ok(check_account(&Clients::new(&Access::to(url)), stack).await);
    }
    let config = account::config(place.profile.as_deref(), place.region.as_deref()).await;
    let config = config.context("your account cannot be reached")?;
    let clients = Clients::of(&config);
    let (mut checks, permissions) =
        tokio::join!(Box::pin(check_account(&clients, stack)), permissions(&config, stack));
    checks.push(permissions);
    Ok(checks)
}

fn line(check: &Check) -> String {
    match &check.remedy {
        None => format!("ok       {}: {}", check.what, escape::line(&check.found)),
        Some(remedy) => {
            format!("PROBLEM  {}: {}\n         {remedy}.", check.what, escape::line(&check.found))
        }
    }
}

fn describe(app: &App, artists: Option<u32>) -> Vec<String> {
    let requests = counted(app.requests, "request");
    let mut lines = vec![format!("Spotify answers: an app {} ({requests}).", app.class())];
    if app.overview.limits.is_none() {
        lines.push(found::limits(&app.limits()));
    }
    lines.extend(found::searching(&app.overview));
    let endpoints = app.overview.findings.0.iter();
    lines.extend(endpoints.map(|(endpoint, found)| format!("{}.", found::endpoint(endpoint.name(), found))));
    if let Some(why) = &app.unfinished {
        lines.push(format!("The check is incomplete: {}.", escape::line(why)));
    }
    match (artists, app.size()) {
        (None, None) => lines.push(format!(
            "Spotify does not say how many artists it has (it counts at most {}). For a forecast, give a \
             size with --artists.",
            number(app.limits().depth.into())
        )),
        (named, claimed) => {
            if let Some(claimed) = claimed {
                lines.push(format!("Spotify counts {} artists with a release.", number(claimed.into())));
            }
            let forecast = named.or(claimed).map(|artists| app.forecast(artists));
            lines.extend(forecast.map(|forecast| {
                format!(
                    "A run over {} artists takes about {} requests, {} and ${:.2} on AWS.",
                    number(forecast.artists.into()),
                    rounded(forecast.requests),
                    time(forecast.time),
                    forecast.dollars
                )
            }));
        }
    }
    lines
}
