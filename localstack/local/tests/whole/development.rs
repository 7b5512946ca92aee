//! An app in development mode: pages of ten, and artists without popularity, followers and genres.

use fake_spotify::AppClass;
use local::{observe::to_json, spotify::fake::Settings};

use crate::common::{collect, start, steady};

#[tokio::test(flavor = "multi_thread")]
async fn a_development_app_collects_in_pages_of_ten() {
    let small = Settings { app_class: AppClass::Development, rate: 6000, ..steady(300) };
    let mut stack = start(small).await.unwrap();
    let report = collect(&mut stack).await.unwrap();
    assert!(report.coverage.is_some_and(|share| share >= 0.99), "{report:?}");
    assert_eq!((report.dead_letters, report.terms.failed), (0, 0), "{report:?}");
    let rejected = report.requests_by_status.as_ref().and_then(|by| by.get("400")).copied();
    // Each fetcher sends one oversized request before it knows the limit.
    assert!(rejected.is_some_and(|count| (1..=4).contains(&count)), "{report:?}");
    let capability = to_json(stack.observer().control("capability").await.unwrap().unwrap());
    assert_eq!(capability["page"], 10, "{capability}");
    assert_eq!(capability["limits_run"].as_str(), Some(report.run.as_str()), "{capability}");
    let overview = stack.observer().overview().await.unwrap();
    assert!(overview.operators.values().all(|found| found.at.is_some()));
    assert!(overview.limits.unwrap().at.is_some());
    let works = overview.operators.iter().map(|(operator, found)| (operator.name().to_owned(), found.works));
    assert_eq!((report.limits.map(|limits| limits.page), report.operators), (Some(10), works.collect()));
    let rows = stack.observer().artist_rows().await.unwrap();
    for (id, row) in &rows {
        assert!(row["name"].is_string(), "{id}");
        for missing in ["popularity", "followers", "genres"] {
            assert_eq!(row.get(missing), None, "{row}: missing is not zero");
        }
    }
    stack.stop().await.unwrap();
}
