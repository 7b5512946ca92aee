//! The API: how Fermata stands, its runs, artists and snapshots and what the Spotify app may do, over HTTP;
//! and the dashboard, a page that shows it. It writes nothing but users' profiles.
//!
//! [`router`] answers every request. On AWS it runs behind `lambda_http`, and authorisation happens in front
//! of it: the route only accepts requests signed by an identity that may call it. On an operator's machine
//! [`serve`] runs it on 127.0.0.1 with the operator's own credentials.
//!
//! `GET /v1/openapi.json` describes the routes; it is generated from the code in [`mod@routes`]. Answers are
//! JSON with an `ETag`, of which a request with the same `If-None-Match` gets only 304. Errors are
//! [`problem::Problem`]s. If a table cannot be read, the status is 503, and only the log has the cause.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `FERMATA_ARTISTS_TABLE` | name of the artists table | none |
//! | `FERMATA_TRACKS_TABLE` | name of the table of tracks | none |
//! | `FERMATA_TERMS_TABLE` | name of the terms table | none |
//! | `FERMATA_CONTROL_TABLE` | name of the control table | none |
//! | `FERMATA_QUEUE_URL` | the window's queue | none |
//! | `FERMATA_DEAD_LETTER_QUEUE_URL` | the dead-letter queue | none |
//! | `FERMATA_SEARCH_TABLE` | table of the artists' index; without it, artists are found by id only | none |
//! | `FERMATA_BUCKET` | bucket of the snapshots | none |
//! | `FERMATA_USERS_TABLE` | name of the users table | none |
//! | `FERMATA_RETENTION_DAYS` | days until a user's profile expires after it was put | 90 |
//! | `FERMATA_OVERDUE_DAYS` | days after which an open run is trouble | 7 |
//! | `FERMATA_PARTIAL_PERCENT` | share of unanswered terms above which a closed run counts as trouble | 5 |
//! | `FERMATA_CURSOR_KEY` | any text, with which cursors are signed | none |
//! | `FERMATA_LOG` | log filter | `info` |
//! | `FERMATA_TRACES` | whether spans go to X-Ray's daemon | `false` |

mod answer;
mod asked;
pub mod config;
mod cursor;
pub mod lambda;
pub mod problem;
mod reads;
pub mod response;
pub mod routes;
pub mod serve;

pub use cursor::CursorKey;
pub use reads::{Read, Reads, Sources};
pub use routes::router;
