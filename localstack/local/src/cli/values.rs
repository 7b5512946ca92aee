//! Parsers for option values.

use std::path::PathBuf;

use collect::{
    catalogue::{ArtistId, InvalidId},
    recommend::{InvalidUsername, Username},
    term::TermKey,
};

pub(super) fn json(text: &str) -> Result<serde_json::Value, String> {
    serde_json::from_str(text).map_err(|error| format!("not valid JSON: {error}"))
}

pub(super) fn address(text: &str) -> Result<String, String> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err("an address must begin with http:// or https://".to_owned())
}

pub(super) fn term(text: &str) -> Result<TermKey, String> {
    TermKey::parse(text).map_err(|error| error.to_string())
}

/// An artist's id.
pub(super) fn artist(text: &str) -> Result<ArtistId, InvalidId> {
    ArtistId::new(text)
}

/// A user's name.
pub(super) fn username(text: &str) -> Result<Username, InvalidUsername> {
    Username::new(text)
}

/// Every Nth mistake from the Kth on: `K/N`, with K from 0.
pub(super) fn shard(text: &str) -> Result<String, String> {
    let numbers =
        text.split_once('/').and_then(|(k, n)| Some((k.parse::<u32>().ok()?, n.parse::<u32>().ok()?)));
    match numbers {
        Some((k, n)) if k < n => Ok(format!("{k}/{n}")),
        _ => Err("this is not K/N with K below N, such as 0/25".to_owned()),
    }
}

/// A number of times a month, at most one a day: a day has one run.
pub(super) fn monthly(text: &str) -> Result<f64, String> {
    let times: f64 = text.parse().map_err(|error| format!("not a number: {error}"))?;
    if (0.0..=31.0).contains(&times) { Ok(times) } else { Err("a day has one run: 0 to 31".to_owned()) }
}

pub(super) fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    match text.split_once('=') {
        Some((name, file)) if is_name(name) && !file.is_empty() => Ok((name.to_owned(), file.into())),
        _ => Err("this is not NAME=FILE with a name in lower case, such as ids=ids.csv".to_owned()),
    }
}

/// `live`, or an address. Without encryption everybody on the way can read credentials and tokens, so only
/// this machine itself is asked so.
pub(super) fn spotify(text: &str) -> Result<String, String> {
    if text == "live" {
        return Ok(text.to_owned());
    }
    let address = address(text)?;
    let url = reqwest::Url::parse(&address).map_err(|error| format!("this is no address: {error}"))?;
    if url.scheme() == "http" && !is_this_machine(&url) {
        return Err("http:// is for this machine only (127.0.0.1, localhost); use https://".to_owned());
    }
    Ok(address)
}

fn is_this_machine(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_has_at_most_31_runs() {
        for good in ["0", "0.5", "4", "31"] {
            assert!(monthly(good).is_ok(), "{good}");
        }
        for bad in ["", "four", "-1", "31.1", "NaN", "inf"] {
            assert!(monthly(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_shard_is_one_of_its_number() {
        for good in ["0/1", "0/25", "24/25"] {
            assert_eq!(shard(good).as_deref(), Ok(good));
        }
        for bad in ["", "1", "1/1", "25/25", "-1/25", "a/b", "1/25/2"] {
            assert!(shard(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn spotify_is_asked_without_encryption_on_this_machine_only() {
        for good in [
            "live",
            "http://127.0.0.1:8080",
            "http://localhost:1",
            "http://[::1]:80/v1",
            "https://example.com",
        ] {
            assert_eq!(spotify(good).as_deref(), Ok(good));
        }
        for bad in [
            "http://example.com",
            "http://192.168.1.2:8080",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://localhost@example.com",
            "http://",
            "example.com",
        ] {
            assert!(spotify(bad).is_err(), "{bad}");
        }
    }
}
