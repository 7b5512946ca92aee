//! The markets, which are countries by their ISO 3166 codes: where Spotify is, and where it is not yet.

/// Where Spotify is.
#[rustfmt::skip]
pub(super) const MARKETS: [&str; 184] = [
    "AD", "AE", "AG", "AL", "AM", "AO", "AR", "AT", "AU", "AZ", "BA", "BB", "BD", "BE", "BF", "BG", "BH", "BI", "BJ",
    "BN", "BO", "BR", "BS", "BT", "BW", "BY", "BZ", "CA", "CD", "CG", "CH", "CI", "CL", "CM", "CO", "CR", "CV", "CW",
    "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "ES", "ET", "FI", "FJ", "FM", "FR", "GA", "GB",
    "GD", "GE", "GH", "GM", "GN", "GQ", "GR", "GT", "GW", "GY", "HK", "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IN",
    "IQ", "IS", "IT", "JM", "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KR", "KW", "KZ", "LA", "LB", "LC", "LI",
    "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MG", "MH", "MK", "ML", "MN", "MO", "MR", "MT",
    "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NE", "NG", "NI", "NL", "NO", "NP", "NR", "NZ", "OM", "PA", "PE", "PG",
    "PH", "PK", "PL", "PS", "PT", "PW", "PY", "QA", "RO", "RS", "RW", "SA", "SB", "SC", "SE", "SG", "SI", "SK", "SL",
    "SM", "SN", "SR", "ST", "SV", "SZ", "TD", "TG", "TH", "TJ", "TL", "TN", "TO", "TR", "TT", "TV", "TW", "TZ", "UA",
    "UG", "US", "UY", "UZ", "VC", "VE", "VN", "VU", "WS", "XK", "ZA", "ZM", "ZW",
];

/// Countries where it is not.
#[rustfmt::skip]
const UNLAUNCHED: [&str; 66] = [
    "AF", "AI", "AQ", "AS", "AW", "AX", "BL", "BM", "BQ", "BV", "CC", "CF", "CK", "CN", "CU", "CX", "EH", "ER", "FK",
    "FO", "GF", "GG", "GI", "GL", "GP", "GS", "GU", "HM", "IM", "IO", "IR", "JE", "KP", "KY", "MF", "MM", "MP", "MQ",
    "MS", "NC", "NF", "NU", "PF", "PM", "PN", "PR", "RE", "RU", "SD", "SH", "SJ", "SO", "SS", "SX", "SY", "TC", "TF",
    "TK", "TM", "UM", "VA", "VG", "VI", "WF", "YE", "YT",
];

/// The market that `code` names, or Spotify's words for why it is none.
pub(super) fn market(code: &str) -> Result<&'static str, &'static str> {
    match MARKETS.into_iter().find(|market| market.eq_ignore_ascii_case(code)) {
        Some(market) => Ok(market),
        None if UNLAUNCHED.iter().any(|market| market.eq_ignore_ascii_case(code)) => Err("Unlaunched market"),
        None => Err("Invalid market code"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_market_is_known_unlaunched_or_no_country_at_all() {
        assert_eq!(market("SE"), Ok("SE"));
        assert_eq!(market("CN"), Err("Unlaunched market"));
        for code in ["XX", "SWE", "", "undefined"] {
            assert_eq!(market(code), Err("Invalid market code"), "{code:?}");
        }
    }

    #[test]
    fn every_code_is_listed_once() {
        let mut codes: Vec<&str> = MARKETS.into_iter().chain(UNLAUNCHED).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), MARKETS.len() + UNLAUNCHED.len());
    }
}
