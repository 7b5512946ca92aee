//! HTTP/1.1 for the clients of AWS's SDK, on the client of hyper that the runtime of Lambda uses too.
//!
//! The SDK's own HTTP client also speaks HTTP/2, which Fermata has no use for: half a megabyte of each
//! function's archive. And it reads the system's certificates when a client is made, whether or not they are
//! needed: most of a function's start.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::client::legacy::{Client, connect};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use tower_service::Service;

use crate::tls;

/// Time for a new connection, its encryption included. What a client sets for it does not count.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

type Pool = Client<InTime<HttpsConnector<connect::HttpConnector>>, SdkBody>;

type BoxError = Box<dyn Error + Send + Sync>;

/// A new HTTP client, with connections of its own. It reads the system's certificates for its first request
/// over HTTPS, unless another client of this process has.
pub fn http_client() -> SharedHttpClient {
    SharedHttpClient::new(Http::default())
}

/// Connections by HTTPS, and by plain HTTP to emulators.
#[derive(Clone, Debug, Default)]
struct Http {
    /// The longest that an answer may be waited for; for ever without.
    read_timeout: Option<Duration>,
    secure: Arc<OnceLock<Pool>>,
    plain: Arc<OnceLock<Pool>>,
}

impl Http {
    fn pool(&self, is_secure: bool) -> Result<Pool, rustls::Error> {
        let known = if is_secure { &self.secure } else { &self.plain };
        if let Some(pool) = known.get() {
            return Ok(pool.clone());
        }
        let pool = pool(is_secure, tls::config(is_secure)?);
        Ok(known.get_or_init(|| pool).clone())
    }
}

fn pool(is_secure: bool, tls: ClientConfig) -> Pool {
    let mut tcp = connect::HttpConnector::new();
    tcp.enforce_http(false);
    // A request is written in several parts.
    tcp.set_nodelay(true);
    let tls = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls);
    let connector = if is_secure { tls.https_only() } else { tls.https_or_http() };
    let connector = InTime(connector.enable_http1().wrap_connector(tcp));
    // Without its timer, the pool would keep idle connections for ever.
    Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector)
}

impl HttpClient for Http {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Self { read_timeout: settings.read_timeout(), ..self.clone() })
    }
}

impl HttpConnector for Http {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let pool = match self.pool(request.uri().scheme_str() == Some("https")) {
            Ok(pool) => pool,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let captured = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || connection(&captured));
        }
        let patience = self.read_timeout;
        HttpConnectorFuture::new(async move {
            let answer = pool.request(request);
            let response = match patience {
                Some(patience) => match tokio::time::timeout(patience, answer).await {
                    Ok(response) => response,
                    Err(late) => return Err(ConnectorError::timeout(late.into())),
                },
                None => answer.await,
            };
            // Trouble with the connection: the SDK sends the request again.
            let response = response.map_err(|error| ConnectorError::io(error.into()))?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// The connection of a request, as the SDK knows it. After trouble with a server it asks not to use it again.
fn connection(captured: &CaptureConnection) -> Option<ConnectionMetadata> {
    captured.connection_metadata().as_ref()?;
    let captured = captured.clone();
    let poison = move || {
        if let Some(connection) = captured.connection_metadata().as_ref() {
            connection.poison();
        }
    };
    Some(ConnectionMetadata::builder().proxied(false).poison_fn(poison).build())
}

/// A connector that gives up after [`CONNECT_TIMEOUT`].
#[derive(Clone)]
struct InTime<C>(C);

impl<C, R> Service<R> for InTime<C>
where
    C: Service<R, Error = BoxError>,
    C::Future: Send + 'static,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, to: R) -> Self::Future {
        let connecting = tokio::time::timeout(CONNECT_TIMEOUT, self.0.call(to));
        Box::pin(async move {
            let late =
                || io::Error::new(io::ErrorKind::TimedOut, format!("no connection in {CONNECT_TIMEOUT:?}"));
            connecting.await.map_err(|_| late())?
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::byte_stream::ByteStream;
    use rcgen::CertifiedKey;
    use rustls::crypto::ring;
    use rustls::pki_types::PrivateKeyDer;
    use rustls::{RootCertStore, ServerConfig};
    use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;

    fn get(url: &str) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(url).unwrap();
        request
    }

    /// A server that answers every request of every connection; its address, and how many connections it had.
    async fn server() -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move { serve(&mut connection).await });
            }
        });
        (address, connections)
    }

    /// Answers every request of a connection.
    async fn serve(connection: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
        let mut request = [0; 1024];
        while connection.read(&mut request).await.is_ok_and(|read| read > 0) {
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
            connection.write_all(answer).await.unwrap();
            connection.flush().await.unwrap();
        }
    }

    #[tokio::test]
    async fn https_is_spoken_with_a_server_whose_certificate_is_trusted_and_with_no_other() {
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let with_ring = Arc::new(ring::default_provider());
        let server = ServerConfig::builder_with_provider(Arc::clone(&with_ring))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(server));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    if let Ok(mut connection) = acceptor.accept(connection).await {
                        serve(&mut connection).await;
                    }
                });
            }
        });
        let mut trusted = RootCertStore::empty();
        trusted.add(cert.der().clone()).unwrap();
        let trusting = ClientConfig::builder_with_provider(with_ring)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(trusted)
            .with_no_client_auth();
        let http = Http::default();
        http.secure.set(pool(true, trusting)).unwrap();
        let response = http.call(get(&url)).await.unwrap();
        assert_eq!(ByteStream::new(response.into_body()).collect().await.unwrap().into_bytes(), "hello");

        let error = Http::default().call(get(&url)).await.unwrap_err();
        assert!(format!("{error:?}").contains("UnknownIssuer"), "{error:?}");
    }

    #[tokio::test]
    async fn a_connection_is_used_again_until_the_sdk_finds_fault_with_it() {
        let (address, connections) = server().await;
        let http = Http::default();
        let mut expected = 1;
        for is_bad in [false, true, false] {
            let capture = CaptureSmithyConnection::new();
            let mut request = get(&format!("http://{address}/"));
            request.add_extension(capture.clone());
            let response = http.call(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::try_from(200).unwrap());
            assert_eq!(connections.load(Ordering::Relaxed), expected);
            if is_bad {
                capture.get().unwrap().poison();
                expected += 1;
            }
            let body = ByteStream::new(response.into_body()).collect().await.unwrap();
            assert_eq!(body.into_bytes(), "hello");
        }
        assert!(http.secure.get().is_none(), "no certificate was needed");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_worth_another_attempt() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = Http::default().call(get(&format!("http://{address}/"))).await.unwrap_err();
        assert!(error.is_io(), "{error:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_never_agrees_on_encryption_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        let begin = tokio::time::Instant::now();
        let error = Http::default().call(get(&url)).await.unwrap_err();
        assert!(error.is_io() && format!("{error:?}").contains("no connection in 3s"), "{error:?}");
        assert_eq!(begin.elapsed().as_secs(), CONNECT_TIMEOUT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_waited_for_as_long_as_the_client_says() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let http = Http { read_timeout: Some(Duration::from_secs(1)), ..Http::default() };
        let begin = tokio::time::Instant::now();
        let answer = tokio::time::timeout(Duration::from_mins(1), http.call(get(&url))).await;
        let error = answer.expect("an end of the wait").unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        assert_eq!(begin.elapsed().as_secs(), 1);
    }
}
