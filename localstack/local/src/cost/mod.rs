//! What Fermata costs on AWS: counted calls times published prices. Every part keeps its quantity and its
//! price, so that the sum can be checked by hand.

mod counts;
mod nights;
mod prices;

use serde_json::{Value, json};

use self::prices::{
    ALARM, COMPUTE, INVOCATION, LOGS, OBJECTS, PUT, QUEUE, READ, RECOVERY, SCHEDULE, SECRET, TABLE, WRITE,
};
pub use self::{
    counts::{AGAIN, Counts, FIRST, requests},
    prices::{Price, SCAN},
};

/// Memory of the functions in GB.
const MEMORY_GB: f64 = 0.25;

/// Seconds that a fetcher takes for one request: about 150 ms until Spotify answers, and as long again to
/// read, write and put the next terms, with some room. Not measured on AWS.
const CYCLE_S: f64 = 0.4;

/// Bytes of an artist's row and of a term on average, with the 100 that DynamoDB adds to each.
const ARTIST_BYTES: f64 = 337.0 + ITEM_BYTES;
const TERM_BYTES: f64 = 362.0 + ITEM_BYTES;
const ITEM_BYTES: f64 = 100.0;

/// Months that the terms of a closed run stay, by the default of `RetentionDays`.
const TERMS_STAY_MONTHS: f64 = 90.0 / 30.0;

/// Months that the sorted rows of an export stay.
const WORK_STAYS_MONTHS: f64 = 7.0 / 30.0;

/// Bytes of an artist in a snapshot, and in the sorted runs that an export leaves for a week. Counted in an
/// export of 20,000 artists.
const SNAPSHOT_BYTES: f64 = 36.0;
const WORK_BYTES: f64 = 202.0;

/// Objects that an export of 20,000 artists writes.
const EXPORT_OBJECTS: f64 = 16.0;

/// And those of the star schema, which is without tracks where none are collected: a part of each of its nine
/// tables, and the sorted runs of its genres and its day.
const STAR_OBJECTS: f64 = 11.0;

/// Rows that an export takes through in a second of the exporter's 1,024 MB: what `bench export` measures for
/// a whole processor, times the 1,024 of 1,769 MB for which Lambda gives one. Not measured on AWS.
const EXPORT_ROWS_PER_S: f64 = 300_000.0 * 1_024.0 / 1_769.0;

/// Bytes of a page of a scan, and seconds until DynamoDB has sent one. Not measured on AWS.
const PAGE_BYTES: f64 = 1_048_576.0;
const PAGE_S: f64 = 0.1;

/// Genres of an artist on average: as in the stand-in's catalogues, where 30 % have one to three.
const GENRES_PER_ARTIST: f64 = 0.6;

/// Entries of the index for each genre of an artist, one for each order.
const ENTRIES_PER_GENRE: f64 = 3.0;

/// Of those, the ones that a later run may have to move: popularity and followers change, the name does not.
const MOVING_ENTRIES: f64 = 2.0;

/// Edges by which the bill of sources that see them is stated.
const EDGES: f64 = 1e6;

/// Bytes of an edge: ids of 22 characters, the key that joins them, two times.
const EDGE_BYTES: f64 = 270.0;

const GB: f64 = 1e9;

/// Minutes of a month, and so its ticks.
const MINUTES: f64 = 30.0 * 24.0 * 60.0;

/// Ticks of the exporter in a month.
const EXPORT_TICKS: f64 = MINUTES / 3.0;

/// One line of a bill.
#[derive(Clone, Debug)]
pub struct Part {
    /// What costs.
    pub what: &'static str,
    /// How much of the price's unit.
    pub quantity: f64,
    /// What the unit costs.
    pub price: Price,
}

impl Part {
    /// The quantity times the price.
    pub fn dollars(&self) -> f64 {
        self.quantity / self.price.per * self.price.dollars
    }
}

/// The parts of one sum.
#[derive(Clone, Debug)]
pub struct Bill(pub Vec<Part>);

impl Bill {
    /// The sum in dollars.
    pub fn dollars(&self) -> f64 {
        self.0.iter().map(Part::dollars).sum()
    }

    fn to_json(&self) -> Vec<Value> {
        let line = |part: &Part| {
            let (price, dollars) = (&part.price, part.dollars());
            json!({
                "what": part.what,
                "quantity": part.quantity,
                "unit": price.unit,
                "price": price.dollars,
                "per": price.per,
                "dollars": dollars,
            })
        };
        self.0.iter().map(line).collect()
    }
}

/// What a catalogue costs.
#[derive(Clone, Debug)]
pub struct Costs {
    /// Artists of the catalogue.
    pub artists: u32,
    /// Requests of one run.
    pub requests: f64,
    /// Runs in a month.
    pub runs_per_month: f64,
    /// The first run, over an empty table.
    pub first_run: Bill,
    /// Each later run, in which every row is written again.
    pub weekly_run: Bill,
    /// The export after each run.
    pub export: Bill,
    /// With `SearchIndexes`, the first run in addition.
    pub index_first_run: Bill,
    /// With `SearchIndexes`, each later run in addition, if every figure has changed.
    pub index_weekly_run: Bill,
    /// A million edges in a run whose sources see who appears with whom.
    pub edges: Bill,
    /// With `Recommendations`, a month of a thousand users.
    pub recommendations_month: Bill,
    /// Where Spotify is asked for them, the same month in addition.
    pub recommendations_asked_month: Bill,
    /// A month without a run.
    pub idle_month: Bill,
    /// What the tables cost in a month.
    pub storage_month: Bill,
}

impl Costs {
    /// The costs of `artists`, in runs of `requests` (by default as many as runs of that size took).
    pub fn of(artists: u32, requests: Option<u32>, runs_per_month: f64) -> Self {
        let size = f64::from(artists);
        let requests = requests.map_or_else(|| counts::requests(size), f64::from);
        Self {
            artists,
            requests,
            runs_per_month,
            first_run: run(&FIRST, size, requests),
            weekly_run: run(&AGAIN, size, requests),
            export: export(size, requests),
            index_first_run: index(size, false),
            index_weekly_run: index(size, true),
            edges: edges(),
            recommendations_month: nights::computed(),
            recommendations_asked_month: nights::asked(),
            idle_month: idle_month(),
            storage_month: storage_month(size, requests, runs_per_month),
        }
    }

    /// A month with that many runs after the first one, each with its export.
    pub fn month(&self) -> f64 {
        self.idle_month.dollars()
            + self.storage_month.dollars()
            + self.runs_per_month * (self.weekly_run.dollars() + self.export.dollars())
    }

    /// All sums in dollars, and their parts.
    pub fn to_json(&self) -> Value {
        json!({
            "artists": self.artists,
            "requests": self.requests,
            "runs_per_month": self.runs_per_month,
            "first_run": self.first_run.dollars(),
            "weekly_run": self.weekly_run.dollars(),
            "export": self.export.dollars(),
            "index_first_run": self.index_first_run.dollars(),
            "index_weekly_run": self.index_weekly_run.dollars(),
            "edges": self.edges.dollars(),
            "recommendations_month": self.recommendations_month.dollars(),
            "recommendations_asked_month": self.recommendations_asked_month.dollars(),
            "idle_month": self.idle_month.dollars(),
            "storage_month": self.storage_month.dollars(),
            "month": self.month(),
            "parts": {
                "first_run": self.first_run.to_json(),
                "weekly_run": self.weekly_run.to_json(),
                "export": self.export.to_json(),
                "index_first_run": self.index_first_run.to_json(),
                "index_weekly_run": self.index_weekly_run.to_json(),
                "edges": self.edges.to_json(),
                "recommendations_month": self.recommendations_month.to_json(),
                "recommendations_asked_month": self.recommendations_asked_month.to_json(),
                "idle_month": self.idle_month.to_json(),
                "storage_month": self.storage_month.to_json(),
            },
        })
    }
}

/// A run: what is counted for each artist grows with the artists, and all else with the requests.
fn run(counts: &Counts, artists: f64, requests: f64) -> Bill {
    let by_artist = |count: u32| f64::from(count) / f64::from(counts.artists) * artists;
    let by_request = |count: u32| f64::from(count) / f64::from(counts.requests) * requests;
    let part = |what, quantity, price| Part { what, quantity, price };
    Bill(vec![
        part("rows of artists written", by_artist(counts.rows_written), WRITE),
        part("rows of artists read", by_artist(counts.rows_read), READ),
        part("terms written, with their index", by_request(counts.term_writes()), WRITE),
        part("terms read", by_request(counts.term_reads), READ),
        part("pace and state written", by_request(counts.control_writes), WRITE),
        part("pace and state read", by_request(counts.control_reads), READ),
        part("messages sent, received and deleted", by_request(counts.queue_calls()), QUEUE),
        part("fetcher's invocations", by_request(counts.deliveries), INVOCATION),
        part("fetcher's 0.4 s of 256 MB a request", requests * CYCLE_S * MEMORY_GB, COMPUTE),
        part("log lines", by_request(counts.log_bytes) / GB, LOGS),
    ])
}

/// An export: all rows of artists and the terms of the run are read once.
fn export(artists: f64, requests: f64) -> Bill {
    let terms = f64::from(FIRST.terms_put) / f64::from(FIRST.requests) * requests;
    let bytes = artists * (ARTIST_BYTES - ITEM_BYTES) + terms * (TERM_BYTES - ITEM_BYTES);
    let seconds = artists / EXPORT_ROWS_PER_S + bytes / PAGE_BYTES * PAGE_S;
    let objects = (artists / f64::from(FIRST.artists)).max(1.0) * EXPORT_OBJECTS + STAR_OBJECTS;
    let part = |what, quantity, price| Part { what, quantity, price };
    Bill(vec![
        part("reading the tables: half a read unit for 4 KB", bytes / 4096.0 / 2.0, READ),
        part("exporter's seconds of 1,024 MB", seconds, COMPUTE),
        part("objects written", objects, PUT),
    ])
}

/// The entries of the index that a run writes, and deletes because others replace them.
fn index(artists: f64, is_later: bool) -> Bill {
    let genres = artists * GENRES_PER_ARTIST;
    let part = |what, quantity| Part { what, quantity, price: WRITE };
    let mut parts = vec![
        part("entries of names written", artists),
        part("entries of genres written, three each", genres * ENTRIES_PER_GENRE),
    ];
    if is_later {
        parts.push(part("entries of genres deleted, two each at most", genres * MOVING_ENTRIES));
    }
    Bill(parts)
}

/// A million edges: each is read before it is written once a run, stored for a month, and exported.
fn edges() -> Bill {
    let part = |what, quantity, price| Part { what, quantity, price };
    Bill(vec![
        part("edges read: half a read unit each", EDGES / 2.0, READ),
        part("edges written", EDGES, WRITE),
        part("stored for a month", EDGES * (EDGE_BYTES + ITEM_BYTES) / GB, TABLE),
        part("point-in-time recovery", EDGES * (EDGE_BYTES + ITEM_BYTES) / GB, RECOVERY),
        part("reading them for the export", EDGES * EDGE_BYTES / 4096.0 / 2.0, READ),
    ])
}

/// What runs all the time. `infra/README.md` explains each part.
fn idle_month() -> Bill {
    let part = |what, quantity, price| Part { what, quantity, price };
    Bill(vec![
        part("the secret", 1.0, SECRET),
        part("polling the fetcher's queue: five long polls of 20 s in parallel", MINUTES * 15.0, QUEUE),
        part("two alarms, `trouble` and `no-ticks`", 2.0, ALARM),
        part("a tick every minute: Scheduler", MINUTES, SCHEDULE),
        part("six items read at each tick", MINUTES * 6.0, READ),
        part("one message for each tick", MINUTES, QUEUE),
        part("invocations", MINUTES, INVOCATION),
        part("the exporter's tick every three minutes: Scheduler", EXPORT_TICKS, SCHEDULE),
        part("reading two items at each", EXPORT_TICKS * 2.0, READ),
        part("its invocations", EXPORT_TICKS, INVOCATION),
        part("20 ms of 1,024 MB each (not measured on AWS)", EXPORT_TICKS * 0.02, COMPUTE),
        part("checking two queues every five minutes", MINUTES / 5.0 * 2.0, QUEUE),
        part("20 ms of 256 MB each (not measured on AWS)", MINUTES * 0.02 * MEMORY_GB, COMPUTE),
    ])
}

/// What is stored. Snapshots stay as long as terms.
fn storage_month(artists: f64, requests: f64, runs_per_month: f64) -> Bill {
    let terms = f64::from(FIRST.terms_put) / f64::from(FIRST.requests) * requests;
    let stay = (runs_per_month * TERMS_STAY_MONTHS).max(1.0);
    let part = |what, bytes: f64, price| Part { what, quantity: bytes / GB, price };
    let snapshots = artists * SNAPSHOT_BYTES * stay;
    let work = artists * WORK_BYTES * (runs_per_month * WORK_STAYS_MONTHS).min(1.0);
    let (artists, terms) = (artists * ARTIST_BYTES, terms * stay * TERM_BYTES);
    Bill(vec![
        part("rows of artists", artists, TABLE),
        part("terms of the runs of 90 days", terms, TABLE),
        part("point-in-time recovery of both", artists + terms, RECOVERY),
        part("snapshots of 90 days", snapshots, OBJECTS),
        part("sorted rows of the last week's export", work, OBJECTS),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_artists_stay_within_the_goals() {
        let costs = Costs::of(1_000_000, None, 4.0);
        for (what, bill) in
            [("first", &costs.first_run), ("weekly", &costs.weekly_run), ("idle", &costs.idle_month)]
        {
            assert!(bill.dollars() <= 1.0, "{what}: {}", bill.dollars());
        }
        let all = Costs::of(15_400_000, None, 4.0);
        assert!(all.export.dollars() <= 0.25, "export: {}", all.export.dollars());
    }

    #[test]
    fn an_index_costs_an_entry_for_each_name_and_three_for_each_genre() {
        let costs = Costs::of(1_000_000, None, 4.0);
        assert!((costs.index_first_run.dollars() - 1.75).abs() < 1e-6);
        assert!((costs.index_weekly_run.dollars() - 2.5).abs() < 1e-6);
    }

    #[test]
    fn an_edge_costs_a_write_a_run() {
        let costs = Costs::of(1_000_000, None, 4.0);
        assert!((costs.edges.0[1].dollars() - 0.625).abs() < 1e-9);
    }

    #[test]
    fn every_sum_is_printed_with_its_parts() {
        let json = Costs::of(1_000_000, None, 4.0).to_json();
        for (sum, parts) in json["parts"].as_object().unwrap() {
            let parts = parts.as_array().unwrap().iter().map(|part| part["dollars"].as_f64().unwrap());
            assert!((parts.sum::<f64>() - json[sum].as_f64().unwrap()).abs() < 1e-9, "{sum}");
        }
    }

    #[test]
    fn all_of_spotify_costs_at_most_15_dollars() {
        assert!(Costs::of(15_400_000, None, 4.0).first_run.dollars() <= 15.0);
    }

    #[test]
    fn more_requests_for_the_same_artists_cost_more() {
        let few = Costs::of(100_000, Some(3_000), 4.0);
        let many = Costs::of(100_000, Some(30_000), 4.0);
        assert!(few.first_run.dollars() < many.first_run.dollars());
        assert!((few.idle_month.dollars() - many.idle_month.dollars()).abs() < 1e-9);
    }

    #[test]
    fn a_write_of_each_row_costs_625_dollars_a_billion() {
        let costs = Costs::of(1_000_000_000, Some(1), 4.0);
        assert!((costs.first_run.0[0].dollars() - 625.0).abs() < 1e-6);
    }
}
