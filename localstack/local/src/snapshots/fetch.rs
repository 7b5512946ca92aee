//! Copies snapshots out of their bucket: every file whole, and only with the sum that its manifest says.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use cloud::export::objects::S3Objects;
use collect::{
    ports::export::Objects,
    snapshot::{
        export::File,
        layout::LATEST,
        manifest::{Latest, Manifest},
    },
};
use sha2::{Digest, Sha256};

use crate::{aws::Clients, deploy::Deployment};

/// What was fetched.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched {
    /// The newest snapshot.
    pub latest: Latest,
    /// Its manifest.
    pub manifest: Manifest,
    /// Files that are in the folder now.
    pub files: usize,
    /// Bytes that were fetched; what was in the folder already is not among them.
    pub bytes: u64,
}

/// The bucket of the snapshots.
#[derive(Debug)]
pub struct Bucket<O = S3Objects> {
    objects: O,
}

impl Bucket {
    /// That of this deployment.
    ///
    /// # Errors
    /// When it has none.
    pub fn of(clients: &Clients, deployment: &Deployment) -> Result<Self> {
        let bucket = deployment.bucket.as_deref();
        let bucket =
            bucket.context("the stack has no bucket for snapshots; deploy infra/template.yaml again")?;
        Ok(Self { objects: S3Objects::new(clients.s3.clone(), bucket) })
    }
}

impl<O: Objects> Bucket<O> {
    /// Fetches the latest snapshot into a folder, or only the changes of every snapshot after the number
    /// `since`. What is in the folder already, with the right sum, is not fetched again. `progress` gets the
    /// bytes done and all bytes.
    ///
    /// # Errors
    /// When there is no snapshot, changes after `since` are not kept any more, or a sum is wrong.
    pub async fn fetch(&self, to: &Path, since: Option<u64>, progress: impl Fn(u64, u64)) -> Result<Fetched> {
        let (content, named) = self.latest().await?;
        let manifests = self.manifests(&named, since).await?;
        let files: Vec<&File> =
            manifests.iter().flat_map(|found| wanted(&found.manifest, since.is_some())).collect();
        let all = files.iter().map(|file| file.bytes).sum();
        let (mut done, mut bytes) = (0, 0);
        for file in &files {
            bytes += self.file(file, to).await?;
            done += file.bytes;
            progress(done, all);
        }
        for found in &manifests {
            write(&below(to, &found.key)?, &found.content)?;
        }
        if since.is_none() {
            let sums = self.objects.get(&named.sums).await?.context("the snapshot has no SHA256SUMS")?;
            write(&to.join("SHA256SUMS"), &sums.bytes)?;
            // Last of all, as in the bucket: whoever reads it finds everything it names.
            write(&to.join(LATEST), &content)?;
        }
        let files = files.len();
        let manifest = match manifests.into_iter().next() {
            Some(found) => found.manifest,
            None => self.manifest(&named.manifest).await?.context("the latest manifest is gone")?.manifest,
        };
        Ok(Fetched { latest: named, manifest, files, bytes })
    }

    /// Bytes of the tables of the latest snapshot.
    ///
    /// # Errors
    /// When there is no snapshot.
    pub async fn bytes(&self) -> Result<u64> {
        let (_, latest) = self.latest().await?;
        let found = self.manifest(&latest.manifest).await?;
        let found = found.context("the manifest of the latest snapshot is gone")?;
        let tables = found.manifest.tables.values();
        Ok(tables.flat_map(|table| &table.files).map(|file| file.bytes).sum())
    }

    /// `latest.json`, as it is in the bucket and as it is read.
    async fn latest(&self) -> Result<(Vec<u8>, Latest)> {
        let latest = self.objects.get(LATEST).await?;
        let content = latest.context("there is no snapshot yet; the first run that closes makes one")?.bytes;
        let latest = serde_json::from_slice(&content).context("latest.json is in an unknown form")?;
        Ok((content, latest))
    }

    /// Fetches a file unless it is there. Returns the bytes that were fetched.
    async fn file(&self, file: &File, to: &Path) -> Result<u64> {
        let path = below(to, &file.path)?;
        if fs::read(&path).is_ok_and(|bytes| sum(&bytes) == file.sha256) {
            return Ok(0);
        }
        let object = self.objects.get(&file.path).await?;
        let object = object.with_context(|| format!("{} is gone; is there a newer snapshot?", file.path))?;
        ensure!(sum(&object.bytes) == file.sha256, "{} is damaged: its SHA-256 sum is wrong", file.path);
        write(&path, &object.bytes)?;
        Ok(file.bytes)
    }

    /// The latest manifest, or those of all snapshots after a number, newest first.
    async fn manifests(&self, latest: &Latest, since: Option<u64>) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        let mut next = Some((latest.manifest.clone(), latest.sequence));
        while let Some((key, number)) = next {
            if since.is_some_and(|since| number <= since) {
                break;
            }
            let Some(manifest) = self.manifest(&key).await? else {
                bail!("snapshot {number} is not kept any more; fetch the latest as a whole, without --since");
            };
            let parent = manifest.manifest.parent.as_ref();
            next = parent.map(|parent| (parent.manifest.clone(), parent.sequence));
            found.push(manifest);
            if since.is_none() {
                break;
            }
        }
        Ok(found)
    }

    async fn manifest(&self, key: &str) -> Result<Option<Found>> {
        let Some(object) = self.objects.get(key).await? else { return Ok(None) };
        let manifest = serde_json::from_slice(&object.bytes);
        let manifest =
            manifest.context("a manifest is in an unknown form; is this command older than the stack?")?;
        Ok(Some(Found { key: key.to_owned(), content: object.bytes, manifest }))
    }
}

/// A manifest as it lies in the bucket.
struct Found {
    key: String,
    content: Vec<u8>,
    manifest: Manifest,
}

/// Where a key lies in a folder.
///
/// # Errors
/// When it would lie outside.
fn below(folder: &Path, key: &str) -> Result<PathBuf> {
    let is_inside = Path::new(key).components().all(|part| matches!(part, Component::Normal(_)));
    ensure!(is_inside, "{key} is no name of a file of a snapshot");
    Ok(folder.join(key))
}

/// The files of a manifest that are fetched: all, or only its changes. Of the first snapshot everything is a
/// change.
fn wanted(manifest: &Manifest, only_changes: bool) -> Vec<&File> {
    if !only_changes || manifest.parent.is_none() {
        return manifest.files().collect();
    }
    let changes = manifest.tables.values().filter_map(|table| table.changes.as_ref());
    changes.flat_map(|changes| &changes.files).collect()
}

/// The SHA-256 sum in hexadecimal digits.
pub(crate) fn sum(bytes: &[u8]) -> String {
    let digits: Vec<String> = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let context = || format!("cannot write {}", path.display());
    let unfinished = path.with_added_extension("part");
    path.parent().map_or(Ok(()), fs::create_dir_all).with_context(context)?;
    fs::write(&unfinished, bytes).with_context(context)?;
    fs::rename(&unfinished, path).with_context(context)
}
