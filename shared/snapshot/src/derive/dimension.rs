//! What each track says of itself, its album and its artists, and each playlist of itself.

use super::fill;
use super::source::Row;
use super::surrogate::{key, key_of};
use crate::columns::Rows;

pub(super) fn track(row: Row<'_>, rows: &mut Rows) {
    fill(rows)
        .text(&key(row.text("track")))
        .text(row.text("track"))
        .text(row.text("name"))
        .some_text(row.some_text("album").map(key).as_deref())
        .some_integer(row.integer("popularity"))
        .some_text(row.some_text("isrc"))
        .some_time(row.time("last_seen"))
        .end();
}

pub(super) fn album(row: Row<'_>, rows: &mut Rows) {
    let Some(album) = row.some_text("album") else { return };
    let released = row.some_text("released");
    fill(rows)
        .text(&key(album))
        .text(album)
        .some_text(row.some_text("album_name"))
        .some_text(row.some_text("album_kind"))
        .some_text(released)
        .some_integer(released.and_then(year))
        .some_time(row.time("last_seen"))
        .end();
}

/// The year of a date that may be as short as one.
fn year(released: &str) -> Option<i64> {
    released.split('-').next().filter(|year| year.len() == 4)?.parse().ok()
}

pub(super) fn artists(row: Row<'_>, rows: &mut Rows) {
    let names = row.texts("artist_names");
    for (place, id) in row.texts("artist_ids").iter().enumerate() {
        fill(rows)
            .text(&key(id))
            .text(id)
            .some_text(names.get(place).map(String::as_str))
            .some_time(row.time("last_seen"))
            .end();
    }
}

pub(super) fn credits(row: Row<'_>, rows: &mut Rows) {
    let track = row.text("track");
    for (id, position) in row.texts("artist_ids").iter().zip(1..) {
        fill(rows)
            .text(&key_of(&[&track, id]))
            .text(&key(track))
            .text(&key(id))
            .some_integer(Some(position))
            .some_time(row.time("last_seen"))
            .end();
    }
}

pub(super) fn playlist(row: Row<'_>, rows: &mut Rows) {
    fill(rows)
        .text(&key(row.text("playlist")))
        .text(row.text("playlist"))
        .some_text(row.some_text("name"))
        .some_text(row.some_text("owner"))
        .some_time(row.time("last_seen"))
        .end();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_date_has_a_year_however_short_it_is() {
        assert_eq!(["1999", "1999-07", "1999-07-01"].map(year), [Some(1999); 3]);
        assert_eq!(["", "99", "soon", "19999-01"].map(year), [None; 4]);
    }
}
