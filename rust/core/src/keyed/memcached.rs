//! memcached, by its binary protocol. The core's own service writes a request in a dozen pieces, each
//! of which waits for the server, and gives a connection to the next call with an answer still to come.

use bytes::{Buf, BufMut, Bytes};
use opendal::raw::{Service, percent_encode_path, signed_duration_to_duration};
use opendal::services::MemcachedConfig;
use opendal::{Buffer, Builder, BytesRange, Error, ErrorKind, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::pool::{Dial, Duplex, Pool, broken};
use super::{Keyed, Page, Store, unsupported};

/// What the server takes of a key.
const LONGEST_KEY: usize = 250;
/// So much memory is had at once for an answer, before anything of it came.
const ROOM: usize = 64 << 20;

/// A longer life in seconds is taken for a date.
const LONGEST_LIFE: u64 = 30 * 24 * 60 * 60;

const GET: u8 = 0x00;
const SET: u8 = 0x01;
const DELETE: u8 = 0x04;
const NOOP: u8 = 0x0a;
const STAT: u8 = 0x10;
const LOGIN: u8 = 0x21;

const DONE: u16 = 0x00;
const ABSENT: u16 = 0x01;
const TOO_LARGE: u16 = 0x03;

/// A builder of it, as the core wants one.
#[derive(Debug, Default)]
pub struct MemcachedBuilder(pub MemcachedConfig);

impl Builder for MemcachedBuilder {
    type Config = MemcachedConfig;

    fn build(self) -> Result<impl Service> {
        let config = self.0;
        let server = Server {
            place: Place::of(config.endpoint.as_deref().unwrap_or_default())?,
            login: config.username.zip(config.password),
        };
        let lives = config.default_ttl.map(signed_duration_to_duration).transpose()?;
        let seconds = lives.map_or(0, |time| time.as_secs());
        if seconds > LONGEST_LIFE {
            let message = "default_ttl is larger than 30 days, which memcached takes for a date";
            return Err(Error::new(ErrorKind::ConfigInvalid, message));
        }
        let store = Memcached {
            pool: Pool::new(server, config.connection_pool_max_size),
            seconds: u32::try_from(seconds).unwrap_or_default(),
        };
        Ok(Keyed::new("memcached", config.root.as_deref(), "memcached", store))
    }
}

enum Place {
    /// A host, which may be an address in brackets, with its port.
    Tcp(String),
    #[cfg(unix)]
    Unix(String),
}

impl Place {
    fn of(endpoint: &str) -> Result<Self> {
        let invalid = || {
            let message = "endpoint must be tcp://host:port or unix:///path";
            Error::new(ErrorKind::ConfigInvalid, message)
        };
        let (scheme, rest) = endpoint.split_once("://").unwrap_or(("tcp", endpoint));
        let (place, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        match scheme.to_ascii_lowercase().as_str() {
            #[cfg(unix)]
            "unix" if path.len() > 1 => Ok(Self::Unix(path.to_owned())),
            "tcp" => {
                // A user in front of it is an option of its own.
                let place = place.rsplit('@').next().unwrap_or(place);
                let (host, port) = place.rsplit_once(':').ok_or_else(invalid)?;
                if host.is_empty() || port.parse::<u16>().is_err() {
                    return Err(invalid());
                }
                Ok(Self::Tcp(place.to_owned()))
            }
            _ => Err(invalid()),
        }
    }
}

/// Where a server is, and who asks.
struct Server {
    place: Place,
    login: Option<(String, String)>,
}

impl Dial for Server {
    type Connection = Connection;

    async fn dial(&self) -> Result<Connection> {
        let socket = self.place.connect().await.map_err(broken)?;
        let mut connection = Connection(BufReader::new(socket));
        if let Some((user, password)) = &self.login {
            let said = format!("\0{user}\0{password}");
            let answer = connection.ask(LOGIN, &[], "PLAIN", said.into()).await?;
            answer.check()?;
        }
        Ok(connection)
    }

    async fn greet(connection: &mut Connection) -> Result<()> {
        connection.ask(NOOP, &[], "", Buffer::new()).await?.check()
    }
}

impl Place {
    async fn connect(&self) -> std::io::Result<Box<dyn Duplex>> {
        Ok(match self {
            Self::Tcp(place) => {
                let socket = TcpStream::connect(place).await?;
                // A request is written at once, and nothing comes after it to be sent along.
                socket.set_nodelay(true)?;
                Box::new(socket)
            }
            #[cfg(unix)]
            Self::Unix(path) => Box::new(tokio::net::UnixStream::connect(path).await?),
        })
    }
}

struct Connection(BufReader<Box<dyn Duplex>>);

struct Answer {
    status: u16,
    key: Bytes,
    value: Bytes,
}

impl Connection {
    async fn ask(&mut self, what: u8, extras: &[u8], key: &str, value: Buffer) -> Result<Answer> {
        self.send(what, extras, key, value).await?;
        self.answer(what).await
    }

    async fn send(&mut self, what: u8, extras: &[u8], key: &str, value: Buffer) -> Result<()> {
        let too_long = |_| Error::new(ErrorKind::Unsupported, "the protocol has no room for it");
        let mut head = Vec::with_capacity(24 + extras.len() + key.len());
        head.put_u8(0x80);
        head.put_u8(what);
        head.put_u16(u16::try_from(key.len()).map_err(too_long)?);
        head.put_u8(u8::try_from(extras.len()).map_err(too_long)?);
        head.put_bytes(0, 3);
        head.put_u32(u32::try_from(extras.len() + key.len() + value.len()).map_err(too_long)?);
        head.put_bytes(0, 12);
        head.put_slice(extras);
        head.put_slice(key.as_bytes());
        self.0.write_all_buf(&mut Buf::chain(Bytes::from(head), value)).await.map_err(broken)
    }

    async fn answer(&mut self, what: u8) -> Result<Answer> {
        let mut head = [0; 24];
        self.0.read_exact(&mut head).await.map_err(broken)?;
        let mut head = &head[..];
        let (magic, asked, key, extras) =
            (head.get_u8(), head.get_u8(), usize::from(head.get_u16()), usize::from(head.get_u8()));
        head.advance(1);
        let (status, length) = (head.get_u16(), head.get_u32());
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if (magic, asked) != (0x81, what) || length < key + extras {
            let message = "what answered is no memcached, or does not know its binary protocol";
            return Err(Error::new(ErrorKind::Unexpected, message));
        }
        let mut body = Vec::with_capacity(length.min(ROOM));
        (&mut self.0).take(length as u64).read_to_end(&mut body).await.map_err(broken)?;
        if body.len() < length {
            return Err(broken(std::io::ErrorKind::UnexpectedEof.into()));
        }
        let body = Bytes::from(body).slice(extras..);
        Ok(Answer { status, key: body.slice(..key), value: body.slice(key..) })
    }
}

impl Answer {
    fn check(&self) -> Result<()> {
        let (kind, passes) = match self.status {
            DONE => return Ok(()),
            ABSENT => (ErrorKind::NotFound, false),
            0x08 | 0x20 => (ErrorKind::PermissionDenied, false),
            // A command that it does not know, as one without SASL does the login, or may not do.
            0x81 | 0x83 => (ErrorKind::Unsupported, false),
            // No memory, busy, or an error that passes.
            0x82 | 0x85 | 0x86 => (ErrorKind::Unexpected, true),
            _ => (ErrorKind::Unexpected, false),
        };
        let said = String::from_utf8_lossy(&self.value);
        let message = format!("the server answered {:#04x} {}", self.status, said.trim());
        Err(Error::new(kind, message).with_temporary(passes))
    }
}

struct Memcached {
    pool: Pool<Server>,
    /// How long values live; zero is for ever.
    seconds: u32,
}

impl Memcached {
    async fn ask(&self, what: u8, extras: &[u8], key: &str, value: Buffer) -> Result<Answer> {
        let key = percent_encode_path(key);
        if key.len() > LONGEST_KEY {
            let message = format!(
                "memcached has keys of at most {LONGEST_KEY} bytes, and this one has {}, with the \
                 root and percent-encoded",
                key.len()
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let mut lent = self.pool.take().await?;
        let answer = lent.connection.ask(what, extras, &key, value).await?;
        // After other answers the server may close it.
        if matches!(answer.status, DONE | ABSENT) {
            lent.give();
        }
        Ok(answer)
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        let answer = self.ask(GET, &[], key, Buffer::new()).await?;
        if answer.status == ABSENT {
            return Ok(None);
        }
        answer.check().map(|()| Some(answer.value))
    }

    /// How long an item may be, if the server says it.
    async fn most(&self) -> Option<String> {
        let mut connection = self.pool.take().await.ok()?.connection;
        connection.send(STAT, &[], "settings", Buffer::new()).await.ok()?;
        loop {
            let answer = connection.answer(STAT).await.ok()?;
            match &answer.key[..] {
                b"" => return None,
                b"item_size_max" => return String::from_utf8(answer.value.into()).ok(),
                _ => {}
            }
        }
    }
}

impl Store for Memcached {
    type Cursor = ();

    async fn read(&self, key: &str, range: BytesRange) -> Result<Option<(Buffer, u64)>> {
        let Some(value) = self.get(key).await? else { return Ok(None) };
        let length = value.len();
        let part = value.slice(range.to_content_range(length)?);
        Ok(Some((part.into(), length as u64)))
    }

    async fn length(&self, key: &str) -> Result<Option<u64>> {
        // The protocol has no other way to ask.
        Ok(self.get(key).await?.map(|value| value.len() as u64))
    }

    async fn write(&self, key: &str, value: Buffer) -> Result<()> {
        let mut extras = [0; 8];
        extras[4..].copy_from_slice(&self.seconds.to_be_bytes());
        let length = value.len();
        let answer = self.ask(SET, &extras, key, value).await?;
        if answer.status != TOO_LARGE {
            return answer.check();
        }
        let most = match self.most().await {
            Some(most) => format!("{most} bytes with its key and 50 more or so"),
            None => "fewer bytes".to_owned(),
        };
        let message = format!(
            "the server takes no object of {length} bytes: an item has at most {most}; the \
             server's option -I sets how many"
        );
        Err(Error::new(ErrorKind::Unsupported, message))
    }

    async fn delete(&self, key: &str) -> Result<()> {
        let answer = self.ask(DELETE, &[], key, Buffer::new()).await?;
        if answer.status == ABSENT { Ok(()) } else { answer.check() }
    }

    async fn page(&self, _: &str, _: Option<()>) -> Result<Page<()>> {
        unsupported()
    }
}
