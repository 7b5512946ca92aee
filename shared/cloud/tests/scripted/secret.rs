//! The Spotify credentials.

use cloud::secret::StoredSecret;
use collect::ports::PortError;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::script::{Aws, call, error, output, raw, throttled};

#[tokio::test(start_paused = true)]
async fn the_secret_is_read_by_its_name() {
    let secret = json!({"SecretString": r#"{"client_id": "app", "client_secret": "hunter2"}"#});
    let aws = Aws::answering([throttled(), output(secret)]);
    let secret = StoredSecret::new(&aws.config(), "fermata/spotify").read().await.unwrap();
    assert_eq!((secret.client_id.as_str(), secret.client_secret.expose_secret()), ("app", "hunter2"));
    assert_eq!(aws.sent()[1], call("GetSecretValue", json!({"SecretId": "fermata/spotify"})));
}

#[tokio::test]
async fn a_secret_that_cannot_be_used_is_named_and_not_quoted() {
    for (answer, misconfigured) in [
        (error("ResourceNotFoundException"), true),
        (error("AccessDeniedException"), true),
        (error("DecryptionFailure"), true),
        (output(json!({"SecretString": "hunter2"})), false),
        // A binary secret is none of ours.
        (output(json!({"SecretBinary": "aHVudGVyMg=="})), false),
    ] {
        let aws = Aws::answering([answer]);
        let refused = StoredSecret::new(&aws.config(), "fermata/spotify").read().await.unwrap_err();
        let text = refused.to_string();
        assert!(text.contains("fermata/spotify") && !text.contains("hunter2"), "{text}");
        assert_eq!(matches!(refused, PortError::Misconfigured { .. }), misconfigured, "{text}");
    }
}

#[tokio::test]
async fn a_secret_in_an_answer_that_breaks_off_is_not_quoted() {
    let cut = r#"{"Name":"fermata/spotify","SecretString":"{\"client_secret\":\"hunter2"#;
    let aws = Aws::answering([raw(cut)]);
    let refused = StoredSecret::new(&aws.config(), "fermata/spotify").read().await.unwrap_err();
    let PortError::Unavailable { what, why } = &refused else { panic!("{refused}") };
    assert!(what.contains("fermata/spotify") && why.contains("200"), "{refused}");
    assert!(!format!("{refused} {refused:?}").contains("hunter2"), "{refused:?}");
}
