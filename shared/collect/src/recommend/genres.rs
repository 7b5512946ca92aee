//! The fallback for artists without edges: artists who share genres, the rarer the better.
//!
//! A genre weighs the logarithm of how many artists there are for each that has it, so "pop" says little and
//! "dungeon synth" much. Only the best known artists of each genre are kept, whatever the size of the
//! catalogue.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::profile::Profile;
use super::reason::Reason;
use crate::catalogue::ArtistId;

/// Artists of a genre that are kept by default: some 70 MB for six thousand genres.
pub const KEPT: usize = 100;

/// The genres of a catalogue, with the best known artists of each.
#[derive(Debug)]
pub struct Genres {
    by_name: HashMap<String, Genre>,
    kept: usize,
    artists: u64,
}

#[derive(Debug, Default)]
struct Genre {
    artists: u64,
    /// Worst known first.
    best: BTreeSet<Known>,
}

/// An artist of a genre: by popularity, then by id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    popularity: u8,
    id: ArtistId,
    name: String,
}

/// An artist that shares genres.
#[derive(Clone, Debug, PartialEq)]
pub struct Kin {
    /// The artist.
    pub id: ArtistId,
    /// Its name.
    pub name: String,
    /// The weights of the shared genres together.
    pub score: f64,
    /// The rarest shared genre.
    pub reason: Reason,
}

impl Default for Genres {
    fn default() -> Self {
        Self { by_name: HashMap::new(), kept: KEPT, artists: 0 }
    }
}

impl Genres {
    /// Takes an artist in; each must come once.
    pub fn add(&mut self, id: &ArtistId, name: &str, popularity: Option<u8>, genres: &[String]) {
        self.artists += 1;
        for genre in genres {
            let genre = self.by_name.entry(genre.clone()).or_default();
            genre.artists += 1;
            genre.best.insert(Known {
                popularity: popularity.unwrap_or(0),
                id: id.clone(),
                name: name.to_owned(),
            });
            if genre.best.len() > self.kept {
                genre.best.pop_first();
            }
        }
    }

    /// The `most` artists that share the weightiest genres with `profile`, without those of the profile and
    /// those for which `is_left_out` holds. Better known ones come first among equals.
    pub fn kin(&self, profile: &Profile, most: usize, is_left_out: impl Fn(&ArtistId) -> bool) -> Vec<Kin> {
        let named: BTreeSet<&ArtistId> = profile.artists.iter().map(|artist| &artist.id).collect();
        let mut found: BTreeMap<&Known, Vec<(f64, &str)>> = BTreeMap::new();
        for genre in wanted(profile) {
            let Some(of) = self.by_name.get(genre) else { continue };
            let weight = self.weight(of);
            for known in &of.best {
                if !named.contains(&known.id) && !is_left_out(&known.id) {
                    found.entry(known).or_default().push((weight, genre));
                }
            }
        }
        let score = |shared: &[(f64, &str)]| shared.iter().map(|(weight, _)| weight).sum::<f64>();
        let mut kin: Vec<_> =
            found.into_iter().map(|(known, shared)| (known, score(&shared), shared)).collect();
        kin.sort_by(|a, b| {
            b.1.total_cmp(&a.1).then(b.0.popularity.cmp(&a.0.popularity)).then_with(|| a.0.id.cmp(&b.0.id))
        });
        let kin = kin.into_iter().take(most);
        kin.map(|(known, score, shared)| {
            let rarest = shared.iter().max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
            let genre = rarest.map_or("", |(_, genre)| *genre);
            Kin { id: known.id.clone(), name: known.name.clone(), score, reason: reason(profile, genre) }
        })
        .collect()
    }

    /// How much sharing a genre says: more than nothing, even if all artists have it.
    #[expect(clippy::cast_precision_loss, reason = "counts of artists are far below 2^52")]
    fn weight(&self, genre: &Genre) -> f64 {
        (1.0 + self.artists as f64 / genre.artists.max(1) as f64).ln()
    }
}

/// The genres that a profile names, and those of its artists.
fn wanted(profile: &Profile) -> BTreeSet<&str> {
    let of_artists = profile.artists.iter().flat_map(|artist| &artist.genres);
    profile.genres.iter().chain(of_artists).map(String::as_str).collect()
}

fn reason(profile: &Profile, genre: &str) -> Reason {
    let has = |genres: &[String]| genres.iter().any(|of| of == genre);
    let with = if has(&profile.genres) {
        None
    } else {
        profile.artists.iter().find(|artist| has(&artist.genres)).map(|artist| artist.name.clone())
    };
    Reason::Genre { genre: genre.to_owned(), with }
}

#[cfg(test)]
mod tests {
    use super::super::profile::Seed;
    use super::super::testing::artist;
    use super::*;

    fn profile(genres: &[&str], artists: &[(u32, &[&str])]) -> Profile {
        let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let seed = |(of, genres): &(u32, &[&str])| Seed {
            id: artist(*of),
            name: format!("A{of}"),
            genres: texts(genres),
        };
        Profile { genres: texts(genres), artists: artists.iter().map(seed).collect(), ..Profile::default() }
    }

    fn catalogue() -> Genres {
        let mut genres = Genres { kept: 3, ..Genres::default() };
        let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        for of in 0..10_u8 {
            genres.add(&artist(u32::from(of)), &format!("A{of}"), Some(of), &texts(&["pop"]));
        }
        genres.add(&artist(20), "A20", Some(1), &texts(&["pop", "drone"]));
        genres.add(&artist(21), "A21", None, &texts(&["drone"]));
        genres
    }

    fn found(kin: &[Kin]) -> Vec<&str> {
        kin.iter().map(|kin| kin.name.as_str()).collect()
    }

    #[test]
    fn a_rare_genre_counts_more_than_a_common_one() {
        let kin = catalogue().kin(&profile(&["pop", "drone"], &[]), 4, |_| false);
        assert_eq!(found(&kin), ["A20", "A21", "A9", "A8"], "of equals the better known first");
        assert_eq!(kin[0].reason, Reason::Genre { genre: "drone".to_owned(), with: None });
    }

    #[test]
    fn only_the_best_known_artists_of_a_genre_are_kept() {
        let kin = catalogue().kin(&profile(&["pop"], &[]), 100, |_| false);
        assert_eq!(found(&kin), ["A9", "A8", "A7"]);
    }

    #[test]
    fn an_artist_of_the_profile_is_the_reason_and_not_the_result() {
        let wanted = profile(&[], &[(20, &["drone"])]);
        let kin = catalogue().kin(&wanted, 9, |_| false);
        assert_eq!(found(&kin), ["A21"]);
        assert_eq!(kin[0].reason, Reason::Genre { genre: "drone".to_owned(), with: Some("A20".to_owned()) });
        assert!(catalogue().kin(&wanted, 9, |id| *id == artist(21)).is_empty(), "left out");
    }
}
