use std::collections::HashMap;

use super::*;
use crate::fold::words;
use crate::search::Index;

fn share(catalogue: &Catalogue, is: impl Fn(crate::catalogue::Artist<'_>) -> bool) -> f64 {
    let count = |number: usize| f64::from(crate::catalogue::narrow(number));
    count(catalogue.iter().filter(|artist| is(*artist)).count()) / count(catalogue.len())
}

#[test]
fn the_same_seed_gives_the_same_catalogue_and_another_seed_another() {
    let names = |seed| -> Vec<String> {
        generate(2_000, seed)
            .expect("it fits")
            .iter()
            .map(|artist| format!("{} {:?}", artist.id(), artist.name()))
            .collect()
    };
    assert_eq!(names(7), names(7));
    let (seven, eight) = (names(7), names(8));
    assert!(seven.iter().zip(&eight).all(|(a, b)| a != b));
}

#[test]
fn prefixes_saturate_as_those_of_real_names_do() {
    let catalogue = generate(37_010, 1).expect("it fits");
    let index = Index::build(&catalogue);
    let mut sizes: HashMap<(usize, String), usize> = HashMap::new();
    for number in 0..index.word_count() {
        let word = index.word(number);
        for (length, (end, _)) in word.char_indices().chain([(word.len(), ' ')]).enumerate().skip(1).take(4) {
            let prefix = &word[..end];
            sizes.entry((length, prefix.to_owned())).or_insert_with(|| index.prefix(prefix).len());
        }
    }
    let saturated = |length| sizes.iter().filter(|((of, _), size)| *of == length && **size >= 1_000).count();
    let found = [saturated(1), saturated(2), saturated(3), saturated(4)];
    assert!((19..=23).contains(&found[0]), "{found:?}");
    assert!((7..=13).contains(&found[1]), "{found:?}");
    assert!((1..=2).contains(&found[2]), "{found:?}");
    assert_eq!(found[3], 0, "{found:?}");
}

#[test]
fn names_have_one_to_four_words_in_many_scripts_and_some_are_homonyms() {
    let catalogue = generate(37_010, 2).expect("it fits");
    let latin = |c: char| !c.is_alphabetic() || c < '\u{250}';
    let foreign = share(&catalogue, |artist| !artist.name().chars().all(latin));
    assert!((0.01..0.02).contains(&foreign), "{foreign} not in Latin letters");
    let one = share(&catalogue, |artist| words(artist.name()).len() == 1);
    let two = share(&catalogue, |artist| words(artist.name()).len() == 2);
    assert!((0.24..0.36).contains(&one) && (0.46..0.62).contains(&two), "{one} of one word, {two} of two");
    assert!(share(&catalogue, |artist| artist.name().split(' ').count() > 5) < 0.002);
    let mut names: HashMap<String, u32> = HashMap::new();
    catalogue.iter().for_each(|artist| *names.entry(words(artist.name()).join(" ")).or_default() += 1);
    let homonyms = share(&catalogue, |artist| names[&words(artist.name()).join(" ")] > 1);
    assert!((0.02..0.10).contains(&homonyms), "{homonyms} share their name");
    assert!(catalogue.iter().any(|artist| !artist.name().contains(char::is_alphanumeric)));
    assert!(catalogue.iter().any(|artist| artist.name().chars().count() == 1));
    assert!(catalogue.iter().all(|artist| !artist.name().trim().is_empty()));
}

#[test]
fn popularity_and_followers_are_heavy_tailed_and_most_artists_have_no_genre() {
    let catalogue = generate(37_010, 3).expect("it fits");
    let quantile = |share: usize| catalogue.artist(crate::catalogue::narrow(catalogue.len() * share / 1_000));
    assert!(quantile(500).popularity() < Some(12) && quantile(10).popularity() > Some(65));
    let mut followers: Vec<u64> = catalogue.iter().filter_map(|artist| artist.followers()).collect();
    followers.sort_unstable();
    let (middle, top) = (followers[followers.len() / 2], followers[followers.len() * 99 / 100]);
    assert!((50..2_000).contains(&middle) && top > 1_000_000, "median {middle}, 99 % {top}");
    let without = share(&catalogue, |artist| artist.genres().len() == 0);
    assert!((0.66..0.74).contains(&without), "{without} without a genre");
    let years: Vec<_> = catalogue.iter().filter_map(|artist| artist.years()).collect();
    assert!(years.iter().all(|(first, last)| *first >= 1950 && first <= last));
    assert!(years.len() * 100 > catalogue.len() * 98 && years.len() < catalogue.len(), "{}", years.len());
}

#[test]
fn ids_have_the_form_of_spotifys() {
    let catalogue = generate(3_000, 4).expect("it fits");
    assert!(catalogue.iter().all(|artist| crate::catalogue::parse_id(artist.id()).is_some()));
}
