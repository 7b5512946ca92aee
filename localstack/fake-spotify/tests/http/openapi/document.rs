//! The stand-in's OpenAPI document as a test reads it: what it says for one class of apps, and whether an
//! answer is so.

use fake_spotify::AppClass;
use serde_json::{Map, Value, json};

fn document() -> Value {
    serde_json::from_str(include_str!("../../../openapi.json")).expect("JSON")
}

/// The paths of the document, sorted.
pub(super) fn paths() -> Vec<String> {
    document()["paths"].as_object().expect("paths").keys().cloned().collect()
}

/// Whether the document says that an app of `class` may ask for `path`, and that there is something to be
/// had.
pub(super) fn is_open(path: &str, class: AppClass) -> bool {
    let operation = &document()["paths"][path]["get"];
    let name = serde_json::to_value(class).expect("a name");
    operation["x-open-to"].as_array().expect("classes").contains(&name)
        && operation["responses"].get("200").is_some()
}

/// An answer as it came.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) headers: Vec<String>,
    pub(super) body: String,
}

impl Answer {
    pub(super) async fn of(answer: reqwest::Response) -> Self {
        let status = answer.status().as_u16();
        let content_type = answer.headers()["content-type"].to_str().expect("text");
        let content_type = content_type.split(';').next().unwrap_or_default().to_owned();
        let headers = answer.headers().keys().map(ToString::to_string).collect();
        Self { status, content_type, headers, body: answer.text().await.expect("text") }
    }
}

/// The document as it holds for apps of one class, and for questions with a market or without.
///
/// In the document objects build on others (`allOf`) and are open. Here each is one object, which has what
/// its class of apps gets and nothing else.
pub(super) struct View {
    document: Value,
}

impl View {
    pub(super) fn new(class: AppClass, market: bool) -> Self {
        let mut document = document();
        let schemas = document["components"]["schemas"].as_object().expect("schemas").clone();
        let full = class != AppClass::Development;
        let closed: Map<String, Value> = schemas
            .iter()
            .map(|(name, schema)| (name.clone(), closed(flat(schema, &schemas), full, market)))
            .collect();
        document["components"]["schemas"] = Value::Object(closed);
        let mut paths = document["paths"].take();
        close_within(&mut paths);
        document["paths"] = paths;
        Self { document }
    }

    /// Says what of an answer to a question for `path` is not as documented.
    pub(super) fn check(&self, path: &str, answer: &Answer) -> Result<(), String> {
        let responses = &self.document["paths"][path]["get"]["responses"];
        let status = answer.status.to_string();
        let class_of_status = format!("{}XX", &status[..1]);
        let response = responses.get(&status).or_else(|| responses.get(&class_of_status));
        let mut response = response.ok_or_else(|| format!("the status {status} is not documented"))?;
        if let Some(reference) = response["$ref"].as_str() {
            response = self.document.pointer(reference.trim_start_matches('#')).expect("a response");
        }
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            if header["required"] == true && !answer.headers.contains(&name.to_lowercase()) {
                return Err(format!("the header {name} is missing"));
            }
        }
        let content = response["content"].get(&answer.content_type);
        let content = content.ok_or_else(|| format!("{} is not documented", answer.content_type))?;
        let body = if answer.content_type == "application/json" {
            serde_json::from_str(&answer.body).map_err(|error| error.to_string())?
        } else {
            Value::from(answer.body.as_str())
        };
        self.validate(&content["schema"], &body)
    }

    fn validate(&self, schema: &Value, body: &Value) -> Result<(), String> {
        let root = json!({"allOf": [schema], "components": self.document["components"]});
        let validator = jsonschema::validator_for(&root).expect("a schema");
        let errors: Vec<String> = validator
            .iter_errors(body)
            .take(3)
            .map(|error| format!("at {}: {error:.300}", error.instance_path()))
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
    }
}

/// `schema` with the properties of all that it builds on.
fn flat(schema: &Value, schemas: &Map<String, Value>) -> Value {
    let Some(bases) = schema["allOf"].as_array() else { return schema.clone() };
    let mut whole = schema.clone();
    whole.as_object_mut().expect("an object").remove("allOf");
    for base in bases {
        let name = base["$ref"].as_str().and_then(|path| path.rsplit('/').next()).expect("a reference");
        let base = flat(&schemas[name], schemas);
        for list in ["required", "x-full"] {
            let mut all = base[list].as_array().cloned().unwrap_or_default();
            let own = whole[list].as_array().cloned().unwrap_or_default();
            all.extend(
                own.into_iter()
                    .filter(|name| !base[list].as_array().is_some_and(|names| names.contains(name))),
            );
            whole[list] = all.into();
        }
        for (name, property) in base["properties"].as_object().into_iter().flatten() {
            if whole["properties"].get(name).is_none() {
                whole["properties"][name] = property.clone();
            }
        }
        if base["x-by-market"] == true {
            whole["x-by-market"] = true.into();
        }
    }
    whole
}

/// `schema` for an app that gets everything or not, and closed to anything else; so are the objects inside
/// it.
fn closed(mut schema: Value, full: bool, market: bool) -> Value {
    let limited = schema["x-full"].as_array().cloned().unwrap_or_default();
    for name in limited.iter().filter_map(Value::as_str) {
        if full { require(&mut schema, name) } else { forbid(&mut schema, name) }
    }
    if schema["x-by-market"] == true {
        if market {
            forbid(&mut schema, "available_markets");
            require(&mut schema, "is_playable");
        } else {
            forbid(&mut schema, "is_playable");
            forbid(&mut schema, "restrictions");
        }
    }
    close_within(&mut schema);
    schema
}

fn close_within(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for inner in fields.values_mut() {
                close_within(inner);
            }
            if fields.contains_key("properties") {
                fields.insert("additionalProperties".to_owned(), false.into());
            }
        }
        Value::Array(values) => values.iter_mut().for_each(close_within),
        _ => {}
    }
}

fn require(schema: &mut Value, name: &str) {
    let required = schema["required"].as_array_mut().expect("a list");
    if !required.contains(&name.into()) {
        required.push(name.into());
    }
}

fn forbid(schema: &mut Value, name: &str) {
    schema["properties"].as_object_mut().expect("properties").remove(name);
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|other| other != name);
    }
}
