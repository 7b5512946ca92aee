//! The API: tells a program over HTTP what the Spotify app may do and how the latest run stands. It only reads, and only
//! the control table.
//!
//! | request | answer |
//! |---|---|
//! | `GET /v1/capabilities` | [`response::Capabilities`] |
//! | `GET /v1/runs/latest` | [`response::LatestRun`]; 404 before the first run |
//! | any other path | 404 |
//! | any other method | 405 |
//!
//! Every answer is JSON; one that is not 200 is a [`response::Failure`]. Where the control table cannot be read it is 503,
//! and the log says why. Who may ask is decided in front of the function: the route takes requests that are signed by an
//! identity with the right to, and no others.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `FERMATA_CONTROL_TABLE` | the table | none |
//! | `FERMATA_LOG` | log filter | `info` |

pub mod config;
pub mod handler;
pub mod response;
