//! What Fermata does, with no AWS and no HTTP in it.
//!
//! A *run* asks Spotify *terms* until nothing is left to ask. The way of a term:
//!
//! 1. [`seeder`] opens the run and puts its [roots](plan::roots) into the frontier, a table of terms.
//! 2. [`dispatch`](dispatch::dispatch) moves the most promising ready terms into the *window*, a short queue.
//! 3. [`fetcher`] takes messages from the queue. For each it does what the [`plan`] decides: it asks Spotify
//!    page after page under the [`pace`], writes the artists, and puts follow-up terms, such as those that a
//!    saturated term is [split](plan::split) into.
//! 4. [`seeder`] closes the run when nothing is ready or sent any more, with a [report](run::Report).
//!
//! The crate is built in floors, and each name below is a room. A file imports only from its own room and
//! from the floors below it: rooms of one floor do not import each other. A test keeps that.
//!
//! | floor, lowest first | what is in it |
//! |---|---|
//! | [`catalogue`] | artists, ids, names as search compares them |
//! | [`web_api`] | the Web API as values: endpoints and buckets, requests, pages, refusals |
//! | [`term`], [`spans`] | terms: what they ask, their keys, state and progress; spans for traces |
//! | [`pace`] | how fast Spotify may be asked: rate, days, leases, holds |
//! | [`run`] | a run, its report, its certificate and the estimate of the catalogue's size |
//! | [`settings`] | what an operator may set |
//! | [`plan`], [`snapshot`], [`recommend`] | what to ask next, and what an answer means; what an export consists of; what to recommend to a user |
//! | [`ports`] | what the collector needs from the world: small traits |
//! | [`dispatch`](mod@dispatch), [`permits`], [`memory`] | filling the window; an environment's permits; the ports in memory |
//! | [`fetcher`], [`seeder`], [`exporter`], [`recommender`] | the functions at work |
//! | [`operator`] | for whoever operates it: does the run stand still, what was given up |
//!
//! # The plan: the whole catalogue with few questions
//!
//! A search shows its best known matches down to the search depth, a thousand rows, and says of the rest at
//! most how many there are. So the catalogue has to be cut into terms that match no more than that each,
//! without knowing it.
//!
//! Why nobody is lost by cutting: where `NOT` works, a question `q` shows exactly what `q w` and `q NOT w`
//! show together, whatever `w` is and whatever Spotify takes for a word or folds away. So each split covers
//! its term, and what was foreseen decides only about the order. Where `NOT` fails, a split has to list the
//! characters that may come next: those of a base alphabet and those that pages have shown. It can miss
//! others, so that no such run calls itself complete.
//!
//! Why few questions are enough, in seven ideas:
//!
//! - **The first pages foretell the parts.** Rows come by popularity, which says next to nothing about
//!   spelling; so the first fifty names of a term are a fair sample of all that match it. What follows the
//!   prefix in them, and how often, says which longer prefixes exist and how large they are
//!   ([`Seen`](term::Seen)).
//! - **Nobody pages what has to be split anyway.** A term that looks saturated by its `total` is split after
//!   that sample (`plan/search.rs`). Only terms of over 20 times the search depth are paged on while over
//!   nine in ten rows are new.
//! - **The best question first.** Every term waits in the frontier under the number of new artists that its
//!   next request is expected to bring ([`forecast`](plan::forecast)). It is worked while that stays about
//!   so, and put back with its new number when its pages turn out to hold known artists; so pages, parts and
//!   leftovers of all terms compete all the time, and empty parts come last.
//! - **With `NOT`, the rest is one question.** Where `NOT` works (every run tries it out), a saturated term
//!   is split into its largest parts and one term that excludes them ([`split`](plan::split)). The rest holds
//!   the many small parts, the names that end where the term does, and whatever the sample did not show:
//!   pages are full, no empty part is asked, and nothing depends on the forecast. Beside that, the root of a
//!   letter excludes the letters before it, so that a name of several words is found once.
//! - **A word that saturates by itself is separated from longer ones.** Thousands of names have the word
//!   "the". Where quotes work in exclusions, its term is `"the"` and `the NOT "the"`: both can be split as
//!   before, the first by other words, the second by longer prefixes, and between them no name is lost or
//!   found twice.
//! - **Years reach what no letter does.** A word that is a name of its own for thousands ("Ka") cannot be
//!   made longer; it is cut by years of release, in parts down to single years. And the first term of a run
//!   asks for all years: it tries out what works, and puts one term for the names of which no word begins
//!   with a-z or a digit, so that no alphabet has to be complete. Of other scripts, the characters that begin
//!   a word of some name are asked for besides, and the most common ones in proportion to the catalogue: they
//!   find artists without a known year.
//! - **Where `NOT` fails, quotes may help.** If `"ka"` shows whole words only, it is the part of `ka` that no
//!   longer word covers, and the parts cover the term again. Where it saturates, its names are found by their
//!   other words, except those whose words all saturate: they are looked for by years, and by pairs of such
//!   words. Other scripts are searched from all characters of the base.
//!
//! The next run begins with the terms that the last one did not split, those first whose requests brought
//! most ([`seeder`]). Its order is about as good as one that knows who stands behind each term
//! (`cargo local bench plan --rerun` shows both); what a run could save beside that is only what pages are
//! not full of: the first run's splits, and rows that several terms show.
//!
//! When nothing is left to ask, a sample by letters and year, a route of its own, tells how much of the
//! catalogue was seen ([`Estimate`](run::Estimate)); the report certifies every root by itself
//! ([`Certificate`](run::Certificate)). An operator may end a run earlier ([`StopRule`](settings::StopRule)).
//!
//! What is assumed of Spotify's search, and what happens where it is not so:
//!
//! | assumed | otherwise |
//! |---|---|
//! | a word matches the beginnings of name words, several words must all match | names are missed: this is what searching everything rests on |
//! | names do not depend on rank | forecasts are off. With `NOT` the order of questions is worse and the artists found are the same; without it, a character outside the base alphabet is asked for only if a page showed it |
//! | `total` is about right | too high, a term is split needlessly. Too low, a full page is followed all the same; but a page that is not full, says that nothing follows, and names no larger `total`, is the end |
//! | `NOT` excludes names with such a word and no others | found out by a trial with single letters, which has to speak for longer words, and for exclusions beside quotes and years; where it fails, terms are split by every next character, and quotes are tried |
//! | words of a name are runs of letters and digits ("O'Neil" is two) | the trial of `NOT` fails on a page that shows otherwise, and the run is slower and partial |
//! | a query has up to 240 characters, and four words to match | no more is excluded or added; years are tried, then the term stays open |
//! | `"word"` matches whole words only, `NOT "word"` excludes them only | found out by trials; where it fails too, pairs of whole words and years are asked, and every term that a name may be equal to stays open |
//! | `year:` shows artists with a release then, from 1900 to this year, and nearly every artist has one | found out by a trial; where it fails, whole words that saturate stay open, and so does the question for everything. Terms that are known by their years only stay open too, since some artists have none |
//! | every name has a word that begins with a-z or a digit, or a release in a known year | the name is found if a word of another one begins with its first character; otherwise it is missed |
//! | signs ("!!!") are found where nothing but signs is asked for | names of signs alone are found by their years or not at all. Signs outside the base are asked for once a name shows them as a word |
//! | of equal names, a single year has no more than the search depth | the term of that word and year stays open |
//!
//! A term is `done` when its matches were shown to the end, `split` when its parts match everything that it
//! matches, and otherwise `open`. At the size of Spotify some are: names that are one very common word
//! ("The"), of artists whose years are not known or who are more than the search depth in one year, and years
//! in which more names than that begin in other scripts. A part always asks for less than what it is a part
//! of (`split`), so that nothing is split into itself.
//!
//! What the collector needs from the world are the [`ports`]: it runs unchanged on AWS, on an emulator and in
//! memory ([`memory`]). Time comes in through [`ports::Clock`]; nothing here reads a clock, an environment or
//! a random number.

pub mod catalogue;
pub mod dispatch;
pub mod exporter;
pub mod fetcher;
#[cfg(feature = "memory")]
pub mod memory;
pub mod operator;
pub mod pace;
pub mod permits;
pub mod plan;
pub mod ports;
pub mod recommend;
pub mod recommender;
pub mod run;
pub mod seeder;
pub mod settings;
pub mod snapshot;
pub mod spans;
pub mod term;
pub mod web_api;
