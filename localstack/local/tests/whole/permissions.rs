//! Least privilege: the functions' roles allow exactly what the functions do.
//!
//! Every SDK call is a line in the functions' logs (`cloud::calls`). One run that exercises everything,
//! including failures and a lost term, is compared with the template's policies in both directions.

mod rights;

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_lambda::types::Environment;
use jiff::{SignedDuration, Timestamp};
use local::{
    deploy::Parameters,
    observe::to_json,
    snapshots::Exporter,
    spotify::{Choice, fake::Settings},
    stack::{Options, Stack},
};
use reqwest::Method;
use serde_json::{Value, json};

use self::rights::{LARGE_CATALOGUE, allowed, covers, done, done_by_aws, list, role_of, statements};
use crate::common::{ask_api, collect, eventually, put_user, send_to_api, start_with, template, with_faults};

/// Ends the lease of one sent term, as if its message had been lost, and waits until a tick has noticed.
async fn lose_a_term(stack: &Stack, run: &str) -> Result<()> {
    let (dynamodb, terms) = (&stack.clients().dynamodb, &stack.deployment().terms);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    eventually("a returned term", async || {
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

/// Moves the end of a run back by twenty minutes, so that the next tick sets the expiry of its items.
async fn let_a_run_expire(stack: &Stack, run: &str) -> Result<()> {
    let (dynamodb, control) = (&stack.clients().dynamodb, &stack.deployment().control);
    let text = |text: String| AttributeValue::S(text);
    let since = Timestamp::now() - SignedDuration::from_mins(20);
    let noted = format!("run#{run}");
    let changed = dynamodb
        .update_item()
        .table_name(control)
        .key("id", text("expiring".to_owned()))
        .condition_expression("attribute_exists(#run)")
        .update_expression("SET #run.#since = :since")
        .expression_attribute_names("#run", &noted)
        .expression_attribute_names("#since", "since")
        .expression_attribute_values(":since", text(since.to_string()));
    changed.send().await.context("the closed run is not recorded as expiring")?;
    stack.schedule("top-up").await?;
    let left = stack.observer().control("expiring").await?.unwrap_or_default();
    ensure!(!left.contains_key(&noted), "{noted} still waits for its items to expire: {left:?}");
    Ok(())
}

/// Adds an artist that an album mentioned and Spotify no longer knows: completing it fails.
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
        ("stub", "artist"),
    ];
    for (name, value) in texts {
        put = put.item(name, AttributeValue::S(value.to_owned()));
    }
    for (name, value) in [("prominence", "100"), ("expires_at", "4000000000")] {
        put = put.item(name, AttributeValue::N(value.to_owned()));
    }
    put.send().await.map(drop).context("cannot put the artist")
}

/// Deletes what the open run has yielded so far, as if the seeder had died before it began to count. A
/// fetcher begins it anew, unless a tick is faster; so it is deleted until one has.
async fn lose_the_yields(stack: &Stack) -> Result<()> {
    for _ in 0..10 {
        let delete = stack.clients().dynamodb.delete_item().table_name(&stack.deployment().control);
        delete.key("id", AttributeValue::S("yields".to_owned())).send().await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// Renames an artist, so that the next run finds another name, and an entry of the index to delete.
async fn rename_an_artist(stack: &Stack) -> Result<()> {
    let rows = stack.observer().artist_rows().await?;
    // The first one is the vanished artist.
    let row = rows.into_values().next_back().context("the table is empty")?;
    let id = row["id"].as_str().context("a row has no id")?.to_owned();
    let update = stack.clients().dynamodb.update_item().table_name(&stack.deployment().artists);
    let update = update.key("id", AttributeValue::S(id)).update_expression("SET #name = :name");
    let update = update.expression_attribute_names("#name", "name");
    let renamed = update.expression_attribute_values(":name", AttributeValue::S("Renamed".to_owned()));
    renamed.send().await.map(drop).context("cannot rename the artist")
}

/// Puts a dead letter about a term beside the queue.
async fn give_up_a_term(stack: &Stack, run: &str) -> Result<()> {
    let term = json!({"run": run, "key": "search:a", "generation": 1}).to_string();
    let letter = json!({"reason": "gave up", "body": term, "attempts": 5}).to_string();
    let send = stack.clients().sqs.send_message().queue_url(&stack.deployment().dead_letters);
    send.message_body(letter).send().await.map(drop).context("cannot put the dead letter")
}

/// Keeps two users, makes their lists, and deletes one of them.
async fn recommend_to_a_user(stack: &Stack) -> Result<()> {
    let rows = stack.observer().artist_rows().await?;
    let row = rows.into_values().next_back().context("the table is empty")?;
    let tracks = crate::tracks::rows(stack).await?.remove("track").unwrap_or_default();
    let track = tracks.first().context("there are no tracks")?;
    for user in ["ana", "bo"] {
        let wishes = json!({"artists": [row["id"]], "tracks": [track["track"]]});
        let (status, answer) = put_user(stack, user, &wishes).await?;
        ensure!(status == 200, "{status}: {answer}");
    }
    let recommender = stack.deployment().recommender.as_ref().context("no recommender")?;
    let made = stack.invoke(recommender, &json!({"job": "recommend"})).await?;
    ensure!(made["added"] == 2, "{made}");
    for path in ["/v1/users/bo", "/v1/users/bo/recommendations", "/user-recommendations/bo"] {
        ensure!(ask_api(stack, Method::GET, path).await?.0 == 200, "{path}");
    }
    let (status, answer) = send_to_api(stack, Method::DELETE, "/v1/users/ana", None).await?;
    ensure!(status == 204, "{status}: {answer}");
    Ok(())
}

/// Changes one variable of a function.
async fn set_variable(stack: &Stack, function: &str, name: &str, value: &str) -> Result<()> {
    let lambda = &stack.clients().lambda;
    let it = lambda.get_function_configuration().function_name(function).send().await?;
    let known = it.environment().and_then(|environment| environment.variables()).cloned();
    let mut variables = known.context("the function has no variables")?;
    variables.insert(name.to_owned(), value.to_owned());
    let environment = Environment::builder().set_variables(Some(variables)).build();
    lambda.update_function_configuration().function_name(function).environment(environment).send().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_function_may_do_exactly_what_it_does() {
    // Occasional failures, and sources that mention artists to complete.
    let settings = Settings { rate: 6000, ..with_faults(150, json!({"error_rate": 0.05})) };
    let parameters = [
        ("LogLevel", "info,cloud::calls=debug"),
        ("Sources", "search,new-releases,playlists,hydrate"),
        ("SearchIndexes", "true"),
        ("Recommendations", "true"),
    ];
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
    // The status of an open run counts its terms.
    assert_eq!(ask_api(&stack, Method::GET, "/v1/status").await.unwrap().0, 200);
    stack.send("not a term").await.unwrap();
    collect(&mut stack).await.unwrap();
    // A second run meets known artists.
    rename_an_artist(&stack).await.unwrap();
    stack.invoke(&stack.deployment().seeder, &json!({"job": "collect", "run": "again"})).await.unwrap();
    // The first run has closed, and no tick has seen it so far.
    let exporter = Exporter::of(stack.clients(), stack.deployment()).unwrap();
    exporter.tick().await.unwrap();
    lose_the_yields(&stack).await.unwrap();
    stack.wait_until_closed(Duration::from_mins(5)).await.unwrap();
    // A run for tracks alone.
    stack.invoke(&stack.deployment().seeder, &json!({"job": "features"})).await.unwrap();
    stack.wait_until_closed(Duration::from_mins(5)).await.unwrap();
    // The fetchers end the last run.
    let function = &stack.deployment().fetcher;
    set_variable(&stack, function, "FERMATA_MAX_REQUESTS", "1").await.unwrap();
    stack.invoke(&stack.deployment().seeder, &json!({"job": "collect", "run": "short"})).await.unwrap();
    stack.wait_until_closed(Duration::from_mins(5)).await.unwrap();
    give_up_a_term(&stack, opened["run"].as_str().unwrap()).await.unwrap();
    let artist = "/v1/artists/7000000000vanished0000";
    for (path, status) in [
        ("/v1/capabilities", 200),
        ("/v1/runs/latest", 200),
        ("/v1/runs?limit=3", 200),
        ("/v1/runs/again", 200),
        ("/v1/status", 200),
        ("/v1/series", 200),
        ("/v1/dead-letters", 200),
        (artist, 404),
        ("/v1/artists?name=a", 200),
        ("/v1/genres", 200),
        ("/v1/snapshots", 200),
        ("/v1/users/ana", 404),
        ("/v1/users/ana/recommendations", 404),
    ] {
        assert_eq!(ask_api(&stack, Method::GET, path).await.unwrap().0, status, "{path}");
    }

    let_a_run_expire(&stack, opened["run"].as_str().unwrap()).await.unwrap();
    exporter.wait(|_| true, Duration::from_mins(2)).await.unwrap();
    exporter.tick().await.unwrap();
    exporter.wait(|last| last.run.as_str() == "short", Duration::from_mins(2)).await.unwrap();
    let (status, known) = ask_api(&stack, Method::GET, "/v1/snapshots").await.unwrap();
    assert!(status == 200 && known["snapshots"][0]["sequence"] == 2, "{status}: {known}");
    recommend_to_a_user(&stack).await.unwrap();
    // A manual tick checks the queues in any minute.
    stack.invoke(&stack.deployment().seeder, &json!({"job": "top-up"})).await.unwrap();

    let template = template().await.unwrap();
    let deployment = stack.deployment().clone();
    let missed = deployment.dead_letters.replace("-dead-letters", "-missed-schedules");
    let functions = [
        ("Seeder", &deployment.seeder),
        ("Fetcher", &deployment.fetcher),
        ("Exporter", deployment.exporter.as_ref().unwrap()),
        ("Api", deployment.api.as_ref().unwrap()),
        ("Recommender", deployment.recommender.as_ref().unwrap()),
    ];
    let all = template["Resources"].as_object().into_iter().flatten();
    let all = all.filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function");
    assert_eq!(functions.len(), all.count(), "a function is not compared");
    for (function, name) in functions {
        let allowed = allowed(&template, function).unwrap();
        let by_aws = done_by_aws(function);
        let needed = &done(&stack.logs(name).await.unwrap(), &deployment, &missed).unwrap() | &by_aws;
        let refused: Vec<_> =
            needed.iter().filter(|done| !allowed.iter().any(|right| covers(right, done))).collect();
        let used = |right: &&String| needed.iter().any(|done| covers(right, done));
        let unused: Vec<_> = allowed
            .iter()
            .filter(|right| !used(right) && !LARGE_CATALOGUE.contains(&right.as_str()))
            .collect();
        assert!(
            refused.is_empty() && unused.is_empty(),
            "{function} lacks {refused:#?}, never uses {unused:#?}"
        );
    }
    stack.stop().await.unwrap();
}

/// Only the API may invoke a function apart from the template's roles, and only its own function.
fn lets_the_api_in_only(name: &str, permission: &Value) {
    let expected = json!({
        "FunctionName": {"Fn::If": ["Canary", {"Ref": "Api.Alias"}, {"Ref": "Api"}]},
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": {
            "Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/*"
        },
    });
    assert_eq!(*permission, expected, "{name}");
}

#[tokio::test]
async fn no_other_schedule_can_use_the_schedules_role() {
    let template = template().await.unwrap();
    let role = &template["Resources"]["ScheduleRole"]["Properties"];
    let trust = json!([{
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
        // The Scheduler passes the group, not the schedule.
        "Condition": {"StringEquals": {
            "aws:SourceAccount": {"Ref": "AWS::AccountId"},
            "aws:SourceArn": {"Fn::GetAtt": ["Schedules", "Arn"]},
        }},
    }]);
    assert_eq!(role["AssumeRolePolicyDocument"]["Statement"], trust);
    let function = |name: &str| json!({"Fn::If": ["Canary", {"Ref": format!("{name}.Alias")}, {"Fn::GetAtt": [name, "Arn"]}]});
    let [seeder, exporter, recommender] = ["Seeder", "Exporter", "Recommender"].map(function);
    let missed = json!({"Fn::GetAtt": ["MissedSchedulesQueue", "Arn"]});
    let rights: Vec<_> = statements(&template, "ScheduleRole").unwrap();
    let rights: Vec<_> = rights.iter().map(|it| (&it["Action"], &it["Resource"])).collect();
    let invoke = json!("lambda:InvokeFunction");
    let send = json!("sqs:SendMessage");
    assert_eq!(rights, [(&invoke, &seeder), (&invoke, &exporter), (&invoke, &recommender), (&send, &missed)]);
    for (name, resource) in template["Resources"].as_object().unwrap() {
        if resource["Type"] == "AWS::Scheduler::Schedule" {
            let properties = &resource["Properties"];
            assert_eq!(properties["GroupName"], json!({"Ref": "Schedules"}), "{name}");
            let target = &properties["Target"];
            assert_eq!(target["RoleArn"], json!({"Fn::GetAtt": ["ScheduleRole", "Arn"]}), "{name}");
            let function = match name.as_str() {
                "ExportSchedule" => &exporter,
                "RecommendSchedule" | "RecommendRestSchedule" => &recommender,
                _ => &seeder,
            };
            assert_eq!((&target["Arn"], &target["DeadLetterConfig"]["Arn"]), (function, &missed), "{name}");
        }
    }
}

#[tokio::test]
async fn parameters_add_rights_only_for_what_they_add() {
    let template = template().await.unwrap();
    let mut count = 0;
    for (name, resource) in template["Resources"].as_object().unwrap() {
        let policies = resource["Properties"]["Policies"].as_array();
        let policies = policies.into_iter().flatten();
        for statement in policies.flat_map(|policy| list(&policy["PolicyDocument"]["Statement"])) {
            let Some([condition, added, otherwise]) = statement["Fn::If"].as_array().map(Vec::as_slice)
            else {
                continue;
            };
            let (service, resource) = match condition.as_str() {
                Some("HasKey") => ("kms:", json!({"Ref": "KeyArn"})),
                Some("Traced") => ("xray:Put", json!("*")),
                Some("HasRecommendations") => {
                    let (alias, arn) = (json!({"Ref": "Recommender.Alias"}), json!(["Recommender", "Arn"]));
                    ("lambda:InvokeFunction", json!({"Fn::If": ["Canary", alias, {"Fn::GetAtt": arn}]}))
                }
                Some("HasSearch") => ("dynamodb:", json!({"Fn::GetAtt": ["SearchTable", "Arn"]})),
                _ => panic!("{name}: {condition}"),
            };
            assert_eq!(
                (&added["Resource"], otherwise),
                (&resource, &json!({"Ref": "AWS::NoValue"})),
                "{name}"
            );
            let actions = list(&added["Action"]);
            let fits = |action: &&Value| {
                action.as_str().is_some_and(|it| it.starts_with(service) && !it.contains('*'))
            };
            assert!(actions.iter().all(fits), "{name}: {actions:?}");
            count += 1;
        }
    }
    assert!(count >= 7, "{count} statements");
}

#[tokio::test]
async fn no_rights_exist_outside_the_checked_roles() {
    let template = template().await.unwrap();
    assert!(template["Globals"]["Function"]["Policies"].is_null(), "every function would get these policies");
    let (mut roles, mut used) = (BTreeSet::new(), BTreeSet::new());
    for (name, resource) in template["Resources"].as_object().unwrap() {
        let properties = &resource["Properties"];
        match resource["Type"].as_str().unwrap_or_default() {
            "AWS::Serverless::Function" => {
                assert!(properties["Policies"].is_null(), "{name} has policies besides its role");
                assert!(used.insert(role_of(&template, name).unwrap()), "{name} shares a role");
                assert!(!allowed(&template, name).unwrap().is_empty(), "{name}");
            }
            "AWS::IAM::Role" => {
                let boundary = json!({"Fn::If": ["HasBoundary", {"Ref": "PermissionsBoundary"}, {"Ref": "AWS::NoValue"}]});
                assert_eq!(properties["PermissionsBoundary"], boundary, "{name}");
                roles.insert(name.clone());
            }
            "AWS::Lambda::Permission" => lets_the_api_in_only(name, properties),
            kind if kind.starts_with("AWS::IAM::") => {
                panic!("{name}, a {kind}, grants rights that no test compares with the calls")
            }
            // A resource's own policy applies to whoever it names.
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
    // CodeDeploy's has AWS's own policy for Lambda, and exists only with CanaryDeployment.
    let deployment = &template["Resources"]["DeploymentRole"];
    assert_eq!(deployment["Condition"], "Canary");
    assert!(deployment["Properties"]["Policies"].is_null());
    used.extend(["ScheduleRole".to_owned(), "DeploymentRole".to_owned()]);
    assert_eq!(roles, used, "the template's roles, and those in use");
}
