//! `GET /v1/search`: one page of a result, as unreliable as it is told to be.

use form_urlencoded::Serializer;

use super::artist_json::{write_artist, write_number, write_string};
use super::reply::Reply;
use super::serve::Call;
use crate::AppClass;
use crate::catalogue::Catalogue;
use crate::search::{Manner, Slice};

/// What can be searched for. Only artists are in the catalogue; the others' pages are empty.
const TYPES: [&str; 7] = ["artist", "album", "track", "playlist", "show", "episode", "audiobook"];

/// A search that may be answered.
struct Question {
    text: String,
    types: Vec<String>,
    market: Option<String>,
    limit: usize,
    offset: usize,
}

/// `GET /v1/search?q=&type=&limit=&offset=[&market=]`
pub(super) fn page(call: &mut Call<'_>) -> Reply {
    let question = match Question::read(call) {
        Ok(question) => question,
        Err(refusal) => return refusal,
    };
    if call.faults.fail_queries.contains(&question.text) {
        return Reply::trouble(0);
    }
    let window = call.app.config.search_window;
    let manner = Manner {
        not_works: !call.faults.not_supported,
        quotes_work: !call.faults.quotes_not_supported,
        years_work: !call.faults.years_not_supported,
        genres_thin: call.app.config.class == AppClass::Development,
        depth: window,
    };
    // One row more on either side, for artists that change places with a neighbour on another page.
    let wanted = question.offset.saturating_sub(1)..question.offset + question.limit + 1;
    let slice = match call.app.searcher.slice(&question.text, manner, wanted) {
        Ok(slice) => slice,
        Err(nothing) => return Reply::bad(&nothing.to_string()),
    };
    let body = question.write(call, &slice);
    Reply::json(body)
}

impl Question {
    /// Reads the parameters, or says as Spotify does what is wrong with them.
    fn read(call: &Call<'_>) -> Result<Self, Reply> {
        let class = call.app.config.class;
        let text = call.parameter("q").or_else(|| call.parameter("query")).unwrap_or_default();
        if text.trim().is_empty() {
            return Err(Reply::bad("No search query"));
        }
        let types = call.parameter("type").filter(|types| !types.is_empty());
        let types = types.ok_or_else(|| Reply::bad("Missing parameter type"))?;
        let types: Vec<String> = types.split(',').map(|kind| kind.trim().to_owned()).collect();
        if let Some(unknown) = types.iter().find(|kind| !TYPES.contains(&kind.as_str())) {
            return Err(Reply::bad(&format!("Bad search type field {unknown}")));
        }
        let number = |name, otherwise, refusal| match call.parameter(name) {
            Some(number) => number.parse::<usize>().map_err(|_| Reply::bad(refusal)),
            None => Ok(otherwise),
        };
        let limit = number("limit", class.default_page(), "Invalid limit")?;
        if limit == 0 || limit > class.page_limit() {
            return Err(Reply::bad("Invalid limit"));
        }
        let offset = number("offset", 0, "Invalid offset")?;
        let window = call.app.config.search_window;
        if offset.saturating_add(limit) > window {
            return Err(Reply::bad(&format!("Limit + Offset exceeds maximum of {window}")));
        }
        Ok(Self { text, types, market: call.parameter("market"), limit, offset })
    }

    /// Writes the answer: one paging object for each type.
    fn write(&self, call: &mut Call<'_>, slice: &Slice) -> Vec<u8> {
        let base = call.base();
        let mut body = Vec::with_capacity(256 + self.limit * 900);
        for (number, kind) in self.types.iter().enumerate() {
            body.extend_from_slice(if number == 0 { b"{\"" } else { b",\"" });
            body.extend_from_slice(kind.as_bytes());
            body.extend_from_slice(b"s\":");
            if kind == "artist" {
                let (rows, total) = (self.rows(call, slice), self.total(call, slice));
                let more = self.offset + self.limit < slice.total
                    && !call.random.chance(call.faults.early_null_next);
                self.write_paging(&mut body, call, &base, (&rows, total, more));
                let shown: Vec<u32> = rows.into_iter().flatten().collect();
                call.app.recorder().handed_out(&shown);
            } else {
                self.write_paging(&mut body, call, &base, (&[], 0, false));
            }
        }
        body.push(b'}');
        body
    }

    /// The rows of the page after all that may happen to them; `None` is a null.
    fn rows(&self, call: &mut Call<'_>, slice: &Slice) -> Vec<Option<u32>> {
        let (faults, random) = (call.faults, &mut call.random);
        let before = usize::from(self.offset > 0);
        let here = |ranks: &[u32]| {
            let start = before.min(ranks.len());
            start..(start + self.limit).min(ranks.len())
        };
        let follows = slice.ranks.len() > here(&slice.ranks).end;
        if follows && random.chance(faults.empty_page_rate) {
            return Vec::new();
        }
        let mut ranks = slice.ranks.clone();
        let mut places = here(&ranks);
        for boundary in [places.start, places.end] {
            if random.chance(faults.tie_shift_rate) {
                swap_tied(call.app.searcher.catalogue(), &mut ranks, boundary);
            }
        }
        places.end = places.end.min(ranks.len());
        let mut rows = Vec::with_capacity(self.limit);
        for place in places {
            if random.chance(faults.drop_rate) {
                continue;
            }
            let repeats = place > 0 && random.chance(faults.repeat_rate);
            let rank = ranks[if repeats { place - 1 } else { place }];
            rows.push((!random.chance(faults.null_rate)).then_some(rank));
        }
        rows
    }

    /// The total, or a lie.
    fn total(&self, call: &mut Call<'_>, slice: &Slice) -> usize {
        if !call.random.chance(call.faults.total_lies) {
            return slice.total;
        }
        match call.random.below(4) {
            0 => slice.total.min(call.app.config.search_window),
            1 => slice.total.saturating_sub(self.offset / 2),
            2 => 0,
            _ => slice.total + 1 + call.random.below(900),
        }
    }

    /// Writes a paging object of these rows, with this total, and with a next page or without.
    fn write_paging(
        &self,
        out: &mut Vec<u8>,
        call: &Call<'_>,
        base: &str,
        page: (&[Option<u32>], usize, bool),
    ) {
        let (rows, total, more) = page;
        let full = call.app.config.class != AppClass::Development;
        out.extend_from_slice(b"{\"href\":");
        write_string(out, &self.url(base, self.offset));
        out.extend_from_slice(b",\"items\":[");
        for (number, row) in rows.iter().enumerate() {
            if number > 0 {
                out.push(b',');
            }
            match row {
                Some(rank) => write_artist(out, call.app.searcher.catalogue().artist(*rank), base, full),
                None => out.extend_from_slice(b"null"),
            }
        }
        out.extend_from_slice(b"],\"limit\":");
        write_number(out, self.limit as u64);
        let next = self.offset + self.limit;
        let reachable = next + self.limit <= call.app.config.search_window;
        write_link(out, "next", (more && reachable).then(|| self.url(base, next)));
        out.extend_from_slice(b",\"offset\":");
        write_number(out, self.offset as u64);
        let previous = self.offset.saturating_sub(self.limit);
        write_link(out, "previous", (self.offset > 0).then(|| self.url(base, previous)));
        out.extend_from_slice(b",\"total\":");
        write_number(out, total as u64);
        out.push(b'}');
    }

    /// The address of the page of this question at `offset`.
    fn url(&self, base: &str, offset: usize) -> String {
        let mut query = Serializer::new(format!("{base}/v1/search?offset={offset}&limit={}", self.limit));
        query.append_pair("query", &self.text).append_pair("type", &self.types.join(","));
        if let Some(market) = &self.market {
            query.append_pair("market", market);
        }
        query.finish()
    }
}

/// Writes an address, or null.
fn write_link(out: &mut Vec<u8>, name: &str, link: Option<String>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    match link {
        Some(link) => write_string(out, &link),
        None => out.extend_from_slice(b"null"),
    }
}

/// Lets the artists on both sides of `boundary` change places if they are equally popular.
fn swap_tied(catalogue: &Catalogue, ranks: &mut [u32], boundary: usize) {
    let popularity = |rank: u32| catalogue.artist(rank).popularity();
    if boundary > 0
        && boundary < ranks.len()
        && popularity(ranks[boundary - 1]) == popularity(ranks[boundary])
    {
        ranks.swap(boundary - 1, boundary);
    }
}
