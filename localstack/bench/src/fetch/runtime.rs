//! A function's process, and Lambda's Runtime API for it on 127.0.0.1.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use local::process::{last_lines, terminate};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio::time;

/// How long nothing is heard of a process that starts, works or ends before it counts as stuck, beyond the
/// time limit of an invocation.
const PATIENCE: Duration = Duration::from_mins(5);

/// What the process has told its Runtime API.
enum Said {
    /// It has asked for its next invocation.
    Ready(Instant),
    /// It has answered an invocation.
    Answered(u64, Bytes),
    /// It has failed an invocation, or its start.
    Failed(Bytes),
}

/// What the server hands out and passes on.
struct Desk {
    /// Time limit of an invocation.
    limit: Duration,
    invocations: Mutex<mpsc::UnboundedReceiver<(u64, String)>>,
    said: mpsc::UnboundedSender<Said>,
}

/// The Runtime API of one process. Dropping it ends the server.
struct Api {
    address: SocketAddr,
    invocations: mpsc::UnboundedSender<(u64, String)>,
    said: mpsc::UnboundedReceiver<Said>,
    server: JoinHandle<io::Result<()>>,
}

impl Api {
    async fn start(limit: Duration) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no free port on 127.0.0.1")?;
        let address = listener.local_addr()?;
        let (invocations, to_hand_out) = mpsc::unbounded_channel();
        let (to_pass_on, said) = mpsc::unbounded_channel();
        let desk = Desk { limit, invocations: Mutex::new(to_hand_out), said: to_pass_on };
        let server = tokio::spawn(axum::serve(listener, routes(desk)).into_future());
        Ok(Self { address, invocations, said, server })
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A function's process. Dropping it kills the process.
pub(crate) struct Function {
    child: Child,
    pid: u32,
    log: PathBuf,
    limit: Duration,
    started_in: Duration,
    busy: Duration,
    invoked: u64,
    api: Api,
}

impl Function {
    /// Starts `command` and waits until it asks for its first invocation, of which each may take as long as
    /// `limit`. Its output goes to `log`.
    pub(crate) async fn start(mut command: Command, log: PathBuf, limit: Duration) -> Result<Self> {
        let api = Api::start(limit).await?;
        let output = fs::File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        command.env("AWS_LAMBDA_RUNTIME_API", api.address.to_string());
        command.stdin(Stdio::null()).stderr(output.try_clone()?).stdout(output).kill_on_drop(true);
        let begin = Instant::now();
        let child = command.spawn();
        let child =
            child.with_context(|| format!("cannot start {}", command.as_std().get_program().display()))?;
        let pid = child.id().context("the function has ended at once")?;
        let mut function = Self {
            child,
            pid,
            log,
            limit,
            started_in: Duration::ZERO,
            busy: Duration::ZERO,
            invoked: 0,
            api,
        };
        match function.hear().await? {
            Said::Ready(at) => function.started_in = at.duration_since(begin),
            Said::Answered(..) => bail!("the function has answered before it was asked"),
            Said::Failed(why) => bail!("the function cannot start: {}", String::from_utf8_lossy(&why)),
        }
        Ok(function)
    }

    /// Time from the start of the process to its request for the first invocation.
    pub(crate) fn started_in(&self) -> Duration {
        self.started_in
    }

    /// Time in which it has worked on invocations.
    pub(crate) fn busy(&self) -> Duration {
        self.busy
    }

    /// Its process id, as a name below `/proc`.
    pub(crate) fn pid(&self) -> String {
        self.pid.to_string()
    }

    /// Hands over an event and returns the answer once the process asks for the next invocation: by then, it
    /// has finished with this one.
    pub(crate) async fn invoke(&mut self, event: &Value) -> Result<Value> {
        self.invoked += 1;
        let begin = Instant::now();
        self.api.invocations.send((self.invoked, event.to_string())).context("the Runtime API has ended")?;
        let mut answer = None;
        loop {
            match self.hear().await? {
                Said::Answered(id, body) => {
                    ensure!(id == self.invoked, "the function has answered another invocation");
                    answer =
                        Some(serde_json::from_slice(&body).context("the function's answer is not JSON")?);
                }
                Said::Failed(why) => {
                    bail!("the function has failed: {}\n{}", String::from_utf8_lossy(&why), self.last_words())
                }
                Said::Ready(at) => {
                    self.busy += at.duration_since(begin);
                    return answer.context("the function has skipped an invocation");
                }
            }
        }
    }

    /// Ends the process gently, so that a tool that runs it can write down what it has counted.
    pub(crate) async fn end(mut self) -> Result<()> {
        terminate(self.pid);
        time::timeout(PATIENCE, self.child.wait()).await.context("the function does not end")??;
        Ok(())
    }

    async fn hear(&mut self) -> Result<Said> {
        let heard = async {
            tokio::select! {
                said = self.api.said.recv() => said.context("the Runtime API has ended"),
                status = self.child.wait() => bail!("the function has ended: {}", status?),
            }
        };
        let heard = time::timeout(self.limit + PATIENCE, heard).await.context("the function does not answer");
        heard.flatten().with_context(|| format!("its last lines:\n{}", self.last_words()))
    }

    fn last_words(&self) -> String {
        last_lines(&fs::read_to_string(&self.log).unwrap_or_default(), 5)
    }
}

fn routes(desk: Desk) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
        .route("/2018-06-01/runtime/init/error", post(failed))
        .with_state(Arc::new(desk))
}

async fn next(State(desk): State<Arc<Desk>>) -> Response {
    // Whoever waits for this may be gone; then nobody needs an answer.
    let _ = desk.said.send(Said::Ready(Instant::now()));
    let Some((id, event)) = desk.invocations.lock().await.recv().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let deadline = SystemTime::now() + desk.limit;
    let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let headers = [
        ("lambda-runtime-aws-request-id", id.to_string()),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:000000000000:function:bench".to_owned(),
        ),
        ("content-type", "application/json".to_owned()),
    ];
    (headers, event).into_response()
}

async fn answered(State(desk): State<Arc<Desk>>, Path(id): Path<u64>, body: Bytes) -> StatusCode {
    let _ = desk.said.send(Said::Answered(id, body));
    StatusCode::ACCEPTED
}

async fn failed(State(desk): State<Arc<Desk>>, body: Bytes) -> StatusCode {
    let _ = desk.said.send(Said::Failed(body));
    StatusCode::ACCEPTED
}

#[cfg(test)]
mod tests {
    use local::http::client;

    use super::*;

    #[tokio::test]
    async fn an_event_is_handed_out_and_its_answer_passed_on() {
        let mut api = Api::start(Duration::from_mins(1)).await.unwrap();
        let base = format!("http://{}/2018-06-01/runtime", api.address);
        api.invocations.send((7, "{\"job\":\"tick\"}".to_owned())).unwrap();
        let next = client().unwrap().get(format!("{base}/invocation/next")).send().await.unwrap();
        assert_eq!(next.headers()["lambda-runtime-aws-request-id"], "7");
        let deadline: u128 = next.headers()["lambda-runtime-deadline-ms"].to_str().unwrap().parse().unwrap();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
        let left = deadline - now;
        assert!((1..=60_000).contains(&left), "{left} ms left of a time limit of a minute");
        assert_eq!(next.text().await.unwrap(), "{\"job\":\"tick\"}");
        assert!(matches!(api.said.recv().await, Some(Said::Ready(_))));
        for (path, body) in
            [("invocation/7/response", "[]"), ("invocation/7/error", "{}"), ("init/error", "{}")]
        {
            let post = client().unwrap().post(format!("{base}/{path}")).body(body);
            assert_eq!(post.send().await.unwrap().status(), 202, "{path}");
        }
        assert!(matches!(api.said.recv().await, Some(Said::Answered(7, body)) if body == "[]"));
        for _ in 0..2 {
            assert!(matches!(api.said.recv().await, Some(Said::Failed(_))));
        }
    }

    #[tokio::test]
    async fn a_function_that_ends_at_its_start_is_an_error_with_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo FERMATA_QUEUE_URL is missing; exit 3"]);
        let started = Function::start(command, folder.path().join("log"), Duration::ZERO).await;
        let error = format!("{:#}", started.err().unwrap());
        assert!(
            error.contains("FERMATA_QUEUE_URL is missing") && error.contains("exit status: 3"),
            "{error}"
        );
    }
}
