//! The eleven styles by which music is browsed, and how each sounds.

use crate::random::Random;
use crate::tracks::Features;

/// A style, which is a category of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// Heavy guitars.
    Metal,
    /// Swing, improvisation.
    Jazz,
    /// Soul and Motown.
    Soul,
    /// Contemporary rhythm and blues.
    RnB,
    /// Rap in all its forms.
    HipHop,
    /// Country and bluegrass.
    Country,
    /// What helps one fall asleep.
    Sleep,
    /// House, techno, trance.
    Dance,
    /// Independent labels' guitars.
    Indie,
    /// Rock.
    Rock,
    /// Everything that charts.
    Pop,
}

/// All styles. A genre belongs to the first whose words it has: `indie pop` is indie.
pub const STYLES: [Style; 11] = [
    Style::Metal,
    Style::Jazz,
    Style::Soul,
    Style::RnB,
    Style::HipHop,
    Style::Country,
    Style::Sleep,
    Style::Dance,
    Style::Indie,
    Style::Rock,
    Style::Pop,
];

/// Mean and standard deviation.
type Spread = (f64, f64);

/// How a style sounds.
struct Sound {
    acousticness: Spread,
    danceability: Spread,
    energy: Spread,
    /// Share of the tracks that nobody sings on.
    instrumental: f64,
    speechiness: Spread,
    valence: Spread,
    loudness: Spread,
    tempo: Spread,
    /// Share of the tracks in major.
    major: f64,
    /// Minutes.
    length: Spread,
}

impl Style {
    /// The name of its category.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metal => "Metal",
            Self::Jazz => "Jazz",
            Self::Soul => "Soul",
            Self::RnB => "R&B",
            Self::HipHop => "Hip-Hop",
            Self::Country => "Country",
            Self::Sleep => "Sleep",
            Self::Dance => "Dance/Electronic",
            Self::Indie => "Indie",
            Self::Rock => "Rock",
            Self::Pop => "Pop",
        }
    }

    /// What the folded name of a genre of this style contains, the name having a space at both ends.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Metal => &["metal", " djent ", " grindcore "],
            Self::Jazz => &["jazz", " swing ", " bebop ", " bossa nova "],
            Self::Soul => &["soul", " motown "],
            Self::RnB => &[" r b ", " r n b ", " rnb ", " urban contemporary ", " quiet storm "],
            Self::HipHop => &["hip hop", " rap ", " trap ", " drill ", " grime "],
            Self::Country => &[" country ", "bluegrass", " honky tonk ", " americana "],
            Self::Sleep => &[" sleep ", " lullaby ", " ambient ", " white noise ", " meditation "],
            Self::Dance => &[
                "house",
                "techno",
                "trance",
                " edm ",
                " electro ",
                " electronic ",
                " dance ",
                "dubstep",
                " club ",
            ],
            Self::Indie => &["indie"],
            Self::Rock => &["rock", " grunge ", " punk "],
            Self::Pop => &["pop"],
        }
    }

    /// Whether a genre belongs to this style, perhaps beside others.
    pub(super) fn has_genre(self, genre: &str) -> bool {
        let folded = format!(" {} ", crate::fold::words(genre).join(" "));
        self.words().iter().any(|word| folded.contains(word))
    }

    /// The style of a genre, if it has one.
    pub(super) fn of_genre(genre: &str) -> Option<Self> {
        STYLES.into_iter().find(|style| style.has_genre(genre))
    }
}

/// Rounded guesses of how such music usually measures; nothing rests on their exact values.
#[rustfmt::skip]
fn sound(style: Option<Style>) -> Sound {
    let row = |[acousticness, danceability, energy, speechiness, valence]: [Spread; 5], instrumental, loudness, tempo, major, length| {
        Sound { acousticness, danceability, energy, instrumental, speechiness, valence, loudness, tempo, major, length }
    };
    //          acousticness  danceability  energy        speechiness   valence          instr. loudness      tempo          major length
    match style {
        Some(Style::Metal)   => row([(0.04, 0.08), (0.42, 0.13), (0.90, 0.09), (0.10, 0.06), (0.34, 0.18)], 0.20, (-5.5, 2.0),  (126.0, 30.0), 0.55, (4.4, 1.3)),
        Some(Style::Jazz)    => row([(0.72, 0.22), (0.52, 0.14), (0.34, 0.20), (0.05, 0.04), (0.48, 0.25)], 0.45, (-13.5, 4.5), (113.0, 31.0), 0.55, (4.6, 1.8)),
        Some(Style::Soul)    => row([(0.45, 0.26), (0.60, 0.14), (0.50, 0.18), (0.06, 0.06), (0.62, 0.23)], 0.04, (-9.5, 3.0),  (113.0, 27.0), 0.62, (3.6, 0.9)),
        Some(Style::RnB)     => row([(0.30, 0.24), (0.67, 0.12), (0.55, 0.16), (0.10, 0.09), (0.50, 0.22)], 0.03, (-7.5, 2.5),  (112.0, 29.0), 0.48, (3.8, 0.8)),
        Some(Style::HipHop)  => row([(0.16, 0.17), (0.74, 0.12), (0.64, 0.14), (0.22, 0.12), (0.48, 0.21)], 0.04, (-6.8, 2.4),  (118.0, 29.0), 0.53, (3.6, 0.9)),
        Some(Style::Country) => row([(0.30, 0.25), (0.58, 0.11), (0.63, 0.20), (0.04, 0.02), (0.57, 0.22)], 0.02, (-7.0, 2.8),  (123.0, 30.0), 0.92, (3.4, 0.5)),
        Some(Style::Sleep)   => row([(0.88, 0.14), (0.26, 0.13), (0.12, 0.10), (0.05, 0.03), (0.12, 0.11)], 0.90, (-24.0, 6.0), (92.0, 26.0),  0.63, (3.2, 1.3)),
        Some(Style::Dance)   => row([(0.08, 0.12), (0.66, 0.11), (0.82, 0.13), (0.08, 0.06), (0.42, 0.22)], 0.40, (-5.8, 2.2),  (126.0, 14.0), 0.52, (4.0, 1.3)),
        Some(Style::Indie)   => row([(0.28, 0.28), (0.54, 0.14), (0.62, 0.20), (0.05, 0.03), (0.48, 0.22)], 0.15, (-7.6, 2.8),  (122.0, 28.0), 0.70, (3.7, 0.8)),
        Some(Style::Rock)    => row([(0.15, 0.20), (0.51, 0.13), (0.73, 0.18), (0.05, 0.04), (0.52, 0.23)], 0.10, (-7.8, 3.0),  (124.0, 28.0), 0.72, (4.0, 1.1)),
        Some(Style::Pop)     => row([(0.23, 0.23), (0.65, 0.12), (0.66, 0.17), (0.08, 0.07), (0.52, 0.22)], 0.02, (-6.2, 2.2),  (120.0, 26.0), 0.64, (3.5, 0.6)),
        None                 => row([(0.40, 0.32), (0.56, 0.17), (0.57, 0.24), (0.08, 0.08), (0.48, 0.25)], 0.22, (-9.6, 5.0),  (119.0, 30.0), 0.64, (3.8, 1.2)),
    }
}

/// Features drawn from the distributions of `style`.
pub(super) fn drawn(style: Option<Style>, random: &mut Random) -> Features {
    let sound = sound(style);
    let mut near = |(mean, deviation): Spread| mean + deviation * random.normal();
    let share = |value: f64| rounded(value.clamp(0.0, 1.0), 3);
    let [acousticness, danceability, energy, speechiness, valence] =
        [sound.acousticness, sound.danceability, sound.energy, sound.speechiness, sound.valence]
            .map(&mut near);
    let (loudness, tempo, minutes) = (near(sound.loudness), near(sound.tempo), near(sound.length));
    Features {
        acousticness: share(acousticness),
        danceability: share(danceability),
        energy: share(energy),
        speechiness: share(speechiness.max(0.023)),
        valence: share(valence),
        instrumentalness: instrumentalness(sound.instrumental, random),
        liveness: if random.chance(0.08) {
            share(0.6 + 0.4 * random.unit())
        } else {
            share(0.05 + 0.3 * random.unit())
        },
        loudness: rounded(loudness.clamp(-60.0, 0.0), 3),
        tempo: rounded(tempo.clamp(40.0, 220.0), 3),
        duration_ms: crate::random::floor(minutes.clamp(0.8, 12.0) * 60_000.0, u32::MAX),
        key: i8::try_from(random.below(12)).unwrap_or_default(),
        mode: u8::from(random.chance(sound.major)),
        time_signature: if random.chance(0.9) {
            4
        } else if random.chance(0.7) {
            3
        } else {
            5
        },
    }
}

/// High where nobody sings; otherwise nothing at all or next to nothing, over several orders of magnitude.
fn instrumentalness(share: f64, random: &mut Random) -> f64 {
    if random.chance(share) {
        rounded(0.5 + 0.46 * random.unit(), 3)
    } else if random.chance(0.45) {
        0.0
    } else {
        rounded(0.1_f64.powf(1.0 + 5.0 * random.unit()), 8)
    }
}

/// `value` with so many decimals.
fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_genre_belongs_to_the_most_telling_of_its_styles() {
        for (genre, style) in [
            ("indie pop", Some(Style::Indie)),
            ("death-metal", Some(Style::Metal)),
            ("r-n-b", Some(Style::RnB)),
            ("contemporary r&b", Some(Style::RnB)),
            ("power blues-rock", Some(Style::Rock)),
            ("hip-hop", Some(Style::HipHop)),
            ("synthpop", Some(Style::Pop)),
            ("trapeze", None),
            ("polka", None),
        ] {
            assert_eq!(Style::of_genre(genre), style, "{genre}");
        }
    }

    #[test]
    fn styles_differ_in_what_distinguishes_them() {
        let mean = |style, of: fn(&Features) -> f64| {
            let draws = (0..2_000).map(|number| of(&drawn(Some(style), &mut Random::nth(5, number))));
            draws.sum::<f64>() / 2_000.0
        };
        let energy = |features: &Features| features.energy;
        assert!(mean(Style::Metal, energy) > 0.8 && mean(Style::Sleep, energy) < 0.2);
        let spoken = |features: &Features| features.speechiness;
        assert!(mean(Style::HipHop, spoken) > 3.0 * mean(Style::Country, spoken));
        let instrumental = |features: &Features| features.instrumentalness;
        assert!(mean(Style::Sleep, instrumental) > 0.5 && mean(Style::Pop, instrumental) < 0.05);
    }

    #[test]
    fn drawn_features_are_within_their_ranges_and_follow_from_the_seed() {
        for (number, style) in (0..).zip(STYLES.map(Some).into_iter().chain([None]).cycle().take(3_000)) {
            let features = drawn(style, &mut Random::nth(7, number));
            let again = drawn(style, &mut Random::nth(7, number));
            assert_eq!(features, again);
            let shares = [
                features.acousticness,
                features.danceability,
                features.energy,
                features.instrumentalness,
                features.liveness,
                features.speechiness,
                features.valence,
            ];
            assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{features:?}");
            assert!((-60.0..=0.0).contains(&features.loudness) && features.tempo >= 40.0, "{features:?}");
            assert!(
                (0..12).contains(&features.key) && (3..=5).contains(&features.time_signature),
                "{features:?}"
            );
            assert!(features.duration_ms >= 48_000, "{features:?}");
        }
    }
}
