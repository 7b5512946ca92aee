//! Packages for AWS: the same sources give the same bytes wherever they lie. The functions of these tests are
//! tiny, because a release build of the real ones takes minutes; `cargo local package --twice` builds those.

use std::{
    fmt::Write,
    fs,
    path::Path,
    process::{Command, Output},
};

use anyhow::Result;
use local::{
    functions::FUNCTIONS,
    process::builder,
    python::{Environment, Requirements},
    release::{Architecture, Build, TEMPLATE, package},
    terminal::steps::Steps,
    workspace::Workspace,
};
use serde_json::Value;

use crate::typed::root;

/// A program that contains what depends on the folder it is built in, paths in panics, in its own file and in
/// a generated one, and what depends on the time: the date as the compiler of C code expands it.
const PROGRAM: &str = r#"
include!(concat!(env!("OUT_DIR"), "/generated.rs"));

fn main() {
    let arguments = std::env::args().count();
    println!("{} {} {}", file!(), generated(), DATE);
    assert!(arguments < 3, "too many arguments");
}
"#;

const BUILD_SCRIPT: &str = r#"
fn main() {
    let read = |name: &str| std::env::var(name).unwrap();
    let folder = read("OUT_DIR");
    let source = format!("{folder}/date.c");
    std::fs::write(&source, "__DATE__ __TIME__").unwrap();
    let mut compiler = std::process::Command::new(read(&format!("CC_{}", read("TARGET").replace('-', "_"))));
    let output = compiler.args(read("CFLAGS").split(' ')).args(["-E", "-P", &source]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let date = String::from_utf8(output.stdout).unwrap();
    let date = format!("const DATE: &str = {:?};", date.trim());
    let text = format!("fn generated() -> &'static str {{ file!() }}\n{date}");
    std::fs::write(format!("{folder}/generated.rs"), text).unwrap();
}
"#;

/// Writes a workspace with a small program for each function, and the real template.
fn sources(root: &Path) -> Result<()> {
    let mut lock = "version = 4\n".to_owned();
    let mut names = FUNCTIONS.to_vec();
    names.sort_unstable();
    for name in names {
        let folder = root.join("functions").join(name);
        fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\nlicense = \"Apache-2.0\"\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("src/main.rs"), PROGRAM)?;
        fs::write(folder.join("build.rs"), BUILD_SCRIPT)?;
        write!(lock, "\n[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\n")?;
    }
    fs::write(root.join("Cargo.lock"), lock)?;
    fs::write(root.join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"functions/*\"]\n")?;
    let infra = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra");
    fs::create_dir(root.join("infra"))?;
    fs::copy(infra.join(TEMPLATE), root.join("infra").join(TEMPLATE))?;
    Ok(())
}

/// The package of such a workspace in `folder`, in the subfolder `package`.
async fn packaged(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    sources(&folder.join("sources"))?;
    let workspace = Workspace::find().await?;
    let environment = Environment::ensure(&workspace, Requirements::Run).await?;
    let build = Build {
        root: folder.join("sources"),
        target: folder.join("target"),
        architecture: Architecture::of_this_machine(),
    };
    let step = Steps::quiet().begin("building", "");
    package(&build, &FUNCTIONS, &environment, &folder.join("package"), &step).await
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> Result<Output> {
    Ok(Command::new(program).args(arguments).current_dir(folder).output()?)
}

#[tokio::test]
async fn the_same_sources_in_two_folders_make_the_same_package() -> Result<()> {
    let (one, other) = (tempfile::tempdir()?, tempfile::tempdir()?);
    // Of another length, which would move everything after it.
    let other = other.path().join("a folder with a longer name");
    let (first, second) = (packaged(one.path()).await?, packaged(&other).await?);
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "api.cdx.json",
            "api.zip",
            "exporter.cdx.json",
            "exporter.zip",
            "fetcher.cdx.json",
            "fetcher.zip",
            "recommender.cdx.json",
            "recommender.zip",
            "seeder.cdx.json",
            "seeder.zip",
            "template.yaml",
            "SHA256SUMS",
        ]
    );
    for ((name, first), (_, second)) in first.iter().zip(&second) {
        assert!(first == second, "{name} depends on the folder that it was built in");
    }
    the_package_can_be_checked_and_deployed(&one.path().join("package"))?;
    let program = one.path().join("target/lambda/fetcher/bootstrap");
    let output = run(&program.display().to_string(), &[], one.path())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.starts_with("functions/fetcher/src/main.rs /target/"), "{text}");
    assert!(text.contains("Jan  1 1980"), "{text}");
    Ok(())
}

#[tokio::test]
async fn an_outdated_lock_file_fails_the_build_of_the_sam_cli_too() -> Result<()> {
    let folder = tempfile::tempdir()?;
    sources(folder.path())?;
    fs::copy(root().join("CargoLambda.toml"), folder.path().join("CargoLambda.toml"))?;
    let lock = folder.path().join("Cargo.lock");
    let outdated = fs::read_to_string(&lock)?.replace("0.1.0", "0.0.9");
    fs::write(&lock, &outdated)?;
    let workspace = Workspace::find().await?;
    let environment = Environment::ensure(&workspace, Requirements::Run).await?;
    // As the SAM CLI calls it for x86_64: in the function's folder, without an option about the lock file.
    let mut build = builder(environment.program("cargo-lambda"));
    build.args(["lambda", "build", "--release"]).current_dir(folder.path().join("functions/seeder"));
    let output = build.env("PATH", environment.path()?).env_remove("CARGO_BUILD_TARGET").output().await?;
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains("because --locked was passed"), "{error}");
    assert_eq!(fs::read_to_string(&lock)?, outdated);
    Ok(())
}

#[test]
fn what_checks_packages_and_deploys_is_built_locked_too() -> Result<()> {
    // Otherwise it would renew an outdated lock file before anything could find it outdated.
    let alias = fs::read_to_string(root().join(".cargo/config.toml"))?;
    assert!(alias.contains("\nlocal = \"run --locked "), "{alias}");
    Ok(())
}

/// What is in the package's folder fits together.
fn the_package_can_be_checked_and_deployed(folder: &Path) -> Result<()> {
    let checked = run("sha256sum", &["--check", "--strict", "SHA256SUMS"], folder)?;
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let template = fs::read_to_string(folder.join(TEMPLATE))?;
    for function in FUNCTIONS {
        assert!(template.contains(&format!("CodeUri: {function}.zip\n")), "{function}");
        let bill = fs::read(folder.join(format!("{function}.cdx.json")))?;
        let bill: Value = serde_json::from_slice(&bill)?;
        assert_eq!(bill["metadata"]["component"]["name"], function);
        let sums = fs::read_to_string(folder.join("SHA256SUMS"))?;
        let sum = bill["metadata"]["component"]["hashes"][0]["content"].as_str().unwrap_or_default();
        assert!(sums.contains(&format!("{sum}  {function}.zip\n")), "{sums}");
    }
    assert!(!template.contains("../functions/"), "some code lies outside the package");
    Ok(())
}
