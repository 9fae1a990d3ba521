//! Python code of the caller's that runs in the midst of a call, and may take long.
//!
//! Up to 3.13, a daemon thread that is in Python code while the interpreter ends is ended by unwinding
//! its stack by force. Rust's frames must not be unwound so: the process would abort. Here such a
//! thread stands still instead, which is what Python itself lets it do from 3.14 on.

use std::hint::black_box;
use std::mem;
use std::thread;

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyTuple};

/// Calls `callable`, as `Bound::call1` does.
pub fn call<'py>(
    callable: &Bound<'py, PyAny>,
    arguments: impl IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>>,
) -> PyResult<Bound<'py, PyAny>> {
    type Function = unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject) -> *mut PyObject;

    let py = callable.py();
    let arguments = arguments.into_pyobject(py).map_err(Into::into)?;
    // SAFETY: it is this function, whose ABI differs only in what the compiler believes of its
    // unwinding; the compiler must not see which one it is.
    let function: Function =
        unsafe { mem::transmute(black_box(ffi::PyObject_CallObject as *const ())) };
    // SAFETY: both are live objects, and this thread is attached.
    let answer = stand_still(|| unsafe { function(callable.as_ptr(), arguments.as_ptr()) });
    // SAFETY: it gives a new reference, or null with an exception set.
    unsafe { Bound::from_owned_ptr_or_err(py, answer) }
}

/// The items of an iterator, as the iterator of `Bound<PyIterator>` gives them.
pub struct Items<'py>(pub Bound<'py, PyIterator>);

impl<'py> Iterator for Items<'py> {
    type Item = PyResult<Bound<'py, PyAny>>;

    fn next(&mut self) -> Option<Self::Item> {
        type Function = unsafe extern "C-unwind" fn(*mut PyObject) -> *mut PyObject;

        let py = self.0.py();
        // SAFETY: as above.
        let function: Function =
            unsafe { mem::transmute(black_box(ffi::PyIter_Next as *const ())) };
        // SAFETY: it is a live iterator, and this thread is attached.
        let item = stand_still(|| unsafe { function(self.0.as_ptr()) });
        // SAFETY: it gives a new reference, or null, at the end without an exception.
        match unsafe { Bound::from_owned_ptr_or_opt(py, item) } {
            Some(item) => Some(Ok(item)),
            None => PyErr::take(py).map(Err),
        }
    }
}

/// Runs C code; should that be unwound by force, this thread never leaves here.
fn stand_still<T>(code: impl FnOnce() -> T) -> T {
    struct Still;
    impl Drop for Still {
        fn drop(&mut self) {
            loop {
                thread::park();
            }
        }
    }
    let still = Still;
    let value = code();
    mem::forget(still);
    value
}
