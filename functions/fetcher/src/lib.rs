//! The fetcher: takes terms from the queue, asks Spotify, writes artists and follow-up terms.
//!
//! What it does lives in [`collect::fetcher`]; this crate knows SQS events and the environment.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `FERMATA_ARTISTS_TABLE`, `FERMATA_TERMS_TABLE`, `FERMATA_CONTROL_TABLE` | the tables | none |
//! | `FERMATA_QUEUE_URL`, `FERMATA_DEAD_LETTER_QUEUE_URL` | the queues | none |
//! | `FERMATA_SPOTIFY_SECRET` | name or ARN of the secret with `client_id` and `client_secret` | none |
//! | `FERMATA_SPOTIFY_API_URL` | base URL of the Web API | `https://api.spotify.com/v1` |
//! | `FERMATA_SPOTIFY_TOKEN_URL` | where tokens come from | `https://accounts.spotify.com/api/token` |
//! | `FERMATA_MARKET` | country of the searches | none |
//! | `FERMATA_CONCURRENCY` | fetchers at a time, from which the window follows | 2 |
//! | `FERMATA_WINDOW` | terms in the queue at most | 20 for each fetcher |
//! | `FERMATA_RATE_PER_30S` | the operator's limit of requests in any 30 seconds | learned |
//! | `FERMATA_SEARCH_PER_DAY` | the operator's limit of searches in any 24 hours | learned |
//! | `FERMATA_RETENTION_DAYS` | how long rows are kept after they were last seen | 90 |
//! | `FERMATA_LOG` | log filter | `info` |

pub mod event;
pub mod ports;
