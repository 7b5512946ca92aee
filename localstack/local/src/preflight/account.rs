//! Whether an AWS account has room for Fermata, before it is deployed there.

use anyhow::{Context, Result};
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use serde_json::{Value, json};

use crate::{aws::Clients, deploy::SECRET};

/// Executions that Lambda keeps unreserved in every account.
const UNRESERVED: i32 = 100;

/// The template's default of `Concurrency`.
const CONCURRENCY: i32 = 2;

/// Longest name of a stack and its region together: S3 allows 63 characters for the name of the bucket, which
/// is `STACK-snapshots-ACCOUNT-REGION`, with the 12 digits of the account.
const LONGEST_NAME: usize = 63 - "-snapshots-".len() - 12 - "-".len();

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub what: &'static str,
    /// What was found.
    pub found: String,
    /// What to do about it; nothing where all is well.
    pub remedy: Option<String>,
}

impl Check {
    pub(super) fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, found: found.into(), remedy: None }
    }

    pub(super) fn bad(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what, found: found.into(), remedy: Some(remedy.into()) }
    }

    /// The check as JSON.
    pub fn to_json(&self) -> Value {
        json!({"what": self.what, "good": self.remedy.is_none(), "found": self.found, "remedy": self.remedy})
    }
}

/// Checks the account for a stack of that name.
pub async fn account(clients: &Clients, stack: &str) -> Vec<Check> {
    let (executions, secret, stands) =
        tokio::join!(executions(clients), secret(clients), stands(clients, stack));
    let region = clients.s3.config().region().map_or("", AsRef::as_ref);
    let mut checks = vec![name(stack, region), executions, secret];
    match stands {
        Ok(Some(standing)) => checks.push(standing),
        Ok(None) => checks.push(tables(clients, stack).await),
        Err(error) => checks.push(unknown("stack", &error)),
    }
    checks
}

fn unknown(what: &'static str, error: &anyhow::Error) -> Check {
    Check::bad(what, format!("{error:#}"), "allow the caller this read, or check it by hand")
}

fn name(stack: &str, region: &str) -> Check {
    let starts = stack.starts_with(|c: char| c.is_ascii_lowercase());
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(starts && stack.bytes().all(is_part)) {
        let remedy = "use small letters, digits and hyphens, and begin with a letter: the bucket is named after the stack";
        return Check::bad("name", format!("{stack:?} is no name for a stack of Fermata"), remedy);
    }
    let longest = LONGEST_NAME.saturating_sub(region.len());
    if stack.len() > longest {
        let remedy =
            format!("choose one of at most {longest}: in {region}, its bucket's name has no room for more");
        return Check::bad("name", format!("{stack:?} has {} characters", stack.len()), remedy);
    }
    Check::good("name", stack)
}

async fn executions(clients: &Clients) -> Check {
    const WHAT: &str = "concurrent executions";
    let settings = clients.lambda.get_account_settings().send().await;
    let settings = match settings.context("lambda:GetAccountSettings failed") {
        Ok(settings) => settings,
        Err(error) => return unknown(WHAT, &error),
    };
    let Some(limit) = settings.account_limit() else {
        return Check::bad(WHAT, "Lambda names no limit", "look at the quota in the console");
    };
    let (all, free) = (limit.concurrent_executions(), limit.unreserved_concurrent_executions());
    let free = free.unwrap_or(all);
    let found = format!("{all} in this region, {free} of them not reserved");
    if free >= UNRESERVED + CONCURRENCY {
        return Check::good(WHAT, found);
    }
    let remedy = format!(
        "deploy with ReserveConcurrency=false, or ask for a higher quota: {UNRESERVED} must stay unreserved"
    );
    Check::bad(WHAT, found, remedy)
}

async fn secret(clients: &Clients) -> Check {
    const WHAT: &str = "secret";
    let answer = clients.secrets.get_secret_value().secret_id(SECRET).send().await;
    let value = match answer {
        Ok(answer) => answer.secret_string().unwrap_or_default().to_owned(),
        Err(error) if error.code() == Some("ResourceNotFoundException") => {
            let remedy = "store your app's client_id and client_secret there, as infra/README.md shows";
            return Check::bad(WHAT, format!("{SECRET} does not exist in this region"), remedy);
        }
        Err(error) => {
            let error = anyhow::Error::from(error).context("secretsmanager:GetSecretValue failed");
            return unknown(WHAT, &error);
        }
    };
    let value: Value = serde_json::from_str(&value).unwrap_or_default();
    let is_missing = |field: &&str| value[field].as_str().is_none_or(|text| text.trim().is_empty());
    let missing: Vec<&str> = ["client_id", "client_secret"].into_iter().filter(is_missing).collect();
    if missing.is_empty() {
        return Check::good(WHAT, format!("{SECRET} has a client_id and a client_secret"));
    }
    let remedy = r#"its value must be JSON: {"client_id": "...", "client_secret": "..."}"#;
    Check::bad(WHAT, format!("{SECRET} has no {}", missing.join(" and no ")), remedy)
}

/// The stack of that name, if there is one.
async fn stands(clients: &Clients, stack: &str) -> Result<Option<Check>> {
    let answer = clients.cloudformation.describe_stacks().stack_name(stack).send().await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if error.code() == Some("ValidationError") => return Ok(None),
        Err(error) => return Err(error).context("cloudformation:DescribeStacks failed"),
    };
    let state =
        answer.stacks().iter().find_map(|stack| stack.stack_status().map(|it| it.as_str().to_owned()));
    Ok(state.map(|state| {
        let found = format!("{stack} stands: {state}");
        match state.as_str() {
            "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "DELETE_FAILED" => {
                let remedy = "its first deployment failed: delete it before you deploy again";
                Check::bad("stack", found, remedy)
            }
            state if state.ends_with("_IN_PROGRESS") => {
                Check::bad("stack", found, "wait until that has ended")
            }
            state if state.ends_with("_FAILED") => {
                Check::bad("stack", found, "look at its events, then deploy again")
            }
            _ => Check::good("stack", format!("{found}; deploying updates it")),
        }
    }))
}

/// Whether tables of the names that the stack would give are there already, which would end its deployment.
async fn tables(clients: &Clients, stack: &str) -> Check {
    const WHAT: &str = "names";
    let mut taken = Vec::new();
    for table in
        ["artists", "tracks", "edges", "users", "terms", "control"].map(|table| format!("{stack}-{table}"))
    {
        match clients.dynamodb.describe_table().table_name(&table).send().await {
            Ok(_) => taken.push(table),
            Err(error) if error.code() == Some("ResourceNotFoundException") => {}
            Err(error) => {
                return unknown(WHAT, &anyhow::Error::from(error).context("dynamodb:DescribeTable failed"));
            }
        }
    }
    if taken.is_empty() {
        return Check::good(WHAT, format!("no table of {stack} exists"));
    }
    let remedy = "an earlier stack left them: choose another name, or import or delete them";
    Check::bad(WHAT, format!("{} exist without their stack", taken.join(" and ")), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_s3_would_refuse_for_the_bucket_are_refused() {
        for good in ["fermata", "fermata-2", &"a".repeat(30)] {
            assert_eq!(name(good, "us-east-1").remedy, None, "{good}");
            let bucket = format!("{good}-snapshots-111122223333-us-east-1");
            assert!(bucket.len() <= 63, "{bucket}");
        }
        for bad in ["", "2fermata", "Fermata", "fer_mata", "fermata.prod", &"a".repeat(31)] {
            assert!(name(bad, "us-east-1").remedy.is_some(), "{bad}");
        }
        assert!(name(&"a".repeat(26), "ap-southeast-1").remedy.is_some());
    }
}
