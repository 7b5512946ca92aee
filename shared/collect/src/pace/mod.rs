//! The pace: how fast a bucket may be asked, shared by every function through one item of the control table.
//!
//! **Permits** follow the generic cell rate algorithm (ITU-T I.371, virtual scheduling): the bucket keeps the time `next`
//! of its first free permit; leasing `n` permits moves it to `max(next, now) + n * interval`. A permit may be used from
//! its due time until [`PERMIT_VALIDITY`] later, then it is forfeited. Any 30 seconds of sending therefore hold at most the
//! permits that are due in `30 s + PERMIT_VALIDITY + TRANSIT`, and [`Rate::interval`] spaces them so that these are no more
//! than the rate allows. That is what makes the promise "no 30-second window holds more than the pace allows" exact, and
//! what it costs: `30 / 30.75`, some 2.4 % of the rate.
//!
//! **Holds** stand above permits: nothing is leased during one, and setting it starts a new epoch, which ends every lease
//! given before.

mod lease;
mod permits;
mod wait;

pub use lease::{BucketState, Held, LeaseAnswer, LeaseRequest, PERMIT_VALIDITY, Rate, TRANSIT};
pub use permits::{Pacing, Permit, Permits};
pub use wait::{NotNow, Wait, WaitPolicy};
