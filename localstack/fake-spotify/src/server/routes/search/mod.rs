//! `GET /v1/search`: a page of a result for each type that was asked for, as unreliable as the faults make
//! it.

mod question;
mod rows;

use std::ops::Range;

use self::question::Question;
use self::rows::{Stretch, swap_tied};
use crate::config::AppClass;
use crate::search::{Manner, NoQuery, parse};
use crate::server::call::Call;
use crate::server::objects::{Links, Objects, write_artist, write_number, write_string};
use crate::server::reply::Reply;
use crate::world::{Sought, Thing};

/// `GET /v1/search?q=&type=&limit=&offset=[&market=]`
pub(in crate::server) fn page(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let question = Question::read(call)?;
    if call.faults.fail_queries.contains(&question.text) {
        return Err(Reply::trouble(0));
    }
    let manner = Manner {
        not_works: !call.faults.not_supported,
        quotes_work: !call.faults.quotes_not_supported,
        years_work: !call.faults.years_not_supported,
        genres_thin: call.class() == AppClass::Development,
        depth: call.app.config.search_window,
    };
    let written = write(&question, call, manner);
    written.map(Reply::json).map_err(|nothing| Reply::bad(&nothing.to_string()))
}

/// Writes the answer: one paging object for each type.
fn write(question: &Question, call: &mut Call<'_>, manner: Manner) -> Result<Vec<u8>, NoQuery> {
    // One row more on either side, for rows that change places with a neighbour on another page.
    let wanted = question.offset.saturating_sub(1)..question.offset + question.limit + 1;
    let mut body = Vec::with_capacity(256 + question.types.len() * question.limit * 900);
    for (number, kind) in question.types.iter().enumerate() {
        body.extend_from_slice(if number == 0 { b"{\"" } else { b",\"" });
        body.extend_from_slice(kind.as_bytes());
        body.extend_from_slice(b"s\":");
        let sought = match kind.as_str() {
            "album" => Some(Sought::Albums),
            "track" => Some(Sought::Tracks),
            "playlist" => Some(Sought::Playlists),
            "show" => Some(Sought::Shows),
            "episode" => Some(Sought::Episodes),
            _ => None,
        };
        match sought {
            Some(sought) => {
                let stretch = found(question, call, manner, sought, &wanted)?;
                write_things(&mut body, question, call, &stretch);
            }
            None if kind == "artist" => {
                let slice = call.app.searcher.slice(&question.text, manner, wanted.clone())?;
                let stretch = Stretch { rows: slice.ranks, total: slice.total };
                write_artists(&mut body, question, call, &stretch);
            }
            None => write_things(&mut body, question, call, &Stretch { rows: Vec::new(), total: 0 }),
        }
    }
    body.push(b'}');
    Ok(body)
}

/// What matches beside artists, around the page.
fn found(
    question: &Question,
    call: &Call<'_>,
    manner: Manner,
    sought: Sought,
    wanted: &Range<usize>,
) -> Result<Stretch<Thing>, NoQuery> {
    let query = parse(&question.text, manner)?;
    let find = || call.app.world.find(call.app.searcher.index(), &query, manner, sought);
    let found = call.app.found((question.text.clone(), manner, sought), find);
    let places = wanted.start.min(found.first.len())..wanted.end.min(found.first.len());
    Ok(Stretch { rows: found.first[places].to_vec(), total: found.total })
}

fn write_artists(out: &mut Vec<u8>, question: &Question, call: &mut Call<'_>, stretch: &Stretch<u32>) {
    let app = call.app;
    let rows = stretch.rows(question, call, |ranks, at| swap_tied(app.searcher.catalogue(), ranks, at));
    let (base, full) = (call.base(), call.class() != AppClass::Development);
    write_paging(out, question, call, stretch, &rows, |out, rank| {
        write_artist(out, app.searcher.catalogue().artist(rank), &base, full);
    });
    let shown: Vec<u32> = rows.into_iter().flatten().collect();
    app.recorder().handed_out(&shown);
}

fn write_things(out: &mut Vec<u8>, question: &Question, call: &mut Call<'_>, stretch: &Stretch<Thing>) {
    let (app, class) = (call.app, call.class());
    let links = Links { base: call.base(), carried: String::new() };
    let objects = Objects::new(&app.world, &links, class, question.market);
    let rows = stretch.rows(question, call, |_, _| ());
    write_paging(out, question, call, stretch, &rows, |out, thing| {
        let object = match thing {
            Thing::Album(album) => objects.album(album),
            Thing::Track(track) => objects.track(track),
            // Since November 2024 others than the old apps find nulls in place of Spotify's own playlists.
            Thing::Playlist(playlist) if playlist.is_editorial() && class != AppClass::Extended => {
                serde_json::Value::Null
            }
            Thing::Playlist(playlist) => objects.playlist(playlist, app.changes(playlist)),
            Thing::Show(show) => objects.show(show),
            Thing::Episode(episode) => objects.episode_of_show(episode),
        };
        out.extend_from_slice(object.to_string().as_bytes());
    });
}

/// Writes a paging object of these rows, of which there are as many as `stretch` says, or a lie.
fn write_paging<T: Copy>(
    out: &mut Vec<u8>,
    question: &Question,
    call: &mut Call<'_>,
    stretch: &Stretch<T>,
    rows: &[Option<T>],
    write: impl Fn(&mut Vec<u8>, T),
) {
    let base = call.base();
    let total = stretch.total(question, call);
    let next = question.offset + question.limit;
    let more = next < stretch.total && !call.random.chance(call.faults.early_null_next);
    let reachable = next + question.limit <= call.app.config.search_window;
    out.extend_from_slice(b"{\"href\":");
    write_string(out, &question.url(&base, question.offset));
    out.extend_from_slice(b",\"items\":[");
    for (number, row) in rows.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        match row {
            Some(row) => write(out, *row),
            None => out.extend_from_slice(b"null"),
        }
    }
    out.extend_from_slice(b"],\"limit\":");
    write_number(out, question.limit as u64);
    write_link(out, "next", (more && reachable).then(|| question.url(&base, next)));
    out.extend_from_slice(b",\"offset\":");
    write_number(out, question.offset as u64);
    let previous = question.offset.saturating_sub(question.limit);
    write_link(out, "previous", (question.offset > 0).then(|| question.url(&base, previous)));
    out.extend_from_slice(b",\"total\":");
    write_number(out, total as u64);
    out.push(b'}');
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
