//! Reading: where a file stands, what of it is held, and how much to fetch next.

use std::ops::Range;
use std::sync::Arc;

use opendal::{Buffer, Error, ErrorKind, Operator, Result};

use super::lines;
use super::open::{Buffering, ReadPlan};
use super::source::{Found, Source};
use super::taken::{Lines, Lost, Placed, Taken};
use crate::base::Distance;
use crate::target::Target;

/// Where to go, in the three ways of `seek`.
#[derive(Debug, Clone, Copy)]
pub enum Seek {
    Start(u64),
    Current(i64),
    End(i64),
}

pub struct Reading {
    source: Source,
    /// The part of the object that the file is. All other places are counted from its start.
    range: Range<u64>,
    position: u64,
    held: Held,
    ahead: Ahead,
    /// Where to go back to.
    lost: Lost,
}

/// Bytes that were fetched and are kept, so that short reads and short ways back cost nothing.
#[derive(Default)]
struct Held {
    data: Buffer,
    start: u64,
}

impl Held {
    fn end(&self) -> u64 {
        self.start + self.data.len() as u64
    }

    /// What is held from there on, at most so much.
    fn from(&self, position: u64, most: u64) -> Buffer {
        if position < self.start || position >= self.end() {
            return Buffer::new();
        }
        let end = self.end().min(position.saturating_add(most));
        self.data.slice(place(position - self.start)..place(end - self.start))
    }
}

/// A place in what is held: that is in memory, so its places fit.
#[allow(clippy::cast_possible_truncation, reason = "no more is held than memory has room for")]
fn place(at: u64) -> usize {
    at as usize
}

/// How much to fetch when so much is wanted. Who reads on and on gets more each time; who jumps
/// gets about what was asked for.
struct Ahead {
    /// The first step, and the least after a jump.
    least: u64,
    most: u64,
    now: u64,
    /// What is at least so long is fetched as it is asked for, straight to the caller.
    exact: u64,
    /// Where the last fetch ended.
    edge: u64,
}

const KIB: u64 = 1024;
/// No piece is longer, whatever the parts that the caller asks for.
const LARGEST_PIECE: u64 = 256 * KIB * KIB;
/// Nobody knows how long a line is; an unbuffered file fetches so much to find its end.
const LINE: u64 = 4 * KIB;

impl Ahead {
    fn new(plan: &ReadPlan) -> Self {
        let (least, most, exact) = match plan.distance {
            Distance::Memory => (u64::MAX, u64::MAX, u64::MAX),
            Distance::Disk => (4 * KIB, 256 * KIB, 32 * KIB),
            Distance::Network => (16 * KIB, 8 * KIB * KIB, 8 * KIB * KIB),
        };
        // Whoever names a number of parts wants so many of them under way.
        let chunk = plan.options.chunk.unwrap_or(0) as u64;
        let parts = plan.options.concurrent.max(plan.options.prefetch.saturating_add(1)) as u64;
        let most = match plan.distance {
            Distance::Network => most.max(chunk.saturating_mul(parts).min(LARGEST_PIECE)),
            _ => most,
        };
        match plan.buffering {
            Buffering::Usual => Self { least, most, now: 0, exact, edge: 0 },
            Buffering::Bytes(size) => {
                let size = size as u64;
                Self { least: size, most: size, now: size, exact: size, edge: 0 }
            }
            Buffering::None => Self { least: 0, most: 0, now: 0, exact: 0, edge: 0 },
        }
    }

    /// How much of the object comes with the answer to opening it.
    fn first(&self) -> u64 {
        self.least.saturating_mul(4).min(self.most)
    }

    fn next(&mut self, position: u64, wanted: u64) -> u64 {
        if wanted >= self.exact {
            self.edge = position.saturating_add(wanted);
            return wanted;
        }
        self.now = if position == self.edge {
            self.now.saturating_mul(2).clamp(self.least, self.most)
        } else {
            self.least
        };
        let size = wanted.max(self.now);
        self.edge = position.saturating_add(size);
        size
    }
}

impl Reading {
    pub async fn open(operator: &Operator, path: &Arc<str>, plan: &ReadPlan) -> Result<Self> {
        let mut ahead = Ahead::new(plan);
        let Found { source, range, first } =
            Source::open(operator, path, plan, ahead.first()).await?;
        let mut data = contiguous(first);
        data.truncate(place(range.end - range.start));
        if !data.is_empty() {
            ahead.edge = data.len() as u64;
            ahead.now = ahead.edge;
        }
        let held = Held { data, start: 0 };
        Ok(Self { source, range, position: 0, held, ahead, lost: Lost::default() })
    }

    fn length(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// Goes back to what a caller should have got and did not.
    fn settle(&mut self) {
        if let Some(start) = self.lost.take() {
            self.position = start;
        }
    }

    pub fn position(&mut self) -> u64 {
        self.settle();
        self.position
    }

    /// How many bytes there are from here on, of at most so many.
    fn left(&self, most: Option<usize>) -> u64 {
        let left = self.length().saturating_sub(self.position);
        most.map_or(left, |most| left.min(most as u64))
    }

    pub fn seek(&mut self, to: Seek) -> Result<u64> {
        self.settle();
        let target = match to {
            Seek::Start(position) => Some(position),
            Seek::Current(distance) => self.position.checked_add_signed(distance),
            Seek::End(distance) => self.length().checked_add_signed(distance),
        };
        self.position = target.ok_or_else(|| {
            let message = "there is nothing before the start of a file";
            Error::new(ErrorKind::ConfigInvalid, message)
        })?;
        Ok(self.position)
    }

    /// A read that needs nothing but what is held; it counts as taken.
    pub fn ready(&mut self, size: Option<usize>) -> Option<Buffer> {
        self.settle();
        let wanted = self.left(size);
        let data = self.held.from(self.position, wanted);
        if data.len() as u64 != wanted {
            return None;
        }
        self.position += wanted;
        Some(data)
    }

    /// Whether `ready` would give something.
    pub fn holds(&mut self, size: Option<usize>) -> bool {
        self.settle();
        let wanted = self.left(size);
        wanted == 0
            || (self.position >= self.held.start && self.position + wanted <= self.held.end())
    }

    /// Whether `ready_line` would.
    pub fn holds_line(&mut self, size: Option<usize>) -> bool {
        self.settle();
        let wanted = self.left(size);
        let data = self.held.from(self.position, wanted);
        data.len() as u64 == wanted || lines::end(&data).is_some()
    }

    /// As `ready`, for a line.
    pub fn ready_line(&mut self, size: Option<usize>) -> Option<Buffer> {
        self.settle();
        let wanted = self.left(size);
        let data = self.held.from(self.position, wanted);
        let length = match lines::end(&data) {
            Some(end) => end,
            None if data.len() as u64 == wanted => data.len(),
            None => return None,
        };
        self.position += length as u64;
        Some(data.slice(..length))
    }

    /// As `ready`, for whatever is held.
    pub fn ready_some(&mut self, size: Option<usize>) -> Option<Buffer> {
        self.settle();
        let wanted = self.left(size);
        let data = self.held.from(self.position, wanted);
        if data.is_empty() && wanted > 0 {
            return None;
        }
        self.position += data.len() as u64;
        Some(data)
    }

    fn take(&mut self, data: Buffer) -> Taken {
        let start = self.position;
        self.position += data.len() as u64;
        Taken::new(data, start, &self.lost)
    }

    pub async fn read(&mut self, size: Option<usize>) -> Result<Taken> {
        self.settle();
        let wanted = self.left(size);
        let data = self.get(wanted).await?;
        Ok(self.take(data))
    }

    /// How much a read will give, if most of it is to go straight to its place.
    pub fn direct(&mut self, size: Option<usize>) -> Option<usize> {
        self.settle();
        let wanted = self.left(size);
        let held = self.held.from(self.position, wanted).len() as u64;
        (wanted - held >= self.ahead.exact.max(1)).then_some(place(wanted))
    }

    /// As `read`, into memory that is there.
    pub async fn fill(&mut self, target: Arc<Target>) -> Result<Placed> {
        self.settle();
        let wanted = self.left(Some(target.len()));
        let head = self.held.from(self.position, wanted);
        let length = target.put(0, &head);
        let at = self.position + length as u64;
        let rest = wanted - length as u64;
        // Another call may have read meanwhile, so that it is not much any more.
        let filled = if rest >= self.ahead.exact.max(1) {
            let size = self.ahead.next(at, rest);
            let start = self.range.start + at;
            let filled = self.source.fill(start..start + size, &target, length).await?;
            complete(filled, size)?;
            filled
        } else {
            let data = self.get(wanted).await?;
            target.put(0, &data) - length
        };
        let filled = length + filled;
        let taken = Taken::new(Buffer::new(), self.position, &self.lost);
        self.position += filled as u64;
        Ok(Placed { target, filled, taken })
    }

    /// What is held, or what one fetch brings.
    pub async fn read1(&mut self, size: Option<usize>) -> Result<Taken> {
        self.settle();
        // Without a size, the least that is worth a fetch.
        let size = size.or(Some(place(self.ahead.least.clamp(8 * KIB, 64 * KIB))));
        let wanted = self.left(size);
        if self.held.from(self.position, 1).is_empty() && wanted > 0 {
            self.hold(self.position, wanted).await?;
        }
        let data = self.held.from(self.position, wanted);
        Ok(self.take(data))
    }

    /// The bytes that come next, without going on; at least one, unless this is the end.
    pub async fn peek(&mut self, size: usize) -> Result<Buffer> {
        let taken = self.read1(Some(size.max(1))).await?;
        self.position -= taken.len() as u64;
        Ok(taken.arrive())
    }

    pub async fn readline(&mut self, size: Option<usize>) -> Result<Taken> {
        self.settle();
        let mut wanted = self.left(size);
        let mut at = self.position;
        let mut parts = Vec::new();
        loop {
            let data = self.held.from(at, wanted);
            let end = lines::end(&data);
            let data = data.slice(..end.unwrap_or(data.len()));
            wanted -= data.len() as u64;
            at += data.len() as u64;
            parts.extend(data);
            if end.is_some() || wanted == 0 {
                return Ok(self.take(Buffer::from(parts)));
            }
            self.hold(at, wanted.min(LINE)).await?;
        }
    }

    pub async fn readlines(&mut self, hint: Option<usize>) -> Result<Lines> {
        let mut lines = Lines::default();
        let mut total = 0;
        loop {
            let line = self.readline(None).await?;
            if line.len() == 0 {
                drop(line.arrive());
                return Ok(lines);
            }
            total += line.len();
            lines.push(line);
            if hint.is_some_and(|hint| hint > 0 && total > hint) {
                return Ok(lines);
            }
        }
    }

    /// Exactly so many bytes from here on; they are there.
    async fn get(&mut self, wanted: u64) -> Result<Buffer> {
        let head = self.held.from(self.position, wanted);
        let at = self.position + head.len() as u64;
        let rest = wanted - head.len() as u64;
        if rest == 0 {
            return Ok(head);
        }
        let rest = if rest >= self.ahead.exact {
            // As long as it is, it would push out more than it is likely to save.
            let size = self.ahead.next(at, rest);
            self.fetch(at, size).await?
        } else {
            self.hold(at, rest).await?;
            self.held.from(at, rest)
        };
        Ok(if head.is_empty() { rest } else { head.chain(rest).collect() })
    }

    /// Fetches what is wanted from there on, and perhaps more, and holds it.
    async fn hold(&mut self, at: u64, wanted: u64) -> Result<()> {
        let size = self.ahead.next(at, wanted).min(self.length() - at);
        let data = contiguous(self.fetch(at, size).await?);
        self.held = Held { data, start: at };
        Ok(())
    }

    async fn fetch(&self, at: u64, size: u64) -> Result<Buffer> {
        let start = self.range.start + at;
        let data = self.source.fetch(start..start + size).await?;
        complete(data.len(), size)?;
        Ok(data)
    }
}

fn complete(came: usize, size: u64) -> Result<()> {
    if came as u64 == size {
        return Ok(());
    }
    let message = format!("{came} bytes came where {size} should be");
    Err(Error::new(ErrorKind::Unexpected, message))
}

/// One piece of memory: from many, lines and short reads would be slow to find.
fn contiguous(data: Buffer) -> Buffer {
    // An empty buffer may have no part at all, and then `current` panics.
    if data.is_empty() || data.current().len() == data.len() {
        return data;
    }
    Buffer::from(data.to_bytes())
}
