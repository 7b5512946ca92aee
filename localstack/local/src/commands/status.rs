//! `cargo local status`: how far the running stack is.

use anyhow::Result;

use crate::{observe::Observer, spotify, state::Left, workspace::Workspace};

pub(super) async fn execute(workspace: &Workspace) -> Result<()> {
    let left = Left::require(workspace).await?;
    let observer = left.observer();
    println!("AWS       {}", left.endpoint);
    run(&observer).await?;
    println!("artists   {}", observer.artists().await?);
    pace(&observer).await?;
    let window = observer.window().await?;
    println!(
        "window    {} messages, {} of them received or put off",
        window.visible + window.hidden,
        window.hidden
    );
    println!("dead      {} letters", observer.dead_letters().await?);
    if let Some(url) = &left.fake_url {
        let stats = spotify::stats(url).await?;
        println!(
            "Spotify   {} requests, at most {} in 30 s, {} refused; {} artists in its catalogue",
            stats.requests, stats.max_in_30s, stats.refused, stats.catalogue_artists
        );
    }
    Ok(())
}

async fn run(observer: &Observer) -> Result<()> {
    let Some(run) = observer.run().await? else {
        println!("run       none yet; `cargo local seed` opens one");
        return Ok(());
    };
    println!("run       {} is {}", run.id, run.state);
    let terms = observer.terms_by_state(&run.id).await?;
    let terms: Vec<String> = terms.iter().map(|(state, count)| format!("{count} {state}")).collect();
    println!("terms     {}", terms.join(", "));
    Ok(())
}

async fn pace(observer: &Observer) -> Result<()> {
    let now = jiff::Timestamp::now();
    let bucket = observer.search_bucket().await?;
    let hold = observer.hold_s().await?;
    let text = if hold > 0 { format!("held for {hold} s") } else { "not held".to_owned() };
    println!("pace      {} permits granted, {} refusals, {text}", bucket.granted, bucket.refused);
    let learned = &bucket.learned;
    let ceiling = learned.ceiling().map_or("unknown".to_owned(), |ceiling| format!("{ceiling:.0}"));
    let quota = bucket.day.quota().map_or("unknown".to_owned(), |quota| quota.to_string());
    println!(
        "          {:.0} permits in the last 30 s; learned: {:.0} per 30 s, limit {ceiling}; {} in 24 h, quota {quota}",
        bucket.recent.within_window_before(now),
        learned.rate(),
        bucket.day.used(now)
    );
    Ok(())
}
