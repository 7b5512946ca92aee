//! Checks rows against what their table declares.

use std::collections::{BTreeMap, HashSet};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use collect::catalogue::ArtistId;
use collect::snapshot::table::{Column, Kind, Rule, Table, TableName};

/// The keys of other tables that rows may refer to.
pub type References = BTreeMap<TableName, HashSet<String>>;

/// What is wrong with each row of a batch; `None` of a good one. The batch has the columns of a sorted run.
pub fn problems(table: &Table, batch: &RecordBatch, references: &References) -> Vec<Option<String>> {
    let of_reading = batch.column(table.columns.len()).as_string::<i32>();
    let mut problems: Vec<Option<String>> =
        of_reading.iter().map(|problem| problem.map(str::to_owned)).collect();
    for (number, column) in table.columns.iter().enumerate() {
        let values = batch.column(number);
        if column.required && values.null_count() > 0 {
            note(&mut problems, |row| values.is_null(row).then(|| format!("{} is missing", column.name)));
        }
        for rule in column.rules {
            check(rule, column, values, references, &mut problems);
        }
    }
    problems
}

/// Notes problems of rows that had none so far.
fn note(problems: &mut [Option<String>], problem: impl Fn(usize) -> Option<String>) {
    for (row, known) in problems.iter_mut().enumerate().filter(|(_, known)| known.is_none()) {
        *known = problem(row);
    }
}

fn check(
    rule: &Rule,
    column: &Column,
    values: &ArrayRef,
    references: &References,
    problems: &mut [Option<String>],
) {
    let name = column.name;
    match (rule, column.kind) {
        (Rule::Between(least, most), kind) => {
            let number = |row: usize| number(values, kind, row);
            let problem = || format!("{name} is not from {least} to {most}");
            note(problems, |row| {
                number(row).is_some_and(|number| !(*least..=*most).contains(&number)).then(problem)
            });
        }
        (rule, Kind::Text) => {
            let texts = values.as_string::<i32>();
            let fails = |text: &str| match rule {
                Rule::OneOf(allowed) => {
                    (!allowed.contains(&text)).then(|| format!("{name} is none of {allowed:?}"))
                }
                Rule::SpotifyId => ArtistId::new(text).is_err().then(|| format!("{name} is no Spotify id")),
                Rule::References(table) => {
                    let known = references.get(table).is_some_and(|keys| keys.contains(text));
                    (!known).then(|| format!("{name} is not in {table}"))
                }
                Rule::Between(..) => None,
            };
            note(problems, |row| if texts.is_null(row) { None } else { fails(texts.value(row)) });
        }
        // The declarations put rules for texts on texts only.
        _ => {}
    }
}

#[expect(clippy::cast_precision_loss, reason = "bounds are far below 2^52")]
fn number(values: &ArrayRef, kind: Kind, row: usize) -> Option<f64> {
    if values.is_null(row) {
        return None;
    }
    match kind {
        Kind::Integer => Some(values.as_primitive::<Int64Type>().value(row) as f64),
        Kind::Real => Some(values.as_primitive::<Float64Type>().value(row)),
        _ => None,
    }
}
