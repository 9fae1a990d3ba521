//! What a service does that stands before another one and changes only some of its operations.

/// The operations that go on to `self.$inner` as they are, their paths by way of `$path`; what is
/// waited for by way of `$step`, and a copy by way of `$copy`.
macro_rules! forward {
    ($inner:tt, $path:path) => {
        crate::forward::forward!($inner, $path, std::convert::identity, std::convert::identity);
    };
    ($inner:tt, $path:path, $step:path, $copy:path) => {
        crate::forward::forward!(besides_making_directories: $inner, $path, $step);

        async fn create_dir(
            &self,
            context: &opendal::OperationContext,
            path: &str,
            options: opendal::raw::OpCreateDir,
        ) -> opendal::Result<opendal::raw::RpCreateDir> {
            $step(self.$inner.create_dir(context, $path(path), options)).await
        }

        fn copy(
            &self,
            context: &opendal::OperationContext,
            from: &str,
            to: &str,
            options: opendal::raw::OpCopy,
        ) -> opendal::Result<opendal::raw::oio::Copier> {
            self.$inner.copy(context, $path(from), $path(to), options).map($copy)
        }

        async fn rename(
            &self,
            context: &opendal::OperationContext,
            from: &str,
            to: &str,
            options: opendal::raw::OpRename,
        ) -> opendal::Result<opendal::raw::RpRename> {
            $step(self.$inner.rename(context, $path(from), $path(to), options)).await
        }
    };
    // What takes and gives the core's own types, handed on as it is.
    (handing_on: $inner:tt) => {
        type Reader = opendal::raw::oio::Reader;
        type Writer = opendal::raw::oio::Writer;
        type Copier = opendal::raw::oio::Copier;
        type Composer = opendal::raw::oio::Composer;

        fn read(
            &self,
            context: &opendal::OperationContext,
            path: &str,
            options: opendal::raw::OpRead,
        ) -> opendal::Result<opendal::raw::oio::Reader> {
            self.$inner.read(context, path, options)
        }

        fn write(
            &self,
            context: &opendal::OperationContext,
            path: &str,
            options: opendal::raw::OpWrite,
        ) -> opendal::Result<opendal::raw::oio::Writer> {
            self.$inner.write(context, path, options)
        }

        fn compose(
            &self,
            context: &opendal::OperationContext,
            to: &str,
            options: opendal::raw::OpCompose,
        ) -> opendal::Result<opendal::raw::oio::Composer> {
            self.$inner.compose(context, to, options)
        }
    };
    (besides_making_directories: $inner:tt, $path:path, $step:path) => {
        fn info(&self) -> opendal::raw::ServiceInfo {
            self.$inner.info()
        }

        fn capability(&self) -> opendal::Capability {
            self.$inner.capability()
        }

        async fn stat(
            &self,
            context: &opendal::OperationContext,
            path: &str,
            options: opendal::raw::OpStat,
        ) -> opendal::Result<opendal::raw::RpStat> {
            $step(self.$inner.stat(context, $path(path), options)).await
        }

        async fn restore(
            &self,
            context: &opendal::OperationContext,
            path: &str,
            options: opendal::raw::OpRestore,
        ) -> opendal::Result<opendal::raw::RpRestore> {
            $step(self.$inner.restore(context, $path(path), options)).await
        }

        async fn presign(
            &self,
            context: &opendal::OperationContext,
            path: &str,
            options: opendal::raw::OpPresign,
        ) -> opendal::Result<opendal::raw::RpPresign> {
            $step(self.$inner.presign(context, $path(path), options)).await
        }
    };
}

pub(crate) use forward;
