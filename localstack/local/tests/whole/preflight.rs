//! What `fermata preflight` says of an account.

use local::{deploy, preflight::account};

use crate::common::{start, steady};

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_checked_before_the_deployment() {
    let stack = start(steady(100)).await.unwrap();
    let problems = async |name: &str| -> Vec<String> {
        let checks = account(stack.clients(), name).await;
        checks.into_iter().filter(|check| check.remedy.is_some()).map(|check| check.what.to_owned()).collect()
    };
    assert_eq!(problems("fermata").await, [""; 0], "it is deployed");
    assert_eq!(problems("another").await, [""; 0], "nothing has that name");
    assert_eq!(problems(&"a".repeat(60)).await, ["name"]);
    deploy::remove_secret(stack.clients()).await.unwrap();
    assert_eq!(problems("fermata").await, ["secret"]);
    deploy::store_secret(stack.clients(), "id", " ").await.unwrap();
    assert_eq!(problems("fermata").await, ["secret"], "without a client_secret");
    stack.stop().await.unwrap();
}
