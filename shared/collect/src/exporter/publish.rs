//! Makes a snapshot visible, step by step, each of which may be repeated by anybody at any time.

use crate::ports::PortError;
use crate::ports::export::{Catalogue, Created, Exporting, Objects};
use crate::run::Run;
use crate::snapshot::expectations::Verdict;
use crate::snapshot::export::{Export, Stage};
use crate::snapshot::layout::{Beside, LATEST};
use crate::snapshot::ledger::Ending;
use crate::snapshot::manifest::{Latest, Manifest, report};

/// Publishes an export all of whose parts are there: report, manifest, sums, catalogue, latest. Only the last
/// step changes what a reader finds, and a refused export does not come to it.
pub async fn publish<P: Exporting>(ports: &P, export: &Export) -> Result<Ending, PortError> {
    let Stage::Publishing { since } = export.stage else {
        let what = format!("export {}", export.snapshot);
        return Err(PortError::Corrupt { what, why: "its parts are not all there".to_owned() });
    };
    let verdict = Verdict::on(export);
    let objects = ports.objects();
    create_same(objects, &export.beside(Beside::Report), &report(export, &verdict)).await?;
    create_same(objects, &export.beside(Beside::ReportText), &verdict.markdown(export)).await?;
    if !verdict.accepted {
        return Ok(Ending::Refused(verdict.refusal()));
    }
    let manifest = Manifest::of(export, &run_of(objects, export).await?, since);
    create_same(objects, &export.beside(Beside::Manifest), &manifest.to_json()).await?;
    create_same(objects, &export.beside(Beside::Sums), &manifest.sums()).await?;
    ports.catalogue().add(export).await?;
    ports.catalogue().point(export).await?;
    point_latest(objects, export).await?;
    Ok(Ending::Published)
}

/// The run as it was when the export began.
async fn run_of(objects: &impl Objects, export: &Export) -> Result<Run, PortError> {
    let key = export.run_object();
    let corrupt = |why: String| PortError::Corrupt { what: key.clone(), why };
    let object = objects.get(&key).await?.ok_or_else(|| corrupt("it is gone".to_owned()))?;
    serde_json::from_slice(&object.bytes).map_err(|error| corrupt(error.to_string()))
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
