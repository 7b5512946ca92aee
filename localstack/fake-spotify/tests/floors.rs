//! The crate is built in floors: no file of the server, and no module beside it, imports what imports it.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Who imports whom, by the path of a module such as `server::routes::search`.
type Imports = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_two_files_of_the_server_import_each_other() {
    let server: Imports =
        imports().into_iter().filter(|(module, _)| module.starts_with("server::")).collect();
    assert!(server.len() > 15, "{server:?}");
    assert_eq!(circle(&server), None);
}

#[test]
fn no_two_top_level_modules_import_each_other() {
    let top = |module: &str| module.split("::").next().unwrap_or_default().to_owned();
    let mut by_top = Imports::new();
    for (module, imported) in imports() {
        let others = imported.iter().map(|other| top(other)).filter(|other| *other != top(&module));
        by_top.entry(top(&module)).or_default().extend(others);
    }
    assert!(by_top.len() > 8, "{by_top:?}");
    assert_eq!(circle(&by_top), None);
}

#[test]
fn a_planted_circle_is_found() {
    let import = |from: &str, to: &str| (from.to_owned(), BTreeSet::from([to.to_owned()]));
    let planted = Imports::from([import("a", "b"), import("b", "c"), import("c", "b")]);
    assert_eq!(circle(&planted), Some(vec!["b".to_owned(), "c".to_owned()]));
}

/// What each module of this crate imports from the crate.
fn imports() -> Imports {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files: BTreeMap<String, String> = files(&source)
        .into_iter()
        .map(|file| (module(&source, &file), std::fs::read_to_string(&file).expect("readable")))
        .collect();
    let known = |path: &[String]| {
        let prefixes = (1..=path.len()).rev().map(|length| path[..length].join("::"));
        prefixes.into_iter().find(|prefix| files.contains_key(prefix))
    };
    let imported = |module: &str, text: &str| {
        uses(text)
            .iter()
            .filter_map(|path| known(&absolute(module, path)))
            .filter(|other| other != module)
            .collect()
    };
    files.iter().map(|(module, text)| (module.clone(), imported(module, text))).collect()
}

/// All source files below `folder` but the root, the program and unit tests.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
    let counts =
        |path: &PathBuf| !["lib.rs", "main.rs", "cli.rs", "tests.rs"].iter().any(|name| path.ends_with(name));
    files.into_iter().filter(counts).chain(folders.iter().flat_map(|folder| self::files(folder))).collect()
}

/// The path of the module that `file` holds.
fn module(source: &Path, file: &Path) -> String {
    let relative = file.strip_prefix(source).expect("below the source").with_extension("");
    let parts: Vec<&str> =
        relative.iter().filter_map(|part| part.to_str()).filter(|part| *part != "mod").collect();
    parts.join("::")
}

/// The paths that the `use` declarations of `text` name, braces taken apart. Unit tests at its end do not
/// count.
fn uses(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let (mut paths, mut lines) = (Vec::new(), code.lines());
    while let Some(line) = lines.next() {
        let visible = ["", "pub ", "pub(super) ", "pub(crate) "];
        let begun =
            visible.iter().find_map(|before| line.trim_start().strip_prefix(before)?.strip_prefix("use "));
        let Some(begun) = begun else { continue };
        let mut path = begun.to_owned();
        while !path.contains(';') {
            path.push_str(lines.next().expect("a semicolon"));
        }
        paths.extend(expanded("", path.trim_end_matches(';')));
    }
    paths
}

/// `a::{b, c::{d}}` as `a::b` and `a::c::d`.
fn expanded(prefix: &str, path: &str) -> Vec<String> {
    let path: String = path.split_whitespace().collect();
    let Some((head, rest)) = path.split_once('{') else { return vec![format!("{prefix}{path}")] };
    let inner = rest.strip_suffix('}').unwrap_or(rest);
    let (mut depth, mut part, mut parts) = (0, String::new(), Vec::new());
    for character in inner.chars() {
        match character {
            ',' if depth == 0 => parts.push(std::mem::take(&mut part)),
            _ => {
                depth += i32::from(character == '{') - i32::from(character == '}');
                part.push(character);
            }
        }
    }
    parts.push(part);
    let prefix = format!("{prefix}{head}");
    parts.iter().filter(|part| !part.is_empty()).flat_map(|part| expanded(&prefix, part)).collect()
}

/// A path as seen from the root of the crate; empty for one that leads out of it.
fn absolute(module: &str, path: &str) -> Vec<String> {
    let mut from: Vec<String> = module.split("::").map(str::to_owned).collect();
    let mut steps = path.split("::").peekable();
    match steps.peek() {
        Some(&"crate") => {
            steps.next();
            from.clear();
        }
        Some(&"self") => drop(steps.next()),
        Some(&"super") => {}
        _ => return Vec::new(),
    }
    while steps.next_if_eq(&"super").is_some() {
        from.pop();
    }
    from.extend(steps.map(str::to_owned));
    from
}

/// Modules each of which leads to all the others, if there are such.
fn circle(imports: &Imports) -> Option<Vec<String>> {
    let reach = |start: &String| {
        let (mut reached, mut next) = (BTreeSet::new(), vec![start]);
        while let Some(module) = next.pop() {
            let new =
                imports.get(module).into_iter().flatten().filter(|other| reached.insert((*other).clone()));
            next.extend(new);
        }
        reached
    };
    let start = imports.keys().find(|module| reach(module).contains(*module))?;
    let round = imports.keys().filter(|other| reach(start).contains(*other) && reach(other).contains(start));
    Some(round.cloned().collect())
}
