//! Describes the progress of a run.

use std::time::{Duration, Instant};

use collect::operator::Waiting;

use crate::terminal::words::{counted, number, time};

/// The state of an open run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Artists in the table.
    pub artists: u64,
    /// Artists in the catalogue, if known.
    pub catalogue: Option<u64>,
    /// Permits granted for requests since the app was deployed.
    pub granted: u64,
    /// Refusals that caused a hold.
    pub refused: u64,
    /// Unfinished terms.
    pub waiting: Waiting,
    /// How long the run is on hold.
    pub held: Option<Duration>,
    /// Ticks that have failed since the start.
    pub failed_ticks: u64,
}

impl Snapshot {
    /// Everything but the number of artists, in a few words. `rate` is in requests per second.
    pub fn detail(&self, rate: f64) -> String {
        let Waiting { more, sent, .. } = self.waiting;
        let ready = self.waiting.total();
        let more = if more { "more than " } else { "" };
        let mut parts = vec![
            format!("{rate:.0} requests a second"),
            format!("{more}{} ready and {} sent", counted(ready, "term"), number(sent)),
        ];
        if self.catalogue.is_none() {
            parts.insert(0, counted(self.artists, "artist"));
        }
        if self.refused > 0 {
            parts.push(counted(self.refused, "refusal"));
        }
        parts.extend(self.held.map(|held| format!("on hold for {}", time(held))));
        if self.failed_ticks > 0 {
            parts.push(format!("{} failed", counted(self.failed_ticks, "tick")));
        }
        parts.join(", ")
    }
}

/// Requests a second over the last few seconds.
#[derive(Debug, Default)]
pub struct Rate {
    /// Recent counts, oldest first.
    counts: Vec<(Instant, u64)>,
}

impl Rate {
    const OVER: Duration = Duration::from_secs(10);

    /// Adds the request count at `now` and returns the rate.
    pub fn at(&mut self, now: Instant, requests: u64) -> f64 {
        self.counts.retain(|(then, _)| now - *then <= Self::OVER);
        self.counts.push((now, requests));
        let (then, earlier) = self.counts[0];
        let seconds = (now - then).as_secs_f64();
        let since = u32::try_from(requests.saturating_sub(earlier)).unwrap_or(u32::MAX);
        if seconds > 0.0 { f64::from(since) / seconds } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use collect::term::Source;

    use super::*;

    #[test]
    fn the_rate_covers_only_the_last_seconds() {
        let mut rate = Rate::default();
        let start = Instant::now();
        assert!(rate.at(start, 0).abs() < 1e-9);
        assert!((rate.at(start + Duration::from_secs(10), 100) - 10.0).abs() < 1e-9);
        assert!((rate.at(start + Duration::from_secs(20), 150) - 5.0).abs() < 1e-9);
    }

    #[test]
    fn the_detail_omits_whatever_is_zero() {
        let waiting = Waiting { ready: [(Source::Search, 57)].into(), more: false, sent: 38 };
        let mut snapshot =
            Snapshot { artists: 4000, catalogue: Some(20_000), waiting, ..Snapshot::default() };
        assert_eq!(snapshot.detail(37.2), "37 requests a second, 57 terms ready and 38 sent");
        snapshot = Snapshot { catalogue: None, refused: 1, held: Some(Duration::from_secs(70)), ..snapshot };
        snapshot.waiting = Waiting { ready: [(Source::Search, 1000)].into(), more: true, sent: 0 };
        assert_eq!(
            snapshot.detail(0.0),
            "4,000 artists, 0 requests a second, more than 1,000 terms ready and 0 sent, 1 refusal, on hold for 1 min 10 s"
        );
    }
}
