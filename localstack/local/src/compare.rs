//! Compares what two runs collected: whatever happened to one of them, the artists must be the same.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{
    collect,
    report::Report,
    spotify::{Choice, fake::Settings},
    stack::{Options, Stack},
    terminal::steps::Steps,
    workspace::Workspace,
};

/// Artist rows by id.
pub type Rows = BTreeMap<String, Value>;

/// A stand-in with this many artists and these faults, but without ties that change places between pages:
/// those hide an artist at random, so that even two undisturbed runs would differ.
pub fn steady(artists: u32, mut faults: Value) -> Settings {
    faults["tie_shift_rate"] = 0.into();
    Settings { artists, faults: Some(faults), ..Settings::default() }
}

/// The artist table without the fields that depend on the order of answers: when each artist was found, and
/// by which of several terms.
pub async fn lasting_rows(stack: &Stack) -> Result<Rows> {
    let mut rows = stack.observer().artist_rows().await?;
    for row in rows.values_mut() {
        let row = row.as_object_mut().context("a row is not an object")?;
        for name in ["found_by", "sighted_by", "first_seen", "last_seen", "expires_at"] {
            row.remove(name).with_context(|| format!("a row has no {name}"))?;
        }
    }
    Ok(rows)
}

/// What an undisturbed run collects from a stand-in with this many artists, and the run's final state.
pub async fn undisturbed(workspace: &Workspace, artists: u32, steps: &Steps) -> Result<(Rows, String)> {
    let settings = Settings { rate: 6000, ..steady(artists, json!({})) };
    let rate = Some(settings.rate);
    let options =
        Options { spotify: Choice::Fake(settings), rate, steps: steps.clone(), ..Options::default() };
    let mut stack = Stack::start(workspace, &options).await?;
    let closed = collect::to_the_end(&mut stack).await?;
    let report = Report::of(&stack, &closed).await?;
    if report.dead_letters > 0 || report.requests_by_status.as_ref().is_none_or(|by| by.len() != 1) {
        bail!("the undisturbed run was disturbed: {report:?}");
    }
    let rows = lasting_rows(&stack).await?;
    stack.stop().await?;
    Ok((rows, report.state))
}

/// The ids of the artists in which two tables differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Artists that only the undisturbed run has.
    pub missing: Vec<String>,
    /// Artists that only the other run has.
    pub extra: Vec<String>,
    /// Artists that both have with different contents, each with the fields that differ.
    pub changed: Vec<String>,
}

impl Difference {
    /// The difference between the undisturbed rows and others.
    pub fn between(undisturbed: &Rows, other: &Rows) -> Self {
        let mut difference = Self::default();
        for (id, row) in undisturbed {
            match other.get(id) {
                None => difference.missing.push(id.clone()),
                Some(found) if found != row => {
                    difference.changed.push(format!("{id} ({})", fields(row, found).join(" ")));
                }
                Some(_) => {}
            }
        }
        difference.extra = other.keys().filter(|id| !undisturbed.contains_key(*id)).cloned().collect();
        difference
    }

    /// Whether the tables are equal.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The names of the fields in which two rows differ.
fn fields<'a>(one: &'a Value, other: &'a Value) -> Vec<&'a str> {
    let names = |row: &'a Value| row.as_object().into_iter().flat_map(|row| row.keys().map(String::as_str));
    let all: BTreeSet<&str> = names(one).chain(names(other)).collect();
    all.into_iter().filter(|name| one.get(name) != other.get(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_what_is_missing_extra_and_changed() {
        let rows = |rows: &[(&str, u32)]| -> Rows {
            rows.iter()
                .map(|(id, fans)| ((*id).to_owned(), json!({"name": "x", "followers": fans})))
                .collect()
        };
        let undisturbed = rows(&[("a", 1), ("b", 2), ("c", 3)]);
        let difference = Difference::between(&undisturbed, &rows(&[("b", 2), ("c", 4), ("d", 5)]));
        let ids = |id: &str| vec![id.to_owned()];
        let expected = Difference { missing: ids("a"), extra: ids("d"), changed: ids("c (followers)") };
        assert_eq!(difference, expected);
        assert!(!difference.is_empty() && Difference::between(&undisturbed, &undisturbed).is_empty());
    }
}
