//! What operators do: each operation once, for the sync and the async method alike.

mod files;
mod many;
mod read;
mod write;

use std::sync::Arc;

use futures::StreamExt;
use opendal::options as core;

use opendal::raw::PresignedRequest;
use opendal::{Capability, ErrorKind, Metadata, Operator};
use pyo3::prelude::*;

use crate::arguments::{self, Expiry, Path};
use crate::base::Handle;
use crate::engine::{Call, Operation};
use crate::error::{Context, Error};
use crate::listing::Listing;
use crate::options::{self, Group, Keywords};

/// The call that an operation is, if the rule for paths allows its path.
pub fn of_path(handle: &Handle, operation: &'static str, path: &Path) -> Result<Context, Error> {
    let context = handle.context(operation, path.shown());
    path.get().map_err(|e| e.within(&context))?;
    Ok(context)
}

/// Adds the end of a copy or a rename.
fn to_target(mut context: Context, target: &Path) -> Result<(Context, Arc<str>), Error> {
    context.target = Some(Arc::clone(target.shown()));
    let target = Arc::clone(target.get().map_err(|e| e.within(&context))?);
    Ok((context, target))
}

/// Reads the keywords of a call and refuses, before anything is sent, what the service cannot do.
pub fn prepare<G: Group>(
    handle: &Handle,
    operation: &'static str,
    path: &Path,
    keywords: Option<Keywords<'_, '_>>,
    able: fn(&Capability) -> bool,
) -> PyResult<(Context, G)> {
    let context = of_path(handle, operation, path)?;
    let group = G::parse(operation, keywords).map_err(|e| e.during(&context))?;
    let capability = &handle.capability;
    if !able(capability) {
        let wanted = match operation {
            // The keywords tell which way.
            "open" if G::NAMES.contains(&"append") => "write".to_owned(),
            "open" => "read".to_owned(),
            operation => operation.replace('_', " "),
        };
        let message = format!("this service cannot {wanted}");
        return Err(Error::unsupported(message).within(&context).into());
    }
    group.check(capability).map_err(|e| e.within(&context))?;
    Ok((context, group))
}

/// As [`prepare`], for an operation that leaves out some keywords of the group.
fn prepare_without<G: Group>(
    handle: &Handle,
    operation: &'static str,
    path: &Path,
    keywords: Option<Keywords<'_, '_>>,
    without: &[&str],
    able: fn(&Capability) -> bool,
) -> PyResult<(Context, G)> {
    if let Some(keywords) = keywords {
        let context = of_path(handle, operation, path)?;
        options::refuse::<G>(operation, keywords, without).map_err(|e| e.during(&context))?;
    }
    prepare(handle, operation, path, keywords, able)
}

pub(crate) fn call<F>(handle: &Handle, context: Context, future: F) -> Call<F> {
    Call { context, quick: handle.quick(), future }
}

/// A call that may work on several parts at once, for which even memory needs the runtime.
fn call_in_parts<F>(context: Context, future: F) -> Call<F> {
    Call { context, quick: false, future }
}

pub use files::{download, upload, wait_telling};
pub use many::{DeleteMany, Going, Gone, compose, restore};
pub use read::{read, read_buffer, read_into, read_ranges, read_stream};
pub use write::{begin_shared, is_data, write, write_from};

pub fn stat(
    handle: &Handle,
    path: Path,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Call<impl Operation<Metadata> + use<>>> {
    let (context, stat) = prepare::<options::Stat>(handle, "stat", &path, options, |c| c.stat)?;
    let (operator, [path]) = handle.aim([&context.path]);
    let future = async move { operator.stat_options(&path, stat.into()).await };
    Ok(call(handle, context, future))
}

pub fn exists(handle: &Handle, path: Path) -> PyResult<Call<impl Operation<bool> + use<>>> {
    let (context, _) = prepare::<options::Stat>(handle, "exists", &path, None, |c| c.stat)?;
    let (operator, [path]) = handle.aim([&context.path]);
    let future = async move {
        match operator.exists(&path).await {
            // Below a file there is nothing, on every service.
            Err(e) if e.kind() == ErrorKind::NotADirectory => Ok(false),
            result => result,
        }
    };
    Ok(call(handle, context, future))
}

pub fn delete(
    handle: &Handle,
    path: Path,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Call<impl Operation<()> + use<>>> {
    let (context, delete) =
        prepare::<options::Delete>(handle, "delete", &path, options, |c| c.delete)?;
    let (operator, [path, below]) = tree(handle, &context);
    let future = async move {
        let options = core::DeleteOptions::from(delete);
        if options.recursive {
            return delete_tree(&operator, &path, &below, options).await;
        }
        operator.delete_options(&path, options).await
    };
    Ok(call(handle, context, future))
}

pub fn remove_all(handle: &Handle, path: Path) -> PyResult<Call<impl Operation<()> + use<>>> {
    let able = |c: &Capability| c.delete && (c.list || c.delete_with_recursive);
    let (context, _) = prepare::<options::Delete>(handle, "remove_all", &path, None, able)?;
    let (operator, [path, below]) = tree(handle, &context);
    let future = async move {
        let options = core::DeleteOptions { recursive: true, ..Default::default() };
        delete_tree(&operator, &path, &below, options).await
    };
    Ok(call_in_parts(context, future))
}

/// A path, and the directory of that name.
fn tree(handle: &Handle, context: &Context) -> (Arc<Operator>, [Arc<str>; 2]) {
    let path = &context.path;
    let below = if path.ends_with('/') { Arc::clone(path) } else { Arc::from(format!("{path}/")) };
    handle.aim([path, &below])
}

/// A path and all that is below it. To the core a name without a slash is a prefix, by which
/// deleting `a` would take `ab` along.
async fn delete_tree(
    operator: &Operator,
    path: &str,
    below: &str,
    options: core::DeleteOptions,
) -> opendal::Result<()> {
    if path.ends_with('/') {
        return operator.delete_options(path, options).await;
    }
    let own = core::DeleteOptions { recursive: false, ..options.clone() };
    match operator.stat(path).await {
        Ok(found) if found.is_file() => operator.delete_options(path, own).await?,
        Err(e) if !matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Err(e);
        }
        _ => {}
    }
    match operator.delete_options(below, options).await {
        // Where a name is a file or a directory, there was the file, and that is gone.
        Err(e) if e.kind() == ErrorKind::NotADirectory => Ok(()),
        result => result,
    }
}

pub fn copy(
    handle: &Handle,
    source: Path,
    target: Path,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Call<impl Operation<Metadata> + use<>>> {
    let (mut context, copy) =
        prepare::<options::Copy>(handle, "copy", &source, options, |c| c.copy)?;
    context.creates = copy.if_not_exists == Some(true);
    let (context, target) = to_target(context, &target)?;
    let (operator, [path, target]) = handle.aim([&context.path, &target]);
    let future = async move { operator.copy_options(&path, &target, copy).await };
    Ok(call(handle, context, future))
}

pub fn rename(
    handle: &Handle,
    source: Path,
    target: Path,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Call<impl Operation<()> + use<>>> {
    let (mut context, rename) =
        prepare::<options::Rename>(handle, "rename", &source, options, |c| c.rename)?;
    context.creates = rename.if_not_exists == Some(true);
    let (context, target) = to_target(context, &target)?;
    let (operator, [path, target]) = handle.aim([&context.path, &target]);
    let future = async move { operator.rename_options(&path, &target, rename).await };
    Ok(call(handle, context, future))
}

pub fn create_dir(handle: &Handle, path: Path) -> PyResult<Call<impl Operation<()> + use<>>> {
    let (context, _) =
        prepare::<options::Stat>(handle, "create_dir", &path, None, |c| c.create_dir)?;
    let (operator, [path]) = handle.aim([&context.path]);
    let future = async move { operator.create_dir(&path).await };
    Ok(call(handle, context, future))
}

pub fn check(handle: &Handle) -> PyResult<Call<impl Operation<()> + use<>>> {
    let able = |c: &Capability| c.list || c.stat;
    let (context, _) = prepare::<options::List>(handle, "check", &Path::root(), None, able)?;
    let operator = Arc::clone(&handle.operator);
    let lists = handle.capability.list;
    // The core's own check takes a store that does not exist for an empty one.
    let future = async move {
        if !lists {
            // The core does not ask for a root, so it is another name, which may well be absent.
            return match operator.stat("opendal-check").await {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let options = core::ListOptions { limit: Some(1), ..Default::default() };
        let mut lister = operator.lister_options("/", options).await?;
        lister.next().await.transpose().map(|_| ())
    };
    Ok(call(handle, context, future))
}

pub fn list(
    handle: &Handle,
    path: &Path,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Arc<Listing>> {
    let (context, list) = prepare::<options::List>(handle, "list", path, options, |c| c.list)?;
    Listing::new(handle, context, list)
}

pub fn scan(
    handle: &Handle,
    path: &Path,
    options: Option<Keywords<'_, '_>>,
) -> PyResult<Arc<Listing>> {
    let (context, scan) = prepare::<options::Scan>(handle, "scan", path, options, |c| c.list)?;
    Listing::new(handle, context, scan.into())
}

/// Signs the path and the time alone, and leaves out what else was to be in the request.
const SIGNS_BARE: &str = "swift";

macro_rules! presign {
    ($(
        fn $name:ident($group:ident $(without $($out:ident)*)?) with $call:ident if $able:ident
            $(and $check:ident)?;
    )*) => {
        $(
            pub fn $name(
                handle: &Handle,
                path: Path,
                expire_second: &Bound<'_, PyAny>,
                options: Option<Keywords<'_, '_>>,
            ) -> PyResult<Call<impl Operation<PresignedRequest> + use<>>> {
                const NAME: &str = stringify!($name);
                let without = &[$($(stringify!($out)),*)?];
                let (context, group) = prepare_without::<options::$group>(
                    handle, NAME, &path, options, without, |c| c.$able
                )?;
                $(group.$check().map_err(|e| e.during(&context))?;)?
                if handle.base.scheme == SIGNS_BARE && options::are_given(options) {
                    let message = "what this service signs carries no keywords";
                    return Err(Error::unsupported(message).within(&context).into());
                }
                let lasts = arguments::value::<Expiry>(NAME, "expire_second", expire_second)
                    .map_err(|e| e.during(&context))?
                    .0;
                let (operator, [path]) = handle.aim([&context.path]);
                let future =
                    async move { operator.$call(&path, lasts, group.into()).await };
                Ok(call(handle, context, future))
            }
        )*
    };
}

presign! {
    fn presign_read(Read without chunk concurrent gap prefetch)
        with presign_read_options if presign_read and part;
    fn presign_stat(Stat) with presign_stat_options if presign_stat;
    fn presign_write(Write without append chunk concurrent)
        with presign_write_options if presign_write;
    fn presign_delete(Delete without recursive if_match)
        with presign_delete_options if presign_delete;
}
