//! The tests of the Python package, in the virtual environment that it is installed in.

use emulator::{
    process::quiet,
    python::{Environment, Requirements},
    workspace::Workspace,
};
use tokio::process::Command;

#[tokio::test]
async fn the_package_that_starts_emulators_passes_its_own_tests() {
    let workspace = Workspace::find().await.unwrap();
    let environment = Environment::ensure(&workspace, Requirements::LocalStack).await.unwrap();
    let mut python = Command::new(environment.python());
    // In the package's folder, so that the sources are tested and not what was installed of them.
    python.args(["-m", "unittest", "discover", "--top-level-directory", ".", "--start-directory", "tests"]);
    python.current_dir(workspace.localstack("emulator/python")).env("PYTHONDONTWRITEBYTECODE", "1");
    quiet(&mut python, "the tests of fermata_emulators").await.unwrap();
}
