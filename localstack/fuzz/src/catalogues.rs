//! Input of the stand-in.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use fake_spotify::catalogue::read_csv;
use fake_spotify::generate::generate;
use fake_spotify::search::Manner;
use fake_spotify::{Faults, LimitSettings, Searcher, patched};

/// A query on the first line, and a catalogue on the others.
pub fn catalogues(data: &[u8]) {
    let Some(end) = data.iter().position(|byte| *byte == b'\n') else { return };
    let (query, csv) = data.split_at(end);
    match read_csv(csv.get(1..).unwrap_or_default(), Path::new("artists.csv")) {
        Ok(catalogue) => {
            let searcher = Searcher::new(Arc::new(catalogue));
            for artist in searcher.catalogue().iter() {
                assert!(artist.popularity().is_none_or(|popularity| popularity <= 100));
                ask(&searcher, artist.name());
            }
            ask(&searcher, &String::from_utf8_lossy(query));
        }
        Err(error) => {
            let error = error.to_string();
            crate::readable(&error);
            assert!(error.contains("artists.csv"), "{error} does not name the file");
        }
    }
}

/// A query on a generated catalogue, or a change of faults or limits as JSON.
pub fn queries(data: &[u8]) {
    static SEARCHER: OnceLock<Searcher> = OnceLock::new();
    let Ok(text) = std::str::from_utf8(data) else { return };
    let searcher = SEARCHER.get_or_init(|| Searcher::new(Arc::new(generate(300, 1).unwrap_or_default())));
    ask(searcher, text);
    let Ok(change) = serde_json::from_str::<serde_json::Value>(text) else { return };
    if let Ok(faults) = patched(&Faults::default(), change.clone()) {
        let _verdict = faults.check();
    }
    if let Ok(limits) = patched(&LimitSettings::default(), change)
        && limits.check().is_ok()
    {
        let _times = (limits.rate_period(), limits.lengthen(), limits.quota_period());
    }
}

fn ask(searcher: &Searcher, query: &str) {
    for (not_works, genres_thin) in [(true, false), (false, true)] {
        let manner =
            Manner { not_works, quotes_work: not_works, years_work: not_works, genres_thin, depth: 20 };
        for first in [0, 15, usize::MAX - 1] {
            if let Ok(slice) = searcher.slice(query, manner, first..first.saturating_add(10)) {
                assert!(slice.ranks.len() <= 10 && slice.total <= searcher.catalogue().len());
            }
        }
    }
}
