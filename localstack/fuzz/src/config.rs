//! The environment of the functions.

use std::collections::HashMap;
use std::time::Duration;

use cloud::config::Env;
use collect::pace::NotNow;
use collect::permits::Permits;
use collect::web_api::Bucket;
use fetcher::ports::FetcherConfig;

use crate::world::now;

/// Lines of `NAME=value`; the whole input is also used as the text of the secret.
pub fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(error) = cloud::secret::parse(text) {
        crate::readable(&error);
    }
    let variables: HashMap<String, String> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    spotify(&variables);
    match FetcherConfig::read(Env::of(move |name| variables.get(name).cloned())) {
        Ok(config) => works(&config),
        Err(error) => {
            assert!(!error.problems.is_empty(), "an error must list its problems");
            for problem in &error.problems {
                crate::readable(problem);
                assert!(problem.starts_with("FERMATA_"), "{problem:?} names no variable");
            }
        }
    }
}

fn spotify(variables: &HashMap<String, String>) {
    let or = |name: &str, otherwise: String| variables.get(name).cloned().unwrap_or(otherwise);
    let defaults = spotify::Config::default();
    let config = spotify::Config {
        api_url: or("FERMATA_SPOTIFY_API_URL", defaults.api_url),
        token_url: or("FERMATA_SPOTIFY_TOKEN_URL", defaults.token_url),
        plain_http: variables.contains_key("FERMATA_SPOTIFY_PLAIN_HTTP"),
        market: variables.get("FERMATA_MARKET").cloned(),
        connect_timeout: defaults.connect_timeout,
        request_timeout: defaults.request_timeout,
    };
    if let Err(error) = config.check() {
        crate::readable(&error.to_string());
    }
}

/// Checks what is computed from accepted settings.
fn works(config: &FetcherConfig) {
    let settings = &config.shared.settings;
    assert!(settings.window > 0 && settings.lease_time() <= Duration::from_hours(336));
    assert!(config.shared.retention >= Duration::from_hours(24));
    let policy = Permits::new(settings.pacing).wait_policy(settings.window);
    policy.wait(now(), NotNow::Busy(now() + Duration::from_secs(3)), 0.5);
    assert!(settings.pacing.rate.is_none_or(|rate| !rate.interval().is_zero()));
    assert!(settings.sources.buckets().all(|bucket| Bucket::ALL.contains(&bucket)));
}
