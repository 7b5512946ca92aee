//! The genres whose tracks are collected.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A genre whose tracks are collected. Its code and its name are part of the data that is handed out, so
/// neither ever changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Genre {
    /// Code 0.
    HipHop,
    /// Code 1.
    Pop,
    /// Code 2.
    Country,
    /// Code 3.
    Rock,
    /// Code 4.
    RnB,
    /// Code 5.
    Dance,
    /// Code 6.
    Indie,
    /// Code 7.
    Sleep,
    /// Code 8.
    Jazz,
    /// Code 9.
    Soul,
    /// Code 10.
    Metal,
}

/// Something that names no genre.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no genre; the genres are {names}", names = names())]
pub struct UnknownGenre(String);

fn names() -> String {
    Genre::ALL.map(|genre| format!("{} {}", genre.code(), genre.name())).join(", ")
}

impl Genre {
    /// Every genre, in the order of the codes.
    pub const ALL: [Self; 11] = [
        Self::HipHop,
        Self::Pop,
        Self::Country,
        Self::Rock,
        Self::RnB,
        Self::Dance,
        Self::Indie,
        Self::Sleep,
        Self::Jazz,
        Self::Soul,
        Self::Metal,
    ];

    /// The code, 0 to 10.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The name, as Spotify's category has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::HipHop => "Hip-Hop",
            Self::Pop => "Pop",
            Self::Country => "Country",
            Self::Rock => "Rock",
            Self::RnB => "R&B",
            Self::Dance => "Dance/Electronic",
            Self::Indie => "Indie",
            Self::Sleep => "Sleep",
            Self::Jazz => "Jazz",
            Self::Soul => "Soul",
            Self::Metal => "Metal",
        }
    }

    /// The genre that a category of this name is about, whatever its capitals, spaces and signs.
    pub fn of_name(name: &str) -> Option<Self> {
        let wanted = letters(name);
        Self::ALL.into_iter().find(|genre| letters(genre.name()) == wanted)
    }
}

/// The letters of a name in lower case: `R & B` and `r&b` are the same genre.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl fmt::Display for Genre {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Genre {
    type Err = UnknownGenre;

    /// Reads a code or a name.
    fn from_str(text: &str) -> Result<Self, UnknownGenre> {
        let of_code = text.parse::<u8>().ok().and_then(|code| Self::try_from(code).ok());
        let genre = of_code.or_else(|| Self::of_name(text));
        genre.ok_or_else(|| UnknownGenre(text.chars().take(60).collect()))
    }
}

impl TryFrom<u8> for Genre {
    type Error = UnknownGenre;

    fn try_from(code: u8) -> Result<Self, UnknownGenre> {
        Self::ALL.get(usize::from(code)).copied().ok_or_else(|| UnknownGenre(code.to_string()))
    }
}

impl From<Genre> for u8 {
    fn from(genre: Genre) -> Self {
        genre.code()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_genre_is_read_from_its_code_or_its_name() {
        for genre in Genre::ALL {
            assert_eq!(genre.code().to_string().parse(), Ok(genre));
            assert_eq!(genre.name().parse(), Ok(genre));
        }
        assert_eq!(("r & b".parse(), "hip hop".parse()), (Ok(Genre::RnB), Ok(Genre::HipHop)));
        let codes: Vec<u8> = Genre::ALL.map(Genre::code).to_vec();
        assert_eq!(codes, (0..=10).collect::<Vec<u8>>());
    }

    #[test]
    fn what_names_no_genre_is_refused_with_those_that_exist() {
        for bad in ["11", "Polka", "", "-1"] {
            let error = bad.parse::<Genre>().unwrap_err().to_string();
            assert!(error.contains(&format!("{bad:?}")) && error.contains("10 Metal"), "{error}");
        }
    }
}
