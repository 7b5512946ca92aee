//! The settings of `MiniStack`.

use std::path::Path;

use anyhow::Result;

use crate::{
    server::{Kind, Place, Variables},
    workspace::create_dir,
};

/// `MiniStack` as its start script runs it.
pub(crate) const KIND: Kind = Kind {
    name: "MiniStack",
    module: "fermata_emulators.ministack",
    health: "/_ministack/health",
    keeps_state: true,
    variables,
};

fn variables(place: &Place<'_>) -> Result<Variables> {
    let folder = |name: &str| sub_folder(place.folder, name);
    Ok(vec![
        ("TMPDIR", folder("tmp")?),
        ("STATE_DIR", folder("state")?),
        ("S3_DATA_DIR", folder("s3")?),
        ("GATEWAY_PORT", place.port.to_string()),
        ("BIND_HOST", "127.0.0.1".to_owned()),
        ("MINISTACK_HOST", "127.0.0.1".to_owned()),
        ("PERSIST_STATE", if place.keeps_state { "1" } else { "0" }.to_owned()),
        // Two services that would listen on fixed ports.
        ("SFTP_ENABLED", "0".to_owned()),
        ("IOT_MTLS_ENABLED", "0".to_owned()),
    ])
}

/// A folder for files of one kind, as text.
pub(crate) fn sub_folder(folder: &Path, name: &str) -> Result<String> {
    let path = folder.join(name);
    create_dir(&path)?;
    Ok(path.display().to_string())
}
