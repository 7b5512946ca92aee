//! What Fermata does, with no AWS and no HTTP in it.
//!
//! A *run* asks Spotify *terms* until nothing is left to ask. The way of a term:
//!
//! 1. [`schedule`] opens the run and puts its roots ([`alphabet`]) into the frontier, a table of terms.
//! 2. [`dispatch`] moves the most promising ready terms into the *window*, a short queue.
//! 3. [`batch`] takes messages from the queue; for each, [`work`] asks Spotify page after page ([`paging`]) under the
//!    [`pace`], writes the artists, and [`split`]s a term that is saturated into follow-up terms.
//! 4. [`schedule`] closes the run when nothing is ready or sent any more, with a report ([`run`]).
//!
//! For whoever operates it: [`watch`] says whether the run stands still, and [`letters`] reads what was given up and sends
//! it again.
//!
//! # The plan: the whole catalogue with few questions
//!
//! A search shows a window of its best known matches, a thousand rows, and says of the rest at most how many there are.
//! So the catalogue has to be cut into terms that match no more than a window each, without knowing it. Seven ideas:
//!
//! - **The first pages foretell the parts.** Rows come by popularity, which says next to nothing about spelling; so the
//!   first fifty names of a term are a fair sample of all that match it. What follows the prefix in them, and how often,
//!   says which longer prefixes exist and how large they are ([`seen`]).
//! - **Nobody pages what has to be split anyway.** A term that looks saturated is split after that sample ([`work`]). Only
//!   terms of very many windows are paged on while every row is new.
//! - **The best question first.** Every term waits in the frontier under the number of new artists that its next request
//!   is expected to bring ([`forecast`]). It is worked while that stays about so, and put back with its new number when
//!   its pages turn out to hold known artists; so pages, parts and leftovers of all terms compete all the time, and empty
//!   parts come last.
//! - **With `NOT`, the rest is one question.** Where `NOT` works ([`capability`] tries it out in every run), a saturated
//!   term is split into its largest parts and one term that excludes them ([`split`]). The rest holds the many small
//!   parts, the names that end where the term does, and whatever the sample did not show: pages are full, no empty part is
//!   asked, and nothing depends on the forecast. Beside that, the root of a letter excludes the letters before it, so that
//!   a name of several words is found once.
//! - **A word that saturates by itself is told apart from longer ones.** Thousands of names have the word "the". Where
//!   quotes work in exclusions, its term is `"the"` and `the NOT "the"`: both can be split as before, the first by other words,
//!   the second by longer prefixes, and between them no name is lost or found twice.
//! - **Years reach what no letter does.** A word that is a name of its own for thousands ("Ka") cannot be made longer; it is
//!   cut by years of release, in parts down to single years. And the first term of a run asks for all years: it tries out
//!   what works, and puts one term for the names without any Latin letter or digit, so that no alphabet has to be complete.
//! - **Where `NOT` fails, quotes may help.** If `"ka"` shows whole words only, it is the part of `ka` that no longer word
//!   covers, and the parts cover the term again. Where it saturates, its names are found by their other words, except those
//!   whose words all saturate: they are looked for by years, and by pairs of such words.
//!
//! The next run begins with the finished terms of the last one, those first whose requests brought most
//! ([`seeding`]). When nothing is left to ask, a sample by letter and year, a route of its own, tells how much of the
//! catalogue was seen ([`estimate`]); the report certifies every root by itself ([`certificate`]). An operator may end a run
//! earlier ([`stop`]).
//!
//! What is assumed of Spotify's search, and what happens where it is not so:
//!
//! | assumed | otherwise |
//! |---|---|
//! | a word matches the beginnings of name words, several words must all match | names are missed: this is what searching everything rests on |
//! | names do not depend on rank | forecasts are off: the order of questions is worse, the artists found are the same |
//! | `total` is about right | never relied on to call a term answered: too low, the term is paged to the end of its window and split then; too high, it is split needlessly |
//! | `NOT` excludes names with such a word and no others | found out by a trial; where it fails, terms are split by every next character, and quotes are tried |
//! | `"word"` matches whole words only, `NOT "word"` excludes them only | found out by trials; where it fails too, pairs of whole words and years are asked, and every term that a name may be equal to stays open |
//! | `year:` shows artists with a release then, and nearly every artist has one | found out by a trial; where it fails, whole words that saturate stay open, and so does the question for everything. Terms that are known by their years only stay open too, since some artists have none |
//! | every name has a Latin letter, a digit, or a release in a known year | the name is found if another one shows its first character; otherwise it is missed |
//! | what is asked together with filters are words of letters and digits | names of signs alone are found by searches for the signs only |
//!
//! A term is `done` when its matches were shown to the end, `split` when its parts match everything that it matches, and
//! otherwise `open`. Names that are a saturated word, of artists whose years are not known, are the usual reason.
//!
//! What the collector needs from the world are the [`ports`]: it runs unchanged on AWS, on an emulator and in memory
//! ([`memory`]). Time comes in through [`ports::Clock`]; nothing here reads a clock, an environment or a random number.

pub mod alphabet;
pub mod artist;
mod ask;
pub mod batch;
pub mod capability;
pub mod certificate;
pub mod dispatch;
pub mod estimate;
mod everything;
pub mod forecast;
pub mod id;
pub mod letters;
#[cfg(feature = "memory")]
pub mod memory;
mod outcome;
pub mod pace;
pub mod paging;
pub mod ports;
pub mod refusal;
pub mod run;
mod sample;
pub mod schedule;
pub mod seeding;
pub mod seen;
pub mod settings;
pub mod source;
pub mod split;
pub mod stop;
pub mod systematic;
pub mod term;
pub mod text;
pub mod watch;
pub mod work;
