//! Memory of a caller's in which a read may leave its bytes, so that they are copied only once.

use std::cell::Cell;

use bytes::Bytes;
use opendal::Buffer;

thread_local! {
    static ROOM: Cell<Option<Box<dyn Room>>> = const { Cell::new(None) };
}

/// Memory that waits to be filled.
///
/// # Safety
///
/// `start` must be valid for writes of `length` bytes for as long as the value lives, wherever it is
/// moved, and nobody else may touch that memory meanwhile.
pub unsafe trait Room: Send + Sync + 'static {
    fn start(&self) -> *mut u8;
    fn length(&self) -> usize;
}

/// Runs `f`. A read of exactly that length which begins in it, and whose system calls run on this
/// thread, takes the room, and its buffer is that memory. Else the room is still there afterwards.
/// A read on another thread never has it: it might go on after it was given up.
pub fn lend<T>(room: &mut Option<Box<dyn Room>>, f: impl FnOnce() -> T) -> T {
    ROOM.set(room.take());
    let done = f();
    *room = ROOM.take();
    done
}

/// The room, if one of that length is lent.
pub(crate) fn take(length: usize) -> Option<Box<dyn Room>> {
    let room = ROOM.take()?;
    if room.length() == length {
        return Some(room);
    }
    ROOM.set(Some(room));
    None
}

/// The first bytes of a room.
struct Filled {
    room: Box<dyn Room>,
    length: usize,
}

impl AsRef<[u8]> for Filled {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: so many bytes were written, and the room is alive and nobody else's.
        unsafe { std::slice::from_raw_parts(self.room.start(), self.length) }
    }
}

/// What was left in a room, without a copy.
///
/// # Safety
///
/// The first `length` bytes of the room were written.
pub(crate) unsafe fn filled(room: Box<dyn Room>, length: usize) -> Buffer {
    Buffer::from(Bytes::from_owner(Filled { room, length }))
}
