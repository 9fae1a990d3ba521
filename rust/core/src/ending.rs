//! Threads that Python ends in the midst of our code.
//!
//! Up to 3.13, a daemon thread that wants the GIL while the interpreter ends is ended right there, by
//! `pthread_exit`. It may be in Python code that we called, be it only to make an exception, and glibc
//! unwinds its stack by force. Rust's frames must not be unwound so: the process would abort. Such a
//! thread stands still instead, which is what Python itself lets it do from 3.14 on.

use pyo3::ffi::Py_IsInitialized;

/// Whether the interpreter has begun to end, or is no more.
pub fn is_here() -> bool {
    // SAFETY: it reads a number, with or without an interpreter.
    unsafe { Py_IsInitialized() == 0 }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub use glibc::stand_still_at_the_end;

/// Other systems end a thread without a look at its stack.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn stand_still_at_the_end() {}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    use std::ffi::{c_int, c_void};
    use std::ptr;
    use std::thread;
    use std::time::Duration;

    /// What glibc calls `_pthread_cleanup_buffer`. It fills it in.
    #[repr(C)]
    struct Entry {
        routine: Option<extern "C" fn(*mut c_void)>,
        argument: *mut c_void,
        kind: c_int,
        previous: *mut Entry,
    }

    unsafe extern "C" {
        fn _pthread_cleanup_push(
            entry: *mut Entry,
            routine: extern "C" fn(*mut c_void),
            argument: *mut c_void,
        );
    }

    struct Registered(*mut Entry);

    impl Registered {
        fn new() -> Self {
            let none = Entry {
                routine: None,
                argument: ptr::null_mut(),
                kind: 0,
                previous: ptr::null_mut(),
            };
            let entry = Box::into_raw(Box::new(none));
            // SAFETY: the entry is valid until the thread has ended. Since it does not lie on the
            // stack, no frame that is left is the one that it belongs to, and glibc runs its routine
            // before it leaves the first one. A thread that simply returns runs none.
            unsafe { _pthread_cleanup_push(entry, stand_still, ptr::null_mut()) };
            Self(entry)
        }
    }

    impl Drop for Registered {
        fn drop(&mut self) {
            // SAFETY: made by `new`, freed once. The thread's own code is over: what unwinds it by
            // force has run every entry by then.
            drop(unsafe { Box::from_raw(self.0) });
        }
    }

    thread_local! {
        static REGISTERED: Registered = Registered::new();
    }

    /// Has this thread stand still, should Python want to end it. To be called before any code of
    /// Python's; all but the first time in a thread it costs nothing.
    pub fn stand_still_at_the_end() {
        // A thread in which it is gone already runs no more Python code.
        let _ = REGISTERED.try_with(|_| ());
    }

    extern "C" fn stand_still(_: *mut c_void) {
        // Who is ended by somebody else, with an interpreter that lives on, has left our code. Python
        // says first that it ends, and a moment later that it is no more.
        for _ in 0..1000 {
            if super::is_here() {
                loop {
                    thread::park();
                }
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}
