//! Terms as items of the table.

use aws_sdk_dynamodb::types::AttributeValue;
use collect::term::{Lane, Progress, Question, RunId, Source, Tally, Term, TermKey, TermState, TermSummary};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::batches::Item;

/// An item of the terms table. `lane` and `rank` are there while the term is unfinished: they are its place
/// in the index. `expires_at` comes to it when its run is closed ([`collect::run::lifetime`]).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TermItem {
    run: RunId,
    key: TermKey,
    source: Source,
    state: TermState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lane: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rank: Option<f64>,
    /// Its lane whenever it is ready.
    ready_lane: String,
    priority: f64,
    generation: u32,
    #[serde(default)]
    attempts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<TermKey>,
    #[serde(default)]
    depth: u32,
    #[serde(default)]
    tally: Tally,
    /// Nothing of a term that was never asked, if it was left out.
    #[serde(default)]
    progress: Option<Progress>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl TermItem {
    /// The item of a term that is ready.
    pub fn ready(term: &Term) -> Self {
        Self {
            run: term.run.clone(),
            key: term.key(),
            source: term.source,
            state: TermState::Ready,
            lane: Some(lane_name(&term.run, term.lane())),
            ready_lane: lane_name(&term.run, term.lane()),
            rank: Some(term.priority),
            priority: term.priority,
            generation: term.generation,
            attempts: term.attempts,
            parent: term.parent.clone(),
            depth: term.depth,
            tally: term.tally,
            progress: Some(term.progress.clone()),
            reason: term.reason.clone(),
        }
    }

    /// The term that the item keeps. Errs when its key asks nothing, or its priority cannot be computed with.
    pub fn into_term(self) -> Result<Term, String> {
        let question = Question::parse(self.key.as_str()).map_err(|error| error.to_string())?;
        let priority = number_of_artists(self.priority)?;
        let progress = self.progress.unwrap_or_else(|| question.progress());
        if !question.keeps(&progress) {
            return Err(format!("its progress is not that of a question of the kind {:?}", question.kind()));
        }
        let lease_until = (self.state == TermState::Sent).then_some(self.rank).flatten();
        Ok(Term {
            run: self.run,
            source: self.source,
            question,
            state: self.state,
            priority,
            generation: self.generation,
            attempts: self.attempts,
            lease_until: lease_until.and_then(from_rank),
            parent: self.parent,
            depth: self.depth,
            tally: self.tally,
            progress,
            reason: self.reason,
        })
    }
}

/// The key of an item within its run.
#[derive(Deserialize)]
pub(super) struct Key {
    pub(super) key: TermKey,
}

/// What a page of a run's terms reads of an item.
pub(super) fn summary(item: Item) -> Result<TermSummary, String> {
    #[derive(Deserialize)]
    struct Read {
        key: TermKey,
        source: Source,
        state: TermState,
        priority: f64,
        #[serde(default)]
        tally: Tally,
        reason: Option<String>,
    }
    let read: Read = serde_dynamo::from_item(item).map_err(|error| error.to_string())?;
    let priority = number_of_artists(read.priority)?;
    let Read { key, source, state, tally, reason, .. } = read;
    Ok(TermSummary { key, source, state, priority, tally, reason })
}

/// A priority that can be computed with.
fn number_of_artists(priority: f64) -> Result<f64, String> {
    if priority.is_nan() || priority.abs() > MOST_EXPECTED {
        return Err(format!("the priority {priority:e} is no number of artists"));
    }
    Ok(priority)
}

/// No request brings more artists. What is computed from a larger number DynamoDB may refuse to store.
const MOST_EXPECTED: f64 = 1e9;

/// The index partition of a lane.
pub(super) fn lane_name(run: &RunId, lane: Lane) -> String {
    match lane {
        Lane::Ready(source) => format!("{run}#ready#{source}"),
        Lane::SentUntil(_) => format!("{run}#sent"),
    }
}

/// A lease end as the rank in the sent lane: epoch milliseconds.
pub(super) fn rank(until: Timestamp) -> AttributeValue {
    AttributeValue::N(until.as_millisecond().to_string())
}

#[expect(clippy::cast_possible_truncation, reason = "epoch milliseconds are far below 2^53")]
fn from_rank(rank: f64) -> Option<Timestamp> {
    Timestamp::from_millisecond(rank as i64).ok()
}

/// The key of an item.
pub(super) fn key(run: &RunId, key: &TermKey) -> Item {
    Item::from([
        ("run".to_owned(), AttributeValue::S(run.to_string())),
        ("key".to_owned(), AttributeValue::S(key.to_string())),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_absurd_priority_is_refused_with_the_number() {
        let term = |priority: f64| {
            let item = json!({
                "run": "2026-11-23", "key": "search:ab", "source": "search", "state": "ready",
                "ready_lane": "2026-11-23#ready#search", "priority": priority, "generation": 1,
            });
            serde_json::from_value::<TermItem>(item).unwrap().into_term()
        };
        assert!(term(12.5).is_ok() && term(-1.0).is_ok());
        let error = term(1e125).unwrap_err();
        assert!(error.contains("is no number of artists") && error.contains("1e125"), "{error}");
    }

    #[test]
    fn progress_of_another_kind_of_question_is_refused_with_the_kind() {
        let term = |progress: serde_json::Value| {
            let item = json!({
                "run": "2026-11-23", "key": "search:ab", "source": "search", "state": "ready",
                "ready_lane": "2026-11-23#ready#search", "priority": 1.0, "generation": 1, "expires_at": 1,
                "progress": progress,
            });
            serde_json::from_value::<TermItem>(item).unwrap().into_term()
        };
        assert!(term(json!({ "search": {} })).is_ok());
        let error = term(json!({ "playlist": {} })).unwrap_err();
        assert!(error.contains("\"search\""), "{error}");
    }
}
