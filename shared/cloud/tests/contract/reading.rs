//! What those who only look get: closed runs, single artists, and the figures of past minutes.

use collect::catalogue::{Artist, ArtistId};
use collect::plan::Sighting;
use collect::ports::{ArtistRows, Artists, Control, Minute, Records, Series};
use collect::run::{Report, Run};
use collect::term::{RunId, TermKey};
use jiff::Timestamp;

use crate::place::Place;

on_both![
    a_run_is_read_once_it_is_closed,
    an_artist_is_read_as_it_was_written,
    minutes_are_read_in_order_within_the_time_and_a_later_figure_replaces,
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn id(text: &str) -> RunId {
    RunId::new(text).unwrap()
}

async fn a_run_is_read_once_it_is_closed<P: Place>(place: &P) {
    let control = place.control();
    let run = Run { previous: Some(id("before")), ..Run::open(id("1"), at("2026-11-23T03:00:00Z")) };
    control.open(&run).await.unwrap();
    assert_eq!(control.closed_run(&run.id).await.unwrap(), None);
    let closed = run.closed(Report { requests: 7, ..Report::default() }, at("2026-11-23T04:00:00Z"));
    assert!(control.close(&closed).await.unwrap());
    assert_eq!(control.closed_run(&closed.id).await.unwrap(), Some(closed));
    assert_eq!(control.closed_run(&id("before")).await.unwrap(), None);
}

async fn an_artist_is_read_as_it_was_written<P: Place>(place: &P) {
    let known = ArtistId::new(format!("{:022}", 1)).unwrap();
    let genres = Some(vec!["pop".to_owned()]);
    let artist =
        Artist { id: known.clone(), name: "Ånn".to_owned(), popularity: Some(0), followers: None, genres };
    let term = TermKey::parse("search:a").unwrap();
    let sighting = Sighting { run: id("1"), term, at: at("2026-11-23T03:00:00Z") };
    place.artists().upsert(std::slice::from_ref(&artist), &[], &sighting).await.unwrap();
    let row = place.artists().artist(&known).await.unwrap();
    assert_eq!(row.as_ref().map(|row| &row.artist), Some(&artist));
    assert_eq!(row, place.row(&known).await);
    let other = ArtistId::new(format!("{:022}", 2)).unwrap();
    assert_eq!(place.artists().artist(&other).await.unwrap(), None);
}

fn minute(time: &str, granted: u64) -> Minute {
    Minute { at: at(time), run: id("1"), granted, refused: 2, artists: 3, utilisation: 0.125 }
}

async fn minutes_are_read_in_order_within_the_time_and_a_later_figure_replaces<P: Place>(place: &P) {
    let control = place.control();
    let end = at("2027-01-01T00:00:00Z");
    let times =
        ["2026-11-23T03:58:00Z", "2026-11-23T03:59:00Z", "2026-11-23T04:00:00Z", "2026-11-23T04:01:00Z"];
    let noted: Vec<Minute> = times.iter().zip(10..).map(|(time, granted)| minute(time, granted)).collect();
    for figures in [&noted[3], &minute(times[1], 1), &noted[2], &noted[1], &noted[0]] {
        control.note_minute(figures, end).await.unwrap();
    }
    assert_eq!(control.minutes(at(times[1]), at(times[3])).await.unwrap(), noted[1..3]);
    assert_eq!(control.minutes(at("2026-11-23T00:00:00Z"), end).await.unwrap().len(), 4);
    assert!(control.minutes(at(times[1]), at(times[1])).await.unwrap().is_empty());
}
