//! The deployed Fermata that a command is about: the running local stack, one on an emulator, or one on AWS.

use anyhow::{Context, Result};

use crate::{
    account, aws::Clients, cli::PlaceArgs, deploy::Deployment, emulator::Access, observe::Observer,
    operator::Operator, spotify::Controls, state::Left, workspace::Workspace,
};

/// Access to a deployed Fermata.
#[derive(Clone, Debug)]
pub struct Place {
    /// Clients for its services.
    pub clients: Clients,
    /// Names of what was deployed.
    pub deployment: Deployment,
    /// Controls of the stand-in of the local stack.
    pub fake: Option<Controls>,
    /// Where it is, for people: an address, or AWS with its region.
    pub name: String,
    /// Whether it is on AWS.
    pub is_aws: bool,
}

impl Place {
    /// What the arguments name.
    ///
    /// # Errors
    /// When nothing is deployed there; when no local stack is up, or this is not a clone.
    pub async fn find(args: &PlaceArgs) -> Result<Self> {
        if args.aws {
            return Self::on_aws(args).await;
        }
        if let Some(url) = &args.endpoint {
            let clients = Clients::new(&Access::to(url));
            let deployment = Deployment::find(&clients, &args.stack_name).await?;
            return Ok(Self { clients, deployment, fake: None, name: url.clone(), is_aws: false });
        }
        let workspace = Workspace::find().await.context(
            "the local stack belongs to a clone of Fermata; run this inside the clone, or say where Fermata is with \
             --aws or --endpoint URL",
        )?;
        Ok(Self::left(&Left::require(&workspace).await?))
    }

    async fn on_aws(args: &PlaceArgs) -> Result<Self> {
        let config = account::config(args.profile.as_deref(), args.region.as_deref()).await?;
        let clients = Clients::of(&config);
        let deployment = Deployment::find(&clients, &args.stack_name).await?;
        let region = config.region().map_or("", |region| region.as_ref());
        let name = format!("AWS, {region}");
        Ok(Self { clients, deployment, fake: None, name, is_aws: true })
    }

    /// The local stack that was left running.
    pub fn left(left: &Left) -> Self {
        Self {
            clients: left.clients(),
            deployment: left.deployment.clone(),
            fake: left.fake.clone(),
            name: left.endpoint().to_owned(),
            is_aws: false,
        }
    }

    /// Questions to it.
    pub fn observer(&self) -> Observer {
        Observer::new(self.clients.clone(), self.deployment.clone())
    }

    /// What an operator does there.
    pub fn operator(&self) -> Operator {
        Operator::new(&self.clients, &self.deployment)
    }
}
