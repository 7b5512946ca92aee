//! Whether the promises were kept, judged by what an undisturbed run shows of them.
//!
//! Most are watched while the world goes on (the ledger of the world and whoever writes to it); [`check`]
//! judges what is left at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use collect::catalogue::{Artist, ArtistId};
use collect::plan::systematic;
use collect::ports::{DeadLetter, TermMessage};
use collect::run::{Report, Run, RunState, lifetime};
use collect::settings::{Settings, StopRule};
use collect::term::{Aim, Question, Source, Term, TermKey, TermState, TermSummary, Years};
use collect::web_api::Endpoint;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::completeness;
use crate::oracle;
use crate::promise::Promise;
use crate::world::{Ends, World};

/// What is left when a world has come to its end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct End {
    /// The artist rows.
    pub(crate) artists: BTreeMap<ArtistId, Artist>,
    /// How many of them this run has seen.
    pub(crate) seen: u64,
    /// The run, if one was opened.
    pub(crate) run: Option<Run>,
    /// Its terms.
    pub(crate) terms: Vec<Term>,
    /// When they expire.
    pub(crate) ends: Ends,
    /// When each artist was seen last, as its row tells, and when the row expires.
    pub(crate) row_ends: BTreeMap<ArtistId, (Timestamp, Timestamp)>,
    /// Artists of whom the table knows id and name only, by their names.
    pub(crate) stubs: Vec<String>,
    /// Artists that were shown and written with all their fields by then.
    pub(crate) shown: BTreeSet<usize>,
    /// Whether Spotify has told the app by then that nothing is answered any more.
    pub(crate) asked_to_stop: bool,
}

/// Judges the end of a world by the end of the undisturbed one over the same catalogue. A world that did not
/// come to an end has broken [`Promise::RunEnds`] already, and nothing else is asked of it.
pub(crate) fn check(world: &World, end: &End, undisturbed: &End) {
    let Some(run) = end.run.as_ref().filter(|run| !run.is_running()) else { return };
    artists(world, run, end, undisturbed);
    terms(world, run, end);
    expiry(world, run, end);
    strings(world, run, end);
    completeness::check(world, run, &end.terms, &end.artists);
    nobody_hidden(world, run, end);
    completed(world, run, end);
    name(world, run, end);
    stop(world, run, end.asked_to_stop);
    let (pacing, skew, refused) = (world.settings.pacing, world.faults.skew, world.refusals_counted());
    world.ledger().judge(pacing, skew, refused);
    dead_letters(world, end);
    sightings(world, run, end);
}

fn artists(world: &World, run: &Run, end: &End, undisturbed: &End) {
    let known: BTreeMap<_, _> = world.catalogue.artists().map(|artist| (&artist.id, artist)).collect();
    let invented = end.artists.keys().filter(|id| !known.contains_key(id)).count();
    world.promise(Promise::NothingLost, invented == 0, || format!("{invented} artists that do not exist"));
    // Other sources mention artists of whom no more is told.
    let others = world.settings.sources.beyond_search();
    let lost = |(id, artist): &(&ArtistId, &Artist)| {
        let number = id.as_str().parse().unwrap_or_default();
        let gained = world.service().gained(number);
        (!others || end.shown.contains(&number))
            && known.get(id).is_some_and(|known| !tells_of(artist, known, gained))
    };
    let poorer: Vec<&Artist> = end.artists.iter().filter(lost).map(|(_, artist)| artist).collect();
    world.promise(Promise::MissingIsNotZero, poorer.is_empty(), || {
        format!("{} artists have lost what was known of them: {poorer:?}", poorer.len())
    });
    if world.faults.answers_fall_short() || world.faults.questions_stay_open() || run.stopped.is_some() {
        return;
    }
    // Which terms of other sources are asked depends on what they bring, and that on what goes wrong.
    if others && !world.settings.sources.has(Source::Search) {
        return;
    }
    let lacks = |of: &End, than: &End| -> Vec<String> {
        let lacked = than.artists.keys().filter(|id| !of.artists.contains_key(id));
        let lacked = lacked.filter(|id| !(world.catalogue.operators_work() && admits(world, of, id)));
        lacked.filter_map(|id| known.get(id).map(|artist| artist.name.clone())).collect()
    };
    let missing = lacks(end, undisturbed);
    world.promise(Promise::NothingLost, missing.is_empty(), || {
        format!("{} of {} artists are missing: {missing:?}", missing.len(), undisturbed.artists.len())
    });
    let more = lacks(undisturbed, end);
    // Lies make the collector look further, so it may find more; and so do other sources.
    let may_find_more = world.faults.lies > 0.0 || world.settings.sources.beyond_search();
    world.promise(Promise::NothingLost, more.is_empty() || may_find_more, || {
        format!("{} artists more than the undisturbed run found: {more:?}", more.len())
    });
}

/// Whether a row tells all that there is to tell of an artist who has `gained` so many followers by now.
/// Whether they were asked for before or after that, nobody can know.
fn tells_of(row: &Artist, known: &Artist, gained: u64) -> bool {
    let followers = match (row.followers, known.followers) {
        (Some(row), Some(first)) => (first..=first + gained).contains(&row),
        (row, known) => row == known,
    };
    followers && *known == Artist { followers: known.followers, ..row.clone() }
}

/// Whether a run says itself that it may lack this artist: a term that would show it is open. How a term is
/// split depends on what was known by then of the operators of a search, and what that leaves open with it.
fn admits(world: &World, of: &End, artist: &ArtistId) -> bool {
    let open = of.terms.iter().filter(|term| term.state == TermState::Open);
    open.filter_map(|term| match &term.question {
        Question::Search(search) => Some(world.catalogue.matching(&search.query())),
        _ => None,
    })
    .flatten()
    .any(|number| world.catalogue.artist(number).is_some_and(|shown| shown.id == *artist))
}

fn terms(world: &World, run: &Run, end: &End) {
    let left: Vec<String> = end
        .terms
        .iter()
        .filter(|term| !term.state.is_finished() && !may_be_left(term))
        .map(|term| term.key().to_string())
        .collect();
    world.promise(Promise::NoTermLeft, left.is_empty() || run.stopped.is_some(), || {
        format!("the run is closed, and these terms are not finished: {left:?}")
    });
    for term in &end.terms {
        let troubles = world.service().troubles_of(term);
        world.promise(Promise::DeferralIsNoAttempt, term.attempts <= troubles, || {
            format!("{} has {} attempts after {troubles} failures", term.key(), term.attempts)
        });
        let broken = world.service().is_broken(&term.question);
        world.promise(Promise::NoHealthyTermFails, term.state != TermState::Failed || broken, || {
            format!("{} failed: {}", term.key(), term.reason.as_deref().unwrap_or("no reason"))
        });
    }
}

/// A run that searches for everything lacks nobody whom it could ask for, save behind what it leaves open.
fn nobody_hidden(world: &World, run: &Run, end: &End) {
    let searched = world.settings.sources.has(Source::Search) && run.seeded;
    if !searched || world.faults.answers_fall_short() {
        return;
    }
    let hidden = oracle::hidden(&world.catalogue, &end.terms, &end.artists);
    world.promise(Promise::NobodyHidden, hidden.is_empty(), || {
        format!("{:?} without these, whom no open term would show: {hidden:?}", run.state)
    });
}

/// A run that completes artists leaves no stub behind, unless the endpoints for it are closed.
fn completed(world: &World, run: &Run, end: &End) {
    let closed = [Endpoint::Artists, Endpoint::Artist].iter().any(|of| world.faults.closed.contains(of));
    let is_left = |term: &Term| term.source == Source::Hydrate && term.state != TermState::Done;
    let may_leave_some = closed || run.stopped.is_some() || end.terms.iter().any(is_left);
    let completes = world.settings.sources.has(Source::Hydrate) && !may_leave_some;
    world.promise(Promise::NothingLost, !completes || end.stubs.is_empty(), || {
        format!("only the names of these are known: {:?}", end.stubs)
    });
}

/// Everything that a closed run leaves behind expires, `retention` after its close. Two ticks that close it
/// at the same time may differ about when that was.
fn expiry(world: &World, run: &Run, end: &End) {
    let Some(closed) = run.closed_at else { return };
    let right = lifetime::end(closed, world.settings.retention);
    let about = Duration::from_mins(10);
    let is_right = |end: &Timestamp| (right - about..=right + about).contains(end);
    let wrong: Vec<(TermKey, Option<Timestamp>)> = end
        .terms
        .iter()
        .map(|term| (term.key(), end.ends.terms.get(&term.key()).copied()))
        .filter(|(_, end)| !end.as_ref().is_some_and(is_right))
        .collect();
    world.promise(Promise::RightEnd, wrong.is_empty(), || {
        format!("{} of {} terms do not end at {right}: {wrong:?}", wrong.len(), end.terms.len())
    });
    let words = !end.ends.has_words || end.ends.words.as_ref().is_some_and(is_right);
    world.promise(Promise::RightEnd, words, || {
        format!("the words end at {:?}, not at {right}", end.ends.words)
    });
    let is_right = |(seen, end): &(Timestamp, Timestamp)| {
        let right = lifetime::end(*seen, world.settings.retention);
        (right - Duration::from_secs(1)..=right).contains(end)
    };
    let wrong: Vec<_> = end.row_ends.iter().filter(|(_, ends)| !is_right(ends)).collect();
    world.promise(Promise::RightEnd, wrong.is_empty(), || {
        format!("rows that do not end as long after their last sighting as they are kept: {wrong:?}")
    });
}

/// Judges the beginning of a run by the end of the one before it: it begins with all leaves of that, as long
/// as they are kept.
pub(crate) fn check_next(world: &World, before: &End, end: &End) {
    let (Some(last), Some(run)) = (&before.run, &end.run) else { return };
    let Settings { sources, retention, .. } = &world.settings;
    let searched = sources.has(Source::Search) && !sources.has(Source::Systematic) && last.seeded;
    let is_root = |term: &&Term| {
        let Question::Search(search) = &term.question else { return false };
        let is_for_everything = search.words().is_empty() && search.whole().is_empty();
        term.source == Source::Search && is_for_everything && term.parent.is_none()
    };
    let asked = before.terms.iter().any(|term| is_root(&term));
    let has_leaves = searched && asked && last.keeps_terms(*retention, run.opened_at);
    world.promise(Promise::LeavesAskedAgain, !has_leaves || run.earlier.as_ref() == Some(&last.id), || {
        format!("the run {} begins with {:?} after {}", run.id, run.earlier, last.id)
    });
    let unseeded = sources.has(Source::Search) && !last.seeded && last.earlier.is_some();
    let carried_over = !unseeded || run.earlier == last.earlier;
    let are_kept = last.hands_leaves_on(*retention, run.opened_at);
    world.promise(Promise::LeavesAskedAgain, !are_kept || carried_over, || {
        format!("the run {} forgets the leaves of {:?} that {} began with", run.id, last.earlier, last.id)
    });
    if run.earlier.as_ref() != Some(&last.id) || !run.seeded {
        return;
    }
    // What the years of another year have cut is covered by what is cut anew.
    let this_year = Years::until(run.opened_at.to_zoned(TimeZone::UTC).year());
    let is_leaf = |term: &&Term| {
        let Question::Search(search) = &term.question else { return false };
        let is_of_this_year = search.years().is_none_or(|years| years.is_cut_from(this_year));
        term.source == Source::Search && term.state != TermState::Split && is_of_this_year
    };
    let again = |term: &&Term| end.terms.iter().any(|known| known.question == term.question);
    let forgotten: Vec<(TermKey, TermState)> = before
        .terms
        .iter()
        .filter(is_leaf)
        .filter(|term| !again(term))
        .map(|term| (term.key(), term.state))
        .collect();
    world.promise(Promise::LeavesAskedAgain, forgotten.is_empty(), || {
        format!("leaves of {} that {} does not ask: {forgotten:?}", last.id, run.id)
    });
}

/// Whether a term may stay unasked because its source brings too little beside the search.
fn may_be_left(term: &Term) -> bool {
    term.source.aim() == Aim::Leads
}

/// Every string of the systematic search has its term, and no other is of that source where it is used alone.
fn strings(world: &World, run: &Run, end: &End) {
    let Settings { sources, strings, .. } = &world.settings;
    if !sources.has(Source::Systematic) || run.stopped.is_some() {
        return;
    }
    let asked = |question: &Question| end.terms.iter().any(|term| term.question == *question);
    let wanted = systematic::terms(strings, &run.id, 0, usize::MAX);
    let forgotten: Vec<TermKey> =
        wanted.iter().filter(|term| !asked(&term.question)).map(Term::key).collect();
    world.promise(Promise::NothingLost, forgotten.is_empty(), || {
        format!("strings that were never asked: {forgotten:?}")
    });
    let more = end.terms.len().saturating_sub(wanted.len());
    let alone = !sources.has(Source::Search) && !sources.beyond_search();
    world.promise(Promise::NothingLost, more == 0 || !alone, || {
        format!("{more} terms beside the {} strings", wanted.len())
    });
}

/// The report is what a count of the terms says, and the state follows from it.
fn name(world: &World, run: &Run, end: &End) {
    let mut counted = Report::default();
    let left = |term: &&Term| !term.state.is_finished() && may_be_left(term);
    for term in end.terms.iter().filter(|term| !left(term)) {
        counted.count(&TermSummary::from(term));
    }
    let reported = run.report.clone().unwrap_or_default();
    let ends = |report: &Report| (report.done, report.split, report.open, report.failed, report.unasked);
    // Executions that were at work when the run was stopped may still have finished their terms.
    world.promise(Promise::TrueName, ends(&reported) == ends(&counted) || run.stopped.is_some(), || {
        format!(
            "the report tells {:?} of {:?} terms done, split, open, failed, unasked",
            ends(&reported),
            ends(&counted)
        )
    });
    let complete = reported.is_complete() && run.stopped.is_none();
    world.promise(Promise::TrueName, complete == (run.state == RunState::Complete), || {
        format!("called {:?} with {reported:?}", run.state)
    });
    let reasons: u64 = reported.reasons.values().sum();
    world.promise(Promise::TrueName, run.state == RunState::Complete || reasons > 0, || {
        "partial without a reason".to_owned()
    });
}

/// The report counts everybody whom the run has seen once, however often they were seen and whatever changed.
/// It may count less where answers were written whose terms were not, which the term that tries endpoints out
/// does as well: a list that it has begun may be there already.
fn sightings(world: &World, run: &Run, end: &End) {
    let report = run.report.clone().unwrap_or_default();
    let (counted, seen) = (report.artists_new + report.artists_returned, end.seen);
    let lost = world.faults.something_strays() || world.faults.work_is_repeated() || run.stopped.is_some();
    let may_lack = lost || world.settings.sources.beyond_search() || world.counts_no_artists();
    world.promise(Promise::TrueName, counted == seen || (counted < seen && may_lack), || {
        format!("the report counts {counted} artists, but the run has seen {seen}")
    });
}

fn stop(world: &World, run: &Run, asked_to: bool) {
    let rightly = |stopped: &String| asked_to || may_stop(world, run, stopped);
    world.promise(Promise::StopsTruthfully, run.stopped.as_ref().is_none_or(rightly), || {
        format!("stopped although nobody asked it to: {:?}", run.stopped)
    });
    let reason = run
        .report
        .as_ref()
        .is_some_and(|report| report.reasons.keys().any(|reason| reason.contains("stopped")));
    world.promise(Promise::StopsTruthfully, !asked_to || (reason && run.state == RunState::Partial), || {
        format!("nothing was answered any more, but the run is called {:?}: {:?}", run.state, run.report)
    });
}

/// Whether the operator wants a run to stop for this reason.
fn may_stop(world: &World, run: &Run, stopped: &str) -> bool {
    let too_old = end_of_life(world, run);
    let StopRule { requests, least_yield } = world.settings.stop;
    let asked = world.service().spent();
    requests.is_some_and(|most| stopped.contains(&format!("the {most} requests")) && asked >= most)
        || least_yield.is_some_and(|least| stopped.contains(&format!("fewer than {least} new")))
        || too_old && stopped.contains("the run was open for")
}

/// Whether the run was open for as long as a run may be. Clocks differ by seconds.
fn end_of_life(world: &World, run: &Run) -> bool {
    let longest = lifetime::longest(world.settings.retention);
    let open = run.closed_at.unwrap_or_default().duration_since(run.opened_at);
    Duration::try_from(open).unwrap_or_default() + Duration::from_mins(1) > longest
}

/// Only what nobody here has sent, and the questions that are never answered, are set aside; each of the
/// former is, and each of the latter that is given up.
fn dead_letters(world: &World, end: &End) {
    let queue = world.queue();
    let kept = |body: &String| DeadLetter::new("", body, 0).body;
    let all: BTreeSet<String> = queue.strays().iter().map(kept).collect();
    let mut strays = all.clone();
    for letter in queue.dead_letters() {
        let stray = all.contains(&letter.body);
        strays.remove(&letter.body);
        let broken = world.service().breaks(&letter.body);
        world.promise(Promise::NoHealthyTermFails, stray || broken, || {
            format!("a dead letter of a healthy term: {letter:?}")
        });
        world.promise(Promise::BadInputSetAside, !letter.reason.is_empty(), || {
            format!("a dead letter without a reason: {:?}", letter.body)
        });
    }
    // One that could be of a run that is over is dropped like any other.
    strays.retain(|body| serde_json::from_str::<TermMessage>(body).is_err());
    world.promise(Promise::BadInputSetAside, strays.is_empty(), || {
        format!("messages that are neither worked nor set aside: {strays:?}")
    });
    let of_term = |letter: &DeadLetter| serde_json::from_str::<TermMessage>(&letter.body).ok();
    let messages: Vec<TermMessage> = queue.dead_letters().iter().filter_map(of_term).collect();
    let is_among = |term: &&Term| {
        let key = term.key();
        messages.iter().any(|message| message.run == term.run && message.key == key)
    };
    let failed = end.terms.iter().filter(|term| term.state == TermState::Failed);
    let silent: Vec<TermKey> = failed.filter(|term| !is_among(term)).map(Term::key).collect();
    world.promise(Promise::BadInputSetAside, silent.is_empty(), || {
        format!("terms that failed without a dead letter: {silent:?}")
    });
}
