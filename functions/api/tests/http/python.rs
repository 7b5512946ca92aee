//! Virtual environments for the Python programs that some tests run.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The Python of an environment that has what `tests/http/NAME/requirements.txt` pins. It is made when it is
/// missing or its requirements have changed.
pub(crate) fn python(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    let lock = File::create(folder.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let (file, stamp) = (source(name, "requirements.txt"), folder.join("installed"));
    let wanted = fs::read_to_string(&file).unwrap();
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return folder.join("bin/python");
    }
    drop(fs::remove_dir_all(&folder));
    let python = std::env::var("FERMATA_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    run(Command::new(python).args(["-m", "venv"]).arg(&folder));
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip.args(["--require-hashes", "--only-binary", ":all:", "--requirement"]);
    run(pip.arg(&file));
    fs::write(stamp, wanted).unwrap();
    folder.join("bin/python")
}

/// A file for one of the programs, among the tests.
pub(crate) fn source(name: &str, file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http").join(name).join(file)
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
