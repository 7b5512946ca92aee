//! Batch reads and writes. DynamoDB may leave any part of a batch undone and says so in its answer.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeValue, BatchStatementError, BatchStatementErrorCodeEnum as Code, BatchStatementRequest,
    KeysAndAttributes, PutRequest, WriteRequest,
};
use collect::ports::PortError;

use crate::calls;
use crate::conditional::Conditional;
use crate::error::{corrupt, port_error, refused};

/// An item or its key.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Most keys that DynamoDB reads in one call.
pub(crate) const READ_BATCH: usize = 100;

/// Most items that DynamoDB writes in one call, and most statements that it carries out in one.
const WRITE_BATCH: usize = 25;

/// How often the leftovers of a batch are retried, with waits that double from 50 ms: some six seconds in
/// all.
const LEFTOVER_ROUNDS: u32 = 7;

/// The items of `table` with these `keys`, in no particular order; missing ones are left out. The keys must
/// be distinct. Consistent reads see every write that finished before them, and cost twice as much.
pub(crate) async fn read(
    client: &Client,
    table: &str,
    keys: Vec<Item>,
    consistent: bool,
) -> Result<Vec<Item>, PortError> {
    let what = || format!("DynamoDB BatchGetItem on table {table}");
    let mut items = Vec::with_capacity(keys.len());
    for batch in keys.chunks(READ_BATCH) {
        let keys = KeysAndAttributes::builder().set_keys(Some(batch.to_vec())).consistent_read(consistent);
        let mut left = Some(keys.build().map_err(|error| corrupt(what(), error))?);
        for round in 0..=LEFTOVER_ROUNDS {
            let Some(keys) = left.take() else { break };
            pause(round).await;
            let read = client.batch_get_item().request_items(table, keys).send().await;
            let read = read.map_err(|error| port_error(what(), &error))?;
            items.extend(read.responses.and_then(|mut tables| tables.remove(table)).unwrap_or_default());
            left = read.unprocessed_keys.and_then(|mut tables| tables.remove(table));
            left = left.filter(|left| !left.keys().is_empty());
            if left.is_some() {
                calls::note_throttled();
            }
        }
        all_done(what, left.is_none())?;
    }
    Ok(items)
}

/// Puts `items` into `table`, replacing existing ones. The keys must be distinct.
pub(crate) async fn write(client: &Client, table: &str, items: Vec<Item>) -> Result<(), PortError> {
    write_while(client, table, items, || true).await.map(drop)
}

/// The same as long as `may` allows another call. Returns the items that were left then.
pub(crate) async fn write_while(
    client: &Client,
    table: &str,
    items: Vec<Item>,
    may: impl Fn() -> bool + Send + Sync,
) -> Result<Vec<Item>, PortError> {
    let mut not_written = Vec::new();
    let what = || format!("DynamoDB BatchWriteItem on table {table}");
    for batch in items.chunks(WRITE_BATCH) {
        let put = |item: &Item| {
            let put = PutRequest::builder().set_item(Some(item.clone())).build();
            Ok(WriteRequest::builder().put_request(put.map_err(|error| corrupt(what(), error))?).build())
        };
        let mut left = batch.iter().map(put).collect::<Result<Vec<_>, PortError>>()?;
        for round in 0..=LEFTOVER_ROUNDS {
            if left.is_empty() {
                break;
            }
            pause(round).await;
            if !may() {
                not_written.extend(left.drain(..).filter_map(|of| Some(of.put_request?.item)));
                break;
            }
            let written = client.batch_write_item().request_items(table, left).send().await;
            let written = written.map_err(|error| port_error(what(), &error))?;
            left = written.unprocessed_items.and_then(|mut tables| tables.remove(table)).unwrap_or_default();
            if !left.is_empty() {
                calls::note_throttled();
            }
        }
        all_done(what, left.is_empty())?;
    }
    Ok(not_written)
}

/// Carries out `statements` of PartiQL, each of which updates one item of `table` on a condition. The items
/// must be distinct. Returns one outcome for each statement, in their order.
///
/// Unlike a put in a batch, a statement may have a condition, and each succeeds or fails alone. It costs what
/// an update of one item costs.
pub(crate) async fn update(
    client: &Client,
    table: &str,
    statements: &[BatchStatementRequest],
) -> Result<Vec<Conditional<(), Option<Item>>>, PortError> {
    let what = || format!("DynamoDB BatchExecuteStatement on table {table}");
    let mut outcomes = Vec::with_capacity(statements.len());
    for batch in statements.chunks(WRITE_BATCH) {
        let mut of_batch: Vec<_> = batch.iter().map(|_| None).collect();
        for round in 0..=LEFTOVER_ROUNDS {
            let left: Vec<usize> = (0..batch.len()).filter(|at| of_batch[*at].is_none()).collect();
            if left.is_empty() {
                break;
            }
            pause(round).await;
            let sent = left.iter().map(|at| batch[*at].clone()).collect();
            let answer = client.batch_execute_statement().set_statements(Some(sent)).send().await;
            let answers = answer.map_err(|error| port_error(what(), &error))?.responses.unwrap_or_default();
            if answers.len() != left.len() {
                let why = format!("it answered {} of {} statements", answers.len(), left.len());
                return Err(corrupt(what(), why));
            }
            for (at, answer) in left.into_iter().zip(answers) {
                of_batch[at] = match answer.error {
                    None => Some(Conditional::Written(())),
                    Some(error) => outcome(what, error)?,
                };
            }
        }
        all_done(what, of_batch.iter().all(Option::is_some))?;
        outcomes.extend(of_batch.into_iter().flatten());
    }
    Ok(outcomes)
}

/// What the error of a statement means: nothing yet if it has to be sent again.
fn outcome(
    what: impl Fn() -> String,
    error: BatchStatementError,
) -> Result<Option<Conditional<(), Option<Item>>>, PortError> {
    match error.code {
        Some(Code::ConditionalCheckFailed) => Ok(Some(Conditional::Refused(error.item))),
        Some(Code::ProvisionedThroughputExceeded | Code::RequestLimitExceeded | Code::ThrottlingError) => {
            calls::note_throttled();
            Ok(None)
        }
        Some(Code::InternalServerError | Code::TransactionConflict) => Ok(None),
        code => Err(refused(what(), code.as_ref().map(Code::as_str), error.message.as_deref())),
    }
}

/// Waits before the `round`-th retry.
pub(crate) async fn pause(round: u32) {
    if round > 0 {
        tokio::time::sleep(Duration::from_millis(25 << round)).await;
    }
}

fn all_done(what: impl Fn() -> String, done: bool) -> Result<(), PortError> {
    if done {
        return Ok(());
    }
    let why = format!("it left items over {} times in a row", LEFTOVER_ROUNDS + 1);
    Err(PortError::Unavailable { what: what(), why })
}
