//! The parts of a request that routes look at. Every part that is wrong is named in the answer.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Display;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};

use crate::problem::{ApiError, FieldError};

/// Most characters of a bad value that an answer repeats.
const REPEATED: usize = 60;

/// Most parts that an answer names as wrong, so that a long query does not get a longer answer.
const NAMED: usize = 20;

/// A request, without its body.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) headers: HeaderMap,
    uri: Uri,
    /// The variable parts of the path; `None` if they are not text.
    path: Option<BTreeMap<String, String>>,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path = Path::from_request_parts(parts, state).await.ok().map(|Path(path)| path);
        Ok(Self { headers: parts.headers.clone(), uri: parts.uri.clone(), path })
    }
}

impl Asked {
    /// The query, if it has only these parameters and each once.
    pub(crate) fn query(&self, allowed: &[&str]) -> Result<Query, ApiError> {
        let (mut values, mut errors) = (BTreeMap::new(), Vec::new());
        let pairs = form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes());
        for (name, value) in pairs {
            let name = shortened(&name);
            let problem = if !allowed.contains(&name.as_str()) {
                "there is no such parameter"
            } else if values.insert(name.clone(), value.into_owned()).is_some() {
                "may be given once only"
            } else {
                continue;
            };
            if errors.len() == NAMED {
                break;
            }
            errors.push(FieldError { pointer: format!("#/query/{name}"), detail: problem.to_owned() });
        }
        if errors.is_empty() { Ok(Query(values)) } else { Err(ApiError::Invalid(errors)) }
    }

    /// The variable part `name` of the path.
    pub(crate) fn path<T: TryFrom<String, Error: Display>>(&self, name: &str) -> Result<T, ApiError> {
        let pointer = format!("#/path/{name}");
        let text = self.path.as_ref().and_then(|path| path.get(name));
        let text = text.ok_or_else(|| ApiError::invalid(&pointer, "is not UTF-8"))?;
        T::try_from(text.clone()).map_err(|error| ApiError::invalid(pointer, error.to_string()))
    }
}

/// The parameters of a query.
#[derive(Debug)]
pub(crate) struct Query(BTreeMap<String, String>);

impl Query {
    /// A parameter, if it is given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A number from `least` to `most`, or `default` if it is not given.
    pub(crate) fn number(&self, name: &str, [least, default, most]: [usize; 3]) -> Result<usize, ApiError> {
        let Some(text) = self.get(name) else { return Ok(default) };
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| {
            let given = shortened(text);
            let detail = format!("must be a whole number from {least} to {most}, not {given:?}");
            ApiError::invalid(format!("#/query/{name}"), detail)
        })
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(REPEATED).collect()
}
