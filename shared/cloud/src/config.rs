//! The environment variables of a function. An error names every missing or bad one at once.

use std::fmt::Display;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use collect::catalogue::{Genre, InvalidId, PlaylistId};
use collect::operator::Patience;
use collect::pace::{Pacing, Rate};
use collect::settings::{Bounds, Refresh, Settings, StopRule, Strings};
use collect::term::{Source, Sources};

/// Most messages per invocation.
const BATCH: usize = 10;

/// More terms than any window needs, and still few enough for a function's memory.
const LARGEST_WINDOW: usize = 100_000;

/// A hundred years: for operators who want to keep rows for good.
const MOST_DAYS: u64 = 36_500;

/// Most requests that a run may spend on artists it has not seen otherwise: some eight thousand with batches.
const REFRESH_REQUESTS: u32 = 200;

/// The configuration that all functions share.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `FERMATA_TERMS_TABLE`.
    pub terms_table: String,
    /// `FERMATA_CONTROL_TABLE`.
    pub control_table: String,
    /// `FERMATA_QUEUE_URL`.
    pub queue_url: String,
    /// `FERMATA_DEAD_LETTER_QUEUE_URL`.
    pub dead_letter_queue_url: String,
    /// `FERMATA_RETENTION_DAYS`: how long a row is kept after it was last seen.
    pub retention: Duration,
    /// `FERMATA_RATE_PER_30S`, `FERMATA_SEARCH_PER_DAY`, `FERMATA_MAX_REQUESTS`, `FERMATA_LEAST_YIELD`,
    /// `FERMATA_CONCURRENCY`, `FERMATA_WINDOW`, `FERMATA_SOURCES`, `FERMATA_SYSTEMATIC`, `FERMATA_PLAYLISTS`,
    /// `FERMATA_GENRE_PLAYLISTS`, `FERMATA_REFRESH_REQUESTS`, `FERMATA_MAX_TERMS`, `FERMATA_MAX_ARTISTS`.
    pub settings: Settings,
}

/// Environment variables that are missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment is not complete: {}", problems.join("; "))]
pub struct ConfigError {
    /// One sentence for each variable.
    pub problems: Vec<String>,
}

impl Config {
    /// Reads the process environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        let mut env = Env::of_process();
        let config = Self::read(&mut env);
        env.finish(config)
    }

    /// Reads the shared configuration; a function with variables of its own reads them from the same [`Env`].
    pub fn read(env: &mut Env) -> Self {
        let concurrency: usize = env.within("FERMATA_CONCURRENCY", 1, 1000).unwrap_or(2);
        let rate = env.within("FERMATA_RATE_PER_30S", NonZeroU32::MIN, NonZeroU32::MAX);
        let search_per_day = env.within("FERMATA_SEARCH_PER_DAY", 1, u32::MAX);
        // Enough for a full batch in every environment, and one more waiting for each.
        let window = env.within("FERMATA_WINDOW", 1, LARGEST_WINDOW).unwrap_or(concurrency * 2 * BATCH);
        let sources = env.parsed("FERMATA_SOURCES").unwrap_or_default();
        let strings = env.parsed("FERMATA_SYSTEMATIC").unwrap_or_default();
        let bounds = env.bounds(sources, &strings);
        let playlists = env.list("FERMATA_PLAYLISTS", playlist);
        let genre_playlists = env.list("FERMATA_GENRE_PLAYLISTS", genre_playlist);
        let retention = env.retention();
        let requests = env.within("FERMATA_REFRESH_REQUESTS", 0, u32::MAX).unwrap_or(REFRESH_REQUESTS);
        Self {
            terms_table: env.required("FERMATA_TERMS_TABLE"),
            control_table: env.required("FERMATA_CONTROL_TABLE"),
            queue_url: env.required("FERMATA_QUEUE_URL"),
            dead_letter_queue_url: env.required("FERMATA_DEAD_LETTER_QUEUE_URL"),
            retention,
            settings: Settings {
                retention,
                pacing: Pacing { rate: rate.map(Rate::per_30s), search_per_day },
                sources,
                strings,
                playlists: playlists.into(),
                genre_playlists: genre_playlists.into(),
                window,
                // Early enough before their rows expire.
                refresh: (requests > 0).then_some(Refresh { age: retention / 2, requests }),
                stop: StopRule {
                    requests: env.within("FERMATA_MAX_REQUESTS", 1, u64::MAX),
                    least_yield: env.within("FERMATA_LEAST_YIELD", 0.0, 1000.0),
                },
                bounds,
                ..Settings::default()
            },
        }
    }
}

/// A playlist in any common form: its id, its URI, or the link that Spotify's apps share.
fn playlist(name: &str) -> Result<PlaylistId, InvalidId> {
    let id = name.rsplit(['/', ':']).next().unwrap_or(name);
    PlaylistId::new(id.split('?').next().unwrap_or(id))
}

/// A genre, an equals sign, and a playlist that is read for its tracks. The genre is a code or a name.
fn genre_playlist(text: &str) -> Result<(Genre, PlaylistId), String> {
    let (genre, named) = text
        .split_once('=')
        .ok_or_else(|| format!("{text:?} is not a genre, an equals sign and a playlist"))?;
    let genre = genre.parse::<Genre>().map_err(|error| error.to_string())?;
    Ok((genre, playlist(named).map_err(|error| error.to_string())?))
}

/// Where Spotify is, and which secret has the credentials for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpotifyPlace {
    /// `FERMATA_SPOTIFY_SECRET`.
    pub secret: String,
    /// `FERMATA_SPOTIFY_API_URL`; without it, the real one.
    pub api_url: Option<String>,
    /// `FERMATA_SPOTIFY_TOKEN_URL`; without it, the real one.
    pub token_url: Option<String>,
    /// `FERMATA_SPOTIFY_PLAIN_HTTP`.
    pub plain_http: bool,
    /// `FERMATA_MARKET`.
    pub market: Option<String>,
}

impl SpotifyPlace {
    /// Reads the variables.
    pub fn read(env: &mut Env) -> Self {
        Self {
            secret: env.required("FERMATA_SPOTIFY_SECRET"),
            api_url: env.optional("FERMATA_SPOTIFY_API_URL"),
            token_url: env.optional("FERMATA_SPOTIFY_TOKEN_URL"),
            plain_http: env.parsed("FERMATA_SPOTIFY_PLAIN_HTTP").unwrap_or(false),
            market: env.optional("FERMATA_MARKET"),
        }
    }
}

type Lookup = dyn Fn(&str) -> Option<String>;

/// An environment that collects the problems found while reading it.
pub struct Env {
    lookup: Box<Lookup>,
    problems: Vec<String>,
}

impl Env {
    /// The process environment.
    pub fn of_process() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    /// Any environment, given as a function from name to value.
    pub fn of(lookup: impl Fn(&str) -> Option<String> + 'static) -> Self {
        Self { lookup: Box::new(lookup), problems: Vec::new() }
    }

    /// An optional variable; an empty one counts as absent.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A required variable.
    pub fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problems.push(format!("{name} is not set"));
            String::new()
        })
    }

    /// An optional number from `least` to `most`.
    pub fn within<T>(&mut self, name: &str, least: T, most: T) -> Option<T>
    where
        T: FromStr + PartialOrd + Display + Copy,
    {
        let value = self.optional(name)?;
        let number = value.parse::<T>().ok().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let value: String = value.chars().take(100).collect();
            self.problems.push(format!("{name} must be a number from {least} to {most}, not {value:?}"));
        }
        number
    }

    /// Any optional value that is parsed from text.
    pub fn parsed<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        let value = self.optional(name)?;
        value.parse().inspect_err(|error| self.problems.push(format!("{name}: {error}"))).ok()
    }

    /// How long a row is kept: `FERMATA_RETENTION_DAYS`, 90 by default.
    pub fn retention(&mut self) -> Duration {
        let days: u64 = self.within("FERMATA_RETENTION_DAYS", 1, MOST_DAYS).unwrap_or(90);
        Duration::from_secs(days * 24 * 3600)
    }

    /// What an operator puts up with: `FERMATA_OVERDUE_DAYS`, 7 by default, and `FERMATA_PARTIAL_PERCENT`, 5
    /// by default. Whether a schedule opens runs only the seeder is told.
    pub fn patience(&mut self) -> Patience {
        let usual = Patience::default();
        let days = self.within("FERMATA_OVERDUE_DAYS", 1, 3650);
        let percent = self.within("FERMATA_PARTIAL_PERCENT", 0.0, 100.0);
        Patience {
            overdue: days.map_or(usual.overdue, |days: u64| Duration::from_hours(24 * days)),
            unanswered: percent.map_or(usual.unanswered, |percent: f64| percent / 100.0),
            ..usual
        }
    }

    /// A list separated by commas or white space; empty if the variable is absent.
    pub fn list<T, E: Display>(&mut self, name: &str, read: impl Fn(&str) -> Result<T, E>) -> Vec<T> {
        let list = self.optional(name).unwrap_or_default();
        let items = list.split(|c: char| c == ',' || c.is_whitespace()).filter(|item| !item.is_empty());
        let mut problem = |error: &E| self.problems.push(format!("{name}: {error}"));
        items.map(read).filter_map(|item| item.inspect_err(&mut problem).ok()).collect()
    }

    /// What a run may cost at most, which must leave room for all strings that it is to ask.
    fn bounds(&mut self, sources: Sources, strings: &Strings) -> Bounds {
        let default = Bounds::default();
        let bounds = Bounds {
            terms: self.within("FERMATA_MAX_TERMS", 1, u64::MAX).unwrap_or(default.terms),
            artists: self.within("FERMATA_MAX_ARTISTS", 1, u64::MAX).unwrap_or(default.artists),
        };
        let count = strings.count();
        if sources.has(Source::Systematic) && count >= bounds.terms {
            self.problems.push(format!(
                "FERMATA_SYSTEMATIC asks for {count} strings, but FERMATA_MAX_TERMS ends a run at {} terms",
                bounds.terms
            ));
        }
        bounds
    }

    /// Returns `value`, unless there were problems.
    pub fn finish<T>(self, value: T) -> Result<T, ConfigError> {
        if self.problems.is_empty() { Ok(value) } else { Err(ConfigError { problems: self.problems }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &'static [(&str, &str)]) -> Result<Config, ConfigError> {
        let find =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let mut env = Env::of(find);
        let config = Config::read(&mut env);
        env.finish(config)
    }

    const COMPLETE: [(&str, &str); 7] = [
        ("FERMATA_TERMS_TABLE", "terms"),
        ("FERMATA_CONTROL_TABLE", "control"),
        ("FERMATA_QUEUE_URL", "http://queue"),
        ("FERMATA_DEAD_LETTER_QUEUE_URL", "http://dead"),
        ("FERMATA_RATE_PER_30S", ""),
        ("FERMATA_CONCURRENCY", "3"),
        ("FERMATA_SYSTEMATIC", "ab:3"),
    ];

    #[test]
    fn empty_variables_count_as_absent_and_have_defaults() {
        let config = read(&COMPLETE).unwrap();
        assert_eq!(config.settings.pacing, Pacing::default(), "what is not fixed is learned");
        assert_eq!(config.settings.window, 60);
        assert_eq!(config.settings.strings.count(), 8);
    }

    #[test]
    fn a_number_out_of_range_is_refused_with_the_range() {
        for (variable, allowed) in [
            (&[("FERMATA_WINDOW", "18446744073709551615")], "from 1 to 100000"),
            (&[("FERMATA_CONCURRENCY", "18446744073709551615")], "from 1 to 1000"),
            (&[("FERMATA_RETENTION_DAYS", "36501")], "from 1 to 36500"),
            (&[("FERMATA_LEAST_YIELD", "inf")], "from 0 to 1000"),
            (&[("FERMATA_LEAST_YIELD", "NaN")], "from 0 to 1000"),
            (&[("FERMATA_RATE_PER_30S", "-1")], "from 1 to 4294967295"),
        ] {
            let problems = read(variable).unwrap_err().problems;
            let (name, value) = variable[0];
            let named = problems.iter().any(|problem| {
                problem.starts_with(name) && problem.contains(allowed) && problem.contains(value)
            });
            assert!(named, "{problems:?}");
        }
    }

    #[test]
    fn bounds_leave_room_for_the_strings_that_are_to_be_asked() {
        let problems = |variables| read(variables).unwrap_err().problems.join("; ");
        let too_many = problems(&[("FERMATA_SOURCES", "systematic"), ("FERMATA_SYSTEMATIC", "0-9a-z:5")]);
        assert!(too_many.contains("60466176 strings") && too_many.contains("at 5000000 terms"), "{too_many}");
        let raised = &[
            ("FERMATA_SOURCES", "systematic"),
            ("FERMATA_SYSTEMATIC", "0-9a-z:5"),
            ("FERMATA_MAX_TERMS", "100000000"),
        ];
        assert!(!problems(raised).contains("SYSTEMATIC"), "{}", problems(raised));
        assert!(!problems(&[("FERMATA_SYSTEMATIC", "0-9a-z:5")]).contains("MAX_TERMS"), "unused");
    }

    #[test]
    fn playlists_of_genres_are_read_by_code_or_name() {
        const PLAYLIST: &str = "000Dq0VqTZpxOP6jQMscVL";
        let text = "R&B=000Dq0VqTZpxOP6jQMscVL, 8=spotify:playlist:000Dq0VqTZpxOP6jQMscVL";
        let mut env = Env::of(move |_| Some(text.to_owned()));
        let read = env.list("FERMATA_GENRE_PLAYLISTS", genre_playlist);
        let id = PlaylistId::new(PLAYLIST).unwrap();
        assert_eq!(read, [(Genre::RnB, id.clone()), (Genre::Jazz, id)]);
        for (bad, named) in [
            ("Polka=000Dq0VqTZpxOP6jQMscVL", "Polka"),
            ("000Dq0VqTZpxOP6jQMscVL", "equals sign"),
            ("Pop=short", "short"),
        ] {
            let error = genre_playlist(bad).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn the_playlist_of_a_genre_may_be_a_link_as_apps_share_it() {
        let link = "Rock=https://open.spotify.com/playlist/000Dq0VqTZpxOP6jQMscVL?si=0a1b2c3d4e5f";
        let id = PlaylistId::new("000Dq0VqTZpxOP6jQMscVL").unwrap();
        assert_eq!(genre_playlist(link), Ok((Genre::Rock, id)), "the link has an equals sign of its own");
    }

    #[test]
    fn every_bad_variable_is_named_at_once() {
        let text = read(&[
            ("FERMATA_RATE_PER_30S", "fast"),
            ("FERMATA_CONCURRENCY", "0"),
            ("FERMATA_SYSTEMATIC", "AB:2"),
        ])
        .unwrap_err()
        .to_string();
        for name in [
            "RATE_PER_30S",
            "\"fast\"",
            "CONCURRENCY",
            "SYSTEMATIC",
            "'A'",
            "TERMS_TABLE",
            "CONTROL_TABLE",
            "QUEUE_URL",
        ] {
            assert!(text.contains(name), "{text} does not name {name}");
        }
    }
}
