//! TLS without anything to remember for the caller.
//!
//! reqwest's `rustls-no-provider` takes the process-wide crypto provider and panics when nobody installed one. The client
//! therefore brings its own configuration: ring, and the certificate store of the system (on `provided.al2023` and on
//! Linux in general its CA bundle, or what `SSL_CERT_FILE` names), so that a company's own root works on a laptop too.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

/// The configuration for a client that `needs_tls`, or one that trusts nobody for a client that only speaks plain HTTP, so
/// that a machine without any CA certificate can still talk to a stand-in. Errs when the system has no certificates.
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
