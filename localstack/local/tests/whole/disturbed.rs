//! Failures on Spotify's side do not change the result.

use local::{
    spotify::{Choice, fake::Settings},
    stack::Options,
};
use serde_json::json;

use crate::common::{artist_rows, collect, start, start_with, steady, undisturbed, with_faults};

const ARTISTS: u32 = 3000;

#[tokio::test(flavor = "multi_thread")]
async fn errors_and_expiring_tokens_leave_the_artist_table_unchanged() {
    let faults = json!({"error_rate": 0.03, "cut_rate": 0.02, "token_ttl_s": 4, "token_expires_in_s": 3600});
    let troubled = Settings { rate: 900, penalty_s: 5, ..with_faults(ARTISTS, faults) };
    let mut stack = start(troubled).await.unwrap();
    let report = collect(&mut stack).await.unwrap();
    let seen = report.requests_by_status.clone().unwrap();
    assert!(seen.contains_key("401") && seen.keys().any(|status| status.starts_with('5')), "{report:?}");
    assert_eq!((report.dead_letters, report.terms.failed), (0, 0), "{report:?}");
    assert_eq!((report.refused, report.requests_during_hold), (Some(0), Some(0)), "{report:?}");
    assert!(report.max_in_30s.is_some_and(|most| most <= 900), "{report:?}");
    let rows = artist_rows(&stack).await.unwrap();
    stack.stop().await.unwrap();
    assert!(rows == undisturbed(ARTISTS).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_hold_every_fetcher_and_cost_no_term() {
    let narrow = Settings { rate: 100, penalty_s: 3, ..steady(ARTISTS) };
    // Configured with a wrong limit, as if Spotify had lowered it.
    let options = Options { spotify: Choice::Fake(narrow), rate: Some(500), ..Options::default() };
    let concurrency = u64::from(options.concurrency);
    let mut stack = start_with(options).await.unwrap();
    let report = collect(&mut stack).await.unwrap();
    let refused = report.refused.unwrap();
    assert!(refused > 0, "{report:?}");
    assert_eq!((report.dead_letters, report.terms.failed), (0, 0), "{report:?}");
    // Requests in flight when the first refusal arrives cannot be recalled: one per other fetcher.
    let unavoidable = refused / concurrency * (concurrency - 1);
    assert!(report.requests_during_hold.is_some_and(|late| late <= unavoidable), "{report:?}");
    let rows = artist_rows(&stack).await.unwrap();
    stack.stop().await.unwrap();
    assert!(rows == undisturbed(ARTISTS).await.unwrap());
}
