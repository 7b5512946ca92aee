//! Other strategies, computed on the catalogue's index: what the collector is measured against.
//!
//! They see no faults and stop exactly at the last page, so their figures are the best that each strategy can
//! reach.

use std::borrow::Cow;
use std::collections::BinaryHeap;

use collect::web_api::PageLimits;
use fake_spotify::search::Index;

use super::meter::{Meter, ratio};

/// Pages through one term to the search depth.
fn ask(meter: &mut Meter, limits: PageLimits, ranks: &[u32]) {
    let shown = &ranks[..ranks.len().min(limits.depth as usize)];
    if shown.is_empty() {
        meter.request(0);
    }
    for page in shown.chunks(limits.page as usize) {
        meter.request(page.len() as u64);
        for rank in page {
            meter.find(*rank);
        }
    }
}

/// Searches every string of four characters over `0-9a-z`, in order.
pub(super) fn brute_force(index: &Index, artists: usize, limits: PageLimits) -> Meter {
    const ALPHABET: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut meter = Meter::new(artists);
    for number in 0..36_usize.pow(4) {
        let digit = |place: u32| char::from(ALPHABET[number / 36_usize.pow(place) % 36]);
        let string: String = (0..4).rev().map(digit).collect();
        ask(&mut meter, limits, &index.prefix(&string));
    }
    meter
}

/// Searches every prefix to the search depth and extends a saturated one by every character of `0-9a-z` and
/// every other character that follows it in the index, one level after the other. `leaves` receives the
/// prefixes that were not extended.
pub(super) fn prefix_tree(
    index: &Index,
    artists: usize,
    limits: PageLimits,
    leaves: &mut Vec<String>,
) -> Meter {
    let mut meter = Meter::new(artists);
    let mut level = extensions(index, "");
    while !level.is_empty() {
        let mut next = Vec::new();
        for prefix in level {
            let ranks = index.prefix(&prefix);
            ask(&mut meter, limits, &ranks);
            if ranks.len() > limits.depth as usize {
                next.extend(extensions(index, &prefix));
            } else if !ranks.is_empty() {
                leaves.push(prefix);
            }
        }
        level = next;
    }
    meter
}

/// The prefix extended by one character: `0-9a-z`, and others that follow it in the index.
fn extensions(index: &Index, prefix: &str) -> Vec<String> {
    let mut next: Vec<char> = ('0'..='9').chain('a'..='z').collect();
    let words = index.words_with(prefix);
    let mut number = words.start;
    while number < words.end {
        let Some(c) = index.word(number)[prefix.len()..].chars().next() else {
            number += 1;
            continue;
        };
        let longer = format!("{prefix}{c}");
        number = index.words_with(&longer).end;
        next.push(c);
    }
    next.sort_unstable();
    next.dedup();
    next.into_iter().map(|c| format!("{prefix}{c}")).collect()
}

/// Searches `leaves` in the best order: always the one with the most unseen artists per request, which takes
/// knowledge of the whole catalogue. `matches` returns the artists that a leaf shows.
pub(super) fn greedy<'a, L>(
    artists: usize,
    limits: PageLimits,
    leaves: &'a [L],
    matches: impl Fn(&'a L) -> Cow<'a, [u32]>,
) -> Meter {
    let mut meter = Meter::new(artists);
    let mut heap: BinaryHeap<(u64, usize)> = leaves.iter().enumerate().map(|(n, _)| (u64::MAX, n)).collect();
    while let Some((_, leaf)) = heap.pop() {
        let ranks = matches(&leaves[leaf]);
        let unseen = ranks.iter().filter(|rank| !meter.has(**rank)).count() as u64;
        let requests = (ranks.len() as u64).div_ceil(u64::from(limits.page));
        let worth = micro(ratio(unseen, requests));
        // A leaf's worth only falls, so if it still beats the next one, it is the best.
        if heap.peek().is_none_or(|(next, _)| worth >= *next) {
            if unseen == 0 {
                break;
            }
            ask(&mut meter, limits, &ranks);
        } else {
            heap.push((worth, leaf));
        }
    }
    meter
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a page holds few artists")]
fn micro(value: f64) -> u64 {
    (value * 1e6) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greedy_takes_the_best_leaf_until_nothing_is_new() {
        let limits = PageLimits { page: 2, depth: 100 };
        // First the last two leaves, then the first for its remaining two artists; the third has nothing new
        // by then.
        let leaves = [vec![0, 1, 2], vec![4, 5], vec![3, 4], vec![0, 5]];
        let meter = greedy(6, limits, &leaves, |ranks: &Vec<u32>| Cow::from(ranks.as_slice()));
        assert_eq!((meter.requests, meter.count()), (4, 6));
        let found: Vec<_> = meter.curve.iter().map(|point| (point.coverage, point.requests)).collect();
        assert_eq!(found, [(0.5, 2), (0.8, 3), (0.9, 4), (0.95, 4), (0.97, 4), (0.99, 4), (0.995, 4)]);
    }
}
