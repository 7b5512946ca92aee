//! Fermata on an emulator that goes on when the command ends.

use std::{thread, time::Duration};

use anyhow::{Result, bail};
use tokio::{runtime, signal, time};

use crate::{
    aws::Clients,
    deploy,
    emulator::{Access, Emulator},
};

/// What was put on an emulator that is not ours, the Spotify credentials first of all. Dropping it removes
/// all of it, so that nothing stays when the command is stopped or fails.
#[derive(Debug)]
pub(super) struct Guest(Option<Access>);

impl Guest {
    /// How long a command may take to end for this.
    const PATIENCE: Duration = Duration::from_mins(1);

    /// Nothing has to be removed from an emulator that ends with the command.
    pub(super) fn on(emulator: &Emulator) -> Self {
        match emulator {
            Emulator::Process(_) | Emulator::Docker(_) => Self(None),
            Emulator::Foreign(access) => Self(Some(access.clone())),
        }
    }

    /// It stays, or was removed already.
    pub(super) fn forget(mut self) {
        self.0 = None;
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let Some(access) = self.0.take() else { return };
        let endpoint = access.endpoint().to_owned();
        note!("Removing Fermata from {endpoint}; another Ctrl-C leaves the rest of it there.");
        // What is being dropped cannot wait for its own runtime.
        let removal = thread::spawn(move || remove(&access));
        if !removal.join().is_ok_and(|removed| removed.is_ok()) {
            note!("Fermata, with the Spotify credentials, may still be on {endpoint}.");
        }
    }
}

fn remove(access: &Access) -> Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let clients = Clients::new(access);
    runtime.block_on(async {
        tokio::select! {
            cleared = time::timeout(Guest::PATIENCE, deploy::clear(&clients)) => cleared?,
            _ = signal::ctrl_c() => bail!("stopped by Ctrl-C"),
        }
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::error::ProvideErrorMetadata;

    use super::*;
    use crate::{
        emulator::{Lifetime, Server},
        python::{Environment, Requirements},
        workspace::Workspace,
    };

    const TEMPLATE: &str = r#"{"Resources": {"Window": {"Type": "AWS::SQS::Queue"}}}"#;

    /// An emulator of somebody else, with a stack and a secret of ours.
    async fn visited(folder: &std::path::Path) -> Result<(Server, Clients)> {
        let environment = Environment::ensure(&Workspace::find().await?, Requirements::Run).await?;
        let server = Server::ministack(&environment, folder, Lifetime::Command).await?;
        let clients = Clients::new(server.access());
        deploy::store_secret(&clients, "app", "hush").await?;
        let create = clients.cloudformation.create_stack().stack_name(deploy::STACK).template_body(TEMPLATE);
        create.send().await?;
        Ok((server, clients))
    }

    /// Whether the stack and the secret are there.
    async fn is_there(clients: &Clients) -> (bool, bool) {
        let stack = clients.cloudformation.describe_stacks().stack_name(deploy::STACK).send().await;
        if let Err(error) = &stack {
            assert_eq!(error.code(), Some("ValidationError"), "{error:?}");
        }
        let secret = clients.secrets.get_secret_value().secret_id(deploy::SECRET).send().await;
        (stack.is_ok(), secret.is_ok())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_dropped_guest_takes_stack_and_secret_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let (server, clients) = visited(folder.path()).await.unwrap();
        let foreign = Emulator::Foreign(server.access().clone());
        Guest::on(&foreign).forget();
        assert_eq!(is_there(&clients).await, (true, true), "what was let go stays");
        drop(Guest::on(&foreign));
        assert_eq!(is_there(&clients).await, (false, false));
        server.stop().await;
    }
}
