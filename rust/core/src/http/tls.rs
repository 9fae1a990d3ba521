//! Whom an HTTPS connection trusts, and what it shows of itself.

use std::fs;
use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CertificateError, ClientConfig, RootCertStore};

use super::settings::Settings;
use crate::error::Error;

/// The settings of TLS, or an error that names the file which is to blame.
pub fn config(settings: &Settings) -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder().with_root_certificates(roots(settings)?);
    match settings.client_certificate() {
        None => Ok(builder.with_no_client_auth()),
        Some((path, name)) => {
            let refused = |why: &str| refused(name, &path, why);
            let (certificates, key) = identity(&read(name, &path)?).map_err(refused)?;
            builder.with_client_auth_cert(certificates, key).map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => {
                    refused("its private key is not the one of its certificate")
                }
                error => refused(&error.to_string()),
            })
        }
    }
}

/// What is named explicitly is all that is trusted; else it is what the system trusts.
fn roots(settings: &Settings) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    let (bundle, directories) = (settings.ca_bundle(), settings.ca_directories());
    if bundle.is_none() && directories.is_empty() {
        // There may be none: then plain HTTP works, and the first handshake says what is missing.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    }
    if let Some((path, name)) = bundle {
        let found = CertificateDer::pem_slice_iter(&read(name, &path)?)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| refused(name, &path, &format!("it is not PEM: {error}")))?;
        // Bundles have certificates of old authorities that nobody can use.
        if roots.add_parsable_certificates(found).0 == 0 {
            return Err(refused(name, &path, "it has no certificate in PEM"));
        }
    }
    for directory in directories {
        let found = rustls_native_certs::load_certs_from_paths(None, Some(&directory)).certs;
        if roots.add_parsable_certificates(found).0 == 0 {
            return Err(refused("SSL_CERT_DIR", &directory, "it has no certificate in PEM"));
        }
    }
    Ok(roots)
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// A certificate, those between it and its authority, and its key: all in one PEM, in any order.
fn identity(pem: &[u8]) -> Result<Identity, &'static str> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|_| "it is not PEM")?;
    if certificates.is_empty() {
        return Err("it has no certificate in PEM");
    }
    match PrivateKeyDer::from_pem_slice(pem) {
        Ok(key) => Ok((certificates, key)),
        Err(_) if memchr::memmem::find(pem, b"ENCRYPTED").is_some() => {
            Err("its private key is encrypted; only one that is not can be used")
        }
        Err(_) => Err("it has no private key in PEM"),
    }
}

fn read(name: &str, path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|error| {
        // The number behind it is for programs.
        let told = error.to_string();
        let told = told.split(" (os error").next().unwrap_or_default().to_lowercase();
        refused(name, path, &told)
    })
}

fn refused(name: &str, path: &Path, why: &str) -> Error {
    let path = path.to_string_lossy();
    Error::value(format!("{name} names {path:?}, which cannot be used: {why}"))
}

/// What was wrong with a handshake, if that is what went wrong, in words for whom it concerns.
pub fn complaint(error: &rustls::Error, host: &str) -> String {
    let rustls::Error::InvalidCertificate(reason) = error else {
        return match error {
            rustls::Error::AlertReceived(alert) => {
                format!(
                    "{host} refuses the TLS connection ({alert:?}); does it want a client certificate?"
                )
            }
            rustls::Error::InvalidMessage(_) => {
                format!("{host} does not speak TLS; is its endpoint http://...?")
            }
            error => format!("no TLS connection to {host}: {error}"),
        };
    };
    match reason {
        CertificateError::UnknownIssuer => format!(
            "the certificate of {host} is from no authority that is trusted here; SSL_CERT_FILE or \
             opendal.configure(ca_bundle=...) names others"
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("the certificate of {host} has expired")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("the certificate of {host} is not valid yet; is the clock right?")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("the certificate that {host} shows is for another name")
        }
        reason => format!("the certificate of {host} is refused: {reason}"),
    }
}
