//! Listings that end, whatever the server says.
//!
//! A server may say of each page that another one follows, and mean the same one again. No right listing
//! makes one request twice, so whoever is about to is told.

use std::mem;
use std::sync::Arc;

use http::{Request, Response, Uri};
use opendal::raw::oio::{self, DeleteDyn, ListDyn};
use opendal::raw::{OpDelete, OpList, Service, ServiceOperation, Servicer};
use opendal::{
    Buffer, Error, ErrorKind, HttpBody, HttpTransport, HttpTransporter, OperationContext, Result,
};
use parking_lot::Mutex;

/// A listing of that service which does not go round in circles.
pub fn lister(
    service: &Servicer,
    context: &OperationContext,
    path: &str,
    options: OpList,
) -> Result<oio::Lister> {
    let (context, asked) = watched(context);
    let inner = service.list(&context, path, options)?;
    Ok(Box::new(EndedLister { inner, asked, broken: false }))
}

/// What deletes with that service. For a tree it is the core that lists.
pub fn deleter(service: &Servicer, context: &OperationContext) -> Result<oio::Deleter> {
    let (context, asked) = watched(context);
    Ok(Box::new(EndedDeleter { inner: service.delete(&context)?, asked }))
}

fn watched(context: &OperationContext) -> (OperationContext, Arc<Mutex<Asked>>) {
    let (inner, asked) = (context.http_transport().clone(), Arc::default());
    let watched = Watched { inner, asked: Arc::clone(&asked) };
    (context.with_http_transport(HttpTransporter::new(watched)), asked)
}

/// The place and the body of a request.
#[derive(PartialEq)]
struct Page(Uri, Vec<u8>);

impl Page {
    fn of(request: &Request<Buffer>) -> Option<Self> {
        let operation = request.extensions().get::<ServiceOperation>()?;
        let lists = operation.0.starts_with("List");
        lists.then(|| Self(request.uri().clone(), request.body().to_vec()))
    }
}

/// One of the requests that were answered: a later one each time that there are twice as many, so that
/// circles of any length are found.
#[derive(Default)]
struct Asked {
    kept: Option<Page>,
    since: u64,
    most: u64,
}

impl Asked {
    fn note(&mut self, page: Page) {
        self.since += 1;
        if self.since > self.most {
            *self = Self { kept: Some(page), since: 0, most: self.most * 2 + 1 };
        }
    }
}

struct Watched {
    inner: HttpTransporter,
    asked: Arc<Mutex<Asked>>,
}

impl HttpTransport for Watched {
    async fn fetch(&self, request: Request<Buffer>) -> Result<Response<HttpBody>> {
        let page = Page::of(&request);
        if page.is_some() && self.asked.lock().kept == page {
            let message = "the server gives the same page of the listing again and again";
            return Err(Error::new(ErrorKind::Unexpected, message));
        }
        let answer = self.inner.fetch(request).await?;
        if let Some(page) = page
            && answer.status().is_success()
        {
            self.asked.lock().note(page);
        }
        Ok(answer)
    }
}

struct EndedLister {
    inner: oio::Lister,
    asked: Arc<Mutex<Asked>>,
    /// A step failed or was given up. Whoever makes it again makes its request again.
    broken: bool,
}

impl oio::List for EndedLister {
    async fn next(&mut self) -> Result<Option<oio::Entry>> {
        if mem::replace(&mut self.broken, true) {
            *self.asked.lock() = Asked::default();
        }
        let next = self.inner.next_dyn().await?;
        self.broken = false;
        Ok(next)
    }
}

struct EndedDeleter {
    inner: oio::Deleter,
    asked: Arc<Mutex<Asked>>,
}

impl oio::Delete for EndedDeleter {
    async fn delete(&mut self, path: &str, options: OpDelete) -> Result<()> {
        // Each tree has a listing of its own.
        *self.asked.lock() = Asked::default();
        self.inner.delete_dyn(path, options).await
    }

    async fn close(&mut self) -> Result<()> {
        self.inner.close_dyn().await
    }
}
