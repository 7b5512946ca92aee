//! The API: reports over HTTP what the Spotify app may do and the state of the latest run. It only reads, and
//! only from the control table.
//!
//! | request | answer |
//! |---|---|
//! | `GET /v1/capabilities` | [`response::Capabilities`] |
//! | `GET /v1/runs/latest` | [`response::LatestRun`]; 404 before the first run |
//! | any other path | 404 |
//! | any other method | 405 |
//!
//! Every response is JSON; any status but 200 has a [`response::Failure`] body. If the control table cannot
//! be read, the status is 503 and the log has the cause. Authorisation happens in front of the function: the
//! route only accepts requests signed by an identity that may call it.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `FERMATA_CONTROL_TABLE` | name of the control table | none |
//! | `FERMATA_LOG` | log filter | `info` |

pub mod config;
pub mod handler;
pub mod response;
