//! Parsers for option values.

use collect::term::TermKey;

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

pub(super) fn spotify(text: &str) -> Result<String, String> {
    if text == "live" { Ok(text.to_owned()) } else { address(text) }
}
