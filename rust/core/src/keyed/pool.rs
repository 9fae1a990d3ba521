//! The connections of an operator to a server, each of which one caller has at a time.

use std::future::Future;
use std::io;
use std::time::{Duration, Instant};

use opendal::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::http;

/// How many connections there may be unless the configuration says it.
const USUAL: usize = 10;
/// What waited longer may have been closed by the server, or have lost it without a word.
const FRESH: Duration = Duration::from_secs(1);

pub trait Duplex: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Duplex for T {}

/// How a connection is made.
pub trait Dial: Send + Sync {
    type Connection: Send;

    fn dial(&self) -> impl Future<Output = Result<Self::Connection>> + Send;

    /// Asks for a word, to see that the server is there.
    fn greet(connection: &mut Self::Connection) -> impl Future<Output = Result<()>> + Send;
}

pub struct Pool<D: Dial> {
    server: D,
    idle: Mutex<Vec<(D::Connection, Instant)>>,
    places: Semaphore,
}

/// A connection that is its caller's alone, and is closed unless it is given back.
pub struct Lent<'a, D: Dial> {
    pub connection: D::Connection,
    pool: &'a Pool<D>,
    _place: SemaphorePermit<'a>,
}

impl<D: Dial> Lent<'_, D> {
    /// For the next call: all that the server answered was read.
    pub fn give(self) {
        self.pool.idle.lock().push((self.connection, Instant::now()));
    }
}

impl<D: Dial> Pool<D> {
    pub fn new(server: D, most: Option<usize>) -> Self {
        let places = Semaphore::new(most.unwrap_or(USUAL));
        Self { server, idle: Mutex::default(), places }
    }

    pub async fn take(&self) -> Result<Lent<'_, D>> {
        let limit = http::patience()?.connect_timeout;
        let all_in_use = || "all connections of this operator are in use".to_owned();
        let place =
            timeout(limit, self.places.acquire()).await.map_err(|_| http::late(all_in_use()))?;
        let place = place.map_err(|_| Error::new(ErrorKind::Unexpected, all_in_use()))?;
        let connection = self.connection(limit).await?;
        Ok(Lent { connection, pool: self, _place: place })
    }

    async fn connection(&self, limit: Duration) -> Result<D::Connection> {
        // The newest first: those below it have waited longer.
        let newest = self.idle.lock().pop();
        if let Some((mut connection, since)) = newest {
            if since.elapsed() < FRESH {
                return Ok(connection);
            }
            if let Ok(Ok(())) = timeout(limit, D::greet(&mut connection)).await {
                return Ok(connection);
            }
            self.idle.lock().clear();
        }
        http::connected(self.server.dial()).await
    }
}

/// What the system says of a connection.
pub fn broken(error: io::Error) -> Error {
    Error::new(ErrorKind::Unexpected, "the connection broke").set_temporary().set_source(error)
}
