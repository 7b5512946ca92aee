//! The bill of materials of a function, in `CycloneDX`'s JSON: which crates it and its build are made of.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context, Result, ensure};
use cyclonedx_bom::{
    external_models::{spdx::SpdxExpression, uri::Purl},
    models::{
        bom::{Bom, SpecVersion},
        component::{Classification, Component, Components},
        dependency::{Dependencies, Dependency},
        hash::{Hash, HashAlgorithm, HashValue, Hashes},
        license::{LicenseChoice, Licenses},
        metadata::Metadata,
    },
    validation::Validate,
};
use tokio::process::Command;

use crate::{process::quiet, workspace::cargo};

/// The bill of the function `name` of the workspace at `root` for the processor of `target`. `sum` is the
/// SHA-256 sum of its archive.
pub(super) async fn of_function(root: &Path, name: &str, target: &str, sum: &str) -> Result<Vec<u8>> {
    let mut tree = Command::new(cargo());
    tree.current_dir(root)
        .args(["tree", "--locked", "--package", name, "--edges", "normal,build", "--target", target])
        // A character that stands in no name, path or licence parts the columns.
        .args(["--prefix", "depth", "--format", "\u{241f}{p}\u{241f}{l}\u{241f}"]);
    let tree = quiet(&mut tree, "asking cargo for the dependencies").await?;
    let lock = fs::read_to_string(root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let bill = bill(&tree, &checksums(&lock), sum)?;
    ensure!(bill.validate().passed(), "the bill of {name} breaks CycloneDX's rules: {:?}", bill.validate());
    let mut json = Vec::new();
    bill.output_as_json(&mut json, SpecVersion::V1_5)?;
    json.push(b'\n');
    Ok(json)
}

/// A crate, by name and version.
type Crate = (String, String);

/// A line of cargo's tree.
struct Line {
    depth: usize,
    what: Crate,
    licence: String,
}

impl Line {
    /// Reads `3<unit separator>name v1.2.3 (note)<unit separator>MIT<unit separator> (*)`.
    fn read(line: &str) -> Option<Self> {
        let mut columns = line.split('\u{241f}');
        let depth = columns.next()?.parse().ok()?;
        let mut package = columns.next()?.split(' ');
        let what = (package.next()?.to_owned(), package.next()?.strip_prefix('v')?.to_owned());
        Some(Self { depth, what, licence: columns.next()?.to_owned() })
    }
}

/// The bill of the function that the tree begins with. It has no time and no serial number, because the same
/// sources have the same bill.
fn bill(tree: &str, checksums: &BTreeMap<Crate, String>, sum: &str) -> Result<Bom> {
    let mut components = BTreeMap::new();
    let mut edges: BTreeMap<Crate, BTreeSet<Crate>> = BTreeMap::new();
    let mut path: Vec<Crate> = Vec::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let line = Line::read(line).with_context(|| format!("cargo's tree has the line {line:?}"))?;
        path.truncate(line.depth);
        if let Some(parent) = path.last() {
            edges.entry(parent.clone()).or_default().insert(line.what.clone());
        }
        path.push(line.what.clone());
        edges.entry(line.what.clone()).or_default();
        let checksum = checksums.get(&line.what).cloned();
        components.entry(line.what.clone()).or_insert(component(&line, checksum)?);
    }
    let function = path.first().context("cargo's tree is empty")?;
    let mut function = components.remove(function).context("cargo's tree has no root")?;
    function.component_type = Classification::Application;
    function.hashes = Some(hashes(sum.to_owned()));
    let dependencies = edges.into_iter().map(|(of, on)| Dependency {
        dependency_ref: reference(&of),
        dependencies: on.iter().map(reference).collect(),
    });
    Ok(Bom {
        serial_number: None,
        metadata: Some(Metadata { component: Some(function), ..Metadata::default() }),
        components: Some(Components(components.into_values().collect())),
        dependencies: Some(Dependencies(dependencies.collect())),
        spec_version: SpecVersion::V1_5,
        ..Bom::default()
    })
}

fn component(line: &Line, checksum: Option<String>) -> Result<Component> {
    let (name, version) = &line.what;
    let mut component = Component::new(Classification::Library, name, version, Some(reference(&line.what)));
    component.purl = Some(Purl::new("cargo", name, version)?);
    component.hashes = checksum.map(hashes);
    if !line.licence.is_empty() {
        // Old crates separate alternatives by a slash.
        let licence = SpdxExpression::new(&line.licence.replace('/', " OR "));
        component.licenses = Some(Licenses(vec![LicenseChoice::Expression(licence)]));
    }
    Ok(component)
}

fn hashes(sum: String) -> Hashes {
    Hashes(vec![Hash { alg: HashAlgorithm::SHA_256, content: HashValue(sum) }])
}

fn reference((name, version): &Crate) -> String {
    format!("{name}@{version}")
}

/// The sums of the published crates in a `Cargo.lock`.
fn checksums(lock: &str) -> BTreeMap<Crate, String> {
    let of_package = |package: &str| {
        let field = |name: &str| {
            let prefix = format!("{name} = \"");
            let value = package.lines().find_map(|line| line.strip_prefix(&prefix)?.strip_suffix('"'));
            value.map(str::to_owned)
        };
        Some(((field("name")?, field("version")?), field("checksum")?))
    };
    lock.split("[[package]]").filter_map(of_package).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"fetcher\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \
                        \"serde\"\nversion = \"1.0.2\"\nchecksum = \
                        \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n";

    fn line(depth: u32, package: &str, licence: &str) -> String {
        format!("{depth}\u{241f}{package}\u{241f}{licence}\u{241f}\n")
    }

    fn json(tree: &str) -> Value {
        let bill = bill(tree, &checksums(LOCK), &"b".repeat(64)).unwrap();
        assert!(bill.validate().passed(), "{:?}", bill.validate());
        let mut json = Vec::new();
        bill.output_as_json(&mut json, SpecVersion::V1_5).unwrap();
        serde_json::from_slice(&json).unwrap()
    }

    #[test]
    fn a_bill_has_every_crate_once_with_what_it_depends_on() {
        let tree = [
            line(0, "fetcher v0.1.0 (/clone/functions/fetcher)", "Apache-2.0"),
            line(1, "collect v0.1.0 (/clone/shared/collect)", "Apache-2.0"),
            line(2, "serde v1.0.2", "MIT/Apache-2.0"),
            line(1, "serde v1.0.2", "MIT/Apache-2.0"),
        ];
        let bill = json(&tree.concat());
        assert_eq!(bill["bomFormat"], "CycloneDX");
        assert_eq!(bill["metadata"]["component"]["name"], "fetcher");
        assert_eq!(bill["metadata"]["component"]["hashes"][0]["content"], "b".repeat(64));
        let components = bill["components"].as_array().unwrap();
        assert_eq!(components.len(), 2);
        assert_eq!(components[1]["purl"], "pkg:cargo/serde@1.0.2");
        assert_eq!(components[1]["hashes"][0]["content"], "a".repeat(64));
        assert_eq!(components[1]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(bill["dependencies"][1]["ref"], "fetcher@0.1.0");
        assert_eq!(bill["dependencies"][1]["dependsOn"], serde_json::json!(["collect@0.1.0", "serde@1.0.2"]));
    }

    #[test]
    fn a_bill_says_neither_when_nor_where_it_was_made() {
        let bill = json(&line(0, "fetcher v0.1.0 (/clone/functions/fetcher)", "Apache-2.0"));
        assert_eq!((&bill["serialNumber"], &bill["metadata"]["timestamp"]), (&Value::Null, &Value::Null));
        assert!(!bill.to_string().contains("/clone"), "{bill}");
    }

    #[test]
    fn a_line_that_is_no_crate_is_an_error_that_names_it() {
        let error = bill("warning: strange\n", &BTreeMap::new(), "").unwrap_err().to_string();
        assert!(error.contains("warning: strange"), "{error}");
    }
}
