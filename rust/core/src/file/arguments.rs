//! Sizes and places, as Python's files take them.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyInt;

use super::read::Seek;
use crate::arguments::{self, Count};
use crate::ending;
use crate::error::Error;

/// The size argument of reads: None and negative numbers mean everything. What no file can hold is
/// as good as everything too.
pub fn size_of(operation: &str, size: Option<&Bound<'_, PyAny>>) -> PyResult<Option<usize>> {
    let Some(size) = size else { return Ok(None) };
    ending::stand_still_at_the_end();
    if let Ok(size) = size.extract::<usize>() {
        return Ok(Some(size));
    }
    let Ok(number) = size.call_method0(intern!(size.py(), "__index__")) else {
        let given = arguments::type_name(size);
        let message = format!("{operation}: size must be int or None, not {given}");
        return Err(Error::argument(message).into());
    };
    Ok((!number.lt(0)?).then_some(usize::MAX))
}

pub fn seek_to(pos: &Bound<'_, PyAny>, whence: Option<&Bound<'_, PyAny>>) -> PyResult<Seek> {
    let distance = |pos: &Bound<'_, PyAny>| -> PyResult<i64> {
        if !pos.is_instance_of::<PyInt>() {
            let given = arguments::type_name(pos);
            return Err(Error::argument(format!("seek: pos must be int, not {given}")).into());
        }
        pos.extract().map_err(|_| Error::value("seek: pos is too large").into())
    };
    let from = whence.map_or(Ok(Count(0)), |w| arguments::value("seek", "whence", w))?;
    match from.0 {
        0 => Ok(Seek::Start(arguments::value::<Count>("seek", "pos", pos)?.0)),
        1 => Ok(Seek::Current(distance(pos)?)),
        2 => Ok(Seek::End(distance(pos)?)),
        other => Err(Error::value(format!("seek: whence must be 0, 1 or 2, not {other}")).into()),
    }
}
