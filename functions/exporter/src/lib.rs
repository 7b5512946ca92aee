//! The exporter: turns the tables into snapshots in S3 when a run has closed, and on demand.
//!
//! What it does lives in [`collect::exporter`], its two heavy jobs in [`snapshot`]; this crate knows events
//! and the environment.
//!
//! | event | what it does |
//! |---|---|
//! | `{"job":"tick"}` | begins the export of the run that closed last, if it has none yet; sends work again that was lost; works the queue |
//! | `{"job":"export"}` | begins one now, of an open run too; `"snapshot":"NAME"` names it, `"formats":["jsonl","csv"]` adds formats, `"accept_fewer":true` accepts it however few rows it has; works the queue |
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `FERMATA_ARTISTS_TABLE`, `FERMATA_EDGES_TABLE`, `FERMATA_TERMS_TABLE`, `FERMATA_CONTROL_TABLE` | the tables | none |
//! | `FERMATA_TRACKS_TABLE` | the table of tracks | no tracks are exported |
//! | `FERMATA_EXPORT_QUEUE_URL` | the queue of the work items | none |
//! | `FERMATA_BUCKET` | the bucket of the snapshots | none |
//! | `FERMATA_GLUE_DATABASE` | the Glue database; without one the files are in no catalogue | none needed |
//! | `FERMATA_EXPORT_FORMATS` | formats beside Parquet: `jsonl`, `csv` | none needed |
//! | `FERMATA_EXPORT_SEGMENTS` | segments of the scan of a large table | 4 |
//! | `FERMATA_LOG` | log filter | `info` |
//! | `FERMATA_TRACES` | whether spans go to X-Ray's daemon | `false` |

pub mod event;
pub mod handler;
pub mod ports;
