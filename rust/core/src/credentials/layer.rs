//! The innermost layer of a service with a credential provider: each step waits for good credentials.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opendal::raw::oio::{self, CopyDyn, ListDyn, ReadDyn, ReadStreamDyn, WriteDyn};
use opendal::raw::{
    Layer, OpCompose, OpCopy, OpCreateDir, OpDelete, OpList, OpPresign, OpRead, OpRename,
    OpRestore, OpStat, OpWrite, RpCreateDir, RpPresign, RpRead, RpRename, RpRestore, RpStat,
    Service, ServiceInfo, Servicer,
};
use opendal::{Buffer, BytesRange, Capability, Metadata, OperationContext, Result};
use parking_lot::Mutex;

use super::given::Given;
use super::{Credentials, signing};

#[derive(Debug)]
pub struct RenewLayer {
    pub credentials: Arc<Credentials>,
}

impl Layer for RenewLayer {
    fn apply_service(&self, inner: Servicer) -> Servicer {
        Arc::new(Renewed(Arc::new(Current {
            credentials: Arc::clone(&self.credentials),
            inner,
            built: Mutex::default(),
        })))
    }
}

/// The service as it is now.
struct Current {
    credentials: Arc<Credentials>,
    /// As it was configured.
    inner: Servicer,
    /// With these as its options; what has begun by then goes on as it began.
    built: Mutex<Option<(Arc<Given>, Servicer)>>,
}

impl Current {
    async fn service(&self, needed: Duration) -> Result<Servicer> {
        let given = self.credentials.get(needed).await?;
        if signing::takes(&self.credentials.source, &given) {
            return Ok(Arc::clone(&self.inner));
        }
        let mut built = self.built.lock();
        if let Some((of, service)) = &*built
            && of.options == given.options
        {
            return Ok(Arc::clone(service));
        }
        let service = self.credentials.service(&given)?;
        *built = Some((given, Arc::clone(&service)));
        Ok(service)
    }

    async fn now(&self) -> Result<Servicer> {
        self.service(Duration::ZERO).await
    }
}

struct Renewed(Arc<Current>);

impl fmt::Debug for Renewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.inner.fmt(f)
    }
}

pub struct RenewedReader {
    current: Arc<Current>,
    context: OperationContext,
    path: String,
    options: OpRead,
}

impl RenewedReader {
    async fn reader(&self) -> Result<oio::Reader> {
        self.current.now().await?.read(&self.context, &self.path, self.options.clone())
    }
}

impl oio::Read for RenewedReader {
    async fn open(&self, range: BytesRange) -> Result<(RpRead, Box<dyn ReadStreamDyn>)> {
        self.reader().await?.open_dyn(range).await
    }

    async fn read(&self, range: BytesRange) -> Result<(RpRead, Buffer)> {
        self.reader().await?.read_dyn(range).await
    }
}

type Make<T> = Box<dyn Fn(&Servicer) -> Result<T> + Send + Sync>;

/// What takes several steps. It is made when there are credentials, at the first.
pub struct Steps<T> {
    current: Arc<Current>,
    make: Make<T>,
    made: Option<T>,
}

impl<T> Steps<T> {
    fn new(
        current: &Arc<Current>,
        make: impl Fn(&Servicer) -> Result<T> + Send + Sync + 'static,
    ) -> Self {
        Self { current: Arc::clone(current), make: Box::new(make), made: None }
    }

    /// What was made, to be given up: without new credentials it is tried with the old.
    async fn begun(&mut self) -> Option<&mut T> {
        if self.made.is_some() {
            let _ = self.current.now().await;
        }
        self.made.as_mut()
    }

    async fn next(&mut self) -> Result<&mut T> {
        let service = self.current.now().await?;
        match &mut self.made {
            Some(made) => Ok(made),
            made => Ok(made.insert((self.make)(&service)?)),
        }
    }
}

impl oio::Write for Steps<oio::Writer> {
    async fn write(&mut self, data: Buffer) -> Result<()> {
        self.next().await?.write_dyn(data).await
    }

    async fn copy_from(&mut self, path: &str, options: OpRead, range: BytesRange) -> Result<()> {
        oio::Write::copy_from(self.next().await?, path, options, range).await
    }

    async fn close(&mut self) -> Result<Metadata> {
        self.next().await?.close_dyn().await
    }

    async fn abort(&mut self) -> Result<()> {
        match self.begun().await {
            Some(made) => made.abort_dyn().await,
            None => Ok(()),
        }
    }
}

impl oio::List for Steps<oio::Lister> {
    async fn next(&mut self) -> Result<Option<oio::Entry>> {
        Steps::next(self).await?.next_dyn().await
    }
}

impl oio::Delete for Steps<oio::Deleter> {
    async fn delete(&mut self, path: &str, options: OpDelete) -> Result<()> {
        oio::Delete::delete(self.next().await?, path, options).await
    }

    async fn close(&mut self) -> Result<()> {
        oio::Delete::close(self.next().await?).await
    }
}

impl oio::Copy for Steps<oio::Copier> {
    async fn next(&mut self) -> Result<Option<usize>> {
        Steps::next(self).await?.next_dyn().await
    }

    async fn close(&mut self) -> Result<Metadata> {
        Steps::next(self).await?.close_dyn().await
    }

    async fn abort(&mut self) -> Result<()> {
        match self.begun().await {
            Some(made) => made.abort_dyn().await,
            None => Ok(()),
        }
    }
}

impl oio::Compose for Steps<oio::Composer> {
    async fn compose(&mut self, path: &str, options: OpRead) -> Result<()> {
        oio::Compose::compose(self.next().await?, path, options).await
    }

    async fn close(&mut self) -> Result<Metadata> {
        oio::Compose::close(self.next().await?).await
    }
}

impl Service for Renewed {
    type Reader = RenewedReader;
    type Writer = Steps<oio::Writer>;
    type Lister = Steps<oio::Lister>;
    type Deleter = Steps<oio::Deleter>;
    type Copier = Steps<oio::Copier>;
    type Composer = Steps<oio::Composer>;

    fn info(&self) -> ServiceInfo {
        self.0.inner.info()
    }

    fn capability(&self) -> Capability {
        self.0.inner.capability()
    }

    async fn create_dir(
        &self,
        context: &OperationContext,
        path: &str,
        options: OpCreateDir,
    ) -> Result<RpCreateDir> {
        self.0.now().await?.create_dir(context, path, options).await
    }

    async fn stat(
        &self,
        context: &OperationContext,
        path: &str,
        options: OpStat,
    ) -> Result<RpStat> {
        self.0.now().await?.stat(context, path, options).await
    }

    async fn rename(
        &self,
        context: &OperationContext,
        from: &str,
        to: &str,
        options: OpRename,
    ) -> Result<RpRename> {
        self.0.now().await?.rename(context, from, to, options).await
    }

    async fn restore(
        &self,
        context: &OperationContext,
        path: &str,
        options: OpRestore,
    ) -> Result<RpRestore> {
        self.0.now().await?.restore(context, path, options).await
    }

    /// What is presigned ends with the credentials that it is signed with.
    async fn presign(
        &self,
        context: &OperationContext,
        path: &str,
        options: OpPresign,
    ) -> Result<RpPresign> {
        let service = self.0.service(options.expire()).await?;
        service.presign(context, path, options).await
    }

    fn read(
        &self,
        context: &OperationContext,
        path: &str,
        options: OpRead,
    ) -> Result<RenewedReader> {
        Ok(RenewedReader {
            current: Arc::clone(&self.0),
            context: context.clone(),
            path: path.to_owned(),
            options,
        })
    }

    fn write(
        &self,
        context: &OperationContext,
        path: &str,
        options: OpWrite,
    ) -> Result<Self::Writer> {
        let (context, path) = (context.clone(), path.to_owned());
        Ok(Steps::new(&self.0, move |service| service.write(&context, &path, options.clone())))
    }

    fn list(
        &self,
        context: &OperationContext,
        path: &str,
        options: OpList,
    ) -> Result<Self::Lister> {
        let (context, path) = (context.clone(), path.to_owned());
        Ok(Steps::new(&self.0, move |service| service.list(&context, &path, options.clone())))
    }

    fn delete(&self, context: &OperationContext) -> Result<Self::Deleter> {
        let context = context.clone();
        Ok(Steps::new(&self.0, move |service| service.delete(&context)))
    }

    fn copy(
        &self,
        context: &OperationContext,
        from: &str,
        to: &str,
        options: OpCopy,
    ) -> Result<Self::Copier> {
        let (context, from, to) = (context.clone(), from.to_owned(), to.to_owned());
        Ok(Steps::new(&self.0, move |service| service.copy(&context, &from, &to, options.clone())))
    }

    fn compose(
        &self,
        context: &OperationContext,
        to: &str,
        options: OpCompose,
    ) -> Result<Self::Composer> {
        let (context, to) = (context.clone(), to.to_owned());
        Ok(Steps::new(&self.0, move |service| service.compose(&context, &to, options.clone())))
    }
}
