//! Recommendations on a deployed stack: from playlists that a run has read to the list of a user.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, Result, ensure};
use local::{
    snapshots::Exporter,
    spotify::Choice,
    stack::{Options, Stack},
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::common::{ask_api, collect, put_user, start_with, steady};

/// Runs `fermata forget --user` as an operator would.
async fn forget(stack: &Stack, user: &str) -> Result<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fermata"));
    command.args(["forget", "--user", user, "--json", "--endpoint", stack.access().endpoint()]);
    let output = command.envs(stack.access().variables()).output().await?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).context(error)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_recommended_artists_of_shared_playlists_until_it_is_forgotten() {
    let parameters = [("Sources", "categories,playlists,related,hydrate"), ("Recommendations", "true")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let spotify = steady(400);
    let rate = Some(spotify.rate);
    let options =
        Options { spotify: Choice::Fake(spotify), rate, parameters: parameters.into(), ..Options::default() };
    let mut stack = start_with(options).await.unwrap();
    let result = recommend(&mut stack).await;
    stack.stop().await.unwrap();
    result.unwrap();
}

fn items_of(list: &Value) -> Result<&Vec<Value>> {
    list["recommendations"].as_array().filter(|items| !items.is_empty()).context("no recommendations")
}

async fn recommend(stack: &mut Stack) -> Result<()> {
    let recommender = stack.deployment().recommender.clone().context("no recommender")?;
    let job = json!({"job": "recommend", "date": "2026-11-24"});
    let nobody = stack.invoke(&recommender, &job).await?;
    ensure!(nobody["state"] == "done", "{nobody}");
    collect(stack).await?;
    let exporter = Exporter::of(stack.clients(), stack.deployment())?;
    exporter.tick().await?;
    exporter.wait(|_| true, Duration::from_mins(2)).await?;
    let (status, snapshots) = ask_api(stack, Method::GET, "/v1/snapshots").await?;
    let first = &snapshots["snapshots"][0];
    ensure!(status == 200 && first["sequence"] == 1 && first["tables"]["edges"]["rows"] != 0, "{snapshots}");

    let rows = stack.observer().artist_rows().await?;
    let seeds: Vec<&String> = rows.keys().step_by(rows.len() / 3).take(3).collect();
    let (status, unknown) = put_user(stack, "ana", &json!({"artists": ["0000000000000000000000"]})).await?;
    ensure!(status == 400 && unknown["errors"][0]["pointer"] == "#/body/artists/0", "{unknown}");
    let (status, kept) = put_user(stack, "ana", &json!({"artists": seeds})).await?;
    ensure!(status == 200 && kept["artists"].as_array().map(Vec::len) == Some(3), "{kept}");

    let made = stack.invoke(&recommender, &job).await?;
    ensure!(made == json!({"date": "2026-11-24", "added": 1, "skipped": 0, "state": "done"}), "{made}");
    let (status, list) = ask_api(stack, Method::GET, "/user-recommendations/ana?date=2026-11-24").await?;
    ensure!(status == 200 && list["user"] == "ana" && list["date"] == "2026-11-24", "{list}");
    // The stand-in's app may ask for recommendations.
    let items = items_of(&list)?;
    ensure!(items.iter().all(|item| item["type"] == "track" && item["method"] == "spotify"), "{list}");
    ensure!(items.iter().all(|item| item["reason"].to_string().contains("Recommended by Spotify")), "{list}");
    let (_, known) = ask_api(stack, Method::GET, "/v1/capabilities").await?;
    ensure!(known["endpoints"]["recommendations"]["state"] == "open", "{known}");
    let again = stack.invoke(&recommender, &job).await?;
    ensure!(again["added"] == 0, "{again}");
    let (_, lists) = ask_api(stack, Method::GET, "/v1/users/ana/recommendations").await?;
    ensure!(lists == json!({"lists": [list], "next": null}), "{lists}");

    let next = stack.invoke(&recommender, &json!({"job": "recommend", "date": "2026-11-25"})).await?;
    ensure!(next["added"] == 1, "{next}");
    let (_, other) = ask_api(stack, Method::GET, "/v1/users/ana/recommendations?date=2026-11-25").await?;
    let ids = |list: &Value| -> BTreeSet<String> {
        let items = list["recommendations"].as_array().into_iter().flatten();
        items.map(|item| item["id"].to_string()).collect()
    };
    ensure!(ids(&other["lists"][0]).is_disjoint(&ids(&list)), "the same again: {other}");

    let rest = json!({"job": "recommend", "date": "2026-11-26", "spotify": false});
    let rest = stack.invoke(&recommender, &rest).await?;
    ensure!(rest["added"] == 1, "{rest}");
    let (_, computed) = ask_api(stack, Method::GET, "/user-recommendations/ana?date=2026-11-26").await?;
    let items = items_of(&computed)?;
    for item in items {
        let id = item["id"].as_str().context("no id")?.to_owned();
        ensure!(!seeds.contains(&&id) && rows[&id]["name"] == item["name"], "{item}");
        ensure!(item["reason"].as_str().is_some_and(|reason| reason.ends_with('.')), "{item}");
    }
    ensure!(items.iter().any(|item| item["method"] == "walk"), "{computed}");

    let forgotten = forget(stack, "ana").await?;
    ensure!(forgotten == json!({"user": "ana", "items": 4}), "{forgotten}");
    ensure!(ask_api(stack, Method::GET, "/v1/users/ana").await?.0 == 404);
    ensure!(ask_api(stack, Method::GET, "/user-recommendations/ana").await?.0 == 404);
    Ok(())
}
