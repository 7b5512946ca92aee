//! Crashes, restarts, repeated messages and a failing Spotify in one run do not change the result.

use local::{
    chaos::{Plan, play},
    terminal::steps::Steps,
    workspace::Workspace,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_in_which_everything_fails_collects_the_same_artists() {
    let workspace = Workspace::find().await.unwrap();
    let plan = Plan { artists: 12_000, seed: 1, disturbances: 12 };
    let verdict = Box::pin(play(&workspace, plan, &Steps::quiet())).await.unwrap();
    let done = verdict.done;
    assert!(verdict.is_good(), "{}", verdict.text());
    assert!(
        done.functions_killed > 0 && done.emulator_restarts > 0 && done.messages_repeated > 0,
        "{done:?}"
    );
    assert!(verdict.exported.killed > 0, "{:?}", verdict.exported);
    let seen = verdict.report.requests_by_status.unwrap();
    assert!(["401", "429"].iter().all(|status| seen.contains_key(*status)), "{seen:?}");
}
