//! What a run has found and finished last: two attributes beside its yields.

use aws_sdk_dynamodb::types::AttributeValue;
use collect::run::Latest;
use serde::de::DeserializeOwned;

use crate::batches::Item;

/// Ids of the artists that the run saw last.
const ARTISTS: &str = "latest_artists";

/// The terms that it finished last.
const TERMS: &str = "latest_terms";

/// The attributes of what is not empty.
pub(super) fn attributes(latest: &Latest) -> impl Iterator<Item = (&'static str, AttributeValue)> {
    let artists =
        serde_dynamo::to_attribute_value(&latest.artists).ok().filter(|_| !latest.artists.is_empty());
    let terms = serde_dynamo::to_attribute_value(&latest.terms).ok().filter(|_| !latest.terms.is_empty());
    [(ARTISTS, artists), (TERMS, terms)].into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// What the item has of them. What cannot be read counts as absent: it is only looked at, so nobody has to
/// stop for it.
pub(super) fn read(item: &Item) -> Latest {
    Latest { artists: list(item, ARTISTS), terms: list(item, TERMS) }
}

fn list<T: DeserializeOwned>(item: &Item, name: &str) -> Vec<T> {
    let value = item.get(name).cloned();
    value.and_then(|value| serde_dynamo::from_attribute_value(value).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use collect::catalogue::ArtistId;
    use collect::run::LatestTerm;
    use collect::term::TermState;

    use super::*;

    #[test]
    fn what_was_latest_is_read_back_and_nonsense_counts_as_nothing() {
        let term = LatestTerm { key: "search:a".into(), state: TermState::Done, requests: 2, artists: 9 };
        let artists = vec![ArtistId::new("0".repeat(22)).unwrap()];
        let latest = Latest { artists, terms: vec![term] };
        let item: Item = attributes(&latest).map(|(name, value)| (name.to_owned(), value)).collect();
        assert_eq!((item.len(), read(&item)), (2, latest));
        assert_eq!(attributes(&Latest::default()).count(), 0);
        let item = Item::from([(ARTISTS.to_owned(), AttributeValue::S("nobody".into()))]);
        assert_eq!(read(&item), Latest::default());
    }
}
