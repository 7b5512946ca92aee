//! What the fetcher does: it takes messages from the queue and works the term of each.

mod account;
mod ask;
mod batch;
mod finish;
mod follow;
mod offered;
mod outcome;
mod permits;
mod trials;
mod work;

pub use batch::Fetcher;
pub use finish::claim;
pub use outcome::Outcome;
pub use permits::{KNOWLEDGE_VALIDITY, Permit, Permits};
