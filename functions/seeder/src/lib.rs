//! The seeder: opens a run when the weekly schedule fires, and every minute tops the window up, gives lost terms back and
//! closes the run when nothing is left to ask.
//!
//! What it does lives in [`collect::seeder`]; this crate knows events and the environment.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `FERMATA_TERMS_TABLE`, `FERMATA_CONTROL_TABLE` | the tables | none |
//! | `FERMATA_QUEUE_URL`, `FERMATA_DEAD_LETTER_QUEUE_URL` | the queues | none |
//! | `FERMATA_CONCURRENCY` | fetchers at a time, from which the window follows | 2 |
//! | `FERMATA_WINDOW` | terms in the queue at most | 20 for each fetcher |
//! | `FERMATA_RATE_PER_30S` | the operator's limit of requests in any 30 seconds | learned |
//! | `FERMATA_SEARCH_PER_DAY` | the operator's limit of searches in any 24 hours | learned |
//! | `FERMATA_RETENTION_DAYS` | how long terms are kept | 90 |
//! | `FERMATA_LOG` | log filter | `info` |

pub mod event;
pub mod handler;
mod metrics;
