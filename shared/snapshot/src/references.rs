//! Which of the keys that rows refer to are there.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use collect::ports::PortError;
use collect::ports::export::Objects;
use collect::snapshot::export::Export;
use collect::snapshot::table::{Rule, Table, TableName};
use futures::{StreamExt, TryStreamExt, stream};

use crate::check::References;
use crate::run_file::{READS, find};

/// Of the keys of other tables that the rows of a range name, those that are there. Bounded by the range,
/// whatever the size of the other tables.
pub(crate) async fn known(
    objects: &(impl Objects + Sync),
    export: &Export,
    table: &Table,
    batches: &[RecordBatch],
) -> Result<References, PortError> {
    let mut wanted: BTreeMap<TableName, BTreeSet<&str>> = BTreeMap::new();
    for (number, column) in table.columns.iter().enumerate() {
        for rule in column.rules {
            let Rule::References(other) = rule else { continue };
            let values = batches.iter().flat_map(|batch| batch.column(number).as_string::<i32>());
            wanted.entry(*other).or_default().extend(values.flatten());
        }
    }
    let mut references = References::new();
    for (other, wanted) in &wanted {
        let reads: Vec<_> = export.runs(*other).map(|run| find(objects, &run.object, wanted)).collect();
        let found: Vec<Vec<String>> = stream::iter(reads).buffered(READS).try_collect().await?;
        references.insert(*other, found.into_iter().flatten().collect());
    }
    Ok(references)
}
