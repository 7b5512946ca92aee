//! The seeder: opens a run when the weekly schedule fires. Every minute it tops up the window, returns lost
//! terms to the frontier, and closes the run once all terms are finished.
//!
//! The work itself is in [`collect::seeder`]; this crate knows events and the environment.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `FERMATA_TERMS_TABLE`, `FERMATA_CONTROL_TABLE` | the tables | none |
//! | `FERMATA_QUEUE_URL`, `FERMATA_DEAD_LETTER_QUEUE_URL` | the queues | none |
//! | `FERMATA_CONCURRENCY` | most concurrent fetchers; the window's size follows from it | 2 |
//! | `FERMATA_WINDOW` | most terms in the queue | 20 for each fetcher |
//! | `FERMATA_RATE_PER_30S` | the operator's limit on requests in any 30 seconds | learned |
//! | `FERMATA_SEARCH_PER_DAY` | the operator's limit on searches in any 24 hours | learned |
//! | `FERMATA_RETENTION_DAYS` | how long terms are kept | 90 |
//! | `FERMATA_MISSED_SCHEDULES_QUEUE_URL` | the queue for events that Lambda gave up | none |
//! | `FERMATA_OVERDUE_DAYS` | days after which an open run is trouble, and one more for a missing run | 7 |
//! | `FERMATA_PARTIAL_PERCENT` | share of unanswered terms above which a closed run counts as trouble | 5 |
//! | `FERMATA_SCHEDULED` | whether a schedule opens runs | `true` |
//! | `FERMATA_STACK` | the stack's name, a dimension of the trouble metric | empty |
//! | `FERMATA_LOG` | log filter | `info` |
//! | `FERMATA_TRACES` | whether spans go to X-Ray's daemon | `false` |

pub mod config;
pub mod event;
pub mod handler;
mod progress;
