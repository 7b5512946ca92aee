//! `bench plan`: how many requests a whole catalogue takes.

mod adaptive;
mod meter;
mod reference;
mod report;
mod strategy;
mod world;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use collect::run::{Report as RunReport, RunState};
use collect::settings::Settings;
use collect::term::{Question, RunId, Source, Term, TermState};
use collect::web_api::PageLimits;
use fake_spotify::Searcher;
use fake_spotify::catalogue::{Catalogue, from_csv};
use fake_spotify::generate::generate;
use fake_spotify::search::Manner;

use self::meter::Meter;
use self::report::{Figures, Report};
use self::strategy::Strategy;

/// The options of `plan`.
#[derive(Clone, Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command")]
pub(super) struct Args {
    /// CSV file with artists (id,name,followers,popularity,genres), instead of generated ones
    #[arg(long, value_name = "FILE", conflicts_with_all = ["artists", "seed"])]
    catalogue: Option<PathBuf>,
    /// Number of artists to generate
    #[arg(long, default_value_t = 1_000_000)]
    artists: usize,
    /// Seed of the generated artists
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Most rows in a page
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=50))]
    page: u32,
    /// Search depth: most rows of a search in all its pages
    #[arg(long, alias = "window", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    depth: u32,
    /// Strategy of the collector: `adaptive` splits saturated searches, `systematic` searches for `0000` to
    /// `zzzz`, `prefix-list FILE` runs the searches in a file, one per line
    #[arg(long, num_args = 1..=2, value_names = ["STRATEGY", "FILE"], default_value = "adaptive")]
    strategy: Vec<String>,
    /// Run a second time from the leaves of the first run, and compare with the same terms in the best order
    #[arg(long)]
    rerun: bool,
    /// Stop after this many requests
    #[arg(long, value_name = "REQUESTS")]
    budget: Option<u64>,
    /// Make `NOT` an ordinary word
    #[arg(long)]
    no_not: bool,
    /// Ignore quotes
    #[arg(long)]
    no_quotes: bool,
    /// Make `year:` an ordinary word
    #[arg(long)]
    no_years: bool,
    /// Measure only the collector, without the other strategies
    #[arg(long)]
    alone: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the measurement and prints it.
pub(super) fn execute(args: &Args) -> Result<()> {
    let start = Instant::now();
    let strategy = Strategy::read(&args.strategy)?;
    let catalogue = Arc::new(args.load()?);
    let searcher = Arc::new(Searcher::new(Arc::clone(&catalogue)));
    let limits = PageLimits { page: args.page, depth: args.depth };
    let mut report = Report::new(catalogue.len(), limits);
    let mut runs = play(args, &strategy, &searcher, limits)?.into_iter();
    if let Some(first) = runs.next() {
        report.add(strategy.name(), first.figures);
        report.estimate(first.report.estimate);
    }
    let (index, artists) = (searcher.index(), catalogue.len());
    if let Some(again) = runs.next() {
        report.add("rerun", again.figures);
        if !args.alone {
            let manner = args.manner();
            let shown = |query: &String| searcher.slice(query, manner, 0..args.depth as usize);
            let ranks = |query: &String| shown(query).map(|shown| shown.ranks).unwrap_or_default();
            let oracle = reference::greedy(artists, limits, &again.leaves, |query| ranks(query).into());
            report.add("rerun-oracle", oracle.into());
        }
    }
    if !args.alone {
        let mut leaves = Vec::new();
        report.add("prefix-tree", reference::prefix_tree(index, artists, limits, &mut leaves).into());
        let greedy = reference::greedy(artists, limits, &leaves, |prefix: &String| index.prefix(prefix));
        report.add("greedy-oracle", greedy.into());
        report.add("brute-force", reference::brute_force(index, artists, limits).into());
    }
    report.finish(start.elapsed());
    if args.json {
        return report.print_json();
    }
    report.print_text()
}

impl Args {
    fn load(&self) -> Result<Catalogue> {
        match &self.catalogue {
            Some(path) => Ok(from_csv(path)?),
            None => generate(self.artists, self.seed).context("cannot generate the catalogue"),
        }
    }

    /// How the search answers.
    fn manner(&self) -> Manner {
        Manner {
            not_works: !self.no_not,
            quotes_work: !self.no_quotes,
            years_work: !self.no_years,
            genres_thin: false,
            depth: self.depth as usize,
        }
    }
}

/// A closed run.
struct Played {
    figures: Figures,
    report: RunReport,
    /// The queries of the terms that were searched and not split.
    leaves: Vec<String>,
}

/// Runs the collector with the options.
fn play(
    args: &Args,
    strategy: &Strategy,
    searcher: &Arc<Searcher>,
    limits: PageLimits,
) -> Result<Vec<Played>> {
    let mut settings = adaptive::settings(limits, args.budget);
    if *strategy == Strategy::Systematic {
        settings.sources = [Source::Systematic].into_iter().collect();
    }
    collect(searcher, args.manner(), &settings, strategy, args.seed, args.rerun)
}

/// Runs the collector until its run closes, and a second time if `again`.
fn collect(
    searcher: &Arc<Searcher>,
    manner: Manner,
    settings: &Settings,
    strategy: &Strategy,
    seed: u64,
    again: bool,
) -> Result<Vec<Played>> {
    let world = world::world(Arc::clone(searcher), settings.limits, manner);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut runs = Vec::new();
    for name in ["plan", "again"].into_iter().take(1 + usize::from(again)) {
        world.artists.begin_again();
        // The run's name decides which sample is drawn.
        let id = RunId::new(format!("{name}-{seed}"))?;
        let terms = strategy.terms(&id);
        let run = runtime.block_on(adaptive::play(&world, settings.clone(), id.clone(), terms))?;
        let mut terms = world.frontier.terms(&id);
        terms.retain(|term| matches!(term.state, TermState::Done | TermState::Open));
        let leaves = terms.iter().filter_map(query).collect();
        terms.retain(|term| term.state == TermState::Open);
        let mut figures = Figures::from(world.artists.meter().clone());
        figures.end.open_terms = Some(terms.len() as u64);
        figures.end.hidden_artists = Some(hidden(searcher, manner, &terms, &world.artists.meter())?);
        figures.state = Some(if run.state == RunState::Complete { "complete" } else { "partial" });
        runs.push(Played { figures, report: run.report.unwrap_or_default(), leaves });
    }
    Ok(runs)
}

/// The search query of a term, if it is a search.
fn query(term: &Term) -> Option<String> {
    let Question::Search(search) = &term.question else { return None };
    Some(search.query())
}

/// Artists that were not found although they match an open term.
fn hidden(searcher: &Searcher, manner: Manner, open: &[Term], meter: &Meter) -> Result<u64> {
    let all = Manner { depth: usize::MAX, ..manner };
    let mut hidden = Vec::new();
    for term in open {
        let Some(query) = query(term) else { continue };
        let matches = searcher.slice(&query, all, 0..usize::MAX)?;
        hidden.extend(matches.ranks.into_iter().filter(|rank| !meter.has(*rank)));
    }
    hidden.sort_unstable();
    hidden.dedup();
    Ok(hidden.len() as u64)
}

#[cfg(test)]
mod tests {
    use collect::run::Estimate;

    use super::*;

    /// A catalogue, its search limits, and when the run ends early.
    #[derive(Clone, Copy, Debug)]
    struct Case {
        artists: u32,
        limits: PageLimits,
        budget: Option<u64>,
        not_works: bool,
    }

    /// The cases; the slow ones with large catalogues are rarer.
    fn case(seed: u64) -> Case {
        let limits = PageLimits { page: 50, depth: 250 };
        let small = Case { artists: 12_000, limits, budget: None, not_works: !seed.is_multiple_of(3) };
        match seed % 10 {
            8 => Case {
                artists: 60_000,
                limits: PageLimits { page: 50, depth: 1_000 },
                budget: Some(600),
                ..small
            },
            9 => Case {
                artists: 60_000,
                limits: PageLimits { page: 10, depth: 1_000 },
                budget: Some(2_500),
                ..small
            },
            small_one => {
                let budgets = [None, Some(250), Some(450)];
                Case { budget: budgets[usize::try_from(small_one % 3).unwrap()], ..small }
            }
        }
    }

    /// The run's estimate of its catalogue's size.
    fn estimate(seed: u64, Case { artists, limits, budget, not_works }: Case) -> Option<Estimate> {
        let searcher = Arc::new(Searcher::new(Arc::new(generate(artists as usize, seed).unwrap())));
        let manner = Manner { depth: limits.depth as usize, not_works, ..Manner::default() };
        let settings = adaptive::settings(limits, budget);
        collect(&searcher, manner, &settings, &Strategy::Adaptive, seed, false)
            .unwrap()
            .remove(0)
            .report
            .estimate
    }

    #[test]
    fn without_exclusions_a_run_is_ahead_of_the_prefix_tree() {
        let limits = PageLimits { page: 50, depth: 500 };
        let searcher = Arc::new(Searcher::new(Arc::new(generate(30_000, 5).unwrap())));
        let tree: Figures = reference::prefix_tree(searcher.index(), 30_000, limits, &mut Vec::new()).into();
        for (quotes_work, years_work) in [(true, true), (true, false), (false, true), (false, false)] {
            let manner =
                Manner { not_works: false, quotes_work, years_work, depth: 500, ..Manner::default() };
            let settings = adaptive::settings(limits, None);
            let run = collect(&searcher, manner, &settings, &Strategy::Adaptive, 5, false).unwrap().remove(0);
            let (own, others) = (run.figures, &tree);
            for (own, other) in own.curve.iter().zip(&others.curve).filter(|(own, _)| own.coverage < 0.98) {
                assert!(own.requests <= other.requests, "{manner:?}: {own:?}, the tree {other:?}");
            }
            let (own, other) = (own.end.point, others.end.point);
            // The tree is given the characters of other scripts; a run has to find them.
            assert!(own.coverage > other.coverage - 0.001, "{manner:?}: {own:?}, the tree {other:?}");
        }
    }

    #[test]
    fn operators_cost_a_run_without_exclusions_nothing_on_its_way() {
        let limits = PageLimits { page: 50, depth: 250 };
        let searcher = Arc::new(Searcher::new(Arc::new(generate(20_000, 5).unwrap())));
        let run = |quotes_work, years_work| {
            let manner =
                Manner { not_works: false, quotes_work, years_work, depth: 250, ..Manner::default() };
            let settings = adaptive::settings(limits, None);
            let run = collect(&searcher, manner, &settings, &Strategy::Adaptive, 5, false).unwrap().remove(0);
            run.figures
        };
        let plain = run(false, false);
        for operators in [(true, true), (true, false), (false, true)] {
            let own = run(operators.0, operators.1);
            for (own, plain) in own.curve.iter().zip(&plain.curve) {
                // One request in twenty for what finds out whether they work.
                assert!(own.requests * 20 <= plain.requests * 21, "{operators:?}: {own:?}, plain {plain:?}");
            }
            assert!(own.end.point.coverage >= plain.end.point.coverage, "{operators:?}: {own:?}");
        }
    }

    #[test]
    fn a_run_that_ends_early_still_draws_its_sample() {
        for seed in [8, 38, 59, 98] {
            assert!(estimate(seed, case(seed)).is_some(), "{:?} of seed {seed}", case(seed));
        }
    }

    #[test]
    fn nine_of_ten_intervals_contain_the_true_size() {
        let missed: Vec<_> = (0..100)
            .filter_map(|seed| {
                let case = case(seed);
                let of = estimate(seed, case);
                let truth = f64::from(case.artists);
                let holds = of.is_some_and(|of| of.low <= truth && of.high.is_none_or(|high| truth <= high));
                (!holds).then_some((seed, case, of))
            })
            .collect();
        assert!(missed.len() <= 10, "{} of 100 miss it: {missed:#?}", missed.len());
    }
}
