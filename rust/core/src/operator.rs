//! `Operator` and `AsyncOperator`: twins that differ only in how an operation is driven.

use std::collections::HashMap;
use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, OnceLock};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping, PyTuple, PyType};
use pyo3::{PyClass, PyTraverseError, PyTypeInfo, PyVisit};

use crate::arguments::{self, Path, type_name};
use crate::base::{self, Base, Handle};
use crate::config::{Scheme, Source, Unknown, scheme_of};
use crate::credentials::Provider;
use crate::ending;
use crate::engine::{self, Awaitable, Call, Operation, Output};
use crate::error::{Class, Error};
use crate::file::{self, AsyncFile, FileHandle, Given, Wanted};
use crate::layers::Layer;
use crate::listing::{AsyncLister, Lister};
use crate::operations::{self, DeleteMany, Going, Gone};
use crate::options::Keywords;
use crate::stream::{AsyncReadStream, ReadStream};
use crate::subclass;
use crate::transfer::Progress;

/// What a Python object of either class holds: nothing, until `__init__` ran.
#[derive(Default)]
pub struct Slot(OnceLock<Handle>);

/// What the twins have in common.
pub trait Twin: PyClass<Frozen = pyo3::pyclass::boolean_struct::True> + PyTypeInfo + Sync {
    type Other: Twin;
    /// The attribute of `opendal.services.Service` that has the typed class of this kind.
    const SERVICE: &'static str;

    fn slot(&self) -> &Slot;
    /// The result of an operation: for the one now, for the other to be awaited. So are its errors,
    /// even those that were found before there was a call.
    fn run<T: Output, F: Operation<T>>(
        &self,
        py: Python<'_>,
        name: &'static str,
        call: PyResult<Call<F>>,
    ) -> PyResult<Py<PyAny>>;

    fn handle(&self, py: Python<'_>) -> PyResult<&Handle> {
        ending::stand_still_at_the_end();
        match self.slot().0.get() {
            Some(handle) => handle.current(py),
            None => Err(uninitialised::<Self>(py)),
        }
    }

    fn fill(&self, handle: Handle) -> PyResult<()> {
        let again = || Error::new(Class::Unsupported, "an operator cannot be initialised twice");
        self.slot().0.set(handle).map_err(|_| again().into())
    }
}

#[cold]
fn uninitialised<T: Twin>(py: Python<'_>) -> PyErr {
    let name = py.get_type::<T>().name().map_or_else(|_| String::new(), |n| n.to_string());
    let message = format!(
        "this {name} was not initialised: __init__ must call super().__init__(scheme, ...)"
    );
    Error::new(Class::NotInitialized, message).into()
}

/// An object of `class` with this inside; no `__init__` runs.
fn make<'py, T: Twin>(class: &Bound<'py, PyType>, handle: Handle) -> PyResult<Bound<'py, T>> {
    let made = subclass::blank::<T>(class)?;
    made.get().fill(handle)?;
    Ok(made)
}

/// An object of `class` with this inside, and the attributes of `from`.
fn derive<'py, T: Twin>(
    from: &Bound<'py, PyAny>,
    class: &Bound<'py, PyType>,
    handle: Handle,
) -> PyResult<Bound<'py, T>> {
    let made = make::<T>(class, handle)?;
    subclass::set_state(made.as_any(), &subclass::state(from)?)?;
    Ok(made)
}

/// The class for a scheme: the typed one if the bare base class asks, else the class that was
/// asked, if it is for that scheme.
fn class_for<'py, T: Twin>(
    class: &Bound<'py, PyType>,
    source: &Source,
) -> PyResult<Bound<'py, PyType>> {
    let py = class.py();
    let service = source.service()?;
    if class.is(py.get_type::<T>()) {
        let find = PyModule::import(py, intern!(py, "opendal.services"))?.getattr("_find")?;
        let found = find.call1((service.scheme,))?;
        if found.is_none() {
            return Ok(class.clone());
        }
        return Ok(found.getattr(T::SERVICE)?.cast_into()?);
    }
    let schemes: Vec<String> = class.getattr(intern!(py, "schemes"))?.extract()?;
    let fits = |scheme: &String| {
        opendal_rules::service::find(scheme).is_some_and(|known| known.scheme == service.scheme)
    };
    if schemes.is_empty() || schemes.iter().any(fits) {
        return Ok(class.clone());
    }
    let (name, base) = (class.name()?, py.get_type::<T>());
    let message = format!(
        "{name} is for {}, not {}; did you mean {}?",
        schemes.join(", "),
        service.scheme,
        base.name()?
    );
    Err(Error::value(message).into())
}

fn initialise<T: Twin>(
    slf: &Bound<'_, T>,
    scheme: &Bound<'_, PyAny>,
    config: Option<Keywords<'_, '_>>,
) -> PyResult<()> {
    let Scheme(scheme) = arguments::value(T::NAME, "scheme", scheme)?;
    if scheme.contains("://") {
        let scheme = scheme_of(&scheme).to_ascii_lowercase();
        let message = format!("'{scheme}://...' is a URI; did you mean {}.from_uri?", T::NAME);
        return Err(Error::value(message).into());
    }
    let mut source = Source::new(&scheme)?;
    if let Some(config) = config {
        source.add(config, Unknown::Refused)?;
    }
    let handle = Handle::new(slf.py(), Base::build(source)?, Vec::new());
    slf.get().fill(handle)
}

fn from_uri<'py, T: Twin>(
    class: &Bound<'py, PyType>,
    uri: &Bound<'py, PyAny>,
    config: Option<Keywords<'_, 'py>>,
) -> PyResult<Bound<'py, T>> {
    let uri: String = arguments::value("from_uri", "uri", uri)?;
    let source = Source::of_uri(&uri, config)?;
    let class = class_for::<T>(class, &source)?;
    make(&class, Handle::new(class.py(), Base::build(source)?, Vec::new()))
}

fn from_config<'py, T: Twin>(
    class: &Bound<'py, PyType>,
    config: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, T>> {
    let py = class.py();
    let mapping = config.cast::<PyMapping>().map_err(|_| {
        Error::argument(format!("from_config takes a mapping, not {}", type_name(config)))
    })?;
    let options = PyDict::new(py);
    options.update(mapping)?;
    let Some(scheme) = options.get_item(intern!(py, "scheme"))? else {
        return Err(Error::unsupported("from_config: the mapping has no 'scheme'").into());
    };
    options.del_item(intern!(py, "scheme"))?;
    let Scheme(scheme) = arguments::value("from_config", "scheme", &scheme)?;
    let mut source = Source::new(&scheme)?;
    source.add(&options, Unknown::TakenByMemory)?;
    let class = class_for::<T>(class, &source)?;
    make(&class, Handle::new(py, Base::build(source)?, Vec::new()))
}

fn layered<'py, T: Twin>(
    slf: &Bound<'py, T>,
    layer: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, T>> {
    let py = slf.py();
    let Ok(layer) = layer.cast::<Layer>() else {
        let hint = match layer.cast::<PyType>() {
            Ok(class) => format!("; did you mean {}()?", class.name()?),
            Err(_) => String::new(),
        };
        let given = type_name(layer);
        let message = format!("layer() takes a layer such as RetryLayer(), not {given}{hint}");
        return Err(Error::argument(message).into());
    };
    let mut handle = slf.get().handle(py)?.share(py);
    handle.add(layer);
    derive(slf.as_any(), &slf.as_any().get_type(), handle)
}

/// The same operator in the class of the other kind.
fn twin<'py, T: Twin>(slf: &Bound<'py, T>) -> PyResult<Bound<'py, T::Other>> {
    let py = slf.py();
    let own = slf.as_any().get_type();
    let class = own.getattr(intern!(py, "twin"))?.cast_into::<PyType>().map_err(|_| {
        let name = own.name().map_or_else(|_| String::new(), |name| name.to_string());
        Error::argument(format!("{name}.twin must be a class"))
    })?;
    let handle = slf.get().handle(py)?.share(py);
    let made = make(&class, handle)?;
    subclass::carry_over(slf.as_any(), made.as_any())?;
    Ok(made)
}

/// What a pickle holds. The first two of the arguments are those of Apache's package.
fn reduce<'py, T: Twin>(slf: &Bound<'py, T>) -> PyResult<Bound<'py, PyTuple>> {
    let py = slf.py();
    let Handle { base, layers, .. } = slf.get().handle(py)?;
    let Source { scheme, options, maps, provider } = &base.source;
    let layers: Vec<_> = layers.iter().map(|layer| layer.clone_ref(py)).collect();
    let provider = provider.as_ref().and_then(|provider| provider.function(py));
    let arguments = (scheme, options, maps, layers, &base.store, provider).into_pyobject(py)?;
    let rebuild = slf.as_any().get_type().getattr(intern!(py, "_rebuild"))?;
    let state = subclass::state(slf.as_any())?;
    if state.is_none() {
        return (rebuild, arguments).into_pyobject(py);
    }
    // Set by pickle once the object is known to it: attributes may lead back to their operator.
    (rebuild, arguments, state).into_pyobject(py)
}

fn rebuild<'py, T: Twin>(
    class: &Bound<'py, PyType>,
    source: Source,
    layers: Vec<Py<Layer>>,
    store: Option<&str>,
) -> PyResult<Bound<'py, T>> {
    let base = match store {
        None => Base::build(source)?,
        Some(store) => base::find_store(store).ok_or_else(|| {
            Error::unsupported(
                "a memory operator can only be unpickled in the process that it lives in, and \
                 while it lives; its store is not part of the pickle",
            )
        })?,
    };
    make(class, Handle::new(class.py(), base, layers))
}

fn equal<T: Twin>(slf: &Bound<'_, T>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = slf.py();
    if slf.as_any().is(other) {
        return Ok(true);
    }
    let Ok(other) = other.cast::<T>() else { return Ok(false) };
    if !slf.as_any().get_type().is(other.as_any().get_type()) {
        return Ok(false);
    }
    let (ours, theirs) = (slf.get().handle(py)?, other.get().handle(py)?);
    let same = match (&ours.base.store, &theirs.base.store) {
        (None, None) => ours.base.source == theirs.base.source,
        (ours, theirs) => ours == theirs,
    };
    if !same || ours.layers.len() != theirs.layers.len() {
        return Ok(false);
    }
    for (a, b) in ours.layers.iter().zip(&theirs.layers) {
        if !a.bind(py).eq(b.bind(py))? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn hash<T: Twin>(slf: &Bound<'_, T>) -> PyResult<u64> {
    let handle = slf.get().handle(slf.py())?;
    let mut hasher = DefaultHasher::new();
    let info = handle.operator.info();
    (info.scheme(), handle.root(), handle.name(), handle.layers.len()).hash(&mut hasher);
    Ok(hasher.finish())
}

fn repr<T: Twin>(slf: &Bound<'_, T>) -> PyResult<String> {
    let py = slf.py();
    let class = slf.as_any().get_type().name()?;
    let Some(handle) = slf.get().slot().0.get() else {
        return Ok(format!("<{class}, not initialised>"));
    };
    let info = handle.operator.info();
    // A name may be a host with a password before it, as the user gave it.
    let name = opendal_rules::secrets::mask(handle.name(), &handle.base.secrets());
    let mut shown = format!("{class}({:?}, root={:?}, name={name:?}", info.scheme(), handle.root());
    if !handle.layers.is_empty() {
        let layers = PyTuple::new(py, &handle.layers)?.repr()?;
        let _ = write!(shown, ", layers={layers}");
    }
    shown.push(')');
    Ok(shown)
}

#[pyclass(subclass, frozen, weakref, module = "opendal.operator")]
#[doc = crate::docstring!("operator.Operator")]
#[derive(Default)]
pub struct Operator(Slot);

#[pyclass(subclass, frozen, weakref, module = "opendal.operator")]
#[doc = crate::docstring!("operator.AsyncOperator")]
#[derive(Default)]
pub struct AsyncOperator(Slot);

impl Twin for Operator {
    type Other = AsyncOperator;
    const SERVICE: &'static str = "operator";

    fn slot(&self) -> &Slot {
        &self.0
    }

    fn run<T: Output, F: Operation<T>>(
        &self,
        py: Python<'_>,
        _name: &'static str,
        call: PyResult<Call<F>>,
    ) -> PyResult<Py<PyAny>> {
        engine::wait(py, call?)?.into_python(py)
    }
}

impl Twin for AsyncOperator {
    type Other = Operator;
    const SERVICE: &'static str = "async_operator";

    fn slot(&self) -> &Slot {
        &self.0
    }

    fn run<T: Output, F: Operation<T>>(
        &self,
        py: Python<'_>,
        name: &'static str,
        call: PyResult<Call<F>>,
    ) -> PyResult<Py<PyAny>> {
        let started = match call {
            Ok(call) => Awaitable::start(py, call)?,
            Err(error) => {
                Awaitable::ready(self.handle(py)?.context(name, &Arc::default()), Err(error))
            }
        };
        Ok(Py::new(py, started)?.into_any())
    }
}

/// The members that both classes have. Those of `calls` are operations: written once in
/// `operations`, run here by [`Twin::run`].
macro_rules! twins {
    (calls $calls:tt) => {
        twins!(@class Operator "operator.Operator" $calls);
        twins!(@class AsyncOperator "operator.AsyncOperator" $calls);
    };
    (@class $class:ident $docs:literal {
        $($name:ident($($argument:ident: $kind:ty),* $(; $options:ident)?);)*
    }) => {
        #[pymethods]
        impl $class {
            #[new]
            #[pyo3(signature = (*args, **config), text_signature = "(scheme, **config)")]
            #[classmethod]
            fn new(
                class: &Bound<'_, PyType>,
                args: &Bound<'_, PyTuple>,
                config: Option<Keywords<'_, '_>>,
            ) -> PyResult<Self> {
                subclass::check_call(class, args, config)?;
                Ok(Self::default())
            }

            #[pyo3(signature = (scheme, **config))]
            fn __init__(
                slf: &Bound<'_, Self>,
                scheme: &Bound<'_, PyAny>,
                config: Option<Keywords<'_, '_>>,
            ) -> PyResult<()> {
                initialise(slf, scheme, config)
            }

            #[doc = crate::docstring!($docs, from_uri)]
            #[classmethod]
            #[pyo3(signature = (uri, **config))]
            fn from_uri<'py>(
                cls: &Bound<'py, PyType>,
                uri: &Bound<'py, PyAny>,
                config: Option<&Bound<'py, PyDict>>,
            ) -> PyResult<Bound<'py, Self>> {
                from_uri(cls, uri, config)
            }

            #[doc = crate::docstring!($docs, from_config)]
            #[classmethod]
            fn from_config<'py>(
                cls: &Bound<'py, PyType>,
                config: &Bound<'py, PyAny>,
            ) -> PyResult<Bound<'py, Self>> {
                from_config(cls, config)
            }

            #[doc = crate::docstring!($docs, scheme)]
            #[getter]
            fn scheme(&self, py: Python<'_>) -> PyResult<&str> {
                Ok(&self.handle(py)?.base.scheme)
            }

            #[doc = crate::docstring!($docs, root)]
            #[getter]
            fn root(&self, py: Python<'_>) -> PyResult<String> {
                Ok(self.handle(py)?.root())
            }

            #[doc = crate::docstring!($docs, name)]
            #[getter]
            fn name(&self, py: Python<'_>) -> PyResult<String> {
                Ok(self.handle(py)?.name())
            }

            #[doc = crate::docstring!($docs, layers)]
            #[getter]
            fn layers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
                PyTuple::new(py, &self.handle(py)?.layers)
            }

            #[doc = crate::docstring!($docs, capability)]
            fn capability(&self, py: Python<'_>) -> PyResult<crate::capability::Capability> {
                let handle = self.handle(py)?;
                let atomic = handle.base.source.writes_whole()?;
                Ok(crate::capability::Capability::new(handle.capability, atomic))
            }

            #[doc = crate::docstring!($docs, layer)]
            fn layer<'py>(
                slf: &Bound<'py, Self>,
                layer: &Bound<'py, PyAny>,
            ) -> PyResult<Bound<'py, Self>> {
                layered(slf, layer)
            }

            $(
                #[doc = crate::docstring!($docs, $name)]
                #[pyo3(signature = ($($argument,)* $(**$options)?))]
                fn $name(
                    &self,
                    py: Python<'_>,
                    $($argument: $kind,)*
                    $($options: Option<Keywords<'_, '_>>)?
                ) -> PyResult<Py<PyAny>> {
                    let call = operations::$name(self.handle(py)?, $($argument,)* $($options)?);
                    self.run(py, stringify!($name), call)
                }
            )*

            fn __copy__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
                let handle = slf.get().handle(slf.py())?.share(slf.py());
                derive(slf.as_any(), &slf.as_any().get_type(), handle)
            }

            /// The operator is shared: built anew, memory would lose its data. Attributes are not.
            fn __deepcopy__<'py>(
                slf: &Bound<'py, Self>,
                memo: &Bound<'py, PyAny>,
            ) -> PyResult<Bound<'py, Self>> {
                let py = slf.py();
                let made: Bound<'py, Self> =
                    make(&slf.as_any().get_type(), slf.get().handle(py)?.share(py))?;
                // Attributes may lead back to the operator, which is then this copy.
                memo.set_item(slf.as_ptr().addr(), &made)?;
                let state = subclass::state(slf.as_any())?;
                let copied = PyModule::import(py, "copy")?.call_method1("deepcopy", (state, memo))?;
                subclass::set_state(made.as_any(), &copied)?;
                Ok(made)
            }

            fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
                reduce(slf)
            }

            #[classmethod]
            #[pyo3(signature = (scheme, options, maps, layers, store, provider = None))]
            fn _rebuild<'py>(
                cls: &Bound<'py, PyType>,
                scheme: String,
                options: HashMap<String, String>,
                maps: HashMap<String, HashMap<String, String>>,
                // No Vec, for which PyO3 sets as much room aside as the object claims to need.
                layers: &Bound<'py, PyList>,
                store: Option<String>,
                provider: Option<&Bound<'py, PyAny>>,
            ) -> PyResult<Bound<'py, Self>> {
                let provider = provider.map(|provider| Provider::new("credential_provider", provider));
                let source = Source { scheme, options, maps, provider: provider.transpose()? };
                let layers = layers.iter().map(|layer| Ok(layer.cast_into::<Layer>()?.unbind()));
                let layers = layers.collect::<PyResult<_>>()?;
                rebuild(cls, source, layers, store.as_deref())
            }

            /// A credential provider may be a method of what holds the operator.
            fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
                self.0.0.get().map_or(Ok(()), |handle| Base::traverse(&handle.base, &visit))
            }

            fn __clear__(&self) {
                if let Some(handle) = self.0.0.get() {
                    handle.base.clear();
                }
            }

            fn __hash__(slf: &Bound<'_, Self>) -> PyResult<u64> {
                hash(slf)
            }

            fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
                repr(slf)
            }
        }
    };
}

twins! {
    calls {
        read(path: Path; options);
        read_buffer(path: Path; options);
        read_into(path: Path, buffer: &Bound<'_, PyAny>; options);
        read_ranges(path: Path, ranges: &Bound<'_, PyAny>; options);
        stat(path: Path; options);
        exists(path: Path);
        delete(path: Path; options);
        remove_all(path: Path);
        copy(source: Path, target: Path; options);
        rename(source: Path, target: Path; options);
        create_dir(path: Path);
        restore(path: Path; options);
        compose(sources: &Bound<'_, PyAny>, target: Path; options);
        check();
        presign_read(path: Path, expire_second: &Bound<'_, PyAny>; options);
        presign_stat(path: Path, expire_second: &Bound<'_, PyAny>; options);
        presign_write(path: Path, expire_second: &Bound<'_, PyAny>; options);
        presign_delete(path: Path, expire_second: &Bound<'_, PyAny>; options);
    }
}

#[pymethods]
impl Operator {
    fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        equal(slf, other)
    }

    #[doc = crate::docstring!("operator.Operator.write")]
    #[pyo3(signature = (path, bs, **options))]
    fn write(
        &self,
        py: Python<'_>,
        path: Path,
        bs: &Bound<'_, PyAny>,
        options: Option<Keywords<'_, '_>>,
    ) -> PyResult<Py<PyAny>> {
        let handle = self.handle(py)?;
        if operations::is_data(bs)? {
            return self.run(py, "write", operations::write(handle, path, bs, options));
        }
        operations::write_from(py, handle, path, bs, options)?.into_python(py)
    }

    #[doc = crate::docstring!("operator.Operator.delete_many")]
    fn delete_many(&self, py: Python<'_>, paths: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let handle = self.handle(py)?;
        let mut many = DeleteMany::new(handle, paths)?;
        let mut gone = Gone::none(many.context());
        while let Some(call) = many.next(py, handle).map_err(|error| gone.note(py, error))? {
            gone = gone.and(engine::wait(py, call)?);
        }
        gone.into_python(py)
    }

    #[doc = crate::docstring!("operator.Operator.upload")]
    #[pyo3(signature = (source, path, *, progress = None, **options))]
    fn upload(
        &self,
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        path: Path,
        progress: Option<&Bound<'_, PyAny>>,
        options: Option<Keywords<'_, '_>>,
    ) -> PyResult<Py<PyAny>> {
        let state = Arc::new(Py::new(py, Progress::new(progress.is_some()))?);
        let watched = Arc::clone(&state);
        let call = operations::upload(self.handle(py)?, source, path, options, state);
        operations::wait_telling(py, call?, &watched, progress)?.into_python(py)
    }

    #[doc = crate::docstring!("operator.Operator.download")]
    #[pyo3(signature = (path, target, *, progress = None, **options))]
    fn download(
        &self,
        py: Python<'_>,
        path: Path,
        target: &Bound<'_, PyAny>,
        progress: Option<&Bound<'_, PyAny>>,
        options: Option<Keywords<'_, '_>>,
    ) -> PyResult<Py<PyAny>> {
        let state = Arc::new(Py::new(py, Progress::new(progress.is_some()))?);
        let watched = Arc::clone(&state);
        let call = operations::download(self.handle(py)?, path, target, options, state);
        operations::wait_telling(py, call?, &watched, progress)?.into_python(py)
    }

    #[doc = crate::docstring!("operator.Operator.read_stream")]
    #[pyo3(signature = (path, **options))]
    fn read_stream(
        &self,
        py: Python<'_>,
        path: Path,
        options: Option<Keywords<'_, '_>>,
    ) -> PyResult<ReadStream> {
        operations::read_stream(self.handle(py)?, &path, options).map(ReadStream)
    }

    #[doc = crate::docstring!("operator.Operator.list")]
    #[pyo3(signature = (path, **options))]
    fn list(
        &self,
        py: Python<'_>,
        path: Path,
        options: Option<Keywords<'_, '_>>,
    ) -> PyResult<Lister> {
        operations::list(self.handle(py)?, &path, options).map(Lister)
    }

    #[doc = crate::docstring!("operator.Operator.scan")]
    #[pyo3(signature = (path, **options))]
    fn scan(
        &self,
        py: Python<'_>,
        path: Path,
        options: Option<Keywords<'_, '_>>,
    ) -> PyResult<Lister> {
        operations::scan(self.handle(py)?, &path, options).map(Lister)
    }

    #[doc = crate::docstring!("operator.Operator.open")]
    #[pyo3(
        signature = (
            path, mode = Given(None), *, buffering = Given(None), encoding = None, errors = None, newline = None,
            **options
        ),
        text_signature = "($self, path, mode='rb', *, buffering=-1, encoding=None, errors=None, newline=None, **options)"
    )]
    #[allow(clippy::too_many_arguments, reason = "they are those of Python's own open")]
    fn open<'py>(
        &self,
        py: Python<'py>,
        path: Path,
        mode: Given<'py>,
        buffering: Given<'py>,
        encoding: Option<&Bound<'py, PyAny>>,
        errors: Option<&Bound<'py, PyAny>>,
        newline: Option<&Bound<'py, PyAny>>,
        options: Option<Keywords<'_, 'py>>,
    ) -> PyResult<Py<PyAny>> {
        let handle = self.handle(py)?;
        let wanted = Wanted::new(handle, &path, mode, buffering, [encoding, errors, newline])?;
        let file = file::open(handle, &path, &wanted, options)?;
        engine::wait(py, file.opening())?;
        wanted.wrap(py, FileHandle(file))
    }

    #[doc = crate::docstring!("operator.Operator.to_async_operator")]
    fn to_async_operator<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, AsyncOperator>> {
        twin(slf)
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (exc_type, exc_value, traceback))]
    #[allow(clippy::unused_self, reason = "nothing to release: connections are pooled")]
    fn __exit__(
        &self,
        exc_type: &Bound<'_, PyAny>,
        exc_value: &Bound<'_, PyAny>,
        traceback: &Bound<'_, PyAny>,
    ) {
        let _ = (exc_type, exc_value, traceback);
    }
}

#[pymethods]
impl AsyncOperator {
    fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        equal(slf, other)
    }

    #[doc = crate::docstring!("operator.AsyncOperator.write")]
    #[pyo3(signature = (path, bs, **options))]
    fn write(
        slf: &Bound<'_, Self>,
        path: &Bound<'_, PyAny>,
        bs: &Bound<'_, PyAny>,
        options: Option<Keywords<'_, '_>>,
    ) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        if operations::is_data(bs)? {
            let this = slf.get();
            let call = operations::write(this.handle(py)?, path.extract()?, bs, options);
            return this.run(py, "write", call);
        }
        let options = options.cloned().unwrap_or_else(|| PyDict::new(py));
        asynchronous(py, "write", (slf, path, bs, options))
    }

    /// For `opendal._asynchronous`: a write whose data comes later.
    fn _upload(
        &self,
        py: Python<'_>,
        path: Path,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Py<PyAny>> {
        self.run(py, "write", operations::begin_shared(self.handle(py)?, path, Some(options)))
    }

    #[doc = crate::docstring!("operator.AsyncOperator.delete_many")]
    fn delete_many(slf: &Bound<'_, Self>, paths: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        if paths.hasattr(intern!(py, "__aiter__"))? {
            return asynchronous(py, "delete_many", (slf, paths));
        }
        let awaitable = if let Ok(call) = Going::new(slf, paths)?.next(py)? {
            Awaitable::start(py, call)?
        } else {
            let context = slf.get().handle(py)?.context("delete_many", &Arc::default());
            Awaitable::ready(context, Ok(py.None()))
        };
        Ok(Py::new(py, awaitable)?.into_any())
    }

    #[doc = crate::docstring!("operator.AsyncOperator.upload")]
    #[pyo3(signature = (source, path, *, progress = None, **options))]
    fn upload(
        &self,
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        path: Path,
        progress: Option<&Bound<'_, PyAny>>,
        options: Option<Keywords<'_, '_>>,
    ) -> PyResult<Py<PyAny>> {
        let state = Arc::new(Py::new(py, Progress::new(progress.is_some()))?);
        let watched = Arc::clone(&state);
        let call = operations::upload(self.handle(py)?, source, path, options, state);
        let awaitable = self.run(py, "upload", call)?;
        match progress {
            None => Ok(awaitable),
            Some(progress) => asynchronous(py, "watched", (awaitable, &*watched, progress)),
        }
    }

    #[doc = crate::docstring!("operator.AsyncOperator.download")]
    #[pyo3(signature = (path, target, *, progress = None, **options))]
    fn download(
        &self,
        py: Python<'_>,
        path: Path,
        target: &Bound<'_, PyAny>,
        progress: Option<&Bound<'_, PyAny>>,
        options: Option<Keywords<'_, '_>>,
    ) -> PyResult<Py<PyAny>> {
        let state = Arc::new(Py::new(py, Progress::new(progress.is_some()))?);
        let watched = Arc::clone(&state);
        let call = operations::download(self.handle(py)?, path, target, options, state);
        let awaitable = self.run(py, "download", call)?;
        match progress {
            None => Ok(awaitable),
            Some(progress) => asynchronous(py, "watched", (awaitable, &*watched, progress)),
        }
    }

    #[doc = crate::docstring!("operator.AsyncOperator.read_stream")]
    #[pyo3(signature = (path, **options))]
    fn read_stream(
        &self,
        py: Python<'_>,
        path: Path,
        options: Option<Keywords<'_, '_>>,
    ) -> PyResult<AsyncReadStream> {
        operations::read_stream(self.handle(py)?, &path, options).map(AsyncReadStream)
    }

    #[doc = crate::docstring!("operator.AsyncOperator.list")]
    #[pyo3(signature = (path, **options))]
    fn list(
        &self,
        py: Python<'_>,
        path: Path,
        options: Option<Keywords<'_, '_>>,
    ) -> PyResult<AsyncLister> {
        operations::list(self.handle(py)?, &path, options).map(AsyncLister)
    }

    #[doc = crate::docstring!("operator.AsyncOperator.scan")]
    #[pyo3(signature = (path, **options))]
    fn scan(
        &self,
        py: Python<'_>,
        path: Path,
        options: Option<Keywords<'_, '_>>,
    ) -> PyResult<AsyncLister> {
        operations::scan(self.handle(py)?, &path, options).map(AsyncLister)
    }

    #[doc = crate::docstring!("operator.AsyncOperator.open")]
    #[pyo3(
        signature = (
            path, mode = Given(None), *, buffering = Given(None), encoding = None, errors = None, newline = None,
            **options
        ),
        text_signature = "($self, path, mode='rb', *, buffering=-1, encoding=None, errors=None, newline=None, **options)"
    )]
    #[allow(clippy::too_many_arguments, reason = "they are those of Python's own open")]
    fn open<'py>(
        &self,
        py: Python<'py>,
        path: Path,
        mode: Given<'py>,
        buffering: Given<'py>,
        encoding: Option<&Bound<'py, PyAny>>,
        errors: Option<&Bound<'py, PyAny>>,
        newline: Option<&Bound<'py, PyAny>>,
        options: Option<Keywords<'_, 'py>>,
    ) -> PyResult<Py<PyAny>> {
        let handle = self.handle(py)?;
        let wanted = Wanted::new(handle, &path, mode, buffering, [encoding, errors, newline])?;
        let file = file::open(handle, &path, &wanted, options)?;
        wanted.wrap_async(py, AsyncFile(file))
    }

    #[doc = crate::docstring!("operator.AsyncOperator.to_operator")]
    fn to_operator<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Operator>> {
        twin(slf)
    }

    fn __aenter__(slf: Py<Self>, py: Python<'_>) -> PyResult<Awaitable> {
        let context = slf.get().handle(py)?.context("open", &Arc::default());
        Ok(Awaitable::ready(context, Ok(slf.into_any())))
    }

    #[pyo3(signature = (exc_type, exc_value, traceback))]
    fn __aexit__(
        &self,
        py: Python<'_>,
        exc_type: &Bound<'_, PyAny>,
        exc_value: &Bound<'_, PyAny>,
        traceback: &Bound<'_, PyAny>,
    ) -> PyResult<Awaitable> {
        let _ = (exc_type, exc_value, traceback);
        let context = self.handle(py)?.context("close", &Arc::default());
        Ok(Awaitable::ready(context, Ok(py.None())))
    }
}

/// What needs Python between its steps: a coroutine of `opendal._asynchronous`.
fn asynchronous<'py>(
    py: Python<'py>,
    name: &str,
    arguments: impl pyo3::call::PyCallArgs<'py>,
) -> PyResult<Py<PyAny>> {
    let module = PyModule::import(py, intern!(py, "opendal._asynchronous"))?;
    Ok(module.getattr(name)?.call1(arguments)?.unbind())
}

/// Class attributes that name the other class, or a tuple: set once both classes exist.
pub fn link(py: Python<'_>) -> PyResult<()> {
    let (sync, twin) = (py.get_type::<Operator>(), py.get_type::<AsyncOperator>());
    sync.setattr("twin", &twin)?;
    twin.setattr("twin", &sync)?;
    for class in [sync, twin] {
        class.setattr("schemes", PyTuple::empty(py))?;
    }
    Ok(())
}
