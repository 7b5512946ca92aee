//! Makes a snapshot visible, step by step, each of which may be repeated by anybody at any time.

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::ports::PortError;
use crate::ports::export::{Catalogue, Created, Exporting, Objects};
use crate::run::Run;
use crate::snapshot::expectations::Verdict;
use crate::snapshot::export::{Export, Stage};
use crate::snapshot::layout::{Beside, LATEST};
use crate::snapshot::ledger::Ending;
use crate::snapshot::manifest::{Latest, Manifest, report};

/// Publishes an export all of whose parts are there: report, manifest, sums, catalogue, latest. Only the last
/// step changes what a reader finds, and a refused export does not come to it, nor one that cannot be
/// described any more.
pub async fn publish<P: Exporting>(ports: &P, export: &Export) -> Result<Ending, PortError> {
    let Stage::Publishing { since } = export.stage else {
        let what = format!("export {}", export.snapshot);
        return Err(PortError::Corrupt { what, why: "its parts are not all there".to_owned() });
    };
    let verdict = Verdict::on(export);
    let objects = ports.objects();
    match describe(objects, export, &verdict, since).await {
        // No waiting mends that, and nobody has seen the snapshot yet.
        Err(error @ PortError::Corrupt { .. }) => return Ok(Ending::Failed(error.to_string())),
        described => described?,
    }
    if !verdict.accepted {
        return Ok(Ending::Refused(verdict.refusal()));
    }
    ports.catalogue().add(export).await?;
    ports.catalogue().point(export).await?;
    point_latest(objects, export).await?;
    Ok(Ending::Published)
}

/// Writes what lies beside the parts: of a refused export the report alone.
async fn describe(
    objects: &(impl Objects + Sync),
    export: &Export,
    verdict: &Verdict,
    since: Timestamp,
) -> Result<(), PortError> {
    create_same(objects, &export.beside(Beside::Report), &report(export, verdict)).await?;
    create_same(objects, &export.beside(Beside::ReportText), &verdict.markdown(export)).await?;
    if !verdict.accepted {
        return Ok(());
    }
    let manifest = manifest(objects, export, since).await?;
    create_same(objects, &export.beside(Beside::Sums), &manifest.sums()).await
}

/// Writes the manifest. The run as it was when the export began is an intermediate object, which expires
/// while an export stands still; a manifest that was written before needs it no more.
async fn manifest(
    objects: &(impl Objects + Sync),
    export: &Export,
    since: Timestamp,
) -> Result<Manifest, PortError> {
    let (run, key) = (export.run_object(), export.beside(Beside::Manifest));
    if let Some(run) = read::<Run>(objects, &run).await? {
        let manifest = Manifest::of(export, &run, since);
        create_same(objects, &key, &manifest.to_json()).await?;
        return Ok(manifest);
    }
    let written = read::<Manifest>(objects, &key).await?;
    let written = written.filter(|of| (of.sequence, of.created_at) == (export.sequence, since));
    written.ok_or_else(|| PortError::Corrupt { what: run, why: "it is gone".to_owned() })
}

/// What an object says; none if there is none of this key.
pub(super) async fn read<T: DeserializeOwned>(
    objects: &(impl Objects + Sync),
    key: &str,
) -> Result<Option<T>, PortError> {
    let Some(object) = objects.get(key).await? else { return Ok(None) };
    let read = serde_json::from_slice(&object.bytes);
    read.map(Some).map_err(|error| PortError::Corrupt { what: key.to_owned(), why: error.to_string() })
}

/// Creates an object; one that is there must have the same content.
pub async fn create_same(objects: &impl Objects, key: &str, content: &str) -> Result<(), PortError> {
    if objects.create(key, content.as_bytes()).await? == Created::New {
        return Ok(());
    }
    match objects.get(key).await? {
        Some(object) if object.bytes == content.as_bytes() => Ok(()),
        Some(_) => Err(PortError::Corrupt {
            what: key.to_owned(),
            why: "it was there before and says something else; export under another name".to_owned(),
        }),
        None => {
            Err(PortError::Unavailable { what: key.to_owned(), why: "it was there and is gone".to_owned() })
        }
    }
}

/// Lets `latest.json` name this snapshot, unless it names this one or a later one.
async fn point_latest(objects: &impl Objects, export: &Export) -> Result<(), PortError> {
    loop {
        let standing = objects.get(LATEST).await?;
        if let Some(object) = &standing {
            let latest: Latest = serde_json::from_slice(&object.bytes)
                .map_err(|error| PortError::Corrupt { what: LATEST.to_owned(), why: error.to_string() })?;
            if latest.sequence >= export.sequence {
                return Ok(());
            }
        }
        let tag = standing.as_ref().map(|object| &object.tag);
        if objects.replace(LATEST, Latest::of(export).to_json().as_bytes(), tag).await? {
            return Ok(());
        }
    }
}
