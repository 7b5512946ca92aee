use super::*;
use crate::catalogue::{CatalogueBuilder, NewArtist};
use crate::fold::words;
use crate::generate::generate;

/// Artists called `names`, the first the most popular, with their genre and years.
fn searcher(artists: &[(&str, &str, (u16, u16))]) -> Searcher {
    let mut builder = CatalogueBuilder::default();
    for (number, (name, genre, years)) in artists.iter().enumerate() {
        let id = format!("{number:022}").into_bytes().try_into().expect("22 characters");
        let genres: Vec<u32> = genre.split('|').filter(|g| !g.is_empty()).map(|g| builder.genre(g)).collect();
        let popularity = Some(u8::try_from(100 - number).expect("few artists"));
        let artist =
            NewArtist { id, name, popularity, followers: Some(1), genres: &genres, years: Some(*years) };
        builder.add(&artist).expect("fits");
    }
    Searcher::new(Arc::new(builder.build().expect("distinct")))
}

fn found(searcher: &Searcher, query: &str) -> Vec<String> {
    let slice = searcher.slice(query, Manner::default(), 0..1_000).expect("a query");
    assert_eq!(slice.total, slice.ranks.len(), "{query}");
    slice.ranks.iter().map(|rank| searcher.catalogue().artist(*rank).name().to_owned()).collect()
}

fn few() -> Searcher {
    searcher(&[
        ("Abba Lund", "pop|deep house", (1972, 1982)),
        ("Fab Abbas", "", (2001, 2003)),
        ("Lund", "deep-house", (1999, 2020)),
        ("the Big Sky", "", (2000, 2001)),
        ("Big Blue Sky", "folk", (2010, 2011)),
        ("!!!", "", (2004, 2004)),
        ("Ábel-Bá", "", (1955, 1955)),
    ])
}

#[test]
fn a_word_matches_the_beginnings_of_name_words_in_popularity_order() {
    assert_eq!(found(&few(), "ab"), ["Abba Lund", "Fab Abbas", "Ábel-Bá"]);
    assert_eq!(found(&few(), "bba"), Vec::<String>::new());
    assert_eq!(found(&few(), "BÁ"), ["Ábel-Bá"]);
}

#[test]
fn several_words_must_all_match_and_one_name_word_may_satisfy_two() {
    assert_eq!(found(&few(), "lu abb"), ["Abba Lund"]);
    assert_eq!(found(&few(), "a ab"), ["Abba Lund", "Fab Abbas", "Ábel-Bá"]);
}

#[test]
fn a_phrase_matches_whole_words_in_their_order() {
    assert_eq!(found(&few(), "\"big sky\""), ["the Big Sky"]);
    assert_eq!(found(&few(), "artist:\"Big\""), ["the Big Sky", "Big Blue Sky"]);
    assert_eq!(found(&few(), "\"bi\""), Vec::<String>::new());
}

#[test]
fn filters_narrow_by_year_and_by_genre() {
    assert_eq!(found(&few(), "year:2001-2003"), ["Fab Abbas", "Lund", "the Big Sky"]);
    assert_eq!(found(&few(), "ab year:1955"), ["Ábel-Bá"]);
    assert_eq!(found(&few(), "genre:\"Deep House\""), ["Abba Lund", "Lund"]);
    assert_eq!(found(&few(), "tag:hipster"), Vec::<String>::new());
}

#[test]
fn not_excludes_words_phrases_and_filters() {
    assert_eq!(found(&few(), "ab NOT lu"), ["Fab Abbas", "Ábel-Bá"]);
    assert_eq!(found(&few(), "big NOT \"blue sky\""), ["the Big Sky"]);
    assert_eq!(found(&few(), "lund NOT genre:pop"), ["Lund"]);
    let manner = Manner { not_works: false, ..Manner::default() };
    assert_eq!(few().slice("ab NOT lu", manner, 0..10).expect("a query").total, 0);
}

#[test]
fn a_name_without_letters_is_found_as_it_is() {
    assert_eq!(found(&few(), "!!"), ["!!!"]);
}

#[test]
fn in_development_mode_a_genre_hardly_finds_anything() {
    let catalogue = Arc::new(generate(20_000, 5).expect("it fits"));
    let most = catalogue.genre_names()[0].to_string();
    let searcher = Searcher::new(catalogue);
    let total = |genres_thin| {
        let manner = Manner { genres_thin, ..Manner::default() };
        searcher.slice(&format!("genre:\"{most}\""), manner, 0..1).expect("a query").total
    };
    assert!(total(false) > 20 && total(true) * 10 < total(false), "{} of {}", total(true), total(false));
}

#[test]
fn every_prefix_finds_what_reading_all_names_finds() {
    let searcher = Searcher::new(Arc::new(generate(5_000, 11).expect("it fits")));
    let names: Vec<Vec<String>> = searcher.catalogue().iter().map(|artist| words(artist.name())).collect();
    let begins = |rank: &usize, prefix: &str| names[*rank].iter().any(|word| word.starts_with(prefix));
    for prefix in ["t", "s", "ma", "the", "x", "dj", "山", "zzzz"] {
        let expected: Vec<u32> =
            (0..names.len()).filter(|rank| begins(rank, prefix)).map(crate::catalogue::narrow).collect();
        assert_eq!(*searcher.index().prefix(prefix), expected, "{prefix}");
        let both: Vec<u32> = expected.iter().copied().filter(|rank| begins(&(*rank as usize), "b")).collect();
        let manner = Manner { depth: usize::MAX, ..Manner::default() };
        let slice = searcher.slice(&format!("{prefix} b"), manner, 0..usize::MAX).expect("a query");
        assert_eq!(slice.ranks, both, "{prefix} b");
        assert_eq!(slice.total, both.len());
    }
}

#[test]
fn pages_of_one_query_fit_together() {
    let searcher = Searcher::new(Arc::new(generate(5_000, 11).expect("it fits")));
    let page = |range| searcher.slice("a NOT the", Manner::default(), range).expect("a query").ranks;
    let all = page(0..200);
    assert_eq!(all, [page(0..50), page(50..100), page(100..150), page(150..200)].concat());
}

#[test]
fn exclusions_leave_what_reading_all_names_leaves() {
    let searcher = Searcher::new(Arc::new(generate(5_000, 11).expect("it fits")));
    let names: Vec<Vec<String>> = searcher.catalogue().iter().map(|artist| words(artist.name())).collect();
    for (prefix, without) in
        [("s", vec!["sa", "st", "a", "9"]), ("the", vec!["then", "b"]), ("b", vec!["c", "bob"])]
    {
        let begins = |rank: usize, prefix: &str| names[rank].iter().any(|word| word.starts_with(prefix));
        let left = |rank: &usize| begins(*rank, prefix) && !without.iter().any(|not| begins(*rank, not));
        let expected: Vec<u32> = (0..names.len()).filter(left).map(crate::catalogue::narrow).collect();
        let query = format!("{prefix} NOT {}", without.join(" NOT "));
        let manner = Manner { depth: usize::MAX, ..Manner::default() };
        assert_eq!(
            searcher.slice(&query, manner, 0..usize::MAX).expect("a query").ranks,
            expected,
            "{query}"
        );
    }
}
