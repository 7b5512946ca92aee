//! `LocalStack` by `localstack/compose.yaml`.

use std::{
    io::{Write, stderr},
    net::{IpAddr, TcpListener},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use crate::{
    access::Access,
    process::{quiet, shown},
    running::answers,
    workspace::Workspace,
};

const NEEDS_DOCKER: &str = "--backend localstack-docker needs a running Docker engine; start Docker, or use --backend \
                            localstack, which is LocalStack without Docker";

/// Where the compose file publishes it.
const ENDPOINT: &str = "http://127.0.0.1:4566";

const PROJECT: &str = "fermata";

/// Removes the container with everything in it.
const DOWN: [&str; 2] = ["down", "--volumes"];

/// Pulling the image is Docker's part and has been waited for; this is only the start.
const PATIENCE: Duration = Duration::from_mins(2);

/// The container of this command. Dropping it removes the container with everything in it.
#[derive(Debug)]
pub struct Container {
    workspace: Workspace,
    access: Access,
    stays: bool,
}

/// Starts the container and waits until it answers.
pub(crate) async fn start(workspace: &Workspace) -> Result<Container> {
    quiet(Command::new("docker").arg("info"), "asking Docker").await.context(NEEDS_DOCKER)?;
    if let Err(error) = TcpListener::bind("127.0.0.1:4566") {
        bail!(
            "port 4566 is taken ({error}); if an emulator listens there, use --endpoint {ENDPOINT}, otherwise end \
             the program that holds the port and run the command again"
        );
    }
    // Made before Docker starts anything, since an interrupt may come at any time after that.
    let container = Container { workspace: workspace.clone(), access: Access::to(ENDPOINT), stays: false };
    shown(compose(workspace).args(["up", "--detach"]), "docker compose up").await?;
    if !answers(&format!("{ENDPOINT}/_localstack/health"), PATIENCE).await {
        let log = quiet(compose(workspace).args(["logs", "--tail", "20"]), "reading its log").await;
        bail!("LocalStack did not answer within {} s; the end of its log:\n{}", PATIENCE.as_secs(), log?);
    }
    Ok(container)
}

impl Container {
    /// How programs reach what runs in it.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Lets go of it, so that it stays when this command ends.
    pub(crate) fn leave_running(mut self) {
        self.stays = true;
    }

    /// Removes it with everything in it.
    pub(crate) async fn stop(mut self) -> Result<()> {
        stop(&self.workspace).await?;
        self.stays = true;
        Ok(())
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if self.stays {
            return;
        }
        // What is being dropped cannot wait for the runtime.
        let mut down = compose(&self.workspace);
        let down = down.args(DOWN).as_std_mut().stdin(Stdio::null()).stdout(Stdio::null());
        if !down.stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
            let _ = writeln!(
                stderr(),
                "The container with LocalStack may still run; `docker compose --project-name {PROJECT} down --volumes` \
                 removes it."
            );
        }
    }
}

/// This machine's own address on Docker's default network.
pub(crate) async fn bridge() -> Result<IpAddr> {
    let format = "{{(index .IPAM.Config 0).Gateway}}";
    let mut inspect = Command::new("docker");
    let gateway = quiet(inspect.args(["network", "inspect", "bridge", "--format", format]), "asking Docker")
        .await
        .context(NEEDS_DOCKER)?;
    gateway.trim().parse().with_context(|| {
        format!("Docker says that its gateway is `{}`; name the address with --fake-address", gateway.trim())
    })
}

/// Removes the container with everything in it.
pub(crate) async fn stop(workspace: &Workspace) -> Result<()> {
    quiet(compose(workspace).args(DOWN), "docker compose down").await.map(drop)
}

fn compose(workspace: &Workspace) -> Command {
    let mut command = Command::new("docker");
    command.args(["compose", "--project-name", PROJECT, "--file"]).arg(workspace.localstack("compose.yaml"));
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::localstack;

    const FILE: &str = include_str!("../../compose.yaml");

    fn setting(name: &str) -> Option<&'static str> {
        FILE.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(": "))
    }

    #[test]
    fn the_container_is_the_last_release_without_an_account_and_on_this_machine_only() {
        let (image, digest) = setting("image").and_then(|image| image.split_once("@sha256:")).unwrap();
        assert_eq!(image, "localstack/localstack:4.14.0");
        assert!(digest.len() == 64 && digest.bytes().all(|it| it.is_ascii_hexdigit()), "{digest}");
        let (address, port) = ENDPOINT.trim_start_matches("http://").split_once(':').unwrap();
        let published = format!("- \"{address}:{port}:{port}\"");
        assert_eq!(FILE.lines().filter(|line| line.trim().starts_with("- \"")).count(), 1, "one port");
        assert!(FILE.contains(&published), "{published}");
    }

    #[test]
    fn the_container_offers_what_the_process_does() {
        assert_eq!(setting("SERVICES"), Some(localstack::SERVICES));
        let quoted = |text: &str| text.trim_matches('"').to_owned();
        for (name, value) in localstack::BEHAVIOUR {
            assert_eq!(setting(name).map(quoted).as_deref(), Some(value), "{name}");
        }
    }
}
