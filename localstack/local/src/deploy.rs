//! Brings the template onto an emulator the way it comes onto AWS: packages in S3, a stack by CloudFormation.

mod removal;

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::{Capability, Parameter, Stack, StackEvent};
use aws_sdk_lambda::types::{RecursiveLoop, ScalingConfig};
use aws_sdk_secretsmanager::operation::create_secret::CreateSecretError;
use serde::{Deserialize, Serialize};
use tokio::time;

pub use self::removal::{clear, remove, remove_secret};
use crate::{aws::Clients, functions::Version};

/// Name of the stack, and so the beginning of the names of its tables and queues.
pub const STACK: &str = "fermata";

/// Where the Spotify credentials lie; the template's own default.
pub const SECRET: &str = "fermata/spotify";

const BUCKET: &str = "fermata-packages";

const PATIENCE: Duration = Duration::from_mins(5);

/// The names of what was deployed, from the outputs of the stack.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Deployment {
    /// Table of the artists.
    pub artists: String,
    /// Table of the edges: who appears with whom.
    pub edges: String,
    /// Table of the artists' index, if there is one.
    pub search: Option<String>,
    /// Table of the tracks of genres, if there is one.
    #[serde(default)]
    pub tracks: Option<String>,
    /// Table of the users.
    pub users: String,
    /// Table of the terms.
    pub terms: String,
    /// Table of runs, pace and capabilities.
    pub control: String,
    /// URL of the queue of terms.
    pub window: String,
    /// URL of the queue of what was given up.
    pub dead_letters: String,
    /// Name of the function that opens and closes runs.
    pub seeder: String,
    /// Name of the function that asks Spotify.
    pub fetcher: String,
    /// Name of the function that makes snapshots; nothing of a stack from before there was one.
    pub exporter: Option<String>,
    /// URL of the queue of the pieces of an export.
    pub exports: Option<String>,
    /// Bucket of the snapshots.
    pub bucket: Option<String>,
    /// Athena workgroup of the snapshots, and name of their database; nothing without a catalogue.
    pub workgroup: Option<String>,
    /// Name of the function that recommends; nothing of a stack without recommendations.
    pub recommender: Option<String>,
    /// Name of the function that answers the API; nothing of a stack from before there was one.
    pub api: Option<String>,
    /// Address of the API; nothing where there is none, as on an emulator that has no HTTP APIs.
    pub api_url: Option<String>,
}

/// Template parameters by name; those left out keep the template's defaults.
pub type Parameters = BTreeMap<String, String>;

/// Stores the Spotify credentials.
pub async fn store_secret(clients: &Clients, client_id: &str, client_secret: &str) -> Result<()> {
    let value = serde_json::json!({"client_id": client_id, "client_secret": client_secret}).to_string();
    let created = clients.secrets.create_secret().name(SECRET).secret_string(&value).send().await;
    match created {
        Ok(_) => Ok(()),
        Err(error)
            if error.as_service_error().is_some_and(CreateSecretError::is_resource_exists_exception) =>
        {
            let stored =
                clients.secrets.put_secret_value().secret_id(SECRET).secret_string(&value).send().await;
            stored.map(drop).context("the secret with the Spotify credentials could not be changed")
        }
        Err(error) => Err(error).context("the secret with the Spotify credentials could not be stored"),
    }
}

/// Uploads the packages and creates the stack, replacing one of the same name.
///
/// # Errors
/// A stack that cannot be created ends in an error with the reason of every resource that failed.
pub async fn deploy(clients: &Clients, version: &Version, parameters: &Parameters) -> Result<Deployment> {
    remove(clients).await?;
    let template = upload(clients, version, "first").await?;
    clients
        .cloudformation
        .create_stack()
        .stack_name(STACK)
        .template_url(template)
        .set_parameters(Some(parameters.iter().map(parameter).collect()))
        .capabilities(Capability::CapabilityIam)
        .capabilities(Capability::CapabilityAutoExpand)
        .send()
        .await
        .map_err(|error| anyhow!("{}", aws_sdk_cloudformation::error::DisplayErrorContext(error)))
        .context("CloudFormation does not take infra/template.yaml")?;
    ready(clients, parameters).await
}

/// Uploads the packages of another version and updates the stack to it, as `sam deploy` does.
///
/// # Errors
/// As [`deploy`]. CloudFormation then rolls the stack back.
pub async fn update(clients: &Clients, version: &Version, parameters: &Parameters) -> Result<Deployment> {
    // Under the same keys, CloudFormation would see no change of the functions.
    let template = upload(clients, version, "next").await?;
    clients
        .cloudformation
        .update_stack()
        .stack_name(STACK)
        .template_url(template)
        .set_parameters(Some(parameters.iter().map(parameter).collect()))
        .capabilities(Capability::CapabilityIam)
        .capabilities(Capability::CapabilityAutoExpand)
        .send()
        .await
        .map_err(|error| anyhow!("{}", aws_sdk_cloudformation::error::DisplayErrorContext(error)))
        .context("CloudFormation does not take infra/template.yaml for the stack")?;
    ready(clients, parameters).await
}

/// Waits for the stack and completes it.
async fn ready(clients: &Clients, parameters: &Parameters) -> Result<Deployment> {
    let stack = finished(clients).await?;
    let deployment = Deployment::read(clients, &stack)?;
    complete(clients, &deployment, parameters).await?;
    Ok(deployment)
}

fn parameter((name, value): (&String, &String)) -> Parameter {
    Parameter::builder().parameter_key(name).parameter_value(value).build()
}

/// Puts every package into a bucket below `prefix`, and beside them the template that names them there.
/// Returns the address of the template, which is larger than CloudFormation takes in a request.
async fn upload(clients: &Clients, version: &Version, prefix: &str) -> Result<String> {
    // Existing already is fine.
    let created = clients.s3.create_bucket().bucket(BUCKET).send().await;
    let mut template = version.template.clone();
    let mut files = Vec::new();
    for package in &version.packages {
        let key = format!("{prefix}/{}.zip", package.name);
        template = template.with_code(package.name, &format!("s3://{BUCKET}/{key}"))?;
        files.push((key, package.zip.clone()));
    }
    let key = format!("{prefix}/template.yaml");
    let url = format!("{}/{BUCKET}/{key}", clients.endpoint.trim_end_matches('/'));
    files.push((key, template.body().as_bytes().to_vec()));
    for (key, content) in files {
        let stored = clients.s3.put_object().bucket(BUCKET).key(&key).body(content.into()).send().await;
        if let Err(error) = stored {
            created.context("the bucket for the functions could not be created")?;
            return Err(error).with_context(|| format!("{key} could not be uploaded"));
        }
    }
    Ok(url)
}

/// Waits until the stack is there, or tells why it is not.
async fn finished(clients: &Clients) -> Result<Stack> {
    let deadline = time::Instant::now() + PATIENCE;
    loop {
        let stack = describe(clients).await?.context("the new stack has vanished")?;
        match stack.stack_status().map_or("", |status| status.as_str()) {
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" => return Ok(stack),
            "CREATE_IN_PROGRESS"
            | "REVIEW_IN_PROGRESS"
            | "UPDATE_IN_PROGRESS"
            | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
                if time::Instant::now() < deadline =>
            {
                time::sleep(Duration::from_millis(250)).await;
            }
            status => bail!(
                "the deployment of infra/template.yaml ended in {status}; correct what is named here and run the \
                 command again:\n{}",
                reasons(clients, &stack).await
            ),
        }
    }
}

async fn describe(clients: &Clients) -> Result<Option<Stack>> {
    match clients.cloudformation.describe_stacks().stack_name(STACK).send().await {
        Ok(answer) => Ok(answer.stacks.unwrap_or_default().into_iter().next()),
        // CloudFormation has no error of its own for a stack that is not there, only a validation error.
        Err(error) if error.as_service_error().is_some() => Ok(None),
        Err(error) => Err(error).context("the emulator's CloudFormation does not answer"),
    }
}

/// The resources that failed, with their reasons, one on each line.
async fn reasons(clients: &Clients, stack: &Stack) -> String {
    let failed = |event: &StackEvent| {
        let status = event.resource_status()?.as_str();
        let reason = event.resource_status_reason()?;
        let line = format!("  {}: {reason}", event.logical_resource_id().unwrap_or("?"));
        status.ends_with("FAILED").then_some(line)
    };
    let events = clients.cloudformation.describe_stack_events().stack_name(STACK).send().await;
    let mut lines: Vec<String> =
        events.map(|answer| answer.stack_events().iter().filter_map(failed).collect()).unwrap_or_default();
    lines.reverse();
    if lines.is_empty() {
        lines.push(format!("  {}", stack.stack_status_reason().unwrap_or("no reason was given")));
    }
    lines.join("\n")
}

/// Sets by API what an emulator's CloudFormation leaves out of the template. `MiniStack` drops the reserved
/// concurrency and the recursion setting, and keeps the mapping's concurrency as the text that a parameter
/// is, on which its poller then stumbles. Where all is set already this changes nothing.
async fn complete(clients: &Clients, deployment: &Deployment, parameters: &Parameters) -> Result<()> {
    let concurrency = parameters.get("Concurrency").map_or(Ok(2), |text| text.parse())?;
    limit_mapping(clients, concurrency).await?;
    if parameters.get("ReserveConcurrency").is_none_or(|value| value == "true") {
        let reserve = clients.lambda.put_function_concurrency().function_name(&deployment.fetcher);
        let answer = reserve.reserved_concurrent_executions(concurrency).send().await;
        answer.context("the fetcher's reserved concurrency could not be set")?;
    }
    let recursion = clients
        .lambda
        .put_function_recursion_config()
        .function_name(&deployment.fetcher)
        .recursive_loop(RecursiveLoop::Allow)
        .send()
        .await;
    if recursion.is_err() {
        // An emulator that does not know the setting does not look for loops either.
        note!("note: this emulator has no recursion setting; continuing without it");
    }
    Ok(())
}

/// Sets how many batches the queue may hand to the fetcher at once.
async fn limit_mapping(clients: &Clients, concurrency: i32) -> Result<()> {
    // Lambda's own list cannot be read while it has text for a number.
    let resources = clients.cloudformation.describe_stack_resources().stack_name(STACK).send().await;
    let resources = resources.context("the resources of the stack cannot be listed")?;
    let mapping = resources
        .stack_resources()
        .iter()
        .find(|resource| resource.resource_type() == Some("AWS::Lambda::EventSourceMapping"))
        .and_then(|resource| resource.physical_resource_id())
        .context("the template maps no queue to the fetcher")?;
    let scaling = ScalingConfig::builder().maximum_concurrency(concurrency).build();
    let update =
        clients.lambda.update_event_source_mapping().uuid(mapping).scaling_config(scaling).send().await;
    update.map(drop).context("the fetcher's queue mapping could not be changed")
}

impl Deployment {
    /// What was deployed as the stack called `name`.
    ///
    /// # Errors
    /// When there is none, it may not be read, or it is not a Fermata.
    pub async fn find(clients: &Clients, name: &str) -> Result<Self> {
        let place = &clients.endpoint;
        let none = || format!("no stack called {name} was found at {place}");
        let answer = clients.cloudformation.describe_stacks().stack_name(name).send().await;
        let answer = answer.map_err(|error| match error.code() {
            // CloudFormation has no error of its own for a stack that does not exist.
            Some("ValidationError") => anyhow!(none()),
            Some(code) => {
                anyhow!(
                    "CloudFormation at {place} refused: {code}: {}",
                    error.message().unwrap_or("no reason given")
                )
            }
            None => anyhow::Error::new(error).context(format!("CloudFormation at {place} cannot be asked")),
        })?;
        let stack = answer.stacks().first().with_context(none)?;
        Self::read(clients, stack)
    }

    fn read(clients: &Clients, stack: &Stack) -> Result<Self> {
        let find = |key: &str| {
            let output = stack.outputs().iter().find(|output| output.output_key() == Some(key));
            output.and_then(|output| output.output_value().map(str::to_owned))
        };
        let output =
            |key: &str| find(key).with_context(|| format!("the stack has no output {key}; is it a Fermata?"));
        Ok(Self {
            artists: output("ArtistsTable")?,
            edges: output("EdgesTable")?,
            search: find("SearchTable"),
            tracks: find("TracksTable"),
            users: output("UsersTable")?,
            terms: output("TermsTable")?,
            control: output("ControlTable")?,
            window: output("WindowQueueUrl")?,
            dead_letters: output("DeadLetterQueueUrl")?,
            seeder: output("SeederFunction")?,
            fetcher: output("FetcherFunction")?,
            exporter: find("ExporterFunction"),
            exports: find("ExportQueueUrl"),
            bucket: find("SnapshotBucket"),
            workgroup: find("SnapshotWorkGroup"),
            recommender: find("RecommenderFunction"),
            api: find("ApiFunction"),
            api_url: find("ApiUrl").and_then(|url| api_url(&clients.endpoint, &url)),
        })
    }
}

/// Where the HTTP API answers that CloudFormation calls `url`. An emulator names a host that would have to be
/// resolved, and serves the same below a path of its own address.
fn api_url(endpoint: &str, url: &str) -> Option<String> {
    let (_, host) = url.split_once("://")?;
    let (id, _) = host.split_once(".execute-api.")?;
    Some(match endpoint.split_once("://") {
        Some(_) => format!("{}/_aws/execute-api/{id}", endpoint.trim_end_matches('/')),
        None => url.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emulator_serves_the_api_below_its_own_address() {
        let on_aws = "https://abcdefghij.execute-api.eu-west-1.amazonaws.com";
        assert_eq!(api_url("AWS", on_aws).as_deref(), Some(on_aws));
        let emulated = api_url("http://127.0.0.1:4566", "http://1a2b3c4d.execute-api.localhost:4566");
        assert_eq!(emulated.as_deref(), Some("http://127.0.0.1:4566/_aws/execute-api/1a2b3c4d"));
        assert_eq!(api_url("http://127.0.0.1:4566", "unknown"), None, "an emulator without HTTP APIs");
    }
}
