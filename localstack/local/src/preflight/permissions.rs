//! Whether the caller may deploy: IAM simulates the actions of `infra/deployer-policy.json` for them.

use anyhow::{Context, Result, bail};
use aws_config::SdkConfig;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType};
use serde::Deserialize;

use super::account::Check;

const WHAT: &str = "permissions";

/// The policy that a deployer needs, for this account, every region and a stack of this name.
const POLICY: &str = include_str!("../../../../infra/deployer-policy.json");
const ACCOUNT: &str = "111122223333";
const STACK: &str = "fermata";

/// The statement that a deployment needs only with a KMS key of the operator's.
const WITH_KEY: &str = "OnlyWithKeyArn";

/// Most actions that are named; the rest is counted.
const NAMED: usize = 8;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    statement: Vec<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: String,
    action: OneOrMany,
    resource: OneOrMany,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn all(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

/// Checks whether the caller may deploy a stack of that name. An action counts as allowed if it is for any
/// resource of its statement, since not every action knows every resource. IAM's simulation leaves out what
/// only a resource's own policy, or the session of a role, forbids.
pub async fn permissions(config: &SdkConfig, stack: &str) -> Check {
    match Box::pin(simulated(config, stack)).await {
        Ok((caller, actions, missing)) => describe(&caller, actions, &missing),
        Err(error) => {
            let remedy = "allow the caller sts:GetCallerIdentity, iam:GetRole and \
                          iam:SimulatePrincipalPolicy, or compare their policies with \
                          infra/deployer-policy.json";
            Check::bad(WHAT, format!("not known: {error:#}"), remedy)
        }
    }
}

fn describe(caller: &str, actions: usize, missing: &[String]) -> Check {
    if missing.is_empty() {
        return Check::good(WHAT, format!("{caller} may do all {actions} actions of a deployment"));
    }
    let mut named = missing.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if missing.len() > NAMED {
        named = format!("{named} and {} more", missing.len() - NAMED);
    }
    let found = format!("{caller} lacks {} of {actions} actions: {named}", missing.len());
    Check::bad(WHAT, found, "give the caller the policy in infra/deployer-policy.json")
}

/// The caller, how many actions a deployment needs, and those that the caller may not do.
async fn simulated(config: &SdkConfig, stack: &str) -> Result<(String, usize, Vec<String>)> {
    let iam = aws_sdk_iam::Client::new(config);
    let identity = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let identity = identity.context("sts:GetCallerIdentity failed")?;
    let arn = identity.arn().unwrap_or_default();
    let caller = principal(&iam, arn).await?;
    let partition = arn.split(':').nth(1).unwrap_or("aws");
    let region = config.region().map_or("us-east-1", |region| region.as_ref());
    let concrete = |resource: &str| {
        let resource = resource.replace(ACCOUNT, identity.account().unwrap_or_default());
        let resource = resource.replace("arn:aws:", &format!("arn:{partition}:"));
        example(&resource.replace(STACK, stack), region)
    };
    let policy: Policy = serde_json::from_str(POLICY)?;
    let (mut actions, mut missing) = (0, Vec::new());
    for statement in policy.statement.into_iter().filter(|statement| statement.sid != WITH_KEY) {
        let needed = statement.action.all();
        let resources = statement.resource.all().iter().map(|resource| concrete(resource)).collect();
        actions += needed.len();
        missing.extend(denied(&iam, &caller, needed, resources).await?);
    }
    missing.sort_unstable();
    Ok((caller, actions, missing))
}

/// Those of the actions that the caller may do on none of the resources.
async fn denied(
    iam: &aws_sdk_iam::Client,
    caller: &str,
    actions: Vec<String>,
    resources: Vec<String>,
) -> Result<Vec<String>> {
    let results = iam
        .simulate_principal_policy()
        .policy_source_arn(caller)
        .set_action_names(Some(actions))
        .set_resource_arns(Some(resources))
        // The policy lets roles be passed to the services of the stack only.
        .context_entries(passed_to_lambda())
        .into_paginator()
        .items()
        .send();
    let results = results.collect::<Result<Vec<_>, _>>().await;
    let results = results.context("iam:SimulatePrincipalPolicy failed")?;
    let denied = results.iter().filter(|result| !is_allowed(result));
    Ok(denied.map(|result| result.eval_action_name().to_owned()).collect())
}

/// The user or role behind a caller's ARN. The ARN of a role's session lacks the role's path; IAM knows it.
async fn principal(iam: &aws_sdk_iam::Client, arn: &str) -> Result<String> {
    let (_, resource) = arn.rsplit_once(':').with_context(|| format!("{arn:?} is no ARN"))?;
    let mut parts = resource.split('/');
    match (parts.next(), parts.next()) {
        (Some("user"), Some(_)) => Ok(arn.to_owned()),
        (Some("assumed-role"), Some(role)) => {
            let answer = iam.get_role().role_name(role).send().await.context("iam:GetRole failed")?;
            Ok(answer.role().context("IAM names no role")?.arn().to_owned())
        }
        _ => bail!("IAM simulates the policies of users and roles only, and the caller is {arn}"),
    }
}

/// A resource that a pattern matches: in this region, with a word for each other star.
fn example(pattern: &str, region: &str) -> String {
    if pattern == "*" {
        return pattern.to_owned();
    }
    let mut parts: Vec<String> = pattern.splitn(6, ':').map(str::to_owned).collect();
    for (place, part) in parts.iter_mut().enumerate() {
        *part = if place == 3 && part == "*" { region.to_owned() } else { part.replace('*', "preflight") };
    }
    parts.join(":")
}

fn passed_to_lambda() -> ContextEntry {
    ContextEntry::builder()
        .context_key_name("iam:PassedToService")
        .context_key_type(ContextKeyTypeEnum::String)
        .context_key_values("lambda.amazonaws.com")
        .build()
}

fn is_allowed(result: &EvaluationResult) -> bool {
    let allowed = PolicyEvaluationDecisionType::Allowed;
    let for_one =
        |resource: &aws_sdk_iam::types::ResourceSpecificResult| *resource.eval_resource_decision() == allowed;
    *result.eval_decision() == allowed || result.resource_specific_results().iter().any(for_one)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use aws_config::{BehaviorVersion, Region};
    use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    use super::*;

    /// IAM and STS, as far as this check asks them: the caller, and the actions that are denied.
    #[derive(Clone)]
    struct Aws {
        caller: &'static str,
        denied: &'static [&'static str],
        may_simulate: bool,
        asked: Arc<Mutex<Vec<String>>>,
    }

    impl Aws {
        fn of(caller: &'static str, denied: &'static [&'static str]) -> Self {
            Self { caller, denied, may_simulate: true, asked: Arc::default() }
        }

        async fn config(&self) -> SdkConfig {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let aws = self.clone();
            tokio::spawn(async move {
                while let Ok((connection, _)) = listener.accept().await {
                    aws.answer(connection).await;
                }
            });
            SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("eu-west-1"))
                .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                    "id", "key", None, None, "test",
                )))
                .http_client(cloud::aws::http_client())
                .endpoint_url(url)
                .build()
        }

        async fn answer(&self, mut connection: TcpStream) {
            let mut received = Vec::new();
            let body = loop {
                let mut part = [0; 8192];
                let read = connection.read(&mut part).await.unwrap();
                received.extend_from_slice(&part[..read]);
                let text = String::from_utf8_lossy(&received).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
                if body.len() >= length.parse::<usize>().unwrap() {
                    break body.to_owned();
                }
            };
            let (status, answer) = self.answer_to(&body);
            let answer = format!(
                "HTTP/1.1 {status} any\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
                answer.len()
            );
            connection.write_all(answer.as_bytes()).await.unwrap();
            self.asked.lock().unwrap().push(body);
        }

        fn answer_to(&self, body: &str) -> (u16, String) {
            let field =
                |name: &str| body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            match field("Action").unwrap() {
                "GetCallerIdentity" => {
                    let (caller, account) = (self.caller, "444455556666");
                    let identity = format!("<Arn>{caller}</Arn><Account>{account}</Account>");
                    (200, result("GetCallerIdentity", &identity))
                }
                "GetRole" => {
                    let role = field("RoleName").unwrap();
                    let arn = format!("arn:aws:iam::444455556666:role/teams/{role}");
                    let role = format!(
                        "<Role><Path>/teams/</Path><RoleName>{role}</RoleName><RoleId>1</RoleId>\
                         <Arn>{arn}</Arn><CreateDate>2026-11-01T00:00:00Z</CreateDate></Role>"
                    );
                    (200, result("GetRole", &role))
                }
                "SimulatePrincipalPolicy" if self.may_simulate => {
                    let actions = (1..).map_while(|place| field(&format!("ActionNames.member.{place}")));
                    let decisions: String = actions.map(|action| self.decision(action)).collect();
                    let results = format!("<EvaluationResults>{decisions}</EvaluationResults>");
                    (200, result("SimulatePrincipalPolicy", &results))
                }
                action => {
                    let error =
                        format!("<Code>AccessDenied</Code><Message>not authorized: {action}</Message>");
                    (403, format!("<ErrorResponse><Error>{error}</Error></ErrorResponse>"))
                }
            }
        }

        fn decision(&self, action: &str) -> String {
            let action = action.replace("%3A", ":");
            let is_denied = self.denied.contains(&action.as_str());
            let decision = if is_denied { "implicitDeny" } else { "allowed" };
            let action = format!("<EvalActionName>{action}</EvalActionName>");
            format!("<member>{action}<EvalDecision>{decision}</EvalDecision></member>")
        }
    }

    /// An answer in the protocol of IAM and STS.
    fn result(action: &str, content: &str) -> String {
        format!("<{action}Response><{action}Result>{content}</{action}Result></{action}Response>")
    }

    #[tokio::test]
    async fn a_caller_with_every_action_may_deploy() {
        let aws = Aws::of("arn:aws:iam::444455556666:user/ana", &[]);
        let check = permissions(&aws.config().await, "music").await;
        assert_eq!(check.remedy, None, "{check:?}");
        let asked = aws.asked.lock().unwrap().join("\n").replace("%3A", ":").replace("%2F", "/");
        for part in [
            "PolicySourceArn=arn:aws:iam::444455556666:user/ana",
            "arn:aws:dynamodb:eu-west-1:444455556666:table/music-preflight",
            "arn:aws:iam::444455556666:role/music-preflight",
            "cloudformation:CreateStack",
            "iam:PassedToService",
        ] {
            assert!(asked.contains(part), "{part}: {asked}");
        }
        assert!(!asked.contains(ACCOUNT) && !asked.contains("kms:CreateGrant"), "{asked}");
    }

    #[tokio::test]
    async fn missing_actions_are_named() {
        let denied = &["sqs:CreateQueue", "iam:CreateRole"];
        let aws = Aws::of("arn:aws:sts::444455556666:assumed-role/deployer/session", denied);
        let check = permissions(&aws.config().await, "fermata").await;
        assert!(check.found.contains("role/teams/deployer lacks 2 of "), "{check:?}");
        assert!(check.found.ends_with(": iam:CreateRole, sqs:CreateQueue"), "{check:?}");
        assert!(check.remedy.unwrap().contains("deployer-policy.json"));
    }

    #[tokio::test]
    async fn a_caller_who_may_not_simulate_learns_that_nothing_is_known() {
        let aws = Aws { may_simulate: false, ..Aws::of("arn:aws:iam::444455556666:user/ana", &[]) };
        let check = permissions(&aws.config().await, "fermata").await;
        assert!(check.found.starts_with("not known: iam:SimulatePrincipalPolicy failed"), "{check:?}");
        assert!(
            check.found.contains("AccessDenied")
                && check.remedy.unwrap().contains("iam:SimulatePrincipalPolicy")
        );
    }

    #[tokio::test]
    async fn the_root_user_is_not_simulated() {
        let aws = Aws::of("arn:aws:iam::444455556666:root", &[]);
        let check = permissions(&aws.config().await, "fermata").await;
        assert!(check.found.contains("users and roles only"), "{check:?}");
    }

    #[test]
    fn a_resource_stands_for_its_pattern() {
        let example = |pattern| example(pattern, "eu-west-1");
        assert_eq!(example("*"), "*");
        assert_eq!(example("arn:aws:apigateway:*::/apis/*"), "arn:aws:apigateway:eu-west-1::/apis/preflight");
        assert_eq!(example("arn:aws:s3:::fermata-*"), "arn:aws:s3:::fermata-preflight");
    }
}
