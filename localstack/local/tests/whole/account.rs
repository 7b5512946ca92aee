//! `--aws` finds credentials as the AWS CLI does: keys, credential processes, IAM Identity Center, console
//! sessions.

use std::{fs, io, net::SocketAddr, path::Path, process::Output, sync::mpsc};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::Command,
};

/// The AWS CLI's configuration file: one profile for each way to sign in.
const CONFIG: &str = "\
[profile process]
region = eu-west-1
credential_process = echo '{\"Version\": 1, \"AccessKeyId\": \"PROCESS\", \"SecretAccessKey\": \"x\"}'

[profile identity-center]
region = eu-west-1
sso_session = work
sso_account_id = 123456789012
sso_role_name = operator

[sso-session work]
sso_region = eu-west-1
sso_start_url = https://example.awsapps.com/start

[profile console]
region = eu-west-1
login_session = arn:aws:iam::123456789012:user/operator
";

/// The token file of the session `work`, named by the SHA-1 of the session's name.
const IDENTITY_CENTER_TOKEN: &str = ".aws/sso/cache/e274eeff768c6396088ec6eb091f4bf4d47ab1e0.json";

const CONSOLE_TOKEN: &str = "{\"accessToken\": {\"accessKeyId\": \"CONSOLE\", \"secretAccessKey\": \"x\", \"sessionToken\": \"t\", \
    \"accountId\": \"123456789012\", \"expiresAt\": \"2199-01-01T00:00:00Z\"}, \"tokenType\": \"aws_sigv4\", \
    \"refreshToken\": \"r\", \"idToken\": \"i\", \"clientId\": \"c\", \"dpopKey\": \"k\"}";

/// A home directory with these files and the tokens that signing in creates.
fn home() -> io::Result<TempDir> {
    let home = tempfile::tempdir()?;
    for folder in [".aws/sso/cache", ".aws/login/cache"] {
        fs::create_dir_all(home.path().join(folder))?;
    }
    let write = |name: &str, text: &str| fs::write(home.path().join(name), text);
    write(".aws/config", CONFIG)?;
    write(
        IDENTITY_CENTER_TOKEN,
        "{\"accessToken\": \"t\", \"expiresAt\": \"2199-01-01T00:00:00Z\", \"region\": \"eu-west-1\", \
         \"startUrl\": \"https://example.awsapps.com/start\"}",
    )?;
    // The SHA-256 of the session's ARN.
    write(
        ".aws/login/cache/05d4293b920f9332873333ef86001c397e826748e69c2ddcd0f661ed93f13355.json",
        CONSOLE_TOKEN,
    )?;
    Ok(home)
}

/// Answers as AWS would: Identity Center issues credentials, CloudFormation knows no stack. Sends the head of
/// every request.
async fn aws() -> io::Result<(SocketAddr, mpsc::Receiver<String>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (heads, received) = mpsc::channel();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(answer(connection, heads.clone()));
        }
    });
    Ok((address, received))
}

async fn answer(mut connection: TcpStream, heads: mpsc::Sender<String>) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut part = [0; 4096];
        match connection.read(&mut part).await {
            Ok(read) if read > 0 => head.extend_from_slice(&part[..read]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let (status, body) = if head.contains("/federation/credentials") {
        (
            "200 OK",
            "{\"roleCredentials\": {\"accessKeyId\": \"IDENTITYCENTER\", \"secretAccessKey\": \"x\", \
          \"sessionToken\": \"t\", \"expiration\": 7226582400000}}",
        )
    } else {
        (
            "400 Bad Request",
            "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>\
          <Message>Stack with id fermata does not exist</Message></Error></ErrorResponse>",
        )
    };
    let _ = heads.send(head);
    let answer =
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    let _ = connection.write_all(answer.as_bytes()).await;
}

/// `fermata status --aws` with these arguments.
async fn status(home: &Path, aws: SocketAddr, arguments: &[&str]) -> io::Result<Output> {
    fermata(home, aws, &[&["status", "--aws"], arguments].concat()).await
}

/// `fermata` with these arguments, outside of any clone and with keys in the environment.
async fn fermata(home: &Path, aws: SocketAddr, arguments: &[&str]) -> io::Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fermata"));
    command
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("AWS_ENDPOINT_URL", format!("http://{aws}"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "ENVIRONMENT")
        .env("AWS_SECRET_ACCESS_KEY", "x");
    command.output().await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_sign_in_signs_the_request() {
    let (home, (address, requests)) = (home().unwrap(), aws().await.unwrap());
    for (arguments, key) in [
        (["--profile", "process"], "PROCESS"),
        (["--profile", "identity-center"], "IDENTITYCENTER"),
        (["--profile", "console"], "CONSOLE"),
        (["--region", "eu-west-1"], "ENVIRONMENT"),
    ] {
        let output = status(home.path(), address, &arguments).await.unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        let heads: Vec<String> = requests.try_iter().collect();
        let signed = heads.last().unwrap_or_else(|| panic!("{arguments:?} asked nothing: {error}"));
        assert!(signed.contains(&format!("Credential={key}/")), "{arguments:?}: {signed}");
        assert!(signed.contains("/eu-west-1/cloudformation/"), "{arguments:?}: {signed}");
        assert!(!output.status.success() && error.contains("no stack called fermata"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_command_for_operators_looks_for_the_stack_that_is_named() {
    let (home, (address, requests)) = (home().unwrap(), aws().await.unwrap());
    for command in [
        ["status"].as_slice(),
        &["dashboard"],
        &["dead-letters"],
        &["query", "SELECT 1"],
        &["export"],
        &["export", "--to", "music"],
        &["redrive"],
        &["redrive", "--term", "search:abc"],
        &["resume"],
        &["forget", "4Z8W4fKeB5YxbusRsdQVPb"],
    ] {
        let place = ["--aws", "--region", "eu-west-1", "--stack-name", "fermata-test"];
        let output = fermata(home.path(), address, &[command, &place].concat()).await.unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains("no stack called fermata-test was found"), "{command:?}: {error}");
        assert!(requests.try_iter().count() > 0, "{command:?} asked nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_cannot_be_read_is_not_called_ready() {
    let (home, (address, requests)) = (home().unwrap(), aws().await.unwrap());
    let output =
        fermata(home.path(), address, &["preflight", "--aws", "--region", "eu-west-1"]).await.unwrap();
    let (shown, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success() && error.contains("the account is not ready"), "{error}");
    assert!(shown.contains("ok       name: fermata\n"), "{shown}");
    assert!(shown.contains("PROBLEM  concurrent executions: "), "{shown}");
    assert!(shown.contains("PROBLEM  secret: "), "{shown}");
    assert!(shown.contains("PROBLEM  permissions: not known: "), "{shown}");
    assert!(requests.try_iter().count() > 0, "nothing was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_region_or_credentials_the_error_says_what_to_do() {
    let (home, (address, _requests)) = (home().unwrap(), aws().await.unwrap());
    let output = status(home.path(), address, &[]).await.unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("no AWS region is configured; set it with --region"), "{error}");
    let output =
        status(home.path(), address, &["--profile", "nobody", "--region", "eu-west-1"]).await.unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && error.contains("nobody"), "{error}");
}
