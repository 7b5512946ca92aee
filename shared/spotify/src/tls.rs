//! TLS that needs no set-up by the caller.
//!
//! reqwest's `rustls-no-provider` uses the process-wide crypto provider and panics if none is installed. The
//! client therefore supplies its own configuration: ring, and the system's certificate store (on Linux,
//! including `provided.al2023`, the CA bundle or the file in `SSL_CERT_FILE`), so that a company's private
//! root also works on a laptop.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

/// The TLS configuration of a client that `needs_tls`. A client that only uses plain HTTP gets one that
/// trusts nobody, so that a machine without CA certificates can still reach a stand-in. Fails if the system
/// has no certificates.
pub(crate) fn config(needs_tls: bool) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::<CryptoProvider>::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let builder = if needs_tls {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Verifier::new(provider)?))
    } else {
        builder.with_root_certificates(RootCertStore::empty())
    };
    Ok(builder.with_no_client_auth())
}
