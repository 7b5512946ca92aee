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
//! | `FERMATA_MISSED_SCHEDULES_QUEUE_URL` | the queue of the events that came to nothing | none |
//! | `FERMATA_OVERDUE_DAYS` | days after which an open run is trouble, and with one more a run that did not open | 7 |
//! | `FERMATA_PARTIAL_PERCENT` | largest share of unanswered terms of a run | 5 |
//! | `FERMATA_SCHEDULED` | whether a schedule opens runs | `true` |
//! | `FERMATA_STACK` | the stack, for the metric of trouble | empty |
//! | `FERMATA_LOG` | log filter | `info` |

pub mod config;
pub mod event;
pub mod handler;
mod progress;
