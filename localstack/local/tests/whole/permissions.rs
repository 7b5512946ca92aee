//! Least privilege: what the functions' roles allow is exactly what the functions do.
//!
//! Every call of the SDK is a line of the functions' logs (`cloud::calls`). One run that has everything in it, trouble and a
//! lost term too, is compared with the policies of the template, both ways.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use aws_sdk_dynamodb::types::AttributeValue;
use local::{
    deploy::{Deployment, Parameters},
    observe::to_json,
    spotify::{Choice, fake::Settings},
    stack::{Options, Stack},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{ask_api, collect, eventually, start_with, template, with_faults};

/// `action on resource`; resources by their names in the template.
type Rights = BTreeSet<String>;

/// What Lambda itself does in a role's name, so no call of ours shows it: the log of every function, and for the fetcher
/// what a queue's event source mapping needs.
fn done_by_lambda(function: &str) -> Rights {
    let mut rights: Vec<String> =
        ["CreateLogStream", "PutLogEvents"].map(|action| format!("logs:{action} on {function}Logs")).into();
    if function == "Fetcher" {
        let mapping = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
        rights.extend(mapping.map(|action| format!("sqs:{action} on WindowQueue")));
    }
    rights.into_iter().collect()
}

/// What the role of a function allows.
fn allowed(template: &Value, function: &str) -> Result<Rights> {
    let resources = &template["Resources"];
    let role = &resources[function]["Properties"]["Role"]["Fn::GetAtt"][0];
    let role = role.as_str().with_context(|| format!("{function} has no role of the template"))?;
    let role = &resources[role]["Properties"];
    ensure!(role["ManagedPolicyArns"].is_null(), "a managed policy allows more than is needed: {role}");
    let policies = role["Policies"].as_array().context("no policies")?;
    let mut rights = Rights::new();
    for statement in policies.iter().flat_map(|policy| list(&policy["PolicyDocument"]["Statement"])) {
        ensure!(statement["Effect"] == "Allow", "{statement}");
        for resource in list(&statement["Resource"]) {
            for action in list(&statement["Action"]) {
                let action = action.as_str().context("an action is no text")?;
                ensure!(!action.contains('*'), "a wildcard action: {statement}");
                rights.insert(format!("{action} on {}", resource_name(resource)?));
            }
        }
    }
    Ok(rights)
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}

/// A resource of a policy by its name in the template. Whatever is not one resource of the template is an error.
fn resource_name(resource: &Value) -> Result<String> {
    if let Some(arn) = resource["Fn::GetAtt"].as_array() {
        ensure!(arn[1] == "Arn", "{resource} is no ARN");
        return Ok(arn[0].as_str().context("no name")?.to_owned());
    }
    let text = resource["Fn::Sub"].as_str().with_context(|| format!("{resource} is no resource of ours"))?;
    // The six characters that Secrets Manager appends; there is nothing in the template to name instead.
    if let Some(secret) = text.strip_suffix(":secret:${SpotifySecret}-??????") {
        ensure!(!secret.contains('*'), "{text} is a wildcard");
        return Ok("SpotifySecret".to_owned());
    }
    match text.strip_prefix("${").and_then(|text| text.split_once(".Arn}")) {
        Some((name, rest)) if !rest.contains(['*', '?']) => Ok(format!("{name}{rest}")),
        _ => bail!("{text} is no resource of the template"),
    }
}

/// What a function has done, from the lines of its log.
fn done(lines: &[String], deployment: &Deployment) -> Result<Rights> {
    let names = BTreeMap::from([
        (deployment.artists.as_str(), "ArtistsTable"),
        (&deployment.terms, "TermsTable"),
        (&deployment.control, "ControlTable"),
        (&deployment.window, "WindowQueue"),
        (&deployment.dead_letters, "DeadLetterQueue"),
        ("fermata/spotify", "SpotifySecret"),
    ]);
    let calls = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let calls = calls.filter(|line| line["target"] == "cloud::calls");
    let right = |call: Value| {
        let text = |field: &str| call[field].as_str().unwrap_or_default();
        let resource = text("resource");
        let (parent, part) = match resource.split_once("/index/") {
            Some((table, index)) => (table, format!("/index/{index}")),
            None => (resource, String::new()),
        };
        let name = names.get(parent).with_context(|| format!("a call on something unknown: {call}"))?;
        let service = match text("service") {
            service if service.starts_with("DynamoDB") => "dynamodb",
            "AmazonSQS" => "sqs",
            "secretsmanager" => "secretsmanager",
            _ => bail!("a call of an unknown service: {call}"),
        };
        // The batch forms of SQS are allowed under the name of the single one; those of DynamoDB have their own.
        let operation = text("operation");
        let operation = match service {
            "sqs" => operation.strip_suffix("Batch").unwrap_or(operation),
            _ => operation,
        };
        Ok(format!("{service}:{operation} on {name}{part}"))
    };
    calls.map(right).collect()
}

/// Lets the lease of one term end that is on its way, as if its message had been lost, until a tick has found it.
async fn lose_a_term(stack: &Stack, run: &str) -> Result<()> {
    let (dynamodb, terms) = (&stack.clients().dynamodb, &stack.deployment().terms);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    eventually("a term that is given back", async || {
        let sent = dynamodb
            .query()
            .table_name(terms)
            .index_name("lanes")
            .key_condition_expression("#lane = :lane")
            .expression_attribute_names("#lane", "lane")
            .expression_attribute_values(":lane", text(&format!("{run}#sent")))
            .send()
            .await?;
        let Some(term) = sent.items().last().cloned() else { return Ok(None) };
        let key = to_json(term)["key"].as_str().context("a term has no key")?.to_owned();
        let ended = dynamodb
            .update_item()
            .table_name(terms)
            .key("run", text(run))
            .key("key", text(&key))
            .condition_expression("#state = :sent")
            .update_expression("SET #rank = :past")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#rank", "rank")
            .expression_attribute_values(":sent", text("sent"))
            .expression_attribute_values(":past", AttributeValue::N("1".to_owned()));
        if ended.send().await.is_err() {
            return Ok(None);
        }
        let tick = stack.schedule("top-up").await?;
        Ok(tick["given_back"].as_u64().filter(|count| *count > 0).map(drop))
    })
    .await
}

/// Puts an artist that an album has named and that Spotify no longer knows: completing it fails.
async fn name_a_vanished_artist(stack: &Stack) -> Result<()> {
    let mut put = stack.clients().dynamodb.put_item().table_name(&stack.deployment().artists);
    let texts = [
        ("id", "00000000000vanished000"),
        ("name", "Vanished"),
        ("found_by", "search:a"),
        ("found_in", "before"),
        ("first_seen", "2026-11-16T03:00:00.000Z"),
        ("last_seen", "2026-11-16T03:00:00.000Z"),
        ("last_run", "before"),
        ("wanted", "object"),
    ];
    for (name, value) in texts {
        put = put.item(name, AttributeValue::S(value.to_owned()));
    }
    for (name, value) in [("prominence", "100"), ("expires_at", "4000000000")] {
        put = put.item(name, AttributeValue::N(value.to_owned()));
    }
    put.send().await.map(drop).context("the artist could not be put")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_function_may_do_exactly_what_it_does() {
    // Trouble now and then, and sources that name artists who have to be completed.
    let settings = Settings { rate: 6000, ..with_faults(150, json!({"error_rate": 0.05})) };
    let parameters = [("LogLevel", "info,cloud::calls=debug"), ("Sources", "search,new-releases,hydrate")];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let options = Options {
        spotify: Choice::Fake(settings),
        rate: Some(6000),
        parameters: Parameters::from(parameters),
        ..Options::default()
    };
    let mut stack = start_with(options).await.unwrap();
    name_a_vanished_artist(&stack).await.unwrap();
    let opened = stack.schedule("collect").await.unwrap();
    lose_a_term(&stack, opened["run"].as_str().unwrap()).await.unwrap();
    stack.send("not a term").await.unwrap();
    collect(&mut stack).await.unwrap();
    // A second run meets artists that are known.
    stack.invoke(&stack.deployment().seeder, &json!({"job": "collect", "run": "again"})).await.unwrap();
    stack.wait_until_closed(Duration::from_mins(5)).await.unwrap();
    for path in ["/v1/capabilities", "/v1/runs/latest"] {
        assert_eq!(ask_api(&stack, Method::GET, path).await.unwrap().0, 200, "{path}");
    }

    let template = template().await.unwrap();
    let deployment = stack.deployment().clone();
    let functions = [
        ("Seeder", &deployment.seeder),
        ("Fetcher", &deployment.fetcher),
        ("Api", deployment.api.as_ref().unwrap()),
    ];
    for (function, name) in functions {
        let allowed = allowed(&template, function).unwrap();
        let by_lambda = done_by_lambda(function);
        let needed = &done(&stack.logs(name).await.unwrap(), &deployment).unwrap() | &by_lambda;
        let refused: Vec<_> = needed.difference(&allowed).collect();
        let unused: Vec<_> = allowed.difference(&needed).collect();
        assert!(
            refused.is_empty() && unused.is_empty(),
            "{function} lacks {refused:#?}, never uses {unused:#?}"
        );
    }
    stack.stop().await.unwrap();
}

/// Who may invoke a function beside the roles of the template: the API its function, by whatever it was asked.
fn lets_the_api_in_only(name: &str, permission: &Value) {
    let expected = json!({
        "FunctionName": {"Ref": "Api"},
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": {
            "Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/*"
        },
    });
    assert_eq!(*permission, expected, "{name}");
}

#[tokio::test]
async fn nothing_is_allowed_but_by_the_one_role_of_each_function() {
    let template = template().await.unwrap();
    assert!(template["Globals"]["Function"]["Policies"].is_null(), "every function would get these");
    let (mut roles, mut used) = (BTreeSet::new(), BTreeSet::new());
    for (name, resource) in template["Resources"].as_object().unwrap() {
        let properties = &resource["Properties"];
        match resource["Type"].as_str().unwrap_or_default() {
            "AWS::Serverless::Function" => {
                assert!(properties["Policies"].is_null(), "{name} has policies beside its role");
                assert!(
                    used.insert(properties["Role"]["Fn::GetAtt"][0].clone().to_string()),
                    "{name} shares a role"
                );
            }
            "AWS::IAM::Role" => _ = roles.insert(json!(name).to_string()),
            "AWS::Lambda::Permission" => lets_the_api_in_only(name, properties),
            kind if kind.starts_with("AWS::IAM::") => {
                panic!("{name}, a {kind}, allows what no test compares with what is done")
            }
            // What a resource's own policy allows holds for whoever it names.
            _ => {
                for statement in list(&properties["PolicyDocument"]["Statement"]) {
                    let to_alarms = statement["Principal"] == json!({"Service": "cloudwatch.amazonaws.com"});
                    assert!(
                        statement.is_null() || statement["Effect"] == "Deny" || to_alarms,
                        "{name}: {statement}"
                    );
                }
            }
        }
    }
    assert_eq!(roles, used, "roles, and those that functions have");
}
