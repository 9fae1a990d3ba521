//! What a service can do.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::error::Error;
use crate::types::reduced;

#[pyclass(frozen, module = "opendal.capability")]
#[doc = crate::docstring!("capability.Capability")]
pub struct Capability {
    core: opendal::Capability,
    /// The one that the core does not tell.
    write_atomic: bool,
}

impl Capability {
    pub fn new(core: opendal::Capability, write_atomic: bool) -> Self {
        Self { core, write_atomic: write_atomic && core.write }
    }
}

#[pymethods]
impl Capability {
    #[getter]
    #[doc = crate::docstring!("capability.Capability", write_atomic)]
    fn write_atomic(&self) -> bool {
        self.write_atomic
    }

    fn __repr__(&self) -> String {
        let able: Vec<String> = self.shown().into_iter().flatten().collect();
        format!("Capability({})", able.join(", "))
    }

    fn __eq__(&self, other: &Bound<'_, Self>) -> bool {
        self.shown() == other.get().shown()
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.shown().hash(&mut hasher);
        hasher.finish()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        reduced(slf.as_any(), (slf.get().able(slf.py())?,))
    }

    /// Makes a capability anew, for pickle.
    #[staticmethod]
    fn _rebuild(able: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut made = Self { core: opendal::Capability::default(), write_atomic: false };
        for (name, value) in able {
            made.set(&name.extract::<String>()?, &value)?;
        }
        Ok(made)
    }
}

/// How an ability looks in a repr; what is absent is left out.
trait Shown {
    fn shown(&self, name: &str) -> Option<String>;
}

impl Shown for bool {
    fn shown(&self, name: &str) -> Option<String> {
        self.then(|| format!("{name}=True"))
    }
}

impl Shown for Option<usize> {
    fn shown(&self, name: &str) -> Option<String> {
        self.map(|limit| format!("{name}={limit}"))
    }
}

macro_rules! capability {
    ($($name:ident: $kind:ty,)*) => {
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        impl Capability {
            fn shown(&self) -> Vec<Option<String>> {
                let atomic = self.write_atomic.shown("write_atomic");
                vec![$(self.core.$name.shown(stringify!($name)),)* atomic]
            }

            /// The abilities that differ from those of a service that can do nothing.
            fn able<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                let able = PyDict::new(py);
                let nothing = opendal::Capability::default();
                $(
                    if self.core.$name != nothing.$name {
                        able.set_item(stringify!($name), self.core.$name)?;
                    }
                )*
                if self.write_atomic {
                    able.set_item("write_atomic", true)?;
                }
                Ok(able)
            }

            fn set(&mut self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
                match name {
                    "write_atomic" => self.write_atomic = value.extract()?,
                    $(stringify!($name) => self.core.$name = value.extract()?,)*
                    _ => {
                        let message = format!("this version of opendal knows no ability {name:?}");
                        return Err(Error::value(message).into());
                    }
                }
                Ok(())
            }
        }

        #[pymethods]
        impl Capability {
            $(
                #[getter]
                #[doc = crate::docstring!("capability.Capability", $name)]
                fn $name(&self) -> $kind {
                    self.core.$name
                }
            )*
        }
    };
}

// The fields of the core's struct, in its order; `cargo build` fails when one is renamed.
capability! {
    stat: bool,
    stat_with_if_match: bool,
    stat_with_if_none_match: bool,
    stat_with_if_version_match: bool,
    stat_with_if_version_not_match: bool,
    stat_with_if_modified_since: bool,
    stat_with_if_unmodified_since: bool,
    stat_with_override_cache_control: bool,
    stat_with_override_content_disposition: bool,
    stat_with_override_content_type: bool,
    stat_with_version: bool,
    read: bool,
    read_with_if_match: bool,
    read_with_if_none_match: bool,
    read_with_if_version_match: bool,
    read_with_if_version_not_match: bool,
    read_with_if_modified_since: bool,
    read_with_if_unmodified_since: bool,
    read_with_override_cache_control: bool,
    read_with_override_content_disposition: bool,
    read_with_override_content_type: bool,
    read_with_version: bool,
    read_with_suffix: bool,
    write: bool,
    write_can_multi: bool,
    write_can_empty: bool,
    write_can_append: bool,
    write_can_copy_from: bool,
    write_with_content_type: bool,
    write_with_content_disposition: bool,
    write_with_content_encoding: bool,
    write_with_cache_control: bool,
    write_with_if_match: bool,
    write_with_if_none_match: bool,
    write_with_if_version_match: bool,
    write_with_if_version_not_match: bool,
    write_with_if_not_exists: bool,
    write_with_user_metadata: bool,
    write_multi_max_size: Option<usize>,
    write_multi_min_size: Option<usize>,
    write_total_max_size: Option<usize>,
    create_dir: bool,
    delete: bool,
    delete_with_version: bool,
    delete_with_recursive: bool,
    delete_with_if_match: bool,
    delete_with_if_none_match: bool,
    delete_with_if_version_match: bool,
    delete_with_if_version_not_match: bool,
    delete_max_size: Option<usize>,
    copy: bool,
    copy_with_if_not_exists: bool,
    copy_with_if_match: bool,
    copy_with_if_none_match: bool,
    copy_with_if_version_match: bool,
    copy_with_if_version_not_match: bool,
    copy_with_source_version: bool,
    copy_can_multi: bool,
    copy_multi_max_size: Option<usize>,
    copy_multi_min_size: Option<usize>,
    compose: bool,
    compose_with_content_type: bool,
    compose_with_content_disposition: bool,
    compose_with_content_encoding: bool,
    compose_with_cache_control: bool,
    compose_with_user_metadata: bool,
    compose_with_if_match: bool,
    compose_with_if_none_match: bool,
    compose_with_if_version_match: bool,
    compose_with_if_version_not_match: bool,
    compose_with_if_not_exists: bool,
    compose_with_source_version: bool,
    compose_with_source_if_match: bool,
    restore: bool,
    restore_with_version: bool,
    restore_with_if_not_exists: bool,
    rename: bool,
    rename_with_if_not_exists: bool,
    list: bool,
    list_with_limit: bool,
    list_with_start_after: bool,
    list_with_recursive: bool,
    list_with_versions: bool,
    list_with_deleted: bool,
    presign: bool,
    presign_read: bool,
    presign_stat: bool,
    presign_write: bool,
    presign_delete: bool,
    shared: bool,
}
