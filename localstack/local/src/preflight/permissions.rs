//! Whether the caller may deploy: IAM simulates the actions of `infra/deployer-policy.json` for them.

use anyhow::{Context, Result, bail};
use aws_config::SdkConfig;
use cloud::services::query::{Members, QueryService, list};
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

/// IAM's word for what a policy allows.
const ALLOWED: &str = "allowed";

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
    let iam = QueryService::iam(config);
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
    iam: &QueryService,
    caller: &str,
    actions: Vec<String>,
    resources: Vec<String>,
) -> Result<Vec<String>> {
    let mut form = vec![("PolicySourceArn".to_owned(), caller.to_owned())];
    form.extend(list("ActionNames", actions));
    form.extend(list("ResourceArns", resources));
    // The policy lets roles be passed to the services of the stack only.
    let passed_to =
        ["Name", "Type", "Values.member.1"].map(|of| format!("ContextEntries.member.1.ContextKey{of}"));
    let lambda = ["iam:PassedToService", "string", "lambda.amazonaws.com"].map(str::to_owned);
    form.extend(passed_to.into_iter().zip(lambda));
    let (mut denied, mut marker) = (Vec::new(), None);
    loop {
        let mut page = form.clone();
        page.extend(marker.map(|marker| ("Marker".to_owned(), marker)));
        let answer: Simulated =
            iam.call("SimulatePrincipalPolicy", page).await.context("iam:SimulatePrincipalPolicy failed")?;
        let result = answer.result;
        let of_page = result.evaluation_results.member.into_iter().filter(|it| !it.is_allowed());
        denied.extend(of_page.map(|it| it.eval_action_name));
        marker = result.marker.filter(|_| result.is_truncated);
        if marker.is_none() {
            return Ok(denied);
        }
    }
}

/// The user or role behind a caller's ARN. The ARN of a role's session lacks the role's path; IAM knows it.
async fn principal(iam: &QueryService, arn: &str) -> Result<String> {
    let (_, resource) = arn.rsplit_once(':').with_context(|| format!("{arn:?} is no ARN"))?;
    let mut parts = resource.split('/');
    match (parts.next(), parts.next()) {
        (Some("user"), Some(_)) => Ok(arn.to_owned()),
        (Some("assumed-role"), Some(role)) => {
            let form = vec![("RoleName".to_owned(), role.to_owned())];
            let answer: Found = iam.call("GetRole", form).await.context("iam:GetRole failed")?;
            Ok(answer.result.role.arn)
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

/// The answer of `SimulatePrincipalPolicy`, as far as it is read.
#[derive(Debug, Deserialize)]
struct Simulated {
    #[serde(rename = "SimulatePrincipalPolicyResult")]
    result: Simulation,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simulation {
    #[serde(default)]
    evaluation_results: Members<Evaluation>,
    #[serde(default)]
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Evaluation {
    eval_action_name: String,
    eval_decision: String,
    #[serde(default)]
    resource_specific_results: Members<OfResource>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfResource {
    eval_resource_decision: String,
}

impl Evaluation {
    fn is_allowed(&self) -> bool {
        let for_one = |it: &OfResource| it.eval_resource_decision == ALLOWED;
        self.eval_decision == ALLOWED || self.resource_specific_results.member.iter().any(for_one)
    }
}

/// The answer of `GetRole`, as far as it is read.
#[derive(Debug, Deserialize)]
struct Found {
    #[serde(rename = "GetRoleResult")]
    result: FoundRole,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundRole {
    role: Role,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Role {
    arn: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answering::{Asked, answering};

    /// IAM and STS, as far as this check asks them: the caller, and the actions that are denied.
    #[derive(Clone)]
    struct Aws {
        caller: &'static str,
        denied: &'static [&'static str],
        may_simulate: bool,
        /// The results of a page.
        page: usize,
    }

    impl Aws {
        fn of(caller: &'static str, denied: &'static [&'static str]) -> Self {
            Self { caller, denied, may_simulate: true, page: 1000 }
        }

        async fn check(self, stack: &str) -> (Check, Asked) {
            let (config, asked) = answering(move |body| self.answer_to(body)).await;
            (permissions(&config, stack).await, asked)
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
                    let from = field("Marker").map_or(0, |marker| marker.parse().unwrap());
                    let actions =
                        (from + 1..).map_while(|place| field(&format!("ActionNames.member.{place}")));
                    let actions: Vec<_> = actions.collect();
                    let of_page = &actions[..actions.len().min(self.page)];
                    let decisions: String = of_page.iter().map(|action| self.decision(action)).collect();
                    let next = from + self.page;
                    let more = (of_page.len() < actions.len())
                        .then(|| format!("<IsTruncated>true</IsTruncated><Marker>{next}</Marker>"));
                    let more = more.unwrap_or_default();
                    let results = format!("<EvaluationResults>{decisions}</EvaluationResults>{more}");
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
        let (check, asked) = aws.check("music").await;
        assert_eq!(check.remedy, None, "{check:?}");
        let asked = asked.lock().unwrap().join("\n").replace("%3A", ":").replace("%2F", "/");
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
        let (check, _) = aws.check("fermata").await;
        assert!(check.found.contains("role/teams/deployer lacks 2 of "), "{check:?}");
        assert!(check.found.ends_with(": iam:CreateRole, sqs:CreateQueue"), "{check:?}");
        assert!(check.remedy.unwrap().contains("deployer-policy.json"));
    }

    #[tokio::test]
    async fn missing_actions_are_found_on_every_page() {
        let denied = &["sqs:CreateQueue", "iam:CreateRole"];
        let whole = Aws::of("arn:aws:iam::444455556666:user/ana", denied);
        let pages = Aws { page: 3, ..whole.clone() };
        let (whole, of_whole) = whole.check("fermata").await;
        let (pages, of_pages) = pages.check("fermata").await;
        assert_eq!(whole.found, pages.found);
        let count = |asked: Asked| asked.lock().unwrap().len();
        assert!(count(of_pages) > count(of_whole));
    }

    #[tokio::test]
    async fn an_action_for_one_resource_is_not_missing() {
        let (config, _) = answering(|_| {
            let of = |decision| {
                format!("<member><EvalResourceDecision>{decision}</EvalResourceDecision></member>")
            };
            let of_resources = of("implicitDeny") + &of("allowed");
            let results = format!(
                "<EvaluationResults><member><EvalActionName>sqs:CreateQueue</EvalActionName>\
                 <EvalDecision>implicitDeny</EvalDecision>\
                 <ResourceSpecificResults>{of_resources}</ResourceSpecificResults></member>\
                 <member><EvalActionName>sqs:DeleteQueue</EvalActionName><EvalDecision>explicitDeny\
                 </EvalDecision></member></EvaluationResults>"
            );
            (200, result("SimulatePrincipalPolicy", &results))
        })
        .await;
        let denied = denied(&QueryService::iam(&config), "arn", Vec::new(), Vec::new()).await;
        assert_eq!(denied.unwrap(), ["sqs:DeleteQueue"]);
    }

    #[tokio::test]
    async fn a_caller_who_may_not_simulate_learns_that_nothing_is_known() {
        let aws = Aws { may_simulate: false, ..Aws::of("arn:aws:iam::444455556666:user/ana", &[]) };
        let (check, _) = aws.check("fermata").await;
        assert!(check.found.starts_with("not known: iam:SimulatePrincipalPolicy failed"), "{check:?}");
        assert!(
            check.found.contains("AccessDenied")
                && check.remedy.unwrap().contains("iam:SimulatePrincipalPolicy")
        );
    }

    #[tokio::test]
    async fn the_root_user_is_not_simulated() {
        let aws = Aws::of("arn:aws:iam::444455556666:root", &[]);
        let (check, _) = aws.check("fermata").await;
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
