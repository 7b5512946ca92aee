//! Replays the kept inputs with the workspace's toolchain.

use std::fs;
use std::path::Path;

use cloud::control::pace::PaceItem;
use cloud::terms::item::TermItem;
use collect::plan::Findings;
use collect::run::Run;
use serde::de::DeserializeOwned;
use serde_dynamo::Item;

#[test]
fn every_target_accepts_its_kept_inputs() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut broken = Vec::new();
    for (name, target) in fuzz::TARGETS {
        let inputs = fs::read_dir(corpus.join(name)).expect(name);
        let inputs: Vec<_> = inputs.map(|input| input.expect("a file").path()).collect();
        assert!(!inputs.is_empty(), "no inputs for {name}");
        for input in inputs {
            let data = fs::read(&input).expect("readable");
            if std::panic::catch_unwind(|| target(&data)).is_err() {
                broken.push(format!("{name}/{}", input.file_name().unwrap_or_default().display()));
            }
        }
    }
    assert!(broken.is_empty(), "these inputs fail, for the reasons above: {broken:?}");
}

#[test]
fn every_input_folder_has_a_target() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for folder in fs::read_dir(corpus).expect("a corpus") {
        let name = folder.expect("a folder").file_name();
        assert!(
            fuzz::TARGETS.iter().any(|(target, _)| name == *target),
            "no target reads {}",
            name.display()
        );
    }
}

/// Reads an item of the kind that its file name begins with.
fn item(name: &str, data: &[u8]) -> Result<(), String> {
    fn read<T: DeserializeOwned>(item: Item) -> Result<T, String> {
        serde_dynamo::from_item(item).map_err(|error| error.to_string())
    }
    let value: serde_json::Value = serde_json::from_slice(data).map_err(|error| error.to_string())?;
    let item: Item = serde_dynamo::to_item(value).map_err(|error| error.to_string())?;
    match name.split('-').next().unwrap_or_default() {
        "pace" => {
            let pace: PaceItem = read(item)?;
            // An item of another form reads as an untouched pace, because every field is optional.
            assert_ne!(pace.state, PaceItem::default().state, "{name} has no content");
        }
        "term" => drop(read::<TermItem>(item)?.into_term()?),
        "artist" => drop(cloud::artists::read_row(item.into())?),
        "run" => drop(read::<Run>(item)?),
        "endpoints" => drop(read::<Findings>(item)?),
        "capability" => drop(cloud::control::capability::read(item.into())?),
        "yields" => drop(cloud::control::sources::read_yields(&item.into())?),
        _ => unreachable!("{name} does not begin with the kind of its item"),
    }
    Ok(())
}

#[test]
fn the_kept_items_have_the_current_form() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/items");
    for file in fs::read_dir(corpus).expect("a corpus") {
        let file = file.expect("a file");
        let (name, data) = (file.file_name(), fs::read(file.path()).expect("readable"));
        let name = name.to_str().expect("a name");
        match name.strip_prefix("refused-") {
            Some(kind) => assert!(item(kind, &data).is_err(), "{name} must be refused"),
            None => assert_eq!(item(name, &data), Ok(()), "{name}"),
        }
    }
}
