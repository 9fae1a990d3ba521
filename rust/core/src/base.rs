//! What an operator is made of: a service as it was configured, and the layers around it.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use opendal::layers::CapabilityOverrideLayer;
use opendal::{Capability, HttpTransporter};
use opendal_memory::MemoryService;
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::buffer::Fate;
use crate::config::{Source, longest_first};
use crate::credentials::{Credentials, Provider};
use crate::error::{Context, Error};
use crate::layers::Layer;
use crate::pin::PinLayer;
use crate::sftp;
use crate::silence::SilenceLayer;
use crate::{exact, http, runtime, silence};

/// Services that make an object of no bytes, though the core does not say so.
const MAKE_EMPTY: [&str; 2] = ["sftp", "webhdfs"];

/// A configured service, shared by everything that was derived from one operator.
pub struct Base {
    pub scheme: String,
    pub source: Source,
    /// Values that no message may show.
    secrets: Vec<String>,
    /// What a provider gives, if the service has one.
    credentials: Option<Arc<Credentials>>,
    /// What a pickle calls the store of this memory service; see [`find_store`].
    pub store: Option<String>,
    /// The store itself, for what is quick enough to go past the core.
    pub memory: Option<MemoryService>,
    operator: opendal::Operator,
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Base").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

impl Base {
    pub fn build(source: Source) -> Result<Arc<Self>, Error> {
        let credentials = Credentials::of(&source);
        let mut operator = source.build(credentials.as_ref())?;
        let memory = source.memory()?;
        if let Some(memory) = &memory {
            operator = memory.operator().map_err(|e| Error::from_core(&e, &[]))?;
        } else {
            let http = HttpTransporter::new(http::Http);
            let context = operator.base_context().with_http_transport(http);
            operator = operator.with_context(context);
            if silence::may_befall(operator.info().scheme()) {
                operator = operator.layer(SilenceLayer);
            }
            if operator.info().scheme() == sftp::SCHEME {
                operator = sftp::mended(operator);
            }
            // Our own services keep an object open, or have it as it was.
            if operator.info().scheme() != opendal_fs::FS_SCHEME {
                operator = operator.layer(PinLayer);
            }
        }
        let service = source.service()?;
        let forbids_append = source.forbids_append();
        operator = operator.layer(CapabilityOverrideLayer::new(move |capability| Capability {
            write_can_append: capability.write_can_append && !forbids_append,
            write_can_empty: capability.write_can_empty || MAKE_EMPTY.contains(&service.scheme),
            write_total_max_size: service.largest.or(capability.write_total_max_size),
            ..capability
        }));
        let base = Arc::new(Self {
            scheme: operator.info().scheme().to_owned(),
            secrets: source.secrets(),
            credentials,
            store: memory.is_some().then(new_store_name),
            memory,
            source,
            operator,
        });
        if let Some(store) = &base.store {
            let mut stores = STORES.lock();
            stores.retain(|(_, base)| base.strong_count() > 0);
            stores.push((store.clone(), Arc::downgrade(&base)));
        }
        Ok(base)
    }

    /// Values that no message may show.
    pub fn secrets(&self) -> Cow<'_, [String]> {
        match &self.credentials {
            None => Cow::Borrowed(&self.secrets),
            Some(credentials) => {
                let mut secrets = [self.secrets.clone(), credentials.secrets()].concat();
                longest_first(&mut secrets);
                Cow::Owned(secrets)
            }
        }
    }

    /// Shows the collector what Python objects are inside, if only one operator has them.
    pub fn traverse(base: &Arc<Self>, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match &base.source.provider {
            Some(provider) if Arc::strong_count(base) == 1 => provider.traverse(visit),
            _ => Ok(()),
        }
    }

    pub fn clear(&self) {
        self.source.provider.iter().for_each(Provider::clear);
    }

    /// Notes a call on the caller's thread, where it may have a loop running.
    pub fn called(&self, py: Python<'_>, running: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        match &self.credentials {
            None => Ok(()),
            Some(credentials) => credentials.called(running, py),
        }
    }
}

/// The memory stores of this process, so that an unpickled operator finds its own again.
static STORES: Mutex<Vec<(String, Weak<Base>)>> = Mutex::new(Vec::new());

/// A name that no other process uses: the address space is random, the clock goes on.
fn new_store_name() -> String {
    use std::hash::{BuildHasher, RandomState};
    let random = RandomState::new().hash_one(std::time::SystemTime::now());
    format!("{:x}-{random:016x}", std::process::id())
}

/// The memory store of that name, if this process has it.
pub fn find_store(name: &str) -> Option<Arc<Base>> {
    STORES.lock().iter().find(|(store, _)| store == name).and_then(|(_, base)| base.upgrade())
}

/// An operator's inside: its service, its layers, and both joined.
pub struct Handle {
    pub base: Arc<Base>,
    pub layers: Vec<Py<Layer>>,
    pub operator: Arc<opendal::Operator>,
    /// What the service can do, as its layers leave it: asked once, as it is looked at in each call.
    pub capability: Capability,
    /// The operator for paths that must be guarded from the core.
    exact: OnceLock<Arc<opendal::Operator>>,
    generation: u32,
    /// The same operator, built again after a fork.
    successor: OnceLock<Box<Handle>>,
}

/// What a request to the service costs, which decides how much is asked for at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    /// Nothing: its objects are in this process.
    Memory,
    /// A system call.
    Disk,
    /// A round trip.
    Network,
}

impl Handle {
    pub fn distance(&self) -> Distance {
        match self.base.scheme.as_str() {
            _ if self.base.store.is_some() => Distance::Memory,
            opendal_fs::FS_SCHEME => Distance::Disk,
            _ => Distance::Network,
        }
    }

    pub fn new(py: Python<'_>, base: Arc<Base>, layers: Vec<Py<Layer>>) -> Self {
        let generation = runtime::generation();
        let mut operator = base.operator.clone();
        for layer in &layers {
            operator = layer.bind(py).get().apply(operator);
        }
        let capability = operator.info().capability();
        Self {
            base,
            layers,
            operator: Arc::new(operator),
            capability,
            exact: OnceLock::new(),
            generation,
            successor: OnceLock::new(),
        }
    }

    /// The same service and layers, for another object.
    pub fn share(&self, py: Python<'_>) -> Self {
        Self {
            base: Arc::clone(&self.base),
            layers: self.layers.iter().map(|layer| layer.clone_ref(py)).collect(),
            operator: Arc::clone(&self.operator),
            capability: self.capability,
            exact: OnceLock::new(),
            generation: self.generation,
            successor: OnceLock::new(),
        }
    }

    /// With one more layer around it.
    pub fn add(&mut self, layer: &Bound<'_, Layer>) {
        self.operator = Arc::new(layer.get().apply((*self.operator).clone()));
        self.exact = OnceLock::new();
        self.capability = self.operator.info().capability();
        self.layers.push(layer.clone().unbind());
    }

    /// The handle to use in this process: in a forked child the connections of the parent are of
    /// no use, so there the service is built again from its configuration. A store in memory is the
    /// child's own copy; but its layers are built again, as calls of the parent may hold their places.
    pub fn current(&self, py: Python<'_>) -> PyResult<&Self> {
        let mut handle = self;
        while handle.generation != runtime::generation() && !handle.quick() {
            if handle.successor.get().is_none() {
                let base = match &handle.base.store {
                    Some(_) => Arc::clone(&handle.base),
                    None => Base::build(handle.base.source.clone())?,
                };
                let layers = handle.layers.iter().map(|layer| layer.clone_ref(py)).collect();
                // Another thread may have been as quick; one of the two is enough.
                let _ = handle.successor.set(Box::new(Self::new(py, base, layers)));
            }
            match handle.successor.get() {
                Some(successor) => handle = successor,
                None => break,
            }
        }
        Ok(handle)
    }

    /// Whether the first poll of an operation ends it, without waiting and without the runtime.
    pub fn quick(&self) -> bool {
        self.base.store.is_some() && self.layers.is_empty()
    }

    /// Memory keeps what it is given; all other services send it somewhere.
    pub fn fate_of_data(&self) -> Fate {
        if self.base.store.is_some() { Fate::Kept } else { Fate::Sent }
    }

    /// The directory that all paths are below, with a slash at both ends.
    pub fn root(&self) -> String {
        let mut root = self.operator.info().root();
        if !root.ends_with('/') {
            root.push('/');
        }
        root
    }

    /// What the service calls itself: a bucket, a container, a host; empty where it has no name.
    pub fn name(&self) -> String {
        self.operator.info().name()
    }

    /// An operator, and paths for it, that lead where the caller's paths say.
    pub fn aim<const N: usize>(
        &self,
        paths: [&Arc<str>; N],
    ) -> (Arc<opendal::Operator>, [Arc<str>; N]) {
        if paths.iter().any(|path| exact::is_needed(path)) {
            let exact = || Arc::new(exact::operator((*self.operator).clone()));
            return (Arc::clone(self.exact.get_or_init(exact)), paths.map(exact::guarded));
        }
        (Arc::clone(&self.operator), paths.map(Arc::clone))
    }

    /// The same for any number of paths.
    pub fn aim_all(&self, paths: &[Arc<str>]) -> (Arc<opendal::Operator>, Vec<Arc<str>>) {
        let odd = paths.iter().find(|path| exact::is_needed(path));
        let (operator, _) = self.aim(odd.map_or([&Arc::default()], |path| [path]));
        (operator, paths.iter().map(exact::guarded).collect())
    }

    pub fn context(&self, operation: &'static str, path: &Arc<str>) -> Context {
        Context {
            operation,
            path: Arc::clone(path),
            target: None,
            creates: false,
            base: Arc::clone(&self.base),
        }
    }
}
