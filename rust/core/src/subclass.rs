//! How Python subclasses live on: objects of a subclass are made without running its `__init__`,
//! and get the attributes of the object that they come from.

use opendal_rules::nearest;
use opendal_rules::service;
use pyo3::PyClass;
use pyo3::exceptions::PyAttributeError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use crate::arguments::type_name;
use crate::ending;
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
            return Err(Error::argument("the type cannot be instantiated").into());
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
    let (attributes, slots) = parts(state)?;
    if let Some(attributes) = attributes {
        // Not by setattr, which a frozen dataclass forbids; pickle does the same.
        object
            .getattr(intern!(object.py(), "__dict__"))?
            .cast_into::<PyDict>()?
            .update(attributes.as_mapping())?;
    }
    for (name, value) in slots.iter().flatten() {
        set_plainly(object, &name, &value)?;
    }
    Ok(())
}

/// Gives an object of another class, the twin, those attributes of `from` that it has a place for.
pub fn carry_over(from: &Bound<'_, PyAny>, object: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = object.py();
    if object.hasattr(intern!(py, "__setstate__"))? {
        return set_state(object, &state(from)?);
    }
    // Not the class's own __getstate__, which only its own __setstate__ would understand.
    let plain = py.get_type::<PyAny>().call_method1(intern!(py, "__getstate__"), (from,))?;
    if plain.is_none() {
        return Ok(());
    }
    let (attributes, slots) = parts(&plain)?;
    for (name, value) in attributes.iter().flatten().chain(slots.iter().flatten()) {
        match set_plainly(object, &name, &value) {
            Err(error) if error.is_instance_of::<PyAttributeError>(py) => {}
            result => result?,
        }
    }
    Ok(())
}

type Attributes<'py> = Option<Bound<'py, PyDict>>;

/// The dictionary and the slots of a state: with `__slots__` it is a pair of both.
fn parts<'py>(state: &Bound<'py, PyAny>) -> PyResult<(Attributes<'py>, Attributes<'py>)> {
    let (attributes, slots) = match state.cast::<PyTuple>() {
        Ok(pair) if pair.len() == 2 => (pair.get_item(0)?, Some(pair.get_item(1)?)),
        _ => (state.clone(), None),
    };
    let dict = |part: Bound<'py, PyAny>| -> PyResult<Attributes<'py>> {
        if part.is_none() {
            return Ok(None);
        }
        let given = type_name(&part);
        let wrong =
            |_| Error::argument(format!("__getstate__ gave {given}: write __setstate__ too"));
        Ok(Some(part.cast_into::<PyDict>().map_err(wrong)?))
    };
    Ok((dict(attributes)?, slots.map(dict).transpose()?.flatten()))
}

fn set_plainly(
    object: &Bound<'_, PyAny>,
    name: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let setter = intern!(object.py(), "__setattr__");
    object.py().get_type::<PyAny>().call_method1(setter, (object, name, value)).map(drop)
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
    ending::stand_still_at_the_end();
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
    let schemes: Vec<String> = class.getattr(intern!(py, "schemes"))?.extract().unwrap_or_default();
    let service = schemes.first().and_then(|scheme| service::find(scheme));
    if flags & VARARGS == 0 && positional.len() + 1 > plain && plain == 1 {
        // Not the value that was given: it may be a mapping with secrets in it.
        let has = |name: &str| names.iter().any(|known| known == name);
        let needed = service.and_then(|service| {
            service.options.iter().find(|option| option.required && has(option.name))
        });
        let first = needed.map(|option| option.name).or(names.get(1).map(String::as_str));
        let example = first.map_or_else(String::new, |name| format!("; did you mean {name}=...?"));
        let message = format!("{name}() takes keywords only{example}");
        return Err(Error::argument(message).into());
    }
    if flags & VARKEYWORDS == 0 {
        for key in keywords.into_iter().flat_map(PyDictMethods::keys) {
            let key = key.cast_into::<PyString>()?.to_string_lossy().into_owned();
            let known = names.iter().skip(1).map(String::as_str);
            if !known.clone().any(|known| known == key) {
                let theirs = service.and_then(|service| service.elsewhere(&key));
                let hint = match theirs.filter(|name| known.clone().any(|known| known == *name)) {
                    Some(name) => format!("; did you mean '{name}'?"),
                    None => nearest::hint(&key, known),
                };
                let message = format!("{name}() has no keyword '{key}'{hint}");
                return Err(Error::argument(message).into());
            }
        }
    }
    Ok(())
}
