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

const COMMANDS: [&str; 8] = ["run", "up", "artist", "dead-letters", "redrive", "bench", "chaos", "fuzz"];

/// The options that take a value.
const OPTIONS: [&str; 18] = [
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
    assert!(parse("local redrive --term playlists").is_err());
    assert!(parse("local dead-letters --aws --endpoint http://127.0.0.1:4566").is_err());
}

/// A placeholder in a README, and an example value for it.
const PLACEHOLDERS: [(&str, &str); 4] =
    [("LIST", "search"), ("KEY", "search:abc"), ("URL", "http://127.0.0.1:4566"), ("FILE", "artists.csv")];

/// The command lines in a text, both in code blocks and inline.
fn command_lines(text: &str) -> Vec<String> {
    let blocks = text.split("```").skip(1).step_by(2).flat_map(str::lines);
    let sentences = text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2));
    let lines =
        blocks.chain(sentences).map(|line| line.split(" #").next().unwrap_or(line).trim().replace('\n', " "));
    lines
        .filter_map(|line| {
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
    for document in ["README.md", "infra/RUNBOOK.md"] {
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

#[test]
fn an_invalid_command_line_in_a_document_would_be_found() {
    let text = "Run `cargo local runn`.\n```\nfermata run --rate 300 --faults '{\"error_rate\": 0.03}'  # all\n```\n";
    let lines = command_lines(text);
    assert_eq!(lines, ["run --rate 300 --faults '{\"error_rate\": 0.03}'", "runn"]);
    assert!(Cli::try_parse_from(words(&lines[0])).is_ok());
    assert!(Cli::try_parse_from(words(&lines[1])).is_err());
}
