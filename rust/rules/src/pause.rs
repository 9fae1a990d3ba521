//! A pause within work that would else be done in one poll.

use std::future::poll_fn;
use std::mem;
use std::task::Poll;

/// Pending once, and ready again at once: so that whoever waits on its own thread can look for
/// signals and tell of progress, and whoever shares a thread lets others have their turn.
pub async fn pause() {
    let mut paused = false;
    poll_fn(|context| {
        if mem::replace(&mut paused, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
