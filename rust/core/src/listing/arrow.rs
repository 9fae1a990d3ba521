//! Listings as Arrow streams: columns are made from the entries without one Python object.
//!
//! <https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html>

use std::io;
use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, RecordBatchReader, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use opendal::raw::Timestamp;
use opendal::{EntryMode, Metadata};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::types::Listed;

const UTC: &str = "UTC";

/// The stream of the pages that `next` gives; an empty one is the end.
pub fn stream(
    py: Python<'_>,
    stat: bool,
    next: impl FnMut() -> Result<Vec<Listed>, ArrowError> + Send + 'static,
) -> PyResult<Bound<'_, PyCapsule>> {
    let pages = Pages { schema: Arc::new(schema(stat)), next };
    let stream = FFI_ArrowArrayStream::new(Box::new(pages));
    PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
}

/// Runs what needs Python for a consumer that may be C++, in any thread. An exception cannot go
/// through it, so it is told as a line of text.
pub fn attached<T>(wait: impl FnOnce(Python<'_>) -> PyResult<T>) -> Result<T, ArrowError> {
    let told = |message: String| {
        ArrowError::IoError(message, io::Error::other("the listing did not come to its end"))
    };
    let attached = Python::try_attach(|py| {
        wait(py).map_err(|error| {
            if !error.is_instance_of::<PyKeyboardInterrupt>(py) {
                return told(error.value(py).to_string());
            }
            // It would end as an error of the consumer's. Asked for again, it is raised as soon
            // as the consumer has returned to Python.
            drop(error);
            // SAFETY: it may be called at any time, in any thread.
            unsafe { ffi::PyErr_SetInterrupt() }
            told("interrupted".to_owned())
        })
    });
    attached.unwrap_or_else(|| Err(told("the interpreter has ended".to_owned())))
}

struct Pages<F> {
    schema: SchemaRef,
    next: F,
}

impl<F: FnMut() -> Result<Vec<Listed>, ArrowError>> Iterator for Pages<F> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        match (self.next)() {
            Ok(page) if page.is_empty() => None,
            Ok(page) => Some(batch(&self.schema, &page)),
            Err(error) => Some(Err(error)),
        }
    }
}

impl<F: FnMut() -> Result<Vec<Listed>, ArrowError>> RecordBatchReader for Pages<F> {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

/// The columns, named as the attributes of `Entry` and `Metadata` are; the stub of `Lister` has
/// them too. A listing of names has no more than names to show.
fn schema(stat: bool) -> Schema {
    let mut fields =
        vec![Field::new("path", DataType::Utf8, false), Field::new("mode", DataType::Utf8, false)];
    if stat {
        let moment = DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into()));
        fields.extend([
            Field::new("content_length", DataType::Int64, true),
            Field::new("last_modified", moment, true),
            Field::new("etag", DataType::Utf8, true),
            Field::new("version", DataType::Utf8, true),
            Field::new("content_type", DataType::Utf8, true),
            Field::new("is_current", DataType::Boolean, true),
            Field::new("is_deleted", DataType::Boolean, false),
        ]);
    }
    Schema::new(fields)
}

fn batch(schema: &SchemaRef, page: &[Listed]) -> Result<RecordBatch, ArrowError> {
    let paths = page.iter().map(|listed| listed.entry.path());
    let modes = page.iter().map(|listed| mode(listed.entry.mode()));
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(paths)),
        Arc::new(StringArray::from_iter_values(modes)),
    ];
    // All entries of a listing are alike in this: there is a column of all or of none.
    if schema.fields().len() > columns.len() {
        let all = || page.iter().map(|listed| listed.entry.metadata());
        let text = |of: fn(&Metadata) -> Option<&str>| -> ArrayRef {
            Arc::new(all().map(of).collect::<StringArray>())
        };
        let moments: TimestampMicrosecondArray = all().map(last_modified).collect();
        columns.extend([
            Arc::new(all().map(content_length).collect::<Int64Array>()) as ArrayRef,
            Arc::new(moments.with_timezone(UTC)),
            text(Metadata::etag),
            text(Metadata::version),
            text(Metadata::content_type),
            Arc::new(all().map(Metadata::is_current).collect::<BooleanArray>()),
            Arc::new(all().map(|metadata| Some(metadata.is_deleted())).collect::<BooleanArray>()),
        ]);
    }
    RecordBatch::try_new(Arc::clone(schema), columns)
}

fn mode(mode: EntryMode) -> &'static str {
    match mode {
        EntryMode::FILE => "file",
        EntryMode::DIR => "dir",
        EntryMode::Unknown => "unknown",
    }
}

/// The size of a file; of other things a listing knows none.
fn content_length(metadata: &Metadata) -> Option<i64> {
    metadata.is_file().then(|| i64::try_from(metadata.content_length()).ok()).flatten()
}

fn last_modified(metadata: &Metadata) -> Option<i64> {
    let microseconds = |moment: Timestamp| moment.into_inner().as_nanosecond().div_euclid(1000);
    metadata.last_modified().and_then(|moment| i64::try_from(microseconds(moment)).ok())
}
