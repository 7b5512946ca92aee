//! What is begun when little time is left.

use std::time::Duration;

use collect::dispatch::dispatch;
use collect::memory::Memory;
use collect::ports::{Clock, Control, Frontier, Overview};
use collect::run::{Run, RunId};
use collect::settings::Settings;
use collect::source::roots;
use collect::term::TermState;

fn settings() -> Settings {
    Settings { ..Settings::default() }
}

#[tokio::test]
async fn nothing_is_claimed_that_could_not_be_sent_in_time() {
    let (world, settings): (Memory, _) = (Memory::default(), settings());
    let run = Run::open(RunId::new("2026-11-21").unwrap(), world.clock.now());
    world.control.open(&run).await.unwrap();
    world.frontier.put_new(&roots(&run, &settings)).await.unwrap();
    let overview = Overview { run: Some(run.clone()), ..Overview::default() };
    for (seconds, sent) in [(11, 0), (60, 40)] {
        let deadline = world.clock.now() + Duration::from_secs(seconds);
        let dispatched = dispatch(&world, &settings, &run.id, &overview, deadline).await.unwrap();
        let claimed =
            world.frontier.terms(&run.id).iter().filter(|term| term.state == TermState::Sent).count();
        assert_eq!((dispatched.sent, claimed), (sent, sent), "with {seconds} s left");
    }
}
