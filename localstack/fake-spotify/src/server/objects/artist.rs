//! The artist object, written by hand: a search page has fifty, and this is most of its cost.

use crate::catalogue::Artist;

/// Writes the artist object: all of it for `full`, else the seven keys that development-mode apps get. The
/// full object always has popularity and followers; a catalogue that does not know them gets 0, as an unknown
/// artist does at Spotify.
pub(in crate::server) fn write_artist(out: &mut Vec<u8>, artist: Artist<'_>, base: &str, full: bool) {
    let id = artist.id();
    let mut put = |text: &str| out.extend_from_slice(text.as_bytes());
    put("{\"external_urls\":{\"spotify\":\"https://open.spotify.com/artist/");
    put(id);
    put("\"},");
    if full {
        write_followers_and_genres(out, artist);
    }
    let mut put = |text: &str| out.extend_from_slice(text.as_bytes());
    put("\"href\":\"");
    put(base);
    put("/v1/artists/");
    put(id);
    put("\",\"id\":\"");
    put(id);
    put("\",\"images\":");
    write_images(out, id);
    out.extend_from_slice(b",\"name\":");
    write_string(out, artist.name());
    if full {
        out.extend_from_slice(b",\"popularity\":");
        write_number(out, artist.popularity().unwrap_or(0).into());
    }
    let mut put = |text: &str| out.extend_from_slice(text.as_bytes());
    put(",\"type\":\"artist\",\"uri\":\"spotify:artist:");
    put(id);
    put("\"}");
}

fn write_followers_and_genres(out: &mut Vec<u8>, artist: Artist<'_>) {
    out.extend_from_slice(b"\"followers\":{\"href\":null,\"total\":");
    write_number(out, artist.followers().unwrap_or(0));
    out.extend_from_slice(b"},\"genres\":[");
    for (number, genre) in artist.genres().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        write_string(out, genre);
    }
    out.extend_from_slice(b"],");
}

/// Three sizes of one picture. A quarter of the artists have none: an empty list, never null.
fn write_images(out: &mut Vec<u8>, id: &str) {
    const SIZES: [(&str, &str); 3] = [("640", "e5eb"), ("320", "5174"), ("160", "f178")];
    if id.bytes().last().is_some_and(|last| last.is_multiple_of(4)) {
        return out.extend_from_slice(b"[]");
    }
    let mut picture = [0_u8; 24];
    for (digits, byte) in picture.as_chunks_mut::<2>().0.iter_mut().zip(id.bytes().skip(4)) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        *digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
    }
    for (number, (size, code)) in SIZES.into_iter().enumerate() {
        out.extend_from_slice(if number == 0 { b"[" } else { b"," });
        for part in ["{\"height\":", size, ",\"url\":\"https://i.scdn.co/image/ab6761610000", code] {
            out.extend_from_slice(part.as_bytes());
        }
        out.extend_from_slice(&picture);
        for part in ["\",\"width\":", size, "}"] {
            out.extend_from_slice(part.as_bytes());
        }
    }
    out.push(b']');
}

/// Writes `text` as a JSON string.
pub(in crate::server) fn write_string(out: &mut Vec<u8>, text: &str) {
    let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
    }
}

/// Writes a number in decimal.
pub(in crate::server) fn write_number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0_u8; 20];
    let mut place = digits.len();
    let mut left = number;
    loop {
        place -= 1;
        digits[place] = b'0' + u8::try_from(left % 10).unwrap_or_default();
        left /= 10;
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[place..]);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::{Catalogue, CatalogueBuilder, NewArtist};

    fn catalogue(id: &[u8; 22]) -> Catalogue {
        with_numbers(id, Some(100), Some(1_234_567_890))
    }

    fn with_numbers(id: &[u8; 22], popularity: Option<u8>, followers: Option<u64>) -> Catalogue {
        let mut builder = CatalogueBuilder::default();
        let genres = [builder.genre("deep \"pop\"")];
        let name = "A\"\\\n\u{1}é";
        builder
            .add(&NewArtist {
                id: *id,
                name,
                popularity,
                followers,
                genres: &genres,
                years: Some((2000, 2000)),
            })
            .expect("fits");
        builder.build().expect("one artist")
    }

    fn written(catalogue: &Catalogue, full: bool) -> Value {
        let mut out = Vec::new();
        write_artist(&mut out, catalogue.artist(0), "http://host", full);
        serde_json::from_slice(&out).expect("JSON")
    }

    #[test]
    fn the_full_object_has_every_field_and_names_are_escaped() {
        let object = written(&catalogue(b"000000000000000000000a"), true);
        assert_eq!(object["name"], "A\"\\\n\u{1}é");
        assert_eq!(object["followers"], json!({"href": null, "total": 1_234_567_890}));
        assert_eq!(object["genres"], json!(["deep \"pop\""]));
        assert_eq!(object["popularity"], 100);
        assert_eq!(object["href"], "http://host/v1/artists/000000000000000000000a");
        assert_eq!(object["uri"], "spotify:artist:000000000000000000000a");
        assert_eq!(object["type"], "artist");
    }

    #[test]
    fn development_mode_gets_seven_keys() {
        let object = written(&catalogue(b"000000000000000000000a"), false);
        let keys: Vec<_> = object.as_object().expect("an object").keys().cloned().collect();
        assert_eq!(keys, ["external_urls", "href", "id", "images", "name", "type", "uri"]);
    }

    #[test]
    fn images_come_in_three_sizes_or_as_an_empty_list() {
        let images = |id| written(&catalogue(id), false)["images"].clone();
        // The last character decides: '1' is 49, '0' is 48.
        let three = images(b"0000000000000000000001");
        assert_eq!(three[0]["height"], 640);
        assert_eq!(three[2]["width"], 160);
        assert_eq!(three[1]["url"].as_str().map(str::len), Some("https://i.scdn.co/image/".len() + 40));
        assert_eq!(images(b"0000000000000000000000"), json!([]));
    }

    #[test]
    fn a_full_object_has_numbers_where_the_catalogue_has_none() {
        let object = written(&with_numbers(b"000000000000000000000a", None, None), true);
        assert_eq!((&object["popularity"], &object["followers"]["total"]), (&json!(0), &json!(0)));
    }

    #[test]
    fn numbers_are_written_in_full() {
        for number in [0, 7, 10, 4_294_967_296, u64::MAX] {
            let mut out = Vec::new();
            write_number(&mut out, number);
            assert_eq!(out, number.to_string().into_bytes());
        }
    }
}
