//! TLS that needs no set-up by the caller.
//!
//! reqwest's `rustls-no-provider` uses the process-wide crypto provider and panics if none is installed. So
//! the clients are given a configuration: ring, and the system's certificate store (on Linux, including
//! `provided.al2023`, the CA bundle or the file in `SSL_CERT_FILE`), so that a company's private root also
//! works on a laptop. Reading that store takes most of a function's start. All clients of a process share
//! what was read, and those that only use plain HTTP read nothing.

use std::sync::{Arc, OnceLock};

use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, Error, RootCertStore};
use rustls_platform_verifier::Verifier;

/// The TLS configuration of a client that `needs_tls`. A client that only uses plain HTTP gets one that
/// trusts nobody, so that a machine without CA certificates can still reach a stand-in.
///
/// # Errors
/// When the system has no certificates.
pub fn config(needs_tls: bool) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::<CryptoProvider>::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let builder = if needs_tls {
        builder.dangerous().with_custom_certificate_verifier(verifier(provider)?)
    } else {
        builder.with_root_certificates(RootCertStore::empty())
    };
    Ok(builder.with_no_client_auth())
}

/// What trusts the system's certificates, read once.
fn verifier(provider: Arc<CryptoProvider>) -> Result<Arc<Verifier>, Error> {
    static READ: OnceLock<Arc<Verifier>> = OnceLock::new();
    if let Some(verifier) = READ.get() {
        return Ok(Arc::clone(verifier));
    }
    let verifier = Arc::new(Verifier::new(provider)?);
    Ok(Arc::clone(READ.get_or_init(|| verifier)))
}
