//! The floors of this crate: a file imports only from its own room and from the floors below it.

use std::path::{Path, PathBuf};
use std::{fs, io, mem};

/// The floors, lowest first. Rooms of one floor do not import each other.
const FLOORS: [&[&str]; 10] = [
    &["catalogue"],
    &["web_api"],
    &["term", "spans"],
    &["pace"],
    &["run"],
    &["settings"],
    &["plan", "snapshot", "recommend"],
    &["ports"],
    &["dispatch", "permits", "memory"],
    &["fetcher", "seeder", "exporter", "recommender"],
];

/// The top floor, which may import from all others.
const TOP: &str = "operator";

/// A path into this crate, at a line of a file.
struct Import {
    file: PathBuf,
    line: usize,
    from: String,
    to: String,
}

/// How high a room is.
fn floor(room: &str) -> Option<usize> {
    if room == TOP { Some(FLOORS.len()) } else { FLOORS.iter().position(|rooms| rooms.contains(&room)) }
}

/// The room that a source file is in: the first part of its path. The crate's front page is in none.
fn room(source: &Path, file: &Path) -> Option<String> {
    let relative = file.strip_prefix(source).ok()?.with_extension("");
    let first = relative.components().next()?.as_os_str().to_str()?.to_owned();
    (first != "lib").then_some(first)
}

fn source_files(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            source_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// The code of a file: comments are blank, since they only explain.
fn without_comments(text: &str) -> String {
    let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    text.lines().map(code).collect::<Vec<_>>().join("\n")
}

/// The first part of a path, such as `term` of `term::{Term, TermKey}`.
fn first_part(path: &str) -> Option<String> {
    let is_name = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let first: String = path.trim_start().chars().take_while(is_name).collect();
    (!first.is_empty()).then_some(first)
}

/// The paths of a list in braces, without those of lists inside it. `list` begins behind the opening brace.
fn paths_of_list(list: &str) -> Vec<String> {
    let (mut paths, mut path, mut depth) = (Vec::new(), String::new(), 0_i32);
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => paths.push(mem::take(&mut path)),
            c if depth == 0 => path.push(c),
            _ => {}
        }
    }
    paths.push(path);
    paths
}

/// The rooms that code names by a path from the crate's root, each with its line.
fn rooms_named(code: &str) -> Vec<(usize, String)> {
    let mut rooms = Vec::new();
    for (at, prefix) in code.match_indices("crate::") {
        let (before, path) = code.split_at(at + prefix.len());
        let line = before.lines().count();
        let paths = match path.strip_prefix('{') {
            Some(list) => paths_of_list(list),
            None => vec![path.to_owned()],
        };
        rooms.extend(paths.iter().filter_map(|path| Some((line, first_part(path)?))));
    }
    rooms
}

fn imports(source: &Path) -> io::Result<Vec<Import>> {
    let mut files = Vec::new();
    source_files(source, &mut files)?;
    files.sort();
    let mut imports = Vec::new();
    for file in files {
        let Some(from) = room(source, &file) else { continue };
        let code = without_comments(&fs::read_to_string(&file)?);
        let import = |(line, to)| Import { file: file.clone(), line, from: from.clone(), to };
        imports.extend(rooms_named(&code).into_iter().map(import));
    }
    Ok(imports)
}

/// What is wrong with an import, if anything is.
fn complaint(import: &Import) -> Option<String> {
    let Import { file, line, from, to } = import;
    let place = format!("{}:{line}", file.display());
    let Some(own) = floor(from) else { return Some(format!("{place}: `{from}` has no floor")) };
    let Some(other) = floor(to) else { return Some(format!("{place}: `{to}` has no floor")) };
    let is_allowed = from == to || other < own;
    (!is_allowed)
        .then(|| format!("{place}: `{from}` is on floor {own} and may not import `{to}` of floor {other}"))
}

#[test]
fn every_file_imports_only_from_its_own_room_and_from_lower_floors() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let imports = imports(&source).unwrap();
    assert!(imports.len() > 200, "only {} imports were found in {}", imports.len(), source.display());
    let complaints: Vec<String> = imports.iter().filter_map(complaint).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn what_decides_neither_waits_nor_reads_a_clock() {
    for (room, at_least) in [("plan", 15), ("snapshot", 8), ("recommend", 4)] {
        let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room);
        let mut files = Vec::new();
        source_files(&room, &mut files).unwrap();
        assert!(files.len() > at_least, "only {} files were found in {}", files.len(), room.display());
        for file in files {
            let code = without_comments(&fs::read_to_string(&file).unwrap());
            for acting in ["async ", ".await", "Timestamp::now", "SystemTime", "Instant", "tokio"] {
                assert!(!code.contains(acting), "{} has `{acting}`; it may only decide", file.display());
            }
        }
    }
}

#[test]
fn an_import_is_read_wherever_it_stands() {
    let rooms = |text: &str| -> Vec<String> {
        rooms_named(&without_comments(text)).into_iter().map(|(_, room)| room).collect()
    };
    assert_eq!(rooms("    use crate::term::{Term, TermKey};"), ["term"]);
    assert_eq!(rooms("pub(crate) use crate::{pace::{Rate, Day}, run};"), ["pace", "run"]);
    assert_eq!(rooms("fn f(a: crate::term::Term) -> crate::run::Run {"), ["term", "run"]);
    assert!(rooms("//! See [`crate::fetcher`]; pub(crate) is no import").is_empty());
    let several_lines = "use crate::{\n    term::Term,\n    run::Run,\n};\nuse crate::pace;";
    assert_eq!(rooms_named(several_lines).last(), Some(&(5, "pace".to_owned())));
}

#[test]
fn an_upward_import_is_named_with_its_place_and_floors() {
    let import = |from: &str, to: &str| Import {
        file: PathBuf::from("src/plan/stop.rs"),
        line: 7,
        from: from.to_owned(),
        to: to.to_owned(),
    };
    assert_eq!(complaint(&import("plan", "term")), None);
    assert_eq!(complaint(&import("plan", "plan")), None);
    let upward = complaint(&import("plan", "ports")).unwrap();
    assert_eq!(upward, "src/plan/stop.rs:7: `plan` is on floor 6 and may not import `ports` of floor 7");
    assert!(complaint(&import("fetcher", "seeder")).is_some(), "neighbours");
    assert!(complaint(&import("plan", "attic")).unwrap().contains("`attic` has no floor"));
}
