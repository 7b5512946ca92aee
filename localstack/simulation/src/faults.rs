//! What goes wrong in a world, drawn from its seed.
//!
//! To add a fault: add a field to [`Faults`], draw it in [`Faults::draw`], and let it happen where its part
//! of the world is played ([`crate::world`]: the tables, the queue, Spotify; [`crate::lambda`]: functions and
//! schedules), with `world.happens(world.faults.your_fault)`. If it changes what may rightly be expected of a
//! run, say so in the methods at the end of this file; the promises ([`crate::promises`]) ask them.

use std::time::Duration;

use collect::web_api::Endpoint;

use crate::dice::Dice;
use crate::moment::Moment;

/// What goes wrong. Shares are of all occasions, 0 to 1; nothing goes wrong in the default.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Faults {
    // The tables.
    /// A table operation is refused: throttled or unreachable.
    pub(crate) table_refuses: f64,
    /// A table operation is carried out, but its answer is lost.
    pub(crate) table_answer_lost: f64,
    /// A table operation takes up to five seconds.
    pub(crate) table_slow: f64,
    /// No table can be reached from the first to the second moment.
    pub(crate) table_outage: Option<(Moment, Moment)>,
    /// Of several items to be written only some are, and the operation fails.
    pub(crate) batch_cut: f64,
    /// Writes of some kind are throttled now and then, for longer than the client goes on trying.
    pub(crate) throttling: Option<Throttling>,
    /// How far the index of the terms lags behind the table at most.
    pub(crate) index_lag: Duration,
    /// The index of the terms stands still from the first to the second moment.
    pub(crate) index_stands: Option<(Moment, Moment)>,
    /// Terms that a page holds at most.
    pub(crate) page_size: Option<usize>,
    /// A page takes up to nine seconds.
    pub(crate) pages_slow: bool,
    /// What has expired is deleted so much later at most.
    pub(crate) expiry_lag: Duration,

    // The queue.
    /// A message is not accepted.
    pub(crate) send_refused: f64,
    /// A dead letter is not accepted.
    pub(crate) letter_refused: f64,
    /// A message arrives, but its sender gets a failure instead of the acknowledgement.
    pub(crate) send_unacknowledged: f64,
    /// A message that was just received is received again at any time.
    pub(crate) received_again: f64,
    /// A deletion is forgotten.
    pub(crate) delete_forgotten: f64,
    /// A message arrives up to five minutes late.
    pub(crate) send_late: f64,
    /// A message cannot be hidden: the call fails.
    pub(crate) hide_refused: f64,
    /// Messages that nobody here has sent.
    pub(crate) strays: usize,

    // The functions and their schedules.
    /// An execution is killed at any of its awaits.
    pub(crate) killed: f64,
    /// An environment is not used again.
    pub(crate) recycled: f64,
    /// How far clocks are off at most, either way.
    pub(crate) skew: Duration,
    /// The minute's tick does not come.
    pub(crate) minute_missed: f64,
    /// The minute's tick comes twice.
    pub(crate) minute_twice: f64,
    /// The minute's tick comes up to two minutes late.
    pub(crate) minute_late: f64,
    /// How often the weekly event comes beside the first time.
    pub(crate) collect_again: usize,

    // Spotify.
    /// 429 of the rolling limit though nothing was wrong.
    pub(crate) throttled: f64,
    /// How many of these name hours, and how many spent quotas there are, at most.
    pub(crate) long_holds: u32,
    /// By how much requests that come during a hold lengthen it: those that were under way when it began.
    pub(crate) holds_grow: Duration,
    /// The limit is lower than the collector was told: this share of it.
    pub(crate) limit_share: Option<f64>,
    /// 5xx, cut bodies, 401: in all passing, never five in a row for one question.
    pub(crate) trouble: f64,
    /// Requests take up to eleven seconds.
    pub(crate) slow: f64,
    /// `total` and `next` are wrong.
    pub(crate) lies: f64,
    /// `total` is missing or too small, and nothing else is wrong: nobody may notice.
    pub(crate) total_falls_short: f64,
    /// `NOT`, quotes and filters are words like any other.
    pub(crate) operators_are_words: bool,
    /// Rows change places between requests, so that one is shown twice and another on no page.
    pub(crate) unstable: f64,
    /// Rows are unreadable.
    pub(crate) null_rows: f64,
    /// An artist comes without its optional fields, though an earlier answer had them.
    pub(crate) fields_missing: f64,
    /// Endpoints that this app may not use; the search is never one of them.
    pub(crate) closed: Vec<Endpoint>,
    /// From this request on.
    pub(crate) closes_at: u64,
    /// Questions that are never answered.
    pub(crate) broken_questions: usize,
    /// The same of other kinds than searches, where other sources are used.
    pub(crate) broken_terms: usize,
    /// Artists and playlists that are gone: asked for by their ids they are not found, though other answers
    /// show them.
    pub(crate) vanished: f64,
    /// From this request on the app is told that nothing is answered any more.
    pub(crate) stops_at: Option<u64>,
    /// An artist has gained followers since it was shown last.
    pub(crate) followers_grow: f64,
    /// So long after Spotify stopped a run, it answers again and an operator resumes the run.
    pub(crate) mended_after: Option<Duration>,
}

impl Faults {
    /// The faults of a seed: each kind is there in some seeds and absent in others, so that they meet in
    /// every combination and every promise is also tried where little else goes wrong.
    pub(crate) fn draw(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "faults");
        let dice = &mut dice;
        Self {
            table_refuses: rate(dice, 0.25, 0.05),
            table_answer_lost: rate(dice, 0.25, 0.05),
            table_slow: rate(dice, 0.2, 0.02),
            table_outage: dice.chance(0.1).then(|| period(dice, 300)),
            batch_cut: rate(dice, 0.2, 0.2),
            index_lag: some(dice, 0.4, |dice| dice.millis(10, 5000)),
            page_size: dice.chance(0.5).then(|| 1 + dice.index(40)),
            pages_slow: dice.chance(0.2),
            expiry_lag: some(dice, 0.7, |dice| dice.seconds(0, 48 * 3600)),
            send_refused: rate(dice, 0.3, 0.2),
            send_unacknowledged: rate(dice, 0.3, 0.3),
            received_again: rate(dice, 0.3, 0.2),
            delete_forgotten: rate(dice, 0.3, 0.1),
            send_late: rate(dice, 0.2, 0.1),
            hide_refused: rate(dice, 0.2, 0.2),
            strays: some(dice, 0.25, |dice| dice.index(6)),
            killed: rate(dice, 0.35, 0.5),
            recycled: rate(dice, 0.5, 0.5),
            skew: some(dice, 0.25, |dice| dice.seconds(0, 3)),
            minute_missed: rate(dice, 0.3, 0.5),
            minute_twice: rate(dice, 0.3, 0.3),
            minute_late: rate(dice, 0.3, 0.5),
            collect_again: some(dice, 0.4, |dice| dice.index(4)),
            throttled: rate(dice, 0.5, 0.06),
            long_holds: some(dice, 0.2, |dice| u32::try_from(dice.index(3)).unwrap_or_default()),
            holds_grow: if dice.chance(0.3) { Duration::from_secs(1) } else { Duration::ZERO },
            limit_share: dice.chance(0.2).then(|| 0.3 + 0.7 * dice.share()),
            trouble: rate(dice, 0.4, 0.3),
            slow: rate(dice, 0.2, 0.05),
            lies: rate(dice, 0.2, 0.5),
            operators_are_words: dice.chance(0.5),
            unstable: rate(dice, 0.1, 0.3),
            null_rows: rate(dice, 0.05, 0.1),
            fields_missing: rate(dice, 0.3, 0.5),
            closed: closed(dice),
            closes_at: if dice.chance(0.3) { dice.between(5, 150) } else { 0 },
            broken_questions: some(dice, 0.1, |dice| dice.index(3)),
            stops_at: dice.chance(0.05).then(|| dice.between(1, 200)),
            followers_grow: rate(dice, 0.3, 1.0),
            mended_after: dice.chance(0.5).then(|| mending(dice)),
            ..Self::default()
        }
        .drawn_apart(seed)
    }

    /// Faults with dice of their own, so that they change no others.
    fn drawn_apart(self, seed: u64) -> Self {
        let mut dice = Dice::new(seed, "more faults");
        let dice = &mut dice;
        // A long one comes from a request that left before the hold and is answered after others have heard
        // of it.
        let holds_grow =
            if dice.chance(0.15) { self.holds_grow + dice.seconds(5, 90) } else { self.holds_grow };
        let faults = Self {
            throttling: dice.chance(0.15).then(|| Throttling::draw(dice)),
            index_stands: dice.chance(0.1).then(|| period(dice, 900)),
            total_falls_short: rate(dice, 0.15, 0.5),
            holds_grow,
            broken_terms: some(dice, 0.3, |dice| 1 + dice.index(8)),
            vanished: rate(dice, 0.4, 0.5),
            letter_refused: rate(dice, 0.4, 0.6),
            ..self
        };
        // Hardly any world is without all of these, and a lease that ends in vain shows in no other.
        if Dice::new(seed, "leases").chance(0.12) { faults.without_strays() } else { faults }
    }

    /// The same without what [`something_strays`](Self::something_strays) names.
    fn without_strays(self) -> Self {
        Self {
            received_again: 0.0,
            killed: 0.0,
            table_refuses: 0.0,
            table_answer_lost: 0.0,
            table_outage: None,
            throttling: None,
            batch_cut: 0.0,
            table_slow: 0.0,
            slow: 0.0,
            skew: Duration::ZERO,
            hide_refused: 0.0,
            ..self
        }
    }

    /// Whether an answer may leave out what matches: then tables cannot be compared.
    pub(crate) fn answers_fall_short(&self) -> bool {
        self.unstable > 0.0 || self.null_rows > 0.0
    }

    /// Whether questions stay unanswered: then the table holds a part of what it would.
    pub(crate) fn questions_stay_open(&self) -> bool {
        self.broken_questions > 0
            || self.broken_terms > 0
            || (self.stops_at.is_some() && self.mended_after.is_none())
    }

    /// Whether two executions may work one term at a time.
    pub(crate) fn work_is_repeated(&self) -> bool {
        self.received_again > 0.0 || self.send_unacknowledged > 0.0 || self.delete_forgotten > 0.0
    }

    /// Whether something may happen that only a lease's end mends: an execution that ends between two writes,
    /// a write whose fate is unknown, or a message that two have received: the one deletes it with its term
    /// put back, which the other, who has read the term before, then keeps for a later time.
    pub(crate) fn something_strays(&self) -> bool {
        self.received_again > 0.0
            || self.killed > 0.0
            || self.table_refuses > 0.0
            || self.table_answer_lost > 0.0
            || self.table_outage.is_some()
            || self.throttling.is_some()
            || self.batch_cut > 0.0
            || self.table_slow > 0.0
            || self.slow > 0.0
            || self.skew > Duration::ZERO
            || self.hide_refused > 0.0
    }

    /// Whether an execution may be at work when its time is over though it has done nothing wrong.
    pub(crate) fn work_is_slow(&self) -> bool {
        self.table_slow > 0.0
            || self.slow > 0.0
            || self.skew > Duration::ZERO
            || self.table_outage.is_some()
            || self.throttling.is_some()
    }
}

/// A share of up to `most`, in this share of the seeds.
fn rate(dice: &mut Dice, seeds: f64, most: f64) -> f64 {
    if dice.chance(seeds) { dice.share() * most } else { 0.0 }
}

/// Some amount, in this share of the seeds.
fn some<T: Default>(dice: &mut Dice, seeds: f64, amount: impl FnOnce(&mut Dice) -> T) -> T {
    if dice.chance(seeds) { amount(dice) } else { T::default() }
}

/// Every endpoint but the search that may be closed.
const CLOSABLE: [Endpoint; 12] = [
    Endpoint::Artists,
    Endpoint::Artist,
    Endpoint::RelatedArtists,
    Endpoint::ArtistAlbums,
    Endpoint::Albums,
    Endpoint::NewReleases,
    Endpoint::Categories,
    Endpoint::CategoryPlaylists,
    Endpoint::FeaturedPlaylists,
    Endpoint::Playlist,
    Endpoint::PlaylistItems,
    Endpoint::GenreSeeds,
];

/// Some of them, or none.
fn closed(dice: &mut Dice) -> Vec<Endpoint> {
    let share = if dice.chance(0.6) { dice.share() } else { 0.0 };
    CLOSABLE.into_iter().filter(|_| dice.chance(share)).collect()
}

/// A period of up to so many seconds within the first minutes.
fn period(dice: &mut Dice, most: u64) -> (Moment, Moment) {
    let begin = Moment::default() + dice.seconds(5, 600);
    (begin, begin + dice.seconds(1, most))
}

/// Writes that are throttled again and again: a table has used up its capacity for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Throttling {
    /// Which operations.
    writes: &'static [&'static str],
    /// How often it begins.
    every: Duration,
    /// How long it lasts.
    lasts: Duration,
}

/// Operations of the same kind: writes of terms, of the control table, of artists.
const WRITES: [&[&str]; 3] = [
    &["put terms", "send", "give back", "save", "finish", "expire"],
    &[
        "open",
        "mark seeding",
        "mark seeded",
        "add tracks",
        "mark idle",
        "mark counting",
        "note expiring",
        "mark expiring",
        "expire words",
        "stop",
        "resume",
        "close",
        "lease",
        "hold",
        "words",
        "note operator",
        "note endpoint",
        "note yields",
        "keep snapshot",
        "limit pages",
    ],
    &["upsert", "withdraw", "keep edges"],
];

impl Throttling {
    fn draw(dice: &mut Dice) -> Self {
        let every = dice.seconds(15, 300);
        Self {
            writes: dice.pick(&WRITES).unwrap_or(WRITES[0]),
            every,
            lasts: every.mul_f64(dice.share() / 3.0),
        }
    }

    /// Whether this operation is throttled now.
    pub(crate) fn refuses(&self, operation: &str, now: Moment) -> bool {
        let since = now.since(Moment::default()).as_micros() % self.every.as_micros();
        since < self.lasts.as_micros() && self.writes.contains(&operation)
    }
}

/// While the run is being closed, soon after it, or days later.
fn mending(dice: &mut Dice) -> Duration {
    let most = dice.pick(&[60, 600, 3 * 24 * 3600]).unwrap_or(60);
    dice.seconds(0, most)
}

#[cfg(test)]
mod tests;
