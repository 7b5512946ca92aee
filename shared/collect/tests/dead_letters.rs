//! Dead letters over the ports in memory: reading them changes nothing, and a redrive brings their terms
//! back.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use collect::catalogue::{Artist, ArtistId};
use collect::fetcher::Fetcher;
use collect::memory::{Catalogue, Memory, MemorySpotify, VirtualClock};
use collect::operator::dead_letters::{Letter, Redriven, list, preview, redrive};
use collect::pace::{Pacing, Rate};
use collect::ports::{Clock, Control, DeadLetters, Frontier, Handle, PortError, ReceivedDeadLetter, Revival};
use collect::run::{Run, RunState};
use collect::seeder;
use collect::seeder::{Resuming, Tick};
use collect::settings::Settings;
use collect::term::{RunId, TermKey, TermState};
use collect::web_api::{Evidence, SpotifyError};

fn settings() -> Settings {
    Settings { pacing: Pacing::fixed(Rate::per_30s(300.try_into().unwrap())), ..Settings::default() }
}

fn world() -> Memory {
    let artist = |number: u32| Artist {
        id: ArtistId::new(format!("{number:022}")).unwrap(),
        name: format!("{}{number}", char::from(b'a' + u8::try_from(number % 26).unwrap())),
        popularity: None,
        followers: None,
        genres: None,
    };
    Memory {
        clock: VirtualClock::at("2026-11-23T03:00:00Z".parse().unwrap()),
        spotify: MemorySpotify::new(Catalogue::new((0..60).map(artist).collect()), 50, 1000),
        ..Memory::default()
    }
}

/// Opens the run and lets Spotify fail until so many terms are given up.
async fn give_up(world: &Memory, letters: usize) -> RunId {
    let run = RunId::new("2026-11-23").unwrap();
    seeder::open_run(world, &settings(), run.clone()).await.unwrap();
    let mut fetcher = Fetcher::new(settings());
    let trouble = || SpotifyError::Transient {
        evidence: Evidence { detail: "cut body".into(), ..Evidence::default() },
    };
    while world.window.dead_letters().len() < letters {
        world.clock.advance(Duration::from_secs(30));
        world.spotify.fail_next((0..5).map(|_| trouble()));
        // The same few messages come back until they are given up.
        work(world, &mut fetcher, 5).await;
    }
    run
}

/// Works up to `most` messages; says whether there were any.
async fn work(world: &Memory, fetcher: &mut Fetcher, most: usize) -> bool {
    let now = world.clock.now();
    let batch = world.window.receive(now, most);
    let outcomes = fetcher.process_batch(world, &batch, now + Duration::from_mins(5)).await;
    for (delivery, outcome) in batch.iter().zip(&outcomes) {
        if !outcome.keeps_message() {
            world.window.delete(delivery);
        }
    }
    !batch.is_empty()
}

async fn to_the_end(world: &Memory) -> Run {
    let mut fetcher = Fetcher::new(settings());
    for _ in 0..1000 {
        if work(world, &mut fetcher, 10).await {
            continue;
        }
        if let Tick::Closed(run) = seeder::tick(world, &settings()).await.unwrap() {
            return *run;
        }
        world.clock.advance(Duration::from_mins(1));
    }
    unreachable!("the run does not end")
}

async fn redrive_all(world: &Memory) -> Vec<(Letter, Redriven)> {
    redrive(&world.control, &world.frontier, &world.window, None).await.unwrap()
}

fn term(letter: &Letter) -> TermKey {
    letter.term.as_ref().unwrap().key.clone()
}

#[tokio::test]
async fn a_preview_says_what_a_redrive_does_and_changes_nothing() {
    let world = world();
    let run = give_up(&world, 2).await;
    let ends = |letters: Vec<(Letter, Redriven)>| -> Vec<Redriven> {
        letters.into_iter().map(|(_, end)| end).collect()
    };
    let all = preview(&world.control, &world.frontier, &world.window, 10).await.unwrap();
    assert!(all.len() >= 2, "{all:?}");
    for (letter, end) in &all {
        let term = letter.term.as_ref().unwrap();
        let state = world.frontier.get(&run, &term.key).await.unwrap().unwrap().state;
        assert_eq!((end, state), (&Redriven::Ready, TermState::Failed));
    }
    let done = redrive(&world.control, &world.frontier, &world.window, None).await.unwrap();
    assert_eq!(ends(all), ends(done));
}

#[tokio::test]
async fn a_term_that_is_sent_again_after_the_fix_is_answered_and_nothing_of_its_run_has_failed() {
    let world = world();
    give_up(&world, 5).await;
    let redriven = redrive_all(&world).await;
    assert!(redriven.len() >= 5 && redriven.iter().all(|(_, what)| *what == Redriven::Ready), "{redriven:?}");
    assert!(world.window.dead_letters().is_empty());
    let run = to_the_end(&world).await;
    let report = run.report.unwrap();
    assert_eq!((report.failed, report.unasked), (0, 0), "{report:?}");
    assert_eq!(world.artists.rows().len(), 60);
    assert!(world.window.dead_letters().is_empty());
}

#[tokio::test]
async fn reading_the_letters_tells_reason_term_and_attempts_and_leaves_them_where_they_are() {
    let world = world();
    give_up(&world, 12).await;
    let before = world.window.dead_letters();
    let letters = list(&world.window).await.unwrap();
    assert_eq!(letters.len(), before.len());
    for letter in &letters {
        assert!(letter.reason.contains("cut body") && letter.attempts == Some(5), "{letter:?}");
        let stored = world.frontier.get(&letter.term.as_ref().unwrap().run, &term(letter)).await.unwrap();
        assert_eq!(stored.unwrap().state, TermState::Failed);
    }
    assert_eq!(list(&world.window).await.unwrap(), letters);
    assert_eq!(world.window.dead_letters(), before);
}

#[tokio::test]
async fn one_term_alone_can_be_sent_again() {
    let world = world();
    give_up(&world, 5).await;
    let letters = list(&world.window).await.unwrap();
    let key = term(&letters[1]);
    let redriven = redrive(&world.control, &world.frontier, &world.window, Some(&key)).await.unwrap();
    assert_eq!(redriven, [(letters[1].clone(), Redriven::Ready)]);
    let left = list(&world.window).await.unwrap();
    assert_eq!(left.len(), letters.len() - 1);
    assert!(left.iter().all(|letter| term(letter) != key));
}

#[tokio::test]
async fn a_term_of_a_run_that_is_over_stays_failed_and_its_letter_stays() {
    let world = world();
    let run = give_up(&world, 5).await;
    let closed = to_the_end(&world).await;
    assert_eq!(closed.state, RunState::Partial);
    let letters = world.window.dead_letters().len();
    let redriven = redrive_all(&world).await;
    assert_eq!(redriven.len(), letters);
    assert!(redriven.iter().all(|(_, what)| *what == Redriven::RunOver(run.clone())), "{redriven:?}");
    assert_eq!(world.window.dead_letters().len(), letters);
    assert_eq!(world.frontier.report(&run).failed, closed.report.unwrap().failed);
}

#[tokio::test]
async fn a_term_of_a_stopped_run_is_sent_again_once_the_run_is_resumed() {
    let world = world();
    let run = give_up(&world, 5).await;
    world.control.stop(&run, "the secret is wrong").await.unwrap();
    let says = |redriven: &[(Letter, Redriven)], expected: &Redriven| {
        redriven.len() >= 5 && redriven.iter().all(|(_, what)| what == expected)
    };
    let stopped = Redriven::RunStopped(run.clone());
    assert!(says(&redrive_all(&world).await, &stopped), "while it is open");
    seeder::tick(&world, &settings()).await.unwrap();
    assert!(says(&redrive_all(&world).await, &stopped), "once it is closed");
    let resumed = seeder::resume_run(&world, &settings()).await.unwrap();
    assert_eq!(resumed, Resuming::Resumed(run));
    assert!(says(&redrive_all(&world).await, &Redriven::Ready));
}

/// Works and ticks until the run would be closed with the next tick.
async fn to_its_last_tick(world: &Memory) {
    let mut fetcher = Fetcher::new(settings());
    for _ in 0..1000 {
        let worked = work(world, &mut fetcher, 10).await;
        if !worked && let Tick::Idle { .. } = seeder::tick(world, &settings()).await.unwrap() {
            return;
        }
        world.clock.advance(Duration::from_mins(1));
    }
    unreachable!("the run never idles")
}

#[tokio::test]
async fn a_run_whose_term_is_sent_again_while_it_is_counted_is_not_closed_before_that_is_answered() {
    let world = world();
    let run = give_up(&world, 5).await;
    to_its_last_tick(&world).await;
    // A tick has read the control table and counted the terms ...
    let seen = world.control.overview().await.unwrap().run.unwrap();
    let report = world.frontier.report(&run);
    assert!(report.failed >= 5 && seen.idle_since.is_some(), "{report:?}");
    // ... when the operator is faster.
    let redriven = redrive_all(&world).await;
    assert!(redriven.iter().all(|(_, what)| *what == Redriven::Ready), "{redriven:?}");
    assert!(!world.control.close(&seen.closed(report, world.clock.now())).await.unwrap());
    let closed = to_the_end(&world).await;
    assert_eq!((closed.state, closed.report.unwrap().failed), (RunState::Complete, 0));
    assert_eq!(world.artists.rows().len(), 60);
}

#[tokio::test]
async fn a_redrive_that_ended_half_way_and_was_overtaken_by_the_close_loses_no_letter() {
    let world = world();
    let run = give_up(&world, 5).await;
    to_its_last_tick(&world).await;
    let seen = world.control.overview().await.unwrap().run.unwrap();
    let report = world.frontier.report(&run);
    let letters = list(&world.window).await.unwrap();
    let failed = world.frontier.get(&run, &term(&letters[0])).await.unwrap().unwrap();
    assert!(world.frontier.revive(&failed).await.unwrap());
    assert!(world.control.close(&seen.closed(report, world.clock.now())).await.unwrap());
    let redriven = redrive_all(&world).await;
    assert!(redriven.iter().all(|(_, what)| *what == Redriven::RunOver(run.clone())), "{redriven:?}");
    assert_eq!(list(&world.window).await.unwrap().len(), letters.len());
}

#[tokio::test]
async fn a_letter_that_is_older_than_its_terms_answer_only_goes_away() {
    let world = world();
    give_up(&world, 5).await;
    let letters = world.window.dead_letters();
    redrive_all(&world).await;
    // As after a crash between the revival and the removal of the letters.
    for letter in &letters {
        collect::ports::Window::set_aside(&world.window, letter).await.unwrap();
    }
    let first = redrive_all(&world).await;
    assert!(first.iter().all(|(_, what)| *what == Redriven::Settled(TermState::Ready)), "{first:?}");
    assert_eq!((first.len(), world.window.dead_letters().len()), (letters.len(), 0));
    for letter in &letters {
        collect::ports::Window::set_aside(&world.window, letter).await.unwrap();
    }
    to_the_end(&world).await;
    let second = redrive_all(&world).await;
    let settled = |what: &Redriven| matches!(what, Redriven::Settled(state) if state.is_finished());
    assert!(second.iter().all(|(_, what)| settled(what)), "{second:?}");
    assert!(world.window.dead_letters().is_empty());
}

#[tokio::test]
async fn a_letter_that_names_no_term_is_reported_and_kept() {
    let world = world();
    give_up(&world, 0).await;
    let unknown = r#"{"run":"2026-11-23","key":"search:zzz","generation":1}"#;
    for body in ["not a term", unknown] {
        world.window.push(body.to_owned());
    }
    to_the_end(&world).await;
    let redriven = redrive_all(&world).await;
    let said = |part: &str| {
        let says =
            |(_, what): &&(Letter, Redriven)| matches!(what, Redriven::NoTerm(why) if why.contains(part));
        redriven.iter().find(says).map(|(letter, _)| letter.body.as_str())
    };
    assert_eq!(
        (said("unreadable"), said("no such term")),
        (Some("not a term"), Some(unknown)),
        "{redriven:?}"
    );
    assert_eq!(world.window.dead_letters().len(), 2);
}

/// A queue of letters that counts its releases, and how many of them were under way at once.
struct Counted {
    letters: Mutex<Vec<ReceivedDeadLetter>>,
    released: Mutex<Vec<String>>,
    begun: AtomicUsize,
    ended: AtomicUsize,
    most: AtomicUsize,
}

impl Counted {
    fn of(letters: Vec<ReceivedDeadLetter>) -> Self {
        Self {
            letters: Mutex::new(letters),
            released: Mutex::default(),
            begun: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        }
    }
}

impl DeadLetters for Counted {
    async fn receive(&self, _hide: Duration) -> Result<Vec<ReceivedDeadLetter>, PortError> {
        let mut letters = self.letters.lock().unwrap();
        let first = letters.len().min(10);
        Ok(letters.drain(..first).collect())
    }

    async fn release(&self, letter: &ReceivedDeadLetter) -> Result<(), PortError> {
        self.released.lock().unwrap().push(letter.handle.0.clone());
        let begun = self.begun.fetch_add(1, Relaxed) + 1;
        self.most.fetch_max(begun - self.ended.load(Relaxed), Relaxed);
        tokio::task::yield_now().await;
        self.ended.fetch_add(1, Relaxed);
        Ok(())
    }

    async fn remove(&self, _letter: &ReceivedDeadLetter) -> Result<(), PortError> {
        unreachable!("nothing is redriven")
    }
}

/// The letter of this number, with the handle of one of its deliveries.
fn received(number: u32, handle: &str) -> ReceivedDeadLetter {
    let sent_at = "2026-11-23T03:00:00Z".parse().unwrap();
    ReceivedDeadLetter {
        id: number.to_string(),
        handle: Handle(handle.to_owned()),
        body: String::new(),
        sent_at,
    }
}

#[tokio::test]
async fn of_a_letter_that_came_twice_the_later_delivery_is_shown_again() {
    let mut letters: Vec<_> = (0..10).map(|number| received(number, "first")).collect();
    letters.extend([received(3, "later"), received(10, "first")]);
    let queue = Counted::of(letters);
    assert_eq!(list(&queue).await.unwrap().len(), 11);
    let released = queue.released.into_inner().unwrap();
    assert_eq!(released.iter().filter(|handle| *handle == "later").count(), 1, "{released:?}");
    assert_eq!(released.len(), 11, "each letter once");
}

#[tokio::test]
async fn hundreds_of_letters_are_shown_again_ten_at_once() {
    let queue = || Counted::of((0..300).map(|number| received(number, "")).collect());
    let (read, kept) = (queue(), queue());
    assert_eq!(list(&read).await.unwrap().len(), 300);
    let (world, other): (Memory, _) = (Memory::default(), TermKey::parse("search:other").unwrap());
    assert_eq!(redrive(&world.control, &world.frontier, &kept, Some(&other)).await.unwrap(), []);
    for queue in [read, kept] {
        assert_eq!((queue.ended.into_inner(), queue.most.into_inner()), (300, 10));
    }
}

#[test]
fn a_message_that_the_queue_itself_has_moved_is_read_too() {
    let body = r#"{"run":"2026-11-23","key":"search:a","generation":3}"#.to_owned();
    let sent_at = "2026-11-23T03:00:00Z".parse().unwrap();
    let handle = Handle(String::new());
    let received = ReceivedDeadLetter { id: "1".to_owned(), handle, body, sent_at };
    let letter = Letter::read(&received);
    assert_eq!((letter.attempts, term(&letter).as_str()), (None, "search:a"));
    assert_eq!(letter.age("2026-11-23T03:02:00Z".parse().unwrap()), Duration::from_mins(2));
}
