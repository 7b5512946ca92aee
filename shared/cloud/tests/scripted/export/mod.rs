//! The exporter's ports: conditional writes, work messages, pages as they were sent, and the catalogue.

mod catalogue;
mod objects;
mod tables;

use collect::run::{Report, Run};
use collect::snapshot::export::Export;
use collect::snapshot::ledger::{Ledger, Wish};
use collect::snapshot::table::TableName;
use collect::term::RunId;

/// A ledger with an export of the artists, the third in the sequence.
fn ledger() -> Ledger {
    let now = "2026-11-28T10:00:00Z".parse().unwrap();
    let run = Run::open(RunId::new("2026-11-23").unwrap(), "2026-11-23T03:00:00Z".parse().unwrap());
    let run = run.closed(Report::default(), now);
    let mut ledger = Ledger::default();
    ledger.begin(&Wish { segments: [(TableName::Artists, 2)].into(), ..Wish::default() }, &run, now);
    ledger.active.as_mut().unwrap().sequence = 3;
    ledger
}

fn export() -> Export {
    ledger().active.unwrap()
}
