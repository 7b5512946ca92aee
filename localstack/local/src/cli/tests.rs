use std::{collections::BTreeSet, iter};

use clap::CommandFactory;
use proptest::prelude::*;

use super::*;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

proptest! {
    #[test]
    fn any_command_line_is_read_or_refused_without_a_panic(
        command in 0..COMMANDS.len(),
        options in proptest::collection::vec((0..OPTIONS.len(), "([0-9.e+-]{0,12}|\\PC{0,30}|search:\\PC{0,9})"), 0..6),
    ) {
        let options = options.into_iter().flat_map(|(option, value)| [OPTIONS[option].to_owned(), value]);
        let line = ["local", COMMANDS[command]].map(str::to_owned).into_iter().chain(options);
        if let Err(error) = Cli::try_parse_from(line) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}

const COMMANDS: [&str; 9] =
    ["run", "up", "artist", "dead-letters", "redrive", "bench", "chaos", "fuzz", "mutants"];

/// The options that take a value.
const OPTIONS: [&str; 19] = [
    "--catalogue",
    "--tracks",
    "--artists",
    "--seed",
    "--rate",
    "--penalty",
    "--app-class",
    "--faults",
    "--sources",
    "--playlists",
    "--concurrency",
    "--backend",
    "--endpoint",
    "--spotify",
    "--fake-address",
    "--term",
    "--stack-name",
    "--seconds",
    "--since",
];

#[test]
fn bad_values_are_refused_by_the_parser() {
    let parse = |line: &str| Cli::try_parse_from(line.split(' '));
    assert!(parse("local run --concurrency 1").is_err());
    assert!(parse("local run --rate 0").is_err());
    assert!(parse("local run --endpoint 127.0.0.1:4566").is_err());
    assert!(parse("local run --faults nonsense").is_err());
    assert!(parse("local run --catalogue x.csv --artists 5").is_err());
    assert!(parse("local fuzz --seconds 0").is_err());
    assert!(parse("local fuzz --seconds 5 keys events").is_ok());
    assert!(parse("local run --rate 300 --penalty 5 --learn --json --keep").is_ok());
    assert!(parse("local run --spotify live --backend localstack").is_ok());
    for option in ["artists 500", "seed 2", "catalogue x.csv", "tracks x.csv", "penalty 5", "faults {}"] {
        let line = format!("local run --{option} --spotify live");
        assert!(parse(&line).is_err(), "only the stand-in obeys --{option}");
    }
    assert!(parse("local redrive --term playlists").is_err());
    assert!(parse("local redrive --stack-name other").is_err(), "it would redrive the local stack's");
    assert!(parse("local redrive --stack-name other --aws").is_ok());
    assert!(parse("local redrive --stack-name other --endpoint http://127.0.0.1:4566").is_ok());
    assert!(parse("local redrive").is_ok());
    assert!(parse("local dead-letters --aws --endpoint http://127.0.0.1:4566").is_err());
}

/// Documents with command lines.
const DOCUMENTS: [&str; 7] = [
    "CONTRIBUTING.md",
    "README.md",
    "functions/README.md",
    "infra/README.md",
    "infra/RUNBOOK.md",
    "localstack/README.md",
    "shared/README.md",
];

/// A placeholder in a document, and an example value for it.
const PLACEHOLDERS: [(&str, &str); 9] = [
    ("ARTIST_ID", "4Z8W4fKeB5YxbusRsdQVPb"),
    ("COMMAND", "run"),
    ("FILE", "artists.csv"),
    ("FOLDER", "music"),
    ("FUNCTION", "seeder"),
    ("JSON", "{}"),
    ("KEY", "search:abc"),
    ("LIST", "search"),
    ("URL", "http://127.0.0.1:4566"),
];

/// The command lines in a text, both in code blocks and inline, including those whose output a shell
/// evaluates.
fn command_lines(text: &str) -> Vec<String> {
    let blocks = text.split("```").skip(1).step_by(2).flat_map(str::lines);
    let sentences = text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2));
    let lines =
        blocks.chain(sentences).map(|line| line.split(" #").next().unwrap_or(line).trim().replace('\n', " "));
    lines
        .filter_map(|line| {
            let line =
                line.strip_prefix("eval \"$(").and_then(|line| line.strip_suffix(")\"")).unwrap_or(&line);
            Some(line.strip_prefix("cargo local ").or(line.strip_prefix("fermata "))?.to_owned())
        })
        .collect()
}

/// Splits a command line into words; single quotes group.
fn words(line: &str) -> Vec<String> {
    let mut words = vec!["fermata".to_owned()];
    for (number, part) in line.split('\'').enumerate() {
        if number % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(|word| {
                let example = PLACEHOLDERS.iter().find(|(name, _)| *name == word);
                example.map_or(word, |(_, example)| example).to_owned()
            }));
        }
    }
    words
}

#[test]
fn every_command_line_in_the_documents_is_valid() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = 0;
    for document in DOCUMENTS {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        for line in command_lines(&text) {
            found += 1;
            if let Err(error) = Cli::try_parse_from(words(&line)) {
                assert!(!error.use_stderr(), "{document}: {line}: {error}");
            }
        }
    }
    assert!(found > 20, "only {found} command lines were found");
}

/// What the READMEs show, command by command and option by option, and the test that does it. `bench`,
/// `simulate` and `fuzz` hand their arguments on to programs that read them by themselves.
const DONE_BY: [(&str, &str, &[&str]); 22] = [
    (
        "localstack/local/tests/whole/readme.rs",
        "every_run_that_the_readmes_show_collects_its_whole_catalogue",
        &[
            "run",
            "run --app-class",
            "run --artists",
            "run --backend",
            "run --catalogue",
            "run --faults",
            "run --learn",
            "run --penalty",
            "run --rate",
            "run --sources",
        ],
    ),
    (
        "localstack/local/tests/whole/readme.rs",
        "a_stack_that_is_kept_can_be_asked_until_it_is_taken_down",
        &["run --keep", "artist", "env"],
    ),
    (
        "localstack/local/tests/whole/tracks.rs",
        "the_command_collects_tracks_and_says_how_many",
        &["run --job", "run --tracks"],
    ),
    (
        "localstack/local/tests/whole/operating.rs",
        "a_running_stack_can_be_operated_until_it_is_stopped",
        &[
            "up",
            "dashboard",
            "seed",
            "status",
            "status --watch",
            "export",
            "export --to",
            "export --since",
            "query",
            "query --athena",
            "query --csv",
            "query --file",
            "query --from",
            "query --json",
            "down",
        ],
    ),
    (
        "localstack/local/tests/whole/account.rs",
        "each_way_to_sign_in_signs_the_request",
        &["status --aws", "status --profile", "status --region"],
    ),
    (
        "localstack/local/tests/whole/account.rs",
        "each_command_for_operators_looks_for_the_stack_that_is_named",
        &[
            "dashboard --aws",
            "dead-letters --aws",
            "dead-letters --stack-name",
            "export --aws",
            "query --aws",
            "redrive --aws",
            "resume --aws",
            "forget --aws",
        ],
    ),
    (
        "localstack/local/tests/whole/dead_letters.rs",
        "dead_letters_are_listed_redriven_and_answered",
        &["dead-letters", "redrive", "redrive --term"],
    ),
    ("localstack/local/tests/whole/forget.rs", "an_erased_artist_stays_away_from_the_next_run", &["forget"]),
    (
        "localstack/local/tests/whole/recommend.rs",
        "a_user_is_recommended_artists_of_shared_playlists_until_it_is_forgotten",
        &["forget --user"],
    ),
    (
        "localstack/local/tests/whole/resume.rs",
        "a_run_without_premium_goes_on_when_it_is_resumed",
        &["resume"],
    ),
    (
        "localstack/local/tests/whole/chaos.rs",
        "a_run_in_which_everything_fails_collects_the_same_artists",
        &["chaos"],
    ),
    ("localstack/local/tests/whole/outside.rs", "every_shell_has_completions", &["completions"]),
    (
        "localstack/local/tests/whole/outside.rs",
        "a_catalogues_costs_are_printed_part_by_part",
        &["cost", "cost --artists"],
    ),
    (
        "localstack/local/tests/whole/outside.rs",
        "an_app_is_asked_before_its_first_run",
        &["preflight", "preflight --spotify"],
    ),
    (
        "localstack/local/tests/whole/account.rs",
        "an_account_that_cannot_be_read_is_not_called_ready",
        &["preflight --aws"],
    ),
    (
        "localstack/local/tests/whole/packages.rs",
        "the_same_sources_in_two_folders_make_the_same_package",
        &["package --output", "package"],
    ),
    (
        "localstack/local/src/commands/mod.rs",
        "own_credentials_go_elsewhere_only_when_that_is_asked_for",
        &["run --spotify"],
    ),
    (
        "localstack/bench/tests/output.rs",
        "a_measurement_ends_quietly_when_its_reader_closes_the_pipe",
        &["bench"],
    ),
    (
        "localstack/simulation/tests/output.rs",
        "a_simulation_ends_quietly_when_nobody_reads_its_output_any_more",
        &["simulate"],
    ),
    ("localstack/fuzz/tests/corpus.rs", "", &["fuzz"]),
    (
        "localstack/local/src/commands/mutants.rs",
        "each_file_is_tested_by_the_tests_of_its_crate",
        &["mutants", "mutants --since", "mutants --shard"],
    ),
    // All these tests are its own.
    (".ci/run", "", &["test"]),
];

/// The commands and options of a command line, such as `run` and `run --rate`.
fn parts(line: &str) -> Vec<String> {
    let words = words(line);
    let Some(command) = words.get(1).filter(|word| !word.starts_with('-')) else { return Vec::new() };
    if ["bench", "simulate", "fuzz"].contains(&command.as_str()) {
        return vec![command.clone()];
    }
    let options = words.iter().filter(|word| word.starts_with("--") && *word != "--help");
    iter::once(command.clone()).chain(options.map(|option| format!("{command} {option}"))).collect()
}

#[test]
fn every_command_and_option_that_the_readmes_show_is_done_by_a_test() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    let texts = ["README.md", "localstack/README.md", "infra/README.md"].map(read);
    let lines = texts.iter().flat_map(|text| command_lines(text));
    let shown: BTreeSet<String> = lines.flat_map(|line| parts(&line)).collect();
    let done = DONE_BY.iter().flat_map(|(_, _, parts)| parts.iter().map(ToString::to_string));
    assert_eq!(shown, done.collect::<BTreeSet<String>>());
    for (file, test, parts) in DONE_BY {
        assert!(
            read(file).contains(&format!("fn {test}")) || test.is_empty(),
            "{file} has no {test}: {parts:?}"
        );
    }
}

#[test]
fn an_invalid_command_line_in_a_document_would_be_found() {
    let text = "Run `cargo local runn`.\n```\nfermata run --rate 300 --faults '{\"error_rate\": 0.03}'  # all\n\
                eval \"$(cargo local env seeder)\"  # for it\n```\n";
    let lines = command_lines(text);
    assert_eq!(lines, ["run --rate 300 --faults '{\"error_rate\": 0.03}'", "env seeder", "runn"]);
    assert!(Cli::try_parse_from(words(&lines[0])).is_ok());
    assert!(Cli::try_parse_from(words(&lines[2])).is_err());
    assert_eq!(parts(&lines[0]), ["run", "run --rate", "run --faults"]);
}
