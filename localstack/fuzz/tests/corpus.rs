//! The kept inputs, with the compiler of the workspace.

use std::fs;
use std::path::Path;

#[test]
fn every_target_takes_every_input_that_is_kept_for_it() {
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
    assert!(broken.is_empty(), "these are not taken, for the reasons above: {broken:?}");
}

#[test]
fn every_folder_of_inputs_has_its_target() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for folder in fs::read_dir(corpus).expect("a corpus") {
        let name = folder.expect("a folder").file_name();
        assert!(fuzz::TARGETS.iter().any(|(target, _)| name == *target), "nothing reads {}", name.display());
    }
}
