//! A service that takes forms and answers in XML: IAM.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::error::ErrorMetadata;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use form_urlencoded::Serializer;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Service, ServiceError};

/// The input of an operation: names and values, such as `ActionNames.member.1` and `s3:GetObject`.
pub type Form = Vec<(String, String)>;

/// A service that takes forms.
#[derive(Clone, Debug)]
pub struct QueryService {
    service: Service,
    version: &'static str,
}

/// A list in an answer.
#[derive(Clone, Debug, Deserialize)]
pub struct Members<T> {
    /// Its members, in order.
    #[serde(default = "Vec::new")]
    pub member: Vec<T>,
}

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self { member: Vec::new() }
    }
}

impl QueryService {
    /// IAM, as that configuration reaches it.
    pub fn iam(aws: &SdkConfig) -> Self {
        let service = Service { aws: aws.clone(), name: "IAM", host: "iam", is_global: true };
        Self { service, version: "2010-05-08" }
    }

    /// Calls an operation, such as `GetRole`. Input and output are as in the service's API reference; `T` is
    /// read from the whole answer, whose root holds the result.
    ///
    /// # Errors
    /// When the service refuses the call or does not answer it.
    pub async fn call<T>(&self, operation: &'static str, input: Form) -> Result<T, ServiceError>
    where
        T: DeserializeOwned + std::fmt::Debug + Send + Sync + 'static,
    {
        let version = self.version;
        let call = self.service.operation(operation);
        let call =
            call.serializer(move |input| request(operation, version, &input)).deserializer(output::<T>);
        call.build().invoke(input).await
    }
}

/// The names and values of a list, as an operation takes it.
pub fn list<'a>(
    name: &'a str,
    members: impl IntoIterator<Item = String> + 'a,
) -> impl Iterator<Item = (String, String)> + 'a {
    (1..).zip(members).map(move |(place, member): (u64, _)| (format!("{name}.member.{place}"), member))
}

fn request(operation: &str, version: &str, input: &Form) -> Result<HttpRequest, BoxError> {
    let mut form = Serializer::new(String::new());
    form.append_pair("Action", operation).append_pair("Version", version).extend_pairs(input);
    let mut request = HttpRequest::new(SdkBody::from(form.finish()));
    request.set_method("POST")?;
    request.set_uri("/")?;
    request.headers_mut().insert("content-type", "application/x-www-form-urlencoded");
    Ok(request)
}

/// An answer that says what failed.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Failed {
    error: Failure,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Failure {
    code: String,
    message: Option<String>,
}

fn output<T: DeserializeOwned>(response: &HttpResponse) -> Result<T, OrchestratorError<ErrorMetadata>> {
    let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default());
    if response.status().is_success() {
        return quick_xml::de::from_str(&body).map_err(OrchestratorError::other);
    }
    let mut metadata = ErrorMetadata::builder();
    if let Ok(Failed { error }) = quick_xml::de::from_str(&body) {
        metadata = metadata.code(error.code).message(error.message.unwrap_or_default());
    }
    Err(OrchestratorError::operation(metadata.build()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_a_form_with_the_operation_and_its_version() {
        let mut form = vec![("RoleName".to_owned(), "a&b".to_owned())];
        form.extend(list("ActionNames", ["s3:GetObject", "sqs:*"].map(str::to_owned)));
        let request = request("GetRole", "2010-05-08", &form).unwrap();
        let body = request.body().bytes().unwrap();
        assert_eq!(
            str::from_utf8(body).unwrap(),
            "Action=GetRole&Version=2010-05-08&RoleName=a%26b&ActionNames.member.1=s3%3AGetObject\
             &ActionNames.member.2=sqs%3A*"
        );
        assert_eq!(request.headers().get("content-type"), Some("application/x-www-form-urlencoded"));
    }

    #[test]
    fn a_failed_call_has_the_code_and_the_message_of_the_answer() {
        let answer = |body: &str| {
            let status = 403_u16.try_into().unwrap();
            let failed = output::<()>(&HttpResponse::new(status, SdkBody::from(body))).unwrap_err();
            let error = failed.as_operation_error().unwrap();
            (error.code().map(str::to_owned), error.message().map(str::to_owned))
        };
        let denied = "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>\
                      <Type>Sender</Type><Code>AccessDenied</Code><Message>not &amp; never</Message></Error>\
                      <RequestId>1</RequestId></ErrorResponse>";
        assert_eq!(answer(denied), (Some("AccessDenied".into()), Some("not & never".into())));
        assert_eq!(answer("<html>"), (None, None));
    }
}
