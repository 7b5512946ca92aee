//! Crashes of the functions change nothing in the result.

use std::time::Duration;

use local::spotify::fake::Settings;
use tokio::time::sleep;

use crate::common::{artist_rows, dead_letters, start, steady, undisturbed};

const ARTISTS: u32 = 2000;

#[tokio::test(flavor = "multi_thread")]
async fn killing_the_functions_in_the_middle_changes_nothing_in_the_artist_table() {
    let stack = start(Settings { rate: 900, ..steady(ARTISTS) }).await.unwrap();
    stack.schedule("collect").await.unwrap();
    let mut killed = 0;
    for _ in 0..6 {
        sleep(Duration::from_millis(1500)).await;
        killed += stack.kill_functions().await.unwrap();
        // The seeder dies too; the next minute brings the next tick.
        let _ = stack.schedule("top-up").await;
    }
    assert!(killed >= 6, "only {killed} processes were killed");
    let before = stack.observer().run().await.unwrap().unwrap();
    assert!(!before.is_closed(), "the run was over before the last crash");
    // A batch that was being worked comes back after the queue's two minutes; a term that was claimed and not yet sent
    // after its lease, a little over five.
    let run = stack.wait_until_closed(Duration::from_mins(10)).await.unwrap();
    let terms = stack.observer().terms_by_state(&run.id).await.unwrap();
    assert_eq!(terms.get("failed"), None, "{terms:?}");
    assert!(dead_letters(&stack).await.unwrap().is_empty());
    let rows = artist_rows(&stack).await.unwrap();
    stack.stop().await.unwrap();
    assert!(rows == undisturbed(ARTISTS).await.unwrap());
}
