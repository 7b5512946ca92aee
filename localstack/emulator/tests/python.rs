//! The tests of the Python package, in the virtual environment that it is installed in.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use emulator::{
    process::quiet,
    python::{Environment, Requirements},
    workspace::Workspace,
};
use tokio::process::Command;

/// Runs tests of the package where `requirements` are installed. In the package's folder, so that the sources
/// are tested and not what was installed of them.
async fn test(requirements: Requirements, arguments: &[&str]) {
    let workspace = Workspace::find().await.unwrap();
    let environment = Environment::ensure(&workspace, requirements).await.unwrap();
    let mut python = Command::new(environment.python());
    python.args(["-m", "unittest"]).args(arguments);
    python.current_dir(workspace.localstack("emulator/python")).env("PYTHONDONTWRITEBYTECODE", "1");
    quiet(&mut python, "the tests of fermata_emulators").await.unwrap();
}

#[tokio::test]
async fn the_package_that_starts_emulators_passes_its_own_tests() {
    let all = ["discover", "--top-level-directory", ".", "--start-directory", "tests"];
    test(Requirements::LocalStack, &all).await;
}

#[tokio::test]
async fn quick_queries_of_ministack_answer_what_its_own_do() {
    test(Requirements::Run, &["tests.test_queries"]).await;
}
