//! The folder that `fermata package` fills: archives, bills of materials, the template for these archives,
//! and the sums of all of them.

use std::{fmt::Write, fs, path::Path};

use anyhow::{Context, Result};

use super::{Build, bill};
use crate::{
    python::Environment, snapshots::fetch::sum, template::Template, terminal::steps::Step,
    workspace::create_dir,
};

/// The template in the folder; its functions have the archives beside it as their code.
pub const TEMPLATE: &str = "template.yaml";

/// The sums of all other files, as `sha256sum --check` reads them.
const SUMS: &str = "SHA256SUMS";

/// Builds `functions` and writes everything into `folder`. Returns the names and contents of the files.
pub async fn package(
    build: &Build,
    functions: &[&'static str],
    environment: &Environment,
    folder: &Path,
    step: &Step,
) -> Result<Vec<(String, Vec<u8>)>> {
    let releases = build.functions(functions, environment, step).await?;
    let mut template = Template::read(&build.root.join("infra").join(TEMPLATE))?;
    template = template.only_for(build.architecture.name())?;
    let mut files = Vec::new();
    for release in releases {
        let archive = format!("{}.zip", release.name);
        template = template.with_code(release.name, &archive)?;
        let target = build.architecture.target();
        let bill = bill::of_function(&build.root, release.name, target, &sum(&release.zip)).await?;
        files.push((archive, release.zip));
        files.push((format!("{}.cdx.json", release.name), bill));
    }
    files.push((TEMPLATE.to_owned(), template.body().as_bytes().to_vec()));
    files.sort();
    files.push((SUMS.to_owned(), sums(&files).into_bytes()));
    create_dir(folder)?;
    for (name, content) in &files {
        let path = folder.join(name);
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(files)
}

fn sums(files: &[(String, Vec<u8>)]) -> String {
    let mut sums = String::new();
    for (name, content) in files {
        // Writing into a text cannot fail.
        let _ = writeln!(sums, "{}  {name}", sum(content));
    }
    sums
}
