//! Why something is recommended, in one sentence.

use std::fmt;

/// Most artists that a reason names.
pub(super) const MOST_NAMED: usize = 2;

/// Why an artist is recommended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It appears with artists of the profile.
    Together {
        /// On so many playlists.
        playlists: u32,
        /// On so many lists of related artists.
        lists: u32,
        /// With these, most often first.
        with: Vec<String>,
    },
    /// Spotify recommends it to whoever likes these.
    Spotify(Vec<String>),
    /// It has a genre of the profile, or of one of its artists.
    Genre {
        /// The rarest one that they share.
        genre: String,
        /// The artist of the profile with that genre; none if the profile names the genre itself.
        with: Option<String>,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Together { playlists, lists, with } => {
                let named: Vec<&str> =
                    with.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
                let with =
                    if named.is_empty() { "artists you named".to_owned() } else { named.join(" and ") };
                match (playlists, lists) {
                    (0, _) => write!(formatter, "Listed as related to {with}."),
                    (1, 0) => write!(formatter, "On a playlist with {with}."),
                    (playlists, 0) => write!(formatter, "On {playlists} playlists with {with}."),
                    (1, _) => write!(formatter, "On a playlist with {with}, and listed as related."),
                    (playlists, _) => {
                        write!(formatter, "On {playlists} playlists with {with}, and listed as related.")
                    }
                }
            }
            Self::Spotify(seeds) => {
                let named: Vec<&str> = seeds.iter().take(MOST_NAMED).map(String::as_str).collect();
                let more = match seeds.len() - named.len() {
                    0 => String::new(),
                    more => format!(" and {more} more that you named"),
                };
                let named = named.join(if more.is_empty() { " and " } else { ", " });
                write!(formatter, "Recommended by Spotify for {named}{more}.")
            }
            Self::Genre { genre, with: Some(with) } => {
                write!(formatter, "Shares the genre \"{genre}\" with {with}.")
            }
            Self::Genre { genre, with: None } => {
                write!(formatter, "Has the genre \"{genre}\", which you named.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_reads_as_a_sentence() {
        let with = vec!["Ana".to_owned(), "Bo".to_owned()];
        let together =
            |playlists, lists| Reason::Together { playlists, lists, with: with.clone() }.to_string();
        assert_eq!(together(4, 0), "On 4 playlists with Ana and Bo.");
        assert_eq!(together(1, 2), "On a playlist with Ana and Bo, and listed as related.");
        assert_eq!(together(0, 1), "Listed as related to Ana and Bo.");
        let nameless = Reason::Together { playlists: 1, lists: 0, with: vec![String::new()] };
        assert_eq!(nameless.to_string(), "On a playlist with artists you named.");
        let spotify = |count: usize| {
            let names = ["Ana", "Bo", "Cleo", "Dan"].into_iter().take(count).map(str::to_owned);
            Reason::Spotify(names.collect()).to_string()
        };
        assert_eq!(spotify(1), "Recommended by Spotify for Ana.");
        assert_eq!(spotify(2), "Recommended by Spotify for Ana and Bo.");
        assert_eq!(spotify(4), "Recommended by Spotify for Ana, Bo and 2 more that you named.");
        let genre =
            |with: Option<&str>| Reason::Genre { genre: "dream pop".into(), with: with.map(Into::into) };
        assert_eq!(genre(Some("Ana")).to_string(), "Shares the genre \"dream pop\" with Ana.");
        assert_eq!(genre(None).to_string(), "Has the genre \"dream pop\", which you named.");
    }
}
