//! How Python subclasses live on: objects of a subclass are made without running its `__init__`,
//! and get the attributes of the object that they come from.

use pyo3::PyClass;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use crate::error::Error;

/// A new object of `class`, a subclass of `T`, of which no `__init__` nor `__new__` of Python ran.
pub fn blank<'py, T: PyClass>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, T>> {
    let py = class.py();
    let base = py.get_type::<T>();
    if !class.is_subclass(&base)? {
        let message = format!("{} is no subclass of {}", class.name()?, base.name()?);
        return Err(Error::argument(message).into());
    }
    // SAFETY: `T` is a heap type made by PyO3 and has a `tp_new`. It allocates an object of the
    // type that it is given, which is a subclass of `T`, and takes any arguments.
    unsafe {
        let slot = ffi::PyType_GetSlot(T::type_object_raw(py), ffi::Py_tp_new);
        if slot.is_null() {
            return Err(PyTypeError::new_err("the type cannot be instantiated"));
        }
        let new = std::mem::transmute::<*mut std::ffi::c_void, ffi::newfunc>(slot);
        let arguments = PyTuple::empty(py);
        let made = new(class.as_type_ptr(), arguments.as_ptr(), std::ptr::null_mut());
        Ok(Bound::from_owned_ptr_or_err(py, made)?.cast_into_unchecked())
    }
}

/// The attributes of an object, as `copy` and `pickle` see them.
pub fn state<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    object.call_method0(intern!(object.py(), "__getstate__"))
}

/// Gives an object the attributes that [`state`] found.
pub fn set_state(object: &Bound<'_, PyAny>, state: &Bound<'_, PyAny>) -> PyResult<()> {
    if state.is_none() {
        return Ok(());
    }
    if let Some(setter) = object.getattr_opt(intern!(object.py(), "__setstate__"))? {
        return setter.call1((state,)).map(drop);
    }
    // With `__slots__` the state is a pair: the dictionary, or None, and the slots.
    let (attributes, slots) = match state.cast::<PyTuple>() {
        Ok(pair) if pair.len() == 2 => (pair.get_item(0)?, Some(pair.get_item(1)?)),
        _ => (state.clone(), None),
    };
    for part in std::iter::once(attributes).chain(slots) {
        if part.is_none() {
            continue;
        }
        for (name, value) in part.cast_into::<PyDict>()? {
            object.setattr(name.cast_into::<PyString>()?, value)?;
        }
    }
    Ok(())
}

/// Refuses arguments that the `__init__` of a Python subclass does not take, before Python does:
/// this message names the keyword that was meant.
pub fn check_call(
    class: &Bound<'_, PyType>,
    positional: &Bound<'_, PyTuple>,
    keywords: Option<&Bound<'_, PyDict>>,
) -> PyResult<()> {
    const VARARGS: u32 = 0x04;
    const VARKEYWORDS: u32 = 0x08;
    let py = class.py();
    let given = keywords.map_or(0, PyDictMethods::len);
    if positional.is_empty() && given == 0 {
        return Ok(());
    }
    // A subclass with a `__new__` of its own decides for itself what comes here.
    let code = intern!(py, "__code__");
    if class.getattr(intern!(py, "__new__"))?.hasattr(code)? {
        return Ok(());
    }
    let Some(code) = class.getattr(intern!(py, "__init__"))?.getattr_opt(code)? else {
        return Ok(());
    };
    let number = |name: &str| -> PyResult<usize> { code.getattr(name)?.extract() };
    let flags: u32 = code.getattr("co_flags")?.extract()?;
    let (plain, keyword_only) = (number("co_argcount")?, number("co_kwonlyargcount")?);
    let mut names: Vec<String> = code.getattr("co_varnames")?.extract()?;
    names.truncate(plain + keyword_only);
    let name = class.name()?;
    if flags & VARARGS == 0 && positional.len() + 1 > plain && plain == 1 {
        let example = names.get(1).map_or_else(String::new, |first| {
            format!(
                "; did you mean {first}={}?",
                positional.get_item(0).map_or_else(
                    |_| "...".to_owned(),
                    |value| value.repr().map_or_else(|_| "...".to_owned(), |r| r.to_string()),
                )
            )
        });
        let message = format!("{name}() takes keywords only{example}");
        return Err(Error::argument(message).into());
    }
    if flags & VARKEYWORDS == 0 {
        for key in keywords.into_iter().flat_map(PyDictMethods::keys) {
            let key = key.cast_into::<PyString>()?.to_string_lossy().into_owned();
            let known = names.iter().skip(1).map(String::as_str);
            if !known.clone().any(|known| known == key) {
                let hint = opendal_rules::nearest::hint(&key, known);
                let message = format!("{name}() has no keyword '{key}'{hint}");
                return Err(Error::argument(message).into());
            }
        }
    }
    Ok(())
}
