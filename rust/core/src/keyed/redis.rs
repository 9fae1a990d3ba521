//! Redis, one server or a cluster. The core's own service gives a server half a second for an answer,
//! tries a refused login again for ten, and cannot list.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use opendal::raw::{Service, signed_duration_to_duration};
use opendal::services::RedisConfig;
use opendal::{Buffer, Builder, BytesRange, Error, ErrorKind, Result};
use parking_lot::Mutex;
use rustls::pki_types::ServerName;
use suppaftp::tokio_rustls::TlsConnector;
use tokio::net::TcpStream;

use super::pool::{Dial, Duplex, Pool, broken};
use super::resp::{Answer, Connection, Request, nonsense};
use super::{Keyed, Page, Store};
use crate::http;
use crate::source::changed;

/// How many keys the server looks at for a page.
const PAGE: &[u8] = b"1000";
/// How often a cluster may say that a key is elsewhere.
const REDIRECTS: usize = 5;
const SLOTS: u16 = 16384;

/// A builder of it, as the core wants one.
#[derive(Debug, Default)]
pub struct RedisBuilder(pub RedisConfig);

impl Builder for RedisBuilder {
    type Config = RedisConfig;

    fn build(self) -> Result<impl Service> {
        let config = self.0;
        let is_cluster = config.cluster_endpoints.is_some();
        let endpoints = config.cluster_endpoints.or(config.endpoint);
        let endpoints = endpoints.unwrap_or_else(|| "tcp://127.0.0.1".to_owned());
        let lives = config.default_ttl.map(signed_duration_to_duration).transpose()?;
        let store = Redis {
            seeds: endpoints.split(',').map(Place::of).collect::<Result<_>>()?,
            who: Arc::new(Who { user: config.username, password: config.password, db: config.db }),
            most: config.connection_pool_max_size,
            seconds: lives.map(|time| time.as_secs()),
            is_cluster,
            nodes: Mutex::default(),
            slots: Mutex::default(),
        };
        let mut service = Keyed::new("redis", config.root.as_deref(), &endpoints, store);
        service.capability.list = true;
        service.capability.list_with_recursive = true;
        Ok(service)
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Place {
    Tcp {
        host: String,
        port: u16,
        secure: bool,
    },
    #[cfg(unix)]
    Unix(String),
}

impl Place {
    fn of(endpoint: &str) -> Result<Self> {
        let uri = endpoint.parse::<::http::Uri>().map_err(|error| {
            Error::new(ErrorKind::ConfigInvalid, "endpoint is invalid").set_source(error)
        })?;
        let scheme = uri.scheme_str().unwrap_or("tcp");
        #[cfg(unix)]
        if matches!(scheme, "unix" | "redis+unix") {
            return Ok(Self::Unix(uri.path().to_owned()));
        }
        if !matches!(scheme, "tcp" | "redis" | "rediss") {
            let message = "endpoint must be redis://, rediss:// or unix://";
            return Err(Error::new(ErrorKind::ConfigInvalid, message));
        }
        Ok(Self::Tcp {
            host: uri.host().unwrap_or("127.0.0.1").trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().unwrap_or(6379),
            secure: scheme == "rediss",
        })
    }

    /// Another node, as this one names it; one without a name is where this one is.
    fn beside(&self, named: &str, port: u16) -> Self {
        match self {
            Self::Tcp { host, secure, .. } => {
                let host = if named.is_empty() { host } else { named };
                Self::Tcp { host: host.to_owned(), port, secure: *secure }
            }
            #[cfg(unix)]
            Self::Unix(_) => Self::Tcp { host: named.to_owned(), port, secure: false },
        }
    }

    async fn connect(&self) -> Result<Box<dyn Duplex>> {
        match self {
            Self::Tcp { host, port, secure } => {
                let socket = TcpStream::connect((host.as_str(), *port)).await.map_err(broken)?;
                socket.set_nodelay(true).map_err(broken)?;
                if !secure {
                    return Ok(Box::new(socket));
                }
                let name = ServerName::try_from(host.clone()).map_err(|error| {
                    Error::new(ErrorKind::ConfigInvalid, "no certificate has such a name")
                        .set_source(error)
                })?;
                let connector = TlsConnector::from(Arc::new(http::tls_config()?));
                let secured = connector.connect(name, socket).await;
                Ok(Box::new(secured.map_err(|error| {
                    http::untrusted(&error, host).unwrap_or_else(|| broken(error))
                })?))
            }
            #[cfg(unix)]
            Self::Unix(path) => {
                Ok(Box::new(tokio::net::UnixStream::connect(path).await.map_err(broken)?))
            }
        }
    }
}

/// Who asks, and for what.
struct Who {
    user: Option<String>,
    password: Option<String>,
    db: i64,
}

struct Node {
    place: Place,
    who: Arc<Who>,
}

impl Dial for Node {
    type Connection = Connection;

    async fn dial(&self) -> Result<Connection> {
        let Who { user, password, db } = &*self.who;
        let mut connection = Connection::new(self.place.connect().await?);
        if let Some(password) = password {
            let login = [Some("AUTH"), user.as_deref(), Some(password)];
            let login = login.into_iter().flatten().map(str::as_bytes).collect::<Vec<_>>();
            if let Answer::Refused(said) = connection.say(&login).await? {
                let message = format!("the server refused the login: {said}");
                return Err(Error::new(ErrorKind::PermissionDenied, message));
            }
        }
        if *db != 0 {
            connection.say(&[b"SELECT", db.to_string().as_bytes()]).await?.checked()?;
        }
        Ok(connection)
    }

    async fn greet(connection: &mut Connection) -> Result<()> {
        connection.say(&[b"PING"]).await?.checked().map(drop)
    }
}

/// The first slot and the last, and the node that has them.
type Slots = Arc<Vec<(u16, u16, Place)>>;

struct Redis {
    seeds: Vec<Place>,
    who: Arc<Who>,
    most: Option<usize>,
    /// How long values live.
    seconds: Option<u64>,
    is_cluster: bool,
    nodes: Mutex<HashMap<Place, Arc<Pool<Node>>>>,
    /// Which node of a cluster has what, if that is known.
    slots: Mutex<Option<Slots>>,
}

impl Redis {
    async fn ask_node(&self, place: &Place, requests: &[&Request]) -> Result<Vec<Answer>> {
        let node = || Node { place: place.clone(), who: Arc::clone(&self.who) };
        let pool = Arc::clone(
            (self.nodes.lock().entry(place.clone()))
                .or_insert_with(|| Arc::new(Pool::new(node(), self.most))),
        );
        let mut lent = pool.take().await?;
        let answers = lent.connection.ask(requests).await?;
        lent.give();
        Ok(answers)
    }

    /// Asks the node that has a key.
    async fn ask(&self, key: &str, requests: &[Request]) -> Result<Vec<Answer>> {
        let asking = Request::new(&[b"ASKING"]);
        let mut place = self.place_of(key).await?;
        let mut is_on_its_way = false;
        for _ in 0..REDIRECTS {
            let before = is_on_its_way.then_some(&asking);
            let sent = requests.iter().flat_map(|request| before.into_iter().chain([request]));
            let sent = sent.collect::<Vec<_>>();
            let answers = self.ask_node(&place, &sent).await.inspect_err(|_| self.forget())?;
            let each = sent.len() / requests.len();
            let answers = answers.into_iter().skip(each - 1).step_by(each).collect::<Vec<_>>();
            let elsewhere = answers.iter().find_map(|answer| match answer {
                Answer::Refused(said) if self.is_cluster => redirect(&place, said),
                _ => None,
            });
            let Some((moved, there)) = elsewhere else { return Ok(answers) };
            if moved {
                self.forget();
            }
            is_on_its_way = !moved;
            place = there;
        }
        Err(Error::new(ErrorKind::Unexpected, "the cluster sends from node to node")
            .set_temporary())
    }

    /// Another node may have what this one had.
    fn forget(&self) {
        *self.slots.lock() = None;
    }

    async fn place_of(&self, key: &str) -> Result<Place> {
        if !self.is_cluster {
            return Ok(self.seeds[0].clone());
        }
        let slot = slot(key.as_bytes());
        let slots = self.slots().await?;
        let place = slots.iter().find(|(first, last, _)| (*first..=*last).contains(&slot));
        place.map(|(_, _, place)| place.clone()).ok_or_else(|| {
            Error::new(ErrorKind::Unexpected, "no node of the cluster has that key").set_temporary()
        })
    }

    /// The nodes among which the keys are.
    async fn primaries(&self) -> Result<VecDeque<Place>> {
        if !self.is_cluster {
            return Ok(self.seeds.iter().cloned().collect());
        }
        let slots = self.slots().await?;
        let nodes = slots.iter().map(|(_, _, place)| place.clone()).collect::<HashSet<_>>();
        Ok(nodes.into_iter().collect())
    }

    /// What the first node that answers says of all.
    async fn slots(&self) -> Result<Slots> {
        if let Some(slots) = self.slots.lock().clone() {
            return Ok(slots);
        }
        let mut last = nonsense();
        for seed in &self.seeds {
            let asked = self.ask_node(seed, &[&Request::new(&[b"CLUSTER", b"SLOTS"])]).await;
            match asked.and_then(|answers| read_slots(seed, answers)) {
                Ok(slots) => return Ok(Arc::clone(self.slots.lock().insert(Arc::new(slots)))),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// Where a node says that a key is, and whether it stays there.
fn redirect(here: &Place, said: &str) -> Option<(bool, Place)> {
    let (kind, rest) = said.split_once(' ')?;
    let (_, address) = rest.split_once(' ')?;
    let (host, port) = address.rsplit_once(':')?;
    let there = here.beside(host, port.parse().ok()?);
    matches!(kind, "MOVED" | "ASK").then_some((kind == "MOVED", there))
}

/// Each run of slots: its first and its last, and its nodes, of which the first is to be asked.
fn read_slots(here: &Place, answers: Vec<Answer>) -> Result<Vec<(u16, u16, Place)>> {
    let short = |answer: Option<Answer>| {
        let number = answer.ok_or_else(nonsense)?.number()?;
        u16::try_from(number).map_err(|_| nonsense())
    };
    let mut slots = Vec::new();
    for run in answers.into_iter().next().ok_or_else(nonsense)?.many()? {
        let mut parts = run.many()?.into_iter();
        let (first, last) = (short(parts.next())?, short(parts.next())?);
        let mut node = parts.next().ok_or_else(nonsense)?.many()?.into_iter();
        let host = node.next().ok_or_else(nonsense)?.data()?.unwrap_or_default();
        let host = String::from_utf8(host.into()).map_err(|_| nonsense())?;
        slots.push((first, last, here.beside(&host, short(node.next())?)));
    }
    Ok(slots)
}

/// The slot of a key: the CRC-16 of it, or of what stands in its first braces.
fn slot(key: &[u8]) -> u16 {
    let braces = || {
        let start = key.iter().position(|byte| *byte == b'{')? + 1;
        let length = key[start..].iter().position(|byte| *byte == b'}')?;
        Some(&key[start..start + length]).filter(|tag| !tag.is_empty())
    };
    let crc = braces().unwrap_or(key).iter().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            (crc << 1) ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 }
        })
    });
    crc % SLOTS
}

/// The two numbers by which the server is asked for a range, both of which count.
fn ends(range: BytesRange) -> Option<(i64, i64)> {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    match range {
        BytesRange::Suffix { size: 0 } | BytesRange::Range { size: Some(0), .. } => None,
        BytesRange::Suffix { size } => Some((-whole(size), -1)),
        BytesRange::Range { offset, size } => {
            let end = size.map_or(-1, |size| whole(offset.saturating_add(size - 1)));
            Some((whole(offset), end))
        }
    }
}

/// What stands for itself in a pattern.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut pattern, char| {
        if matches!(char, '*' | '?' | '[' | ']' | '\\') {
            pattern.push('\\');
        }
        pattern.push(char);
        pattern
    })
}

/// Where a listing is.
pub struct Scan {
    nodes: VecDeque<Place>,
    cursor: Bytes,
}

impl Store for Redis {
    type Cursor = Scan;

    async fn read(&self, key: &str, range: BytesRange) -> Result<Option<(Buffer, u64)>> {
        let name = key.as_bytes();
        if range.is_full() {
            let answers = self.ask(key, &[Request::new(&[b"GET", name])]).await?;
            let value = answers.into_iter().next().ok_or_else(nonsense)?.data()?;
            return Ok(value.map(|value| (value.clone().into(), value.len() as u64)));
        }
        let mut requests = asks_length(name);
        if let Some((start, end)) = ends(range) {
            let (start, end) = (start.to_string(), end.to_string());
            let words: [&[u8]; 4] = [b"GETRANGE", name, start.as_bytes(), end.as_bytes()];
            requests.push(Request::new(&words));
        }
        let mut answers = self.ask(key, &requests).await?.into_iter();
        let Some(length) = read_length(&mut answers)? else { return Ok(None) };
        let expected = range.to_content_range(usize::try_from(length).unwrap_or(usize::MAX))?;
        let part = answers.next().map_or(Ok(None), Answer::data)?.unwrap_or_default();
        if part.len() != expected.len() {
            return Err(changed());
        }
        Ok(Some((part.into(), length)))
    }

    async fn length(&self, key: &str) -> Result<Option<u64>> {
        let answers = self.ask(key, &asks_length(key.as_bytes())).await?;
        read_length(&mut answers.into_iter())
    }

    async fn write(&self, key: &str, value: Buffer) -> Result<()> {
        let name = key.as_bytes();
        let request = match self.seconds {
            None => Request::with(&[b"SET", name], value),
            Some(seconds) => {
                Request::with(&[b"SETEX", name, seconds.to_string().as_bytes()], value)
            }
        };
        let answers = self.ask(key, &[request]).await?;
        answers.into_iter().try_for_each(|answer| answer.checked().map(drop))
    }

    async fn delete(&self, key: &str) -> Result<()> {
        let answers = self.ask(key, &[Request::new(&[b"DEL", key.as_bytes()])]).await?;
        answers.into_iter().try_for_each(|answer| answer.checked().map(drop))
    }

    async fn page(&self, prefix: &str, scan: Option<Scan>) -> Result<Page<Scan>> {
        let mut scan = match scan {
            Some(scan) => scan,
            None => Scan { nodes: self.primaries().await?, cursor: Bytes::from_static(b"0") },
        };
        let Some(node) = scan.nodes.front() else { return Ok((Vec::new(), None)) };
        let pattern = escaped(prefix) + "*";
        let request = Request::new(&[
            b"SCAN",
            &scan.cursor,
            b"MATCH",
            pattern.as_bytes(),
            b"COUNT",
            PAGE,
            b"TYPE",
            b"string",
        ]);
        let answers = self.ask_node(node, &[&request]).await?;
        let mut parts = answers.into_iter().next().ok_or_else(nonsense)?.many()?.into_iter();
        let cursor = parts.next().ok_or_else(nonsense)?.data()?.ok_or_else(nonsense)?;
        let mut keys = Vec::new();
        for key in parts.next().ok_or_else(nonsense)?.many()? {
            // What is no text is no path.
            keys.extend(key.data()?.and_then(|key| String::from_utf8(key.into()).ok()));
        }
        let lengths = keys.iter().map(|key| Request::new(&[b"STRLEN", key.as_bytes()]));
        let lengths = lengths.collect::<Vec<_>>();
        let lengths = self.ask_node(node, &lengths.iter().collect::<Vec<_>>()).await?;
        let lengths = lengths.into_iter().map(Answer::number).collect::<Result<Vec<_>>>()?;
        if &cursor[..] == b"0" {
            scan.nodes.pop_front();
        }
        scan.cursor = cursor;
        Ok((keys.into_iter().zip(lengths).collect(), Some(scan)))
    }
}

/// A length alone does not tell what is empty from what is not there.
fn asks_length(name: &[u8]) -> Vec<Request> {
    vec![Request::new(&[b"EXISTS", name]), Request::new(&[b"STRLEN", name])]
}

fn read_length(answers: &mut impl Iterator<Item = Answer>) -> Result<Option<u64>> {
    let mut number = || answers.next().ok_or_else(nonsense)?.number();
    let (there, length) = (number()?, number()?);
    Ok(Some(length).filter(|_| there > 0))
}
