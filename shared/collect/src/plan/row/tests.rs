use super::*;

const DAY: Duration = Duration::from_hours(24);
const RETENTION: Duration = Duration::from_hours(90 * 24);

fn artist(name: &str) -> Artist {
    let id = ArtistId::new("000Dq0VqTZpxOP6jQMscVL").unwrap();
    Artist { id, name: name.to_owned(), popularity: None, followers: None, genres: None }
}

fn with_followers(followers: u64) -> Artist {
    Artist { followers: Some(followers), ..artist("Ånn") }
}

/// A sighting of the run on that day, by the term of that day.
fn sighting(run: &str, day: u32) -> Sighting {
    Sighting {
        run: RunId::new(run).unwrap(),
        term: TermKey::parse(&format!("search:d{day}")).unwrap(),
        at: Timestamp::UNIX_EPOCH + DAY * day,
    }
}

fn first(artist: &Artist, stub: Option<u8>, run: &str, day: u32) -> ArtistRow {
    ArtistRow::first(artist, stub, &sighting(run, day), RETENTION)
}

fn day(day: u32) -> Timestamp {
    Timestamp::UNIX_EPOCH + DAY * day
}

#[test]
fn a_first_sighting_sets_finder_time_and_expiry() {
    let at = day(1) + Duration::from_micros(1_234_567);
    let found = Sighting { at, ..sighting("1", 1) };
    let row = ArtistRow::first(&with_followers(7), None, &found, RETENTION);
    let millis = day(1) + Duration::from_millis(1_234);
    let expected = ArtistRow {
        artist: with_followers(7),
        found_by: "search:d1".to_owned(),
        found_in: RunId::new("1").unwrap(),
        first_seen: millis,
        last_seen: millis,
        last_run: RunId::new("1").unwrap(),
        sighted_by: "search:d1".to_owned(),
        stub: None,
        expires_at: day(91) + Duration::from_secs(1),
    };
    assert_eq!(row, expected);
    assert_eq!(row.not_provided(), [Field::Popularity, Field::Genres]);
}

#[test]
fn the_first_sighting_in_a_run_keeps_its_term_and_renews_the_row() {
    let mut row = first(&with_followers(7), None, "1", 1);
    let before = row.clone();
    let why = row.see(&with_followers(8), None, &sighting("2", 8), RETENTION);
    assert_eq!(why, Some(Rewritten::Returned));
    let expected = ArtistRow {
        artist: with_followers(8),
        last_seen: day(8),
        last_run: RunId::new("2").unwrap(),
        sighted_by: "search:d8".to_owned(),
        expires_at: day(98),
        ..before
    };
    assert_eq!(row, expected);
}

#[test]
fn a_later_sighting_in_the_same_run_is_kept_only_if_something_changed() {
    let mut row = first(&with_followers(7), None, "1", 1);
    assert_eq!(row.see(&with_followers(7), None, &sighting("1", 2), RETENTION), None);
    assert_eq!(row.see(&artist("Ånn"), None, &sighting("1", 2), RETENTION), None, "missing erases nothing");
    assert_eq!(row, first(&with_followers(7), None, "1", 1));
    let why = row.see(&with_followers(8), None, &sighting("1", 3), RETENTION);
    assert_eq!(why, Some(Rewritten::Changed));
    assert_eq!((row.last_seen, row.sighted_by.as_str()), (day(3), "search:d1"));
}

#[test]
fn a_row_is_renewed_in_the_same_run_before_it_expires() {
    let mut row = first(&with_followers(7), None, "1", 1);
    assert_eq!(row.see(&with_followers(7), None, &sighting("1", 45), RETENTION), None);
    let why = row.see(&with_followers(7), None, &sighting("1", 47), RETENTION);
    assert_eq!((why, row.expires_at), (Some(Rewritten::Renewed), day(137)));
    assert_eq!(row.see(&with_followers(7), None, &sighting("1", 47), RETENTION), None, "once");
}

#[test]
fn a_late_sighting_fills_gaps_and_changes_nothing_else() {
    let mut row = first(&artist("New"), None, "2", 9);
    let popular = |popularity| Artist { popularity: Some(popularity), ..artist("Old") };
    assert_eq!(row.see(&popular(7), None, &sighting("1", 1), RETENTION), Some(Rewritten::Changed));
    let filled = Artist { popularity: Some(7), ..artist("New") };
    assert_eq!(row, ArtistRow { artist: filled, ..first(&artist("New"), None, "2", 9) });
    assert_eq!(row.see(&popular(9), None, &sighting("1", 1), RETENTION), None);
}

#[test]
fn a_stub_stays_one_until_the_object_comes() {
    let mut row = first(&artist("Ånn"), Some(60), "1", 1);
    assert!(row.is_stub());
    assert_eq!(row.see(&artist("Ånn"), Some(90), &sighting("1", 2), RETENTION), None);
    assert_eq!(row.stub, Some(60));
    let why = row.see(&artist("Ånna"), Some(10), &sighting("1", 2), RETENTION);
    assert_eq!((why, row.stub), (Some(Rewritten::Changed), Some(60)), "renamed, and no more known");
    let why = row.see(&artist("Ånna"), Some(10), &sighting("2", 8), RETENTION);
    assert_eq!((why, row.stub), (Some(Rewritten::ReturnedMention), Some(60)));
    // Also by an answer that some clock calls older, or it would be asked for again and again.
    let why = row.see(&artist("Ånn"), None, &sighting("2", 7), RETENTION);
    assert_eq!((why, row.stub), (Some(Rewritten::Completed), None));
}

#[test]
fn a_stub_of_an_earlier_run_returns_when_its_object_comes() {
    let mut row = first(&artist("Ånn"), Some(60), "1", 1);
    let why = row.see(&with_followers(7), None, &sighting("2", 8), RETENTION);
    assert_eq!((why, row.stub), (Some(Rewritten::Returned), None));
    let mut row = first(&artist("Ånn"), Some(60), "2", 8);
    let why = row.see(&with_followers(7), None, &sighting("1", 1), RETENTION);
    assert_eq!((why, row.stub), (Some(Rewritten::Changed), None), "late, from the run before");
}

#[test]
fn who_was_not_seen_since_is_stale_unless_it_is_a_stub_or_of_this_run() {
    let run = RunId::new("2").unwrap();
    let row = first(&artist("Ånn"), None, "1", 5);
    assert!(row.is_stale(day(6), &run));
    assert!(!row.is_stale(day(5), &run), "seen just then");
    assert!(!row.is_stale(day(6), &RunId::new("1").unwrap()));
    assert!(!first(&artist("Ånn"), Some(0), "1", 5).is_stale(day(6), &run));
}

#[test]
fn every_row_counts_once_and_under_what_became_of_it() {
    let this = sighting("2", 8);
    let row = first(&artist("Ånn"), None, "2", 8);
    let stub = first(&artist("Ånn"), Some(9), "2", 8);
    let counted = |row: &ArtistRow, wrote| {
        let mut upserted = Upserted::default();
        upserted.count(row, wrote, &this);
        upserted
    };
    let sighted: BTreeSet<ArtistId> = [row.artist.id.clone()].into();
    let one = || Upserted { sighted: sighted.clone(), ..Upserted::default() };
    for (wrote, expected) in [
        (Wrote::New, Upserted { new: 1, ..one() }),
        (Wrote::Again(Rewritten::Returned), Upserted { returned: 1, ..one() }),
        (Wrote::Again(Rewritten::Completed), Upserted { completed: 1, ..one() }),
        (Wrote::Again(Rewritten::Changed), Upserted { changed: 1, ..one() }),
        (Wrote::Again(Rewritten::Renewed), Upserted { unchanged: 1, ..one() }),
        (Wrote::Nothing, Upserted { unchanged: 1, ..one() }),
    ] {
        assert_eq!(counted(&row, wrote), expected);
    }
    assert_eq!(counted(&stub, Wrote::New), Upserted { new_mentions: 1, stubs: 1, ..one() });
    let returned = Wrote::Again(Rewritten::ReturnedMention);
    assert_eq!(counted(&stub, returned), Upserted { returned_mentions: 1, stubs: 1, ..one() });
    let by_another = first(&artist("Ånn"), None, "2", 7);
    assert!(counted(&by_another, Wrote::Nothing).sighted.is_empty());
    let of_another_run = ArtistRow { last_run: RunId::new("1").unwrap(), ..row };
    assert!(counted(&of_another_run, Wrote::Nothing).sighted.is_empty());
}
