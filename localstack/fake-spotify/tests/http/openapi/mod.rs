//! Every answer of every endpoint, to apps of all classes, is one that the stand-in's own OpenAPI document
//! describes.

mod document;
mod questions;

use fake_spotify::world::Playlist;
use fake_spotify::{AppClass, Bucket, Config, FakeSpotify, Faults, LimitSettings};
use serde_json::Value;

use self::document::{Answer, View};
use self::questions::{Question, of};
use crate::common::{Caller, config_of};

const CLASSES: [AppClass; 3] = [AppClass::Extended, AppClass::ExtendedNew, AppClass::Development];

/// Asks `question` and checks that the answer is as the document says.
async fn checked(caller: &Caller, view: &View, path: &str, question: &str) -> u16 {
    let answer = caller.send(question).await;
    checked_answer(view, path, question, answer).await
}

async fn checked_answer(view: &View, path: &str, question: &str, answer: reqwest::Response) -> u16 {
    let answer = Answer::of(answer).await;
    if let Err(reason) = view.check(path, &answer) {
        panic!("{question} was answered {}: {reason}", answer.status);
    }
    answer.status
}

#[tokio::test]
async fn the_document_and_the_server_have_the_same_paths() {
    let mut served: Vec<String> = FakeSpotify::endpoints().map(|path| path.replace("/v1", "")).collect();
    served.sort_unstable();
    assert_eq!(document::paths(), served);
}

#[tokio::test]
async fn every_endpoint_answers_or_refuses_each_class_of_apps_as_documented() {
    for class in CLASSES {
        let caller = Caller::start(config_of(class)).await;
        for path in document::paths() {
            for Question { path: question, market } in of(&path, &caller.spotify) {
                let view = View::new(class, market);
                let status = checked(&caller, &view, &path, &question).await;
                let open = document::is_open(&path, class);
                assert_eq!(status == 200, open, "{class:?}: {question} was answered {status}");
            }
        }
    }
}

#[tokio::test]
async fn wrong_and_unknown_ids_pages_and_markets_are_refused_as_documented() {
    for class in CLASSES {
        let caller = Caller::start(config_of(class)).await;
        let view = View::new(class, false);
        for path in document::paths().into_iter().filter(|path| document::is_open(path, class)) {
            for question in questions::wrong(&path) {
                let status = checked(&caller, &view, &path, &question).await;
                assert!((400..500).contains(&status), "{question} was answered {status}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_market_is_refused_wherever_a_market_may_be_named() {
    let caller = Caller::start(config_of(AppClass::Extended)).await;
    let view = View::new(AppClass::Extended, true);
    for path in document::paths().into_iter().filter(|path| questions::takes_market(path)) {
        let question = of(&path, &caller.spotify).pop().expect("a question").path;
        for (market, refusal) in [("XX", 400), ("CN", 400), ("from_token", 403)] {
            let question = question.replace("market=ZW", &format!("market={market}"));
            assert_eq!(checked(&caller, &view, &path, &question).await, refusal, "{question}");
        }
    }
}

#[tokio::test]
async fn bad_tokens_are_refused_as_documented() {
    for class in CLASSES {
        let caller = Caller::start(config_of(class)).await;
        let view = View::new(class, false);
        let ask = |path: &str| caller.client.get(format!("{}{path}", caller.spotify.api_url()));
        for path in document::paths() {
            let question = of(&path, &caller.spotify).swap_remove(0).path;
            for request in [ask(&question), ask(&question).bearer_auth("nonsense")] {
                let answer = request.send().await.expect("an answer");
                assert_eq!(checked_answer(&view, &path, &question, answer).await, 401);
            }
        }
    }
}

#[tokio::test]
async fn limits_and_troubles_are_answered_as_documented() {
    for class in CLASSES {
        let caller = Caller::start(config_of(class)).await;
        let view = View::new(class, false);
        for path in document::paths() {
            let question = of(&path, &caller.spotify).swap_remove(0).path;
            caller.spotify.set_faults(faults(|faults| faults.premium_required = true)).expect("faults");
            assert_eq!(checked(&caller, &view, &path, &question).await, 403);
            caller.spotify.set_faults(faults(|faults| faults.error_rate = 1.0)).expect("faults");
            for _ in 0..4 {
                assert!(checked(&caller, &view, &path, &question).await >= 500);
            }
            caller.spotify.set_faults(Faults::default()).expect("faults");
        }
        let limits = LimitSettings { rate: Some(1), ..LimitSettings::default() };
        caller.spotify.set_limits(limits).expect("limits");
        for path in document::paths() {
            let question = of(&path, &caller.spotify).swap_remove(0).path;
            assert_eq!(checked(&caller, &view, &path, &question).await, 429);
        }
    }
}

fn faults(change: impl FnOnce(&mut Faults)) -> Faults {
    let mut faults = Faults::default();
    change(&mut faults);
    faults
}

#[tokio::test]
async fn a_spent_quota_is_answered_as_documented() {
    let limits = LimitSettings { quotas: [(Bucket::Search, 1)].into(), ..LimitSettings::default() };
    let caller = Caller::start(Config { limits, ..config_of(AppClass::Development) }).await;
    let view = View::new(AppClass::Development, false);
    let question = "/search?q=s&type=artist";
    assert_eq!(checked(&caller, &view, "/search", question).await, 200);
    assert_eq!(checked(&caller, &view, "/search", question).await, 429);
}

#[tokio::test]
async fn an_answer_that_is_not_as_documented_is_found() {
    let caller = Caller::start(config_of(AppClass::Extended)).await;
    let (path, question) = ("/artists/{id}", of("/artists/{id}", &caller.spotify).swap_remove(0).path);
    let view = View::new(AppClass::Extended, false);
    let good = Answer::of(caller.send(&question).await).await;
    assert_eq!(view.check(path, &good), Ok(()));
    let changed = |change: fn(&mut Value)| {
        let mut body: Value = serde_json::from_str(&good.body).expect("JSON");
        change(&mut body);
        view.check(path, &Answer { body: body.to_string(), ..good.clone() })
    };
    for (name, change) in [
        ("images", (|body| body["images"] = Value::Null) as fn(&mut Value)),
        ("popularity", |body| drop(body.as_object_mut().expect("an artist").remove("popularity"))),
        ("surplus", |body| body["surplus"] = 1.into()),
        ("external_urls", |body| body["external_urls"]["surplus"] = 1.into()),
    ] {
        let reason = changed(change).expect_err(name);
        assert!(reason.contains(name), "{name}: {reason}");
    }
    assert!(
        View::new(AppClass::Development, false).check(path, &good).is_err(),
        "it has too much for such an app"
    );
    assert!(
        view.check(path, &Answer { status: 418, ..good.clone() }).is_err(),
        "the status is not documented"
    );
    let text = Answer { content_type: "text/plain".to_owned(), ..good };
    assert!(view.check(path, &text).is_err(), "the kind of content is not documented");
}

#[tokio::test]
async fn every_link_in_an_answer_is_answered() {
    for class in [AppClass::Extended, AppClass::ExtendedNew] {
        let caller = Caller::start(config_of(class)).await;
        let mut links = std::collections::BTreeSet::new();
        for path in document::paths() {
            for Question { path: question, .. } in of(&path, &caller.spotify) {
                let answer = caller.send(&question).await;
                if answer.status() == 200 {
                    gather_links(&answer.json().await.expect("JSON"), &mut links);
                }
            }
        }
        assert!(links.len() > 300, "{}", links.len());
        for link in links {
            let path = link.strip_prefix(&caller.spotify.api_url()).expect("a link to this server");
            let status = caller.send(path).await.status().as_u16();
            let closed = class == AppClass::ExtendedNew && (status == 403 || editorial(&caller, path));
            assert!(status == 200 || closed, "{class:?}: {link} was answered {status}");
        }
    }
}

/// Whether a path is that of a playlist of Spotify's own.
fn editorial(caller: &Caller, path: &str) -> bool {
    let id = path.split(['/', '?']).nth(2).and_then(fake_spotify::catalogue::parse_id);
    id.and_then(|id| caller.spotify.world().playlist(&id)).is_some_and(Playlist::is_editorial)
}

/// All addresses of this API in a value.
fn gather_links(value: &Value, links: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::String(text) if text.starts_with("http://127.0.0.1") => drop(links.insert(text.clone())),
        Value::Array(rows) => rows.iter().for_each(|row| gather_links(row, links)),
        Value::Object(fields) => fields.values().for_each(|field| gather_links(field, links)),
        _ => {}
    }
}
