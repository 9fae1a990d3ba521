//! The protocol of Redis: requests are lists of texts, and answers say what they are.

use bytes::Bytes;
use futures::future::BoxFuture;
use opendal::{Buffer, Error, ErrorKind, Result};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use super::pool::{Duplex, broken};

/// No line of an answer is longer: what is long comes after a line that says how long.
const LONGEST_LINE: u64 = 64 << 10;
/// So much is had at once for an answer, before anything of it came.
const ROOM: usize = 64 << 20;
const MOST_ROOM: usize = 1 << 10;

pub enum Answer {
    /// A word of consent.
    Done,
    Refused(String),
    Number(i64),
    Data(Bytes),
    Many(Vec<Answer>),
    Nothing,
}

impl Answer {
    /// What was refused is an error.
    pub fn checked(self) -> Result<Self> {
        match self {
            Self::Refused(said) => Err(refused(&said)),
            answer => Ok(answer),
        }
    }

    pub fn number(self) -> Result<u64> {
        match self.checked()? {
            Self::Number(number) => u64::try_from(number).map_err(|_| nonsense()),
            _ => Err(nonsense()),
        }
    }

    /// What is there, if anything is.
    pub fn data(self) -> Result<Option<Bytes>> {
        match self.checked()? {
            Self::Data(data) => Ok(Some(data)),
            Self::Nothing => Ok(None),
            _ => Err(nonsense()),
        }
    }

    pub fn many(self) -> Result<Vec<Self>> {
        match self.checked()? {
            Self::Many(answers) => Ok(answers),
            _ => Err(nonsense()),
        }
    }
}

/// An error of the server's, by its first word.
fn refused(said: &str) -> Error {
    let (kind, passes) = match said.split(' ').next().unwrap_or_default() {
        "NOAUTH" | "NOPERM" | "WRONGPASS" => (ErrorKind::PermissionDenied, false),
        "BUSY" | "CLUSTERDOWN" | "LOADING" | "MASTERDOWN" | "OOM" | "READONLY" | "TRYAGAIN" => {
            (ErrorKind::Unexpected, true)
        }
        "MOVED" | "ASK" => {
            let message = "the server is a node of a cluster: name it in cluster_endpoints";
            return Error::new(ErrorKind::ConfigInvalid, message);
        }
        _ => (ErrorKind::Unexpected, false),
    };
    Error::new(kind, format!("the server answered {said}")).with_temporary(passes)
}

pub fn nonsense() -> Error {
    Error::new(ErrorKind::Unexpected, "what answered does not speak the protocol of Redis")
}

/// One request, as it is sent.
pub struct Request(Vec<Bytes>);

impl Request {
    pub fn new(words: &[&[u8]]) -> Self {
        Self(vec![Self::head(words, words.len())])
    }

    /// One whose end may be long.
    pub fn with(words: &[&[u8]], value: Buffer) -> Self {
        let mut head = Vec::from(Self::head(words, words.len() + 1));
        head.extend(format!("${}\r\n", value.len()).bytes());
        let end = Bytes::from_static(b"\r\n");
        Self([Bytes::from(head)].into_iter().chain(value).chain([end]).collect())
    }

    fn head(words: &[&[u8]], count: usize) -> Bytes {
        let mut head = format!("*{count}\r\n").into_bytes();
        for word in words {
            head.extend(format!("${}\r\n", word.len()).bytes());
            head.extend_from_slice(word);
            head.extend_from_slice(b"\r\n");
        }
        head.into()
    }
}

pub struct Connection(BufReader<Box<dyn Duplex>>);

impl Connection {
    pub fn new(socket: Box<dyn Duplex>) -> Self {
        Self(BufReader::new(socket))
    }

    /// Sends them all, and has an answer of each.
    pub async fn ask(&mut self, requests: &[&Request]) -> Result<Vec<Answer>> {
        let mut all = requests.iter().flat_map(|request| request.0.clone()).collect::<Buffer>();
        self.0.write_all_buf(&mut all).await.map_err(broken)?;
        self.0.flush().await.map_err(broken)?;
        let mut answers = Vec::with_capacity(requests.len());
        for _ in requests {
            answers.push(self.answer().await?);
        }
        Ok(answers)
    }

    pub async fn say(&mut self, words: &[&[u8]]) -> Result<Answer> {
        self.ask(&[&Request::new(words)]).await?.pop().ok_or_else(nonsense)
    }

    fn answer(&mut self) -> BoxFuture<'_, Result<Answer>> {
        Box::pin(async {
            let line = self.line().await?;
            let (kind, said) = line.split_at_checked(1).ok_or_else(nonsense)?;
            Ok(match kind {
                "+" => Answer::Done,
                "-" => Answer::Refused(said.to_owned()),
                ":" => Answer::Number(said.parse().map_err(|_| nonsense())?),
                "$" | "*" if said == "-1" => Answer::Nothing,
                "$" => Answer::Data(self.data(said.parse().map_err(|_| nonsense())?).await?),
                "*" => {
                    let count = said.parse().map_err(|_| nonsense())?;
                    let mut answers = Vec::with_capacity(MOST_ROOM.min(count));
                    for _ in 0..count {
                        answers.push(self.answer().await?);
                    }
                    Answer::Many(answers)
                }
                _ => return Err(nonsense()),
            })
        })
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = Vec::new();
        (&mut self.0).take(LONGEST_LINE).read_until(b'\n', &mut line).await.map_err(broken)?;
        if !line.ends_with(b"\r\n") {
            return Err(broken(std::io::ErrorKind::UnexpectedEof.into()));
        }
        line.truncate(line.len() - 2);
        String::from_utf8(line).map_err(|_| nonsense())
    }

    async fn data(&mut self, length: usize) -> Result<Bytes> {
        let mut data = Vec::with_capacity(length.min(ROOM));
        (&mut self.0).take(length as u64).read_to_end(&mut data).await.map_err(broken)?;
        let mut end = [0; 2];
        self.0.read_exact(&mut end).await.map_err(broken)?;
        if data.len() == length && &end == b"\r\n" { Ok(data.into()) } else { Err(nonsense()) }
    }
}
