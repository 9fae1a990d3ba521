//! Connections to an FTP server, and what its answers mean.

use std::io;
use std::sync::Arc;

use opendal::services::FtpConfig;
use opendal::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use suppaftp::tokio::{AsyncRustlsConnector, AsyncRustlsFtpStream};
use suppaftp::tokio_rustls::TlsConnector;
use suppaftp::types::{FileType, Mode, Response};
use suppaftp::{FtpError, FtpResult};
use tokio::time::timeout;

use crate::http;
use crate::keyed::broken;

pub type Connection = AsyncRustlsFtpStream;

/// How many connections wait for the next call.
const MOST_IDLE: usize = 16;

/// Where a server is, who asks, and the connections that nobody uses.
pub struct Server {
    host: String,
    port: u16,
    secure: bool,
    root: String,
    config: FtpConfig,
    idle: Mutex<Vec<Connection>>,
}

impl Server {
    /// What a configuration says that the core has checked.
    pub fn new(config: FtpConfig, root: &str) -> Result<Self> {
        let endpoint = config.endpoint.as_deref().unwrap_or_default();
        let uri = endpoint.parse::<::http::Uri>().map_err(|error| {
            Error::new(ErrorKind::ConfigInvalid, "endpoint is invalid").set_source(error)
        })?;
        Ok(Self {
            host: uri.host().unwrap_or("127.0.0.1").to_owned(),
            port: uri.port_u16().unwrap_or(21),
            // Without a scheme the password had better not be seen.
            secure: uri.scheme_str() != Some("ftp"),
            root: root.to_owned(),
            config,
            idle: Mutex::default(),
        })
    }

    /// A connection that waits for a command, and is its caller's alone.
    pub async fn take(&self) -> Result<Connection> {
        let patience = http::patience()?;
        let idle = self.idle.lock().pop();
        if let Some(mut connection) = idle {
            if let Ok(Ok(())) = timeout(patience.connect_timeout, connection.noop()).await {
                return Ok(connection);
            }
            // The server closed it meanwhile, or has gone without a word. So it is with the others,
            // which have waited longer.
            self.idle.lock().clear();
        }
        http::connected(self.connect()).await
    }

    async fn connect(&self) -> Result<Connection> {
        let address = (self.host.trim_matches(['[', ']']), self.port);
        let mut connection = Connection::connect(address).await.map_err(told)?;
        let peer = connection.get_ref().peer_addr();
        if peer.is_ok_and(|peer| peer.ip().to_canonical().is_ipv6()) {
            // The older command has no room for such an address.
            connection.set_mode(Mode::ExtendedPassive);
        }
        if self.secure {
            let connector = TlsConnector::from(Arc::new(http::tls_config()?));
            let connector = AsyncRustlsConnector::from(connector);
            connection = connection.into_secure(connector, &self.host).await.map_err(told)?;
        }
        // What a server behind another address says of its own is of no use.
        connection.set_passive_nat_workaround(true);
        if let Some(user) = self.config.user.as_deref().filter(|user| !user.is_empty()) {
            let password = self.config.password.as_deref().unwrap_or_default();
            connection.login(user, password).await.map_err(told)?;
        }
        if let Err(error) = connection.cwd(&self.root).await {
            if !is_refusal(&error) {
                return Err(told(error));
            }
            make_parents(&mut connection, &self.root).await.map_err(told)?;
            connection.cwd(&self.root).await.map_err(told)?;
        }
        connection.transfer_type(FileType::Binary).await.map_err(told)?;
        Ok(connection)
    }

    /// An answer, after which the connection is for the next call, if all that it said was read.
    pub fn give<T>(&self, connection: Connection, answer: FtpResult<T>) -> Result<T> {
        if matches!(answer, Ok(_) | Err(FtpError::UnexpectedResponse(_))) {
            let mut idle = self.idle.lock();
            if idle.len() < MOST_IDLE {
                idle.push(connection);
            }
        }
        answer.map_err(told)
    }
}

/// Makes the directories that a path is in. One that is there is refused like all others, so what
/// comes next tells whether they are; for the last one, there is the refusal.
pub async fn make_parents(connection: &mut Connection, path: &str) -> FtpResult<Option<FtpError>> {
    let mut refusal = None;
    for (end, _) in path.match_indices('/').filter(|(end, _)| *end > 0) {
        refusal = match connection.mkdir(&path[..end]).await {
            Ok(()) => None,
            Err(error) if is_refusal(&error) => Some(error),
            Err(error) => return Err(error),
        };
    }
    Ok(refusal)
}

/// What the server said instead of what was hoped for, by its code.
pub fn code(error: &FtpError) -> Option<u32> {
    match error {
        FtpError::UnexpectedResponse(answer) => code_of(answer),
        _ => None,
    }
}

/// The library knows not all of them.
fn code_of(answer: &Response) -> Option<u32> {
    std::str::from_utf8(answer.body.get(..3)?).ok()?.parse().ok()
}

/// The server read the command, and does not do it.
pub fn is_refusal(error: &FtpError) -> bool {
    matches!(code(error), Some(550 | 553))
}

/// The server has no such command.
pub fn is_unknown(error: &FtpError) -> bool {
    matches!(code(error), Some(500 | 502 | 504))
}

/// An error of the server's or of the connection's, as the core has them.
pub fn told(error: FtpError) -> Error {
    match error {
        FtpError::ConnectionError(error) if error.kind() == io::ErrorKind::InvalidInput => {
            Error::new(ErrorKind::Unsupported, "FTP has no names with line breaks")
        }
        FtpError::ConnectionError(error) => broken(error),
        FtpError::BadResponse => {
            let message = "the server closed the connection, or said what is no answer";
            Error::new(ErrorKind::Unexpected, message).set_temporary()
        }
        FtpError::UnexpectedResponse(answer) => refused(&answer),
        error => Error::new(ErrorKind::Unexpected, error.to_string()),
    }
}

fn refused(answer: &Response) -> Error {
    let said = String::from_utf8_lossy(&answer.body);
    let code = code_of(answer).unwrap_or_default();
    let forbidden = ["ermission", "rivilege", "enied"].iter().any(|word| said.contains(word));
    let kind = match code {
        430 | 530 | 532 => ErrorKind::PermissionDenied,
        550 | 553 if forbidden => ErrorKind::PermissionDenied,
        550 => ErrorKind::NotFound,
        _ => ErrorKind::Unexpected,
    };
    let passes = (400..500).contains(&code) && code != 430;
    Error::new(kind, format!("the server answered {}", said.trim())).with_temporary(passes)
}
