//! Adds examples to the end of every help text.

use clap::{Command, CommandFactory};

use super::Cli;

/// Examples of each command: a command line and its purpose.
type Examples = &'static [(&'static str, &'static str)];

const EXAMPLES: &[(&str, Examples)] = &[
    (
        "run",
        &[
            ("fermata run", "collect 20,000 generated artists"),
            ("fermata run --artists 2000 --app-class development", "as an app in development mode"),
            ("fermata run --catalogue artists.csv --keep", "your own artists; keep the stack running"),
            ("fermata run --rate 300 --learn", "let Fermata learn the rate limit"),
            ("fermata run --quiet --json", "print only the result, for programs"),
        ],
    ),
    ("up", &[("fermata up", "an empty stack"), ("fermata up --artists 100000", "with a larger catalogue")]),
    (
        "status",
        &[
            ("fermata status", "the local stack"),
            ("fermata status --watch", "keep watching until the run is closed"),
            ("fermata status --aws --profile music --region eu-west-1", "your AWS account"),
            ("fermata status --aws --json", "as JSON, for programs"),
        ],
    ),
    (
        "dashboard",
        &[
            ("fermata dashboard", "the local stack"),
            ("fermata dashboard --aws --profile music", "your AWS account; nothing becomes public"),
        ],
    ),
    ("seed", &[("fermata seed", "then follow it with `fermata status --watch`")]),
    ("artist", &[("fermata artist 4Z8W4fKeB5YxbusRsdQVPb", "one row of the artists table")]),
    (
        "env",
        &[
            ("fermata env", "address and credentials of the local stack, to be evaluated by a shell"),
            ("fermata env seeder", "the function's own variables as well"),
        ],
    ),
    (
        "query",
        &[
            ("fermata query", "a shell over the snapshot of the last local run"),
            ("fermata query --file infra/queries/top_by_genre.sql", "a statement from a file"),
            (
                "fermata query --aws --csv --file infra/queries/new_this_week.sql",
                "of your AWS account, as CSV",
            ),
            (
                "fermata query --aws --athena --file infra/queries/genre_share.sql",
                "by Athena, which shows the price",
            ),
            (
                "fermata query --with ids=ids.csv --file infra/queries/joined_by_id.sql",
                "with a file of yours",
            ),
        ],
    ),
    (
        "export",
        &[
            ("fermata export --aws", "make a snapshot now"),
            ("fermata export --aws --to music", "fetch the latest"),
            ("fermata export --aws --to music --since 3", "fetch what has changed since the third"),
        ],
    ),
    (
        "dead-letters",
        &[
            ("fermata dead-letters", "the local stack"),
            ("fermata dead-letters --aws --stack-name fermata-test", "another stack in your AWS account"),
            ("fermata dead-letters --aws --json", "as JSON, for programs"),
        ],
    ),
    (
        "redrive",
        &[("fermata redrive --aws", "all terms"), ("fermata redrive --aws --term search:abc", "one term")],
    ),
    (
        "resume",
        &[
            ("fermata resume", "the local stack"),
            ("fermata resume --aws --stack-name fermata-test", "another stack in your AWS account"),
        ],
    ),
    (
        "forget",
        &[
            ("fermata forget --aws 4Z8W4fKeB5YxbusRsdQVPb", "in your AWS account; it cannot be undone"),
            ("fermata forget --user ana", "a user of the recommendations"),
        ],
    ),
    (
        "preflight",
        &[
            ("fermata preflight --spotify live", "what your app may do, in at most 20 requests"),
            ("fermata preflight --aws --profile music", "whether your account is ready for a deployment"),
        ],
    ),
    (
        "cost",
        &[
            ("fermata cost --artists 15400000", "about as many as Spotify has"),
            ("fermata cost --artists 100000 --requests 14000 --runs-per-month 1", "figures of your own"),
        ],
    ),
    (
        "package",
        &[
            ("fermata package --output dist", "the functions, their SBOM, and the sums of all files"),
            ("fermata package --architecture x86_64 --twice", "the same twice, to compare the bytes"),
        ],
    ),
    ("down", &[("fermata down", "stop the emulator, the functions and the stand-in")]),
    ("test", &[("fermata test", "everything that CI runs")]),
    ("bench", &[("fermata bench plan --help", "options of one benchmark")]),
    ("simulate", &[("fermata simulate --seeds 1000", "a thousand worlds")]),
    ("chaos", &[("fermata chaos --seed 7", "another order of disturbances")]),
    ("fuzz", &[("fermata fuzz --seconds 300 keys", "one target for five minutes")]),
    (
        "mutants",
        &[
            ("fermata mutants --since main", "in what a branch has changed"),
            ("fermata mutants shared/collect/src/plan/stop.rs", "in one file"),
        ],
    ),
    (
        "completions",
        &[
            ("fermata completions bash", "source its output, or save it where your shell looks"),
            ("fermata completions zsh", "for another shell"),
        ],
    ),
];

/// The command line under the name that the user typed: `cargo local` in the clone, `fermata` if installed.
pub fn command() -> Command {
    named(program())
}

/// The name under which the user runs this program.
pub fn program() -> &'static str {
    // Cargo sets these variables for the package that it runs; an installed program does not have them.
    if std::env::var("CARGO_PKG_NAME").is_ok_and(|name| name == env!("CARGO_PKG_NAME")) {
        "cargo local"
    } else {
        "fermata"
    }
}

fn named(program: &'static str) -> Command {
    let command = Cli::command().bin_name(program).display_name(program);
    EXAMPLES.iter().fold(command, |command, (name, examples)| {
        command.mut_subcommand(*name, |subcommand| subcommand.after_help(after_help(program, examples)))
    })
}

fn after_help(program: &str, examples: Examples) -> String {
    let lines: Vec<String> = examples.iter().map(|(line, _)| line.replacen("fermata", program, 1)).collect();
    let width = lines.iter().map(String::len).max().unwrap_or(0);
    let lines = lines.iter().zip(examples).map(|(line, (_, what))| format!("\n  {line:width$}  {what}"));
    format!("Examples:{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn every_visible_command_has_examples() {
        let command = Cli::command();
        let shown = command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set());
        let shown: Vec<&str> = shown.map(Command::get_name).collect();
        let with_examples: Vec<&str> = EXAMPLES.iter().map(|(name, _)| *name).collect();
        assert_eq!(shown, with_examples);
    }

    #[test]
    fn every_example_is_a_valid_command_line_of_its_command() {
        for (name, examples) in EXAMPLES {
            assert!(!examples.is_empty(), "{name}");
            for (line, _) in *examples {
                let mut words = line.split(' ');
                assert_eq!((words.next(), words.next()), (Some("fermata"), Some(*name)), "{line}");
                if let Err(error) = Cli::try_parse_from(line.split(' ')) {
                    panic!("{line}: {error}");
                }
            }
        }
    }

    #[test]
    fn help_names_the_program_as_the_user_called_it() {
        for program in ["cargo local", "fermata"] {
            let mut command = named(program);
            let help = command.find_subcommand_mut("status").unwrap().render_help().to_string();
            assert!(help.contains(&format!("\n  {program} status --watch  ")), "{help}");
        }
    }
}
