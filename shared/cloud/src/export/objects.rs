//! The files of all snapshots in a bucket.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use collect::ports::export::{Created, Object, Objects, Span, Tag, Upload};
use collect::ports::{PortError, SnapshotFiles};

use crate::error::{corrupt, port_error};

/// Bytes of a part of a multipart upload; S3 wants five MiB at least of all but the last.
const PART: usize = 8 * 1024 * 1024;

/// How often a write is tried again that met another one to the same key.
const CONFLICTS: u32 = 5;

/// A client of S3. Parts of some megabytes take longer than what other services are asked for.
pub fn client(aws: &SdkConfig) -> Client {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_mins(1))
        .operation_timeout(Duration::from_secs(150))
        .build();
    let config = aws_sdk_s3::config::Builder::from(aws)
        .timeout_config(timeouts)
        // An emulator has one address for all buckets.
        .force_path_style(aws.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL").is_some())
        .interceptor(crate::calls::Calls)
        .build();
    Client::from_conf(config)
}

/// The bucket.
#[derive(Clone, Debug)]
pub struct S3Objects {
    client: Client,
    bucket: String,
}

/// What came of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Yes,
    /// The condition did not hold.
    No,
}

impl S3Objects {
    /// The bucket of that name.
    pub fn new(client: Client, bucket: &str) -> Self {
        Self { client, bucket: bucket.to_owned() }
    }

    fn what(&self, operation: &str, key: &str) -> String {
        format!("S3 {operation} of {key} in bucket {}", self.bucket)
    }

    /// Puts an object if there is none, or if it still has this version.
    async fn put(&self, key: &str, bytes: &[u8], tag: Option<&Tag>) -> Result<Written, PortError> {
        for attempt in 0.. {
            let put = self.client.put_object().bucket(&self.bucket).key(key);
            let put = match tag {
                Some(tag) => put.if_match(&tag.0),
                None => put.if_none_match("*"),
            };
            let answer = put.body(ByteStream::from(bytes.to_vec())).send().await;
            match outcome(&answer) {
                Outcome::Done => return Ok(Written::Yes),
                Outcome::Refused => return Ok(Written::No),
                Outcome::Conflict if attempt < CONFLICTS => pause(attempt).await,
                _ => {
                    return answer
                        .map(|_| Written::Yes)
                        .map_err(|error| port_error(self.what("PutObject", key), &error));
                }
            }
        }
        Ok(Written::No)
    }
}

/// How S3 has answered a conditional write.
enum Outcome {
    Done,
    Refused,
    /// Another write to the same key is under way, and may or may not come to something.
    Conflict,
    Failed,
}

fn outcome<T, E: ProvideErrorMetadata, R>(answer: &Result<T, SdkError<E, R>>) -> Outcome {
    match answer {
        Ok(_) => Outcome::Done,
        Err(error) => match error.code() {
            Some("PreconditionFailed") => Outcome::Refused,
            Some("ConditionalRequestConflict") => Outcome::Conflict,
            _ => Outcome::Failed,
        },
    }
}

async fn pause(attempt: u32) {
    tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
}

impl Objects for S3Objects {
    type Upload = S3Upload;

    async fn get(&self, key: &str) -> Result<Option<Object>, PortError> {
        let answer = self.client.get_object().bucket(&self.bucket).key(key).send().await;
        let answer = match answer {
            Err(error) if error.code() == Some("NoSuchKey") => return Ok(None),
            answer => answer.map_err(|error| port_error(self.what("GetObject", key), &error))?,
        };
        let tag = Tag(answer.e_tag.unwrap_or_default());
        let bytes =
            answer.body.collect().await.map_err(|error| unavailable(self.what("GetObject", key), &error))?;
        Ok(Some(Object { bytes: bytes.to_vec(), tag }))
    }

    async fn span(&self, key: &str, span: Span) -> Result<(Vec<u8>, u64), PortError> {
        let what = || self.what("GetObject", key);
        let range = match &span {
            Span::Of(range) if range.is_empty() => return Err(corrupt(what(), "an empty span")),
            Span::Of(range) => format!("bytes={}-{}", range.start, range.end - 1),
            Span::Last(bytes) => format!("bytes=-{bytes}"),
        };
        let answer = self.client.get_object().bucket(&self.bucket).key(key).range(range).send().await;
        let answer = answer.map_err(|error| match error.code() {
            // An intermediate object that has expired does not come back.
            Some("NoSuchKey") => corrupt(what(), "it is gone"),
            _ => port_error(what(), &error),
        })?;
        let size = answer.content_range().and_then(|range| range.rsplit_once('/')?.1.parse().ok());
        let whole = answer.content_length().and_then(|length| u64::try_from(length).ok());
        let bytes = answer.body.collect().await.map_err(|error| unavailable(what(), &error))?;
        let size = size.or(whole).ok_or_else(|| corrupt(what(), "an answer without a size"))?;
        Ok((bytes.to_vec(), size))
    }

    async fn create(&self, key: &str, bytes: &[u8]) -> Result<Created, PortError> {
        let written = self.put(key, bytes, None).await?;
        Ok(if written == Written::Yes { Created::New } else { Created::Exists })
    }

    async fn upload(&self, key: &str) -> Result<S3Upload, PortError> {
        Ok(S3Upload { objects: self.clone(), key: key.to_owned(), gathered: Vec::new(), started: None })
    }

    async fn replace(&self, key: &str, bytes: &[u8], tag: Option<&Tag>) -> Result<bool, PortError> {
        Ok(self.put(key, bytes, tag).await? == Written::Yes)
    }
}

impl SnapshotFiles for S3Objects {
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, PortError> {
        Ok(self.get(key).await?.map(|object| object.bytes))
    }
}

fn unavailable(what: String, why: &dyn std::fmt::Display) -> PortError {
    PortError::Unavailable { what, why: why.to_string() }
}

/// An object that is being written: in one piece if it stays small, otherwise part by part. What was uploaded
/// and not completed nobody sees, and a rule of the bucket removes it.
#[derive(Debug)]
pub struct S3Upload {
    objects: S3Objects,
    key: String,
    gathered: Vec<u8>,
    started: Option<Started>,
}

/// A multipart upload with its parts so far.
#[derive(Debug)]
struct Started {
    id: String,
    parts: Vec<CompletedPart>,
}

impl S3Upload {
    async fn upload_part(&mut self, bytes: Vec<u8>) -> Result<(), PortError> {
        let S3Objects { client, bucket } = &self.objects;
        let what = |operation: &str| self.objects.what(operation, &self.key);
        let mut started = if let Some(started) = self.started.take() {
            started
        } else {
            let answer = client.create_multipart_upload().bucket(bucket).key(&self.key).send().await;
            let answer = answer.map_err(|error| port_error(what("CreateMultipartUpload"), &error))?;
            Started { id: answer.upload_id.unwrap_or_default(), parts: Vec::new() }
        };
        let number = i32::try_from(started.parts.len() + 1).unwrap_or(i32::MAX);
        let part =
            client.upload_part().bucket(bucket).key(&self.key).upload_id(&started.id).part_number(number);
        let answer = part.body(ByteStream::from(bytes)).send().await;
        let tag = answer.map_err(|error| port_error(what("UploadPart"), &error))?.e_tag;
        started.parts.push(CompletedPart::builder().part_number(number).set_e_tag(tag).build());
        self.started = Some(started);
        Ok(())
    }

    async fn complete(&self, started: Started) -> Result<Created, PortError> {
        let S3Objects { client, bucket } = &self.objects;
        let parts = CompletedMultipartUpload::builder().set_parts(Some(started.parts)).build();
        for attempt in 0.. {
            let complete =
                client.complete_multipart_upload().bucket(bucket).key(&self.key).upload_id(&started.id);
            let answer = complete.if_none_match("*").multipart_upload(parts.clone()).send().await;
            match outcome(&answer) {
                Outcome::Done => return Ok(Created::New),
                Outcome::Refused => break,
                Outcome::Conflict if attempt < CONFLICTS => pause(attempt).await,
                _ => {
                    let what = self.objects.what("CompleteMultipartUpload", &self.key);
                    return answer.map(|_| Created::New).map_err(|error| port_error(what, &error));
                }
            }
        }
        let abort = client.abort_multipart_upload().bucket(bucket).key(&self.key).upload_id(&started.id);
        if let Err(error) = abort.send().await {
            tracing::warn!(
                key = self.key,
                code = error.code(),
                "an upload is left to the rule of the bucket"
            );
        }
        Ok(Created::Exists)
    }
}

impl Upload for S3Upload {
    async fn push(&mut self, bytes: Vec<u8>) -> Result<(), PortError> {
        self.gathered.extend(bytes);
        if self.gathered.len() < PART {
            return Ok(());
        }
        let part = std::mem::take(&mut self.gathered);
        self.upload_part(part).await
    }

    async fn finish(mut self) -> Result<Created, PortError> {
        let rest = std::mem::take(&mut self.gathered);
        if self.started.is_none() {
            return self.objects.create(&self.key, &rest).await;
        }
        if !rest.is_empty() {
            self.upload_part(rest).await?;
        }
        match self.started.take() {
            Some(started) => self.complete(started).await,
            None => Ok(Created::Exists),
        }
    }
}
