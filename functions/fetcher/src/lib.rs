//! The fetcher: takes terms from the queue, asks Spotify, and writes artists and follow-up terms.
//!
//! The work itself is in [`collect::fetcher`]; this crate knows SQS events and the environment.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `FERMATA_ARTISTS_TABLE`, `FERMATA_TERMS_TABLE`, `FERMATA_CONTROL_TABLE` | the tables | none |
//! | `FERMATA_TRACKS_TABLE`, `FERMATA_EDGES_TABLE` | the tables of tracks and of who appears with whom | none |
//! | `FERMATA_SEARCH_TABLE` | the table of the artists' index | no index |
//! | `FERMATA_QUEUE_URL`, `FERMATA_DEAD_LETTER_QUEUE_URL` | the queues | none |
//! | `FERMATA_SPOTIFY_SECRET` | name or ARN of the secret with `client_id` and `client_secret` | none |
//! | `FERMATA_SPOTIFY_API_URL` | base URL of the Web API | `https://api.spotify.com/v1` |
//! | `FERMATA_SPOTIFY_TOKEN_URL` | URL of the token service | `https://accounts.spotify.com/api/token` |
//! | `FERMATA_SPOTIFY_PLAIN_HTTP` | whether both URLs may be `http://` on another machine; for emulators | `false` |
//! | `FERMATA_MARKET` | country to search in | none |
//! | `FERMATA_CONCURRENCY` | most concurrent fetchers; the window's size follows from it | 2 |
//! | `FERMATA_WINDOW` | most terms in the queue | 20 for each fetcher |
//! | `FERMATA_RATE_PER_30S` | the operator's limit on requests in any 30 seconds | learned |
//! | `FERMATA_SEARCH_PER_DAY` | the operator's limit on searches in any 24 hours | learned |
//! | `FERMATA_RETENTION_DAYS` | days until a row expires that is not seen again | 90 |
//! | `FERMATA_LOG` | log filter | `info` |
//! | `FERMATA_TRACES` | whether spans go to X-Ray's daemon | `false` |

pub mod event;
pub mod ports;
