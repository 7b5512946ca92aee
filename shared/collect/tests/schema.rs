//! Messages of other releases: older ones are worked, unknown newer ones stay in the queue.

use std::time::Duration;

use collect::fetcher::{Fetcher, Outcome};
use collect::memory::{Catalogue, Memory, MemorySpotify};
use collect::ports::{Clock, Delivery, PortError, TermMessage, Unread};
use collect::seeder;
use collect::settings::Settings;
use collect::term::RunId;

/// A message as the first release sent it.
const FIRST: &str = r#"{"run":"2026-11-23","key":"search:ab","generation":1}"#;

#[test]
fn a_message_of_the_first_release_is_understood() {
    let message = TermMessage::read(FIRST).unwrap();
    assert_eq!(
        (message.run.as_str(), message.key.as_str(), message.generation),
        ("2026-11-23", "search:ab", 1)
    );
}

#[test]
fn a_field_that_a_later_release_has_added_is_skipped() {
    let body = FIRST.replace('}', r#","priority":7}"#);
    assert_eq!(TermMessage::read(&body), TermMessage::read(FIRST));
}

#[test]
fn a_marked_message_is_newer_whatever_else_it_says() {
    for body in
        [r#"{"schema_version":2,"terms":["search:ab"]}"#, &FIRST.replace('}', r#","schema_version":3}"#)]
    {
        assert!(matches!(TermMessage::read(body), Err(Unread::Newer(2 | 3))), "{body}");
    }
    assert!(matches!(TermMessage::read("{}"), Err(Unread::Broken(_))));
}

#[tokio::test]
async fn a_message_of_a_later_release_stays_in_the_queue() {
    let ports = Memory { spotify: MemorySpotify::new(Catalogue::default(), 50, 1000), ..Memory::default() };
    let settings = Settings::default();
    seeder::open_run(&ports, &settings, RunId::new("2026-11-23").unwrap()).await.unwrap();
    let now = ports.clock.now();
    let mut batch: Vec<Delivery> = ports.window.receive(now, 1);
    batch[0].body = r#"{"schema_version":2,"terms":["search:ab"]}"#.to_owned();
    let outcomes = Fetcher::new(settings).process_batch(&ports, &batch, now + Duration::from_mins(1)).await;
    let Outcome::Undecided(PortError::Newer { what, version }) = &outcomes[0] else { panic!("{outcomes:?}") };
    assert!(what.contains(&batch[0].id) && version == "2", "{what} {version}");
    assert!(outcomes[0].keeps_message() && ports.window.dead_letters().is_empty());
    assert!(
        ports.window.receive(ports.clock.now() + Duration::from_secs(19), 9).is_empty(),
        "it is deferred"
    );
}
