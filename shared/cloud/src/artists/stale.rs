//! Artists that have not been seen for a long time.
//!
//! An index by last sighting would have to be written with every row in every run, and would cost more than
//! the rows themselves. A scan costs half a read unit for about twenty rows, once a run. It is bounded in
//! calls and in time; in a larger table, each run starts it elsewhere.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use collect::catalogue::ArtistId;
use collect::ports::PortError;
use collect::term::RunId;
use jiff::Timestamp;
use tokio::time::Instant;

use super::DynamoArtists;
use super::row::stamp;
use crate::batches::Item;
use crate::error::port_error;

/// Most calls of one scan, each up to a megabyte: a few seconds, and a good half million artists.
const MOST_CALLS: u32 = 150;

impl DynamoArtists {
    /// Up to `limit` artists last seen before `before` and not in `run`, longest unseen first. Scans from a
    /// run-specific position to the end, then from the beginning, since a table is a ring of hashes without a
    /// first row. No call begins after `within`.
    pub(super) async fn longest_unseen(
        &self,
        before: Timestamp,
        run: &RunId,
        limit: usize,
        within: Duration,
    ) -> Result<Vec<ArtistId>, PortError> {
        let mut unseen: BTreeSet<(String, ArtistId)> = BTreeSet::new();
        let (mut from, mut ends) = (Some(some_place(run)), 0);
        let begin = Instant::now();
        for call in 0..MOST_CALLS {
            if begin.elapsed() >= within {
                tracing::warn!(calls = call, "there was no time to look at every artist");
                break;
            }
            let answer = self
                .client
                .scan()
                .table_name(&self.table)
                .projection_expression("id, last_seen")
                .filter_expression("last_seen < :before AND last_run <> :run AND attribute_not_exists(stub)")
                .expression_attribute_values(":before", AttributeValue::S(stamp(before)))
                .expression_attribute_values(":run", AttributeValue::S(run.as_str().to_owned()))
                .set_exclusive_start_key(from.take())
                .send()
                .await
                .map_err(|error| port_error(self.what("Scan"), &error))?;
            for item in answer.items() {
                let last_seen = item.get("last_seen").and_then(|at| at.as_s().ok());
                unseen.insert((last_seen.cloned().unwrap_or_default(), self.id_of(item)?));
            }
            while unseen.len() > limit {
                unseen.pop_last();
            }
            from = answer.last_evaluated_key;
            if from.is_none() {
                ends += 1;
                if ends == 2 {
                    break;
                }
            }
        }
        Ok(unseen.into_iter().map(|(_, id)| id).collect())
    }
}

/// The position in the table where a run's scan starts.
fn some_place(run: &RunId) -> Item {
    let mut hasher = DefaultHasher::new();
    run.as_str().hash(&mut hasher);
    Item::from([("id".to_owned(), AttributeValue::S(format!("{:022}", hasher.finish())))])
}
