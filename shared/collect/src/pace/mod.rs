//! The pace: how fast Spotify may be asked, shared by every function through one item of the control table.
//!
//! Spotify counts all requests of an app in a rolling 30 seconds, and those of each bucket of endpoints in a
//! rolling 24 hours. So there is one rate for the app, and in it a [day](Day) for each bucket, in one
//! [`PaceState`].
//!
//! **Permits** follow the generic cell rate algorithm (ITU-T I.371, virtual scheduling): the
//! [pace](PaceState) keeps the time `next` of its first free permit; leasing `n` permits moves it to
//! `max(next, now) + n * interval`. A permit may be used from its due time until its validity is over, then
//! it is forfeited.
//!
//! **An operator's rate** is exact: the interval is chosen so that no 30 seconds of sending hold more permits
//! than the rate, however late each is used within its validity ([`Rate::interval`]). That costs some 2 % of
//! it (5 % above 600 in 30 s).
//!
//! **A learned rate** goes as close under the limit as jitter lets it, see [`LearnedRate`]; a learned quota
//! of 24 hours, see [`Day`].
//!
//! **Permits and days.** A permit is leased for the bucket that is asked next and counted in its day. It is
//! good for other buckets too, and what was counted for the one and asked from the other is put right with
//! the next lease. Only a bucket whose day is limited, by an operator's allowance or a learned quota, needs a
//! part of it for each request: where the permits in hand were leased for another bucket, that part is leased
//! alone. So no mix of buckets exceeds an allowance.
//!
//! **Holds** stand above permits. A refusal for the rate holds the app, one for a quota only its bucket, and
//! the permits in hand go on to others. About the app's: nothing is leased during one, and setting it starts
//! a new epoch, which ends every lease given before. An environment hears of any hold when it leases again,
//! and at the latest 250 ms on, because before it uses a permit it reads the pace again if it has not heard
//! of it for that long. Where a refusal is likely (more is sent than was ever answered) it reads before each
//! request, and a permit is only good for a fraction of the interval, so that a request leaves only when the
//! fate of the one before it can be known.
//!
//! **The hard cap** does not depend on any of this. With `C` executions and one request in flight in each, at
//! a mean time of `L` seconds from one request to the next, no more than `30 * C / L` requests leave in 30
//! seconds, and to reach a rate of `r` per 30 seconds `C = r * L / 30` executions are needed, at least 2:
//!
//! | requests per 30 s | L = 0.05 s | 0.12 s | 0.25 s | 0.5 s |
//! |---|---|---|---|---|
//! | 90 | 2 | 2 | 2 | 2 |
//! | 180 | 2 | 2 | 2 | 3 |
//! | 600 | 2 | 3 | 5 | 10 |
//! | 3,000 | 5 | 12 | 25 | 50 |

mod bucket;
mod day;
mod learn;
mod lease;
mod rate;
mod recent;
mod stamp;
mod state;
mod wait;

pub use bucket::BucketState;
pub use day::{Day, DayLimit};
pub use learn::LearnedRate;
pub use lease::{Hold, InHand, Lease, LeaseAnswer, LeaseRequest, Leased, Limit, Refused, Settlement};
pub(crate) use rate::RATE_PERIOD;
pub use rate::{Pacing, Rate, TRANSIT};
pub use recent::Recent;
pub use state::PaceState;
pub use wait::{NotNow, Wait, WaitPolicy};
