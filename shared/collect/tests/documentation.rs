//! The documentation against what it describes: links, names of functions, tests and variables.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The pages that a reader finds from the front page.
const PAGES: [&str; 9] = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "functions/README.md",
    "infra/README.md",
    "infra/RUNBOOK.md",
    "localstack/README.md",
    "shared/README.md",
];

/// The root of the clone.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of the clone; an error names it.
fn read(path: &str) -> io::Result<String> {
    fs::read_to_string(root().join(path))
        .map_err(|error| io::Error::new(error.kind(), format!("{path}: {error}")))
}

/// The text between each pair of backticks of a line.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The cells of the rows of the table under a heading, its head left out; none if there is no such heading.
fn rows<'a>(page: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let section = page.split_once(&format!("\n{heading}\n")).map_or("", |(_, section)| section);
    let section = section.split("\n#").next().unwrap_or_default();
    let lines = section.lines().filter(|line| line.starts_with('|')).skip(2);
    lines.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// All files below a folder that end in `.rs`, except those of tests and build output.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "tests" && name != "target" {
            sources(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The anchor that a heading gets: lower case, words joined by hyphens.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().replace(' ', "-")
}

#[test]
fn the_front_page_fits_into_eight_kilobytes() {
    let size = read("README.md").unwrap().len();
    assert!(size <= 8 * 1024, "README.md has grown to {size} bytes");
}

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    for page in PAGES {
        let text = read(page).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let folder = Path::new(page).parent().unwrap();
            let path = if file.is_empty() { PathBuf::from(page) } else { folder.join(file) };
            assert!(root().join(&path).exists(), "{page} links to {target}, which does not exist");
            if !heading.is_empty() {
                let linked = read(path.to_str().unwrap()).unwrap();
                let headings = linked.lines().filter(|line| line.starts_with('#')).map(anchor);
                assert!(
                    headings.into_iter().any(|known| known == heading),
                    "{page}: no heading for {target}"
                );
            }
        }
    }
}

#[test]
fn the_way_of_a_term_names_functions_that_exist() {
    let page = read("shared/README.md").unwrap();
    let headings =
        ["## What happens to one term", "### How a saturated term is split", "### What happens after a 429"];
    for heading in headings {
        let steps = rows(&page, heading);
        assert!(steps.len() > 5, "{heading}: the table was not found");
        for step in steps {
            let (mut file, mut functions) = (String::new(), 0);
            for name in quoted(step[1]) {
                if name.contains('.') {
                    let places = ["shared", "shared/collect/src"].map(|folder| format!("{folder}/{name}"));
                    file = places.into_iter().find(|place| root().join(place).exists()).unwrap();
                } else {
                    let code = read(&file).unwrap();
                    let is_there = ["(", "<"].iter().any(|after| code.contains(&format!("fn {name}{after}")));
                    assert!(is_there, "{file} has no function {name}");
                    functions += 1;
                }
            }
            assert!(functions > 0, "{heading}: {step:?} names no function");
        }
    }
}

#[test]
fn each_promise_names_tests_that_exist() {
    let page = read("shared/README.md").unwrap();
    let known = read("localstack/simulation/src/promise.rs").unwrap();
    let promises = rows(&page, "## The promises");
    assert_eq!(promises.len(), 8);
    for promise in promises {
        for name in quoted(promise[2]).filter(|name| !name.contains(' ')) {
            if name.contains('/') {
                assert!(root().join(name).exists(), "{name} does not exist");
            } else {
                assert!(known.contains(&format!("\"{name}\"")), "the simulation knows no promise {name}");
            }
        }
    }
}

#[test]
fn the_table_of_variables_lists_what_the_functions_read() {
    let page = read("functions/README.md").unwrap();
    let listed: BTreeSet<String> = rows(&page, "## Environment variables")
        .iter()
        .map(|row| row[0].trim_matches('`').to_owned())
        .collect();
    let mut files = Vec::new();
    for folder in ["functions", "shared"] {
        sources(&root().join(folder), &mut files).unwrap();
    }
    let code: Vec<String> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let literals = code.iter().flat_map(|text| text.split('"').skip(1).step_by(2));
    let is_name = |text: &&str| {
        text.strip_prefix("FERMATA_").is_some_and(|rest| {
            !rest.is_empty() && rest.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        })
    };
    let read: BTreeSet<String> = literals.filter(is_name).map(str::to_owned).collect();
    assert_eq!(listed, read);
}

#[test]
fn comment_lines_are_at_most_110_columns_wide() {
    let mut files = Vec::new();
    for folder in ["functions", "localstack", "shared"] {
        sources(&root().join(folder), &mut files).unwrap();
    }
    assert!(files.len() > 100, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let is_comment = |line: &&str| line.trim_start().starts_with("//");
        // The row of a table cannot be broken.
        let is_row = |line: &&str| line.contains("//! |") || line.contains("/// |") || line.contains("//   ");
        let mut wide = text.lines().filter(|line| line.chars().count() > 110 && is_comment(line));
        let first = wide.find(|line| !is_row(line));
        assert_eq!(first, None, "{}", file.display());
    }
}

#[test]
fn the_prose_of_the_pages_is_at_most_110_columns_wide() {
    for name in PAGES {
        let page = read(name).unwrap();
        let mut is_code = false;
        for line in page.lines() {
            is_code ^= line.trim_start().starts_with("```");
            // The row of a table cannot be broken.
            let is_prose = !is_code && !line.trim_start().starts_with('|');
            assert!(!is_prose || line.chars().count() <= 110, "{name}: {line}");
        }
    }
}
