//! What the fetcher does: it takes messages from the queue and works the term of each.
//!
//! [`Fetcher::process_batch`] turns each message into one [`Outcome`]. In between, one loop (`driver.rs`)
//! carries out what the [`plan`](crate::plan) says about a term: it takes a [permit](crate::permits), asks
//! Spotify, writes the artists, puts follow-up terms and finishes the term, in this order.

mod ask;
mod batch;
mod driver;
mod guide;
mod halt;
mod offered;
mod outcome;

pub use batch::Fetcher;
pub use driver::claim;
pub use outcome::Outcome;
