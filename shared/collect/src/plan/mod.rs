//! What to ask next, and what an answer means: decisions, and nothing that acts.

pub(crate) mod all_years;
mod capability;
mod findings;
pub mod forecast;
mod genres;
pub(crate) mod refresh;
pub mod refusal;
pub mod roots;
pub(crate) mod sample;
pub mod split;
pub(crate) mod stop;
pub mod systematic;
pub(crate) mod trials;
mod yields;

pub use capability::Capability;
pub use findings::{Field, Finding, Findings, LimitsFinding, OperatorFinding};
pub use genres::GENRE_SEEDS;
pub(crate) use yields::IDS_PER_REQUEST;
pub use yields::{Yield, Yields};
