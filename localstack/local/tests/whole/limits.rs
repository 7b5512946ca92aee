//! What a defect, or a hostile answer, can cost: each bound of the template reaches what it bounds.

use serde_json::{Value, json};

use crate::common::template;

fn condition<'a>(template: &'a Value, name: &str) -> &'a Value {
    let condition = &template["Conditions"][name];
    assert!(condition.is_object(), "no condition {name}");
    condition
}

fn is_empty(parameter: &str) -> Value {
    json!({"Fn::Equals": [{"Ref": parameter}, ""]})
}

#[tokio::test]
async fn the_functions_get_the_bounds_of_a_run() {
    let template = template().await.unwrap();
    let variables = &template["Globals"]["Function"]["Environment"]["Variables"];
    for (variable, parameter) in [("FERMATA_MAX_TERMS", "MaxTerms"), ("FERMATA_MAX_ARTISTS", "MaxArtists")] {
        assert_eq!(variables[variable], json!({"Ref": parameter}), "{variable}");
        let settings = &template["Parameters"][parameter];
        // 0 would mean that nothing is allowed, and no default that nothing is bounded.
        assert_eq!(settings["MinValue"], 1, "{parameter}");
        assert!(settings["Default"].as_u64().is_some_and(|it| it <= 100_000_000), "{parameter}");
    }
}

#[tokio::test]
async fn a_budget_notifies_the_alarms_targets_and_needs_one() {
    let template = template().await.unwrap();
    let budget = &template["Resources"]["Budget"];
    assert_eq!(budget["Condition"], "HasBudget");
    let wanted = json!({"Fn::Not": [{"Fn::Equals": [{"Ref": "BudgetDollars"}, "0"]}]});
    assert_eq!(*condition(&template, "HasBudget"), wanted);
    let limit = json!({"Amount": {"Ref": "BudgetDollars"}, "Unit": "USD"});
    assert_eq!(budget["Properties"]["Budget"]["BudgetLimit"], limit);
    let notices = budget["Properties"]["NotificationsWithSubscribers"].as_array().unwrap();
    let kinds: Vec<&Value> = notices.iter().map(|it| &it["Notification"]["NotificationType"]).collect();
    assert_eq!(kinds, ["ACTUAL", "FORECASTED"]);
    for notice in notices {
        let targets: Vec<&Value> =
            notice["Subscribers"].as_array().unwrap().iter().map(|it| &it["Fn::If"][0]).collect();
        assert_eq!(targets, ["HasAlarmEmail", "HasAlarmTopic"]);
    }
    let rule = &template["Rules"]["BudgetNeedsTarget"];
    assert_eq!(rule["RuleCondition"], wanted);
    let none = json!({"Fn::And": [is_empty("AlarmEmail"), is_empty("AlarmTopic")]});
    assert_eq!(rule["Assertions"][0]["Assert"], json!({"Fn::Not": [none]}));
}

#[tokio::test]
async fn a_deployment_whose_alarms_notify_nobody_says_so() {
    let template = template().await.unwrap();
    let warning = &template["Outputs"]["Warning"];
    assert_eq!(warning["Condition"], "HasNoTarget");
    let none = json!({"Fn::And": [is_empty("AlarmEmail"), is_empty("AlarmTopic")]});
    assert_eq!(*condition(&template, "HasNoTarget"), none);
    assert!(warning["Value"].as_str().unwrap().contains("AlarmEmail"), "{warning}");
}
