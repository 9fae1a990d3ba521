//! Objects that become whole by a rename, where the service cannot make them so.

use std::cell::Cell;
use std::sync::Arc;

use opendal::options::WriteOptions;
use opendal::{ErrorKind, Operator};

use crate::exact;

/// Protocols that write a file where it stands, piece by piece: whoever looks meanwhile, or after the
/// writer died, would see a half.
const IN_PLACE: [&str; 2] = ["ftp", "sftp"];

tokio::task_local! {
    /// Whether a call was made again since this was set.
    static AGAIN: Cell<bool>;
}

/// Notes that a call is made again, as its answer did not come or was that it may.
pub fn again() {
    let _ = AGAIN.try_with(|again| again.set(true));
}

/// A name beside the target that is written in its place, and becomes it at the end.
pub struct Aside {
    operator: Operator,
    pub name: Arc<str>,
    target: String,
}

/// A name beside a path that nobody else uses.
pub fn name_for(path: &str) -> String {
    let (parent, name) = path.split_at(path.rfind('/').map_or(0, |end| end + 1));
    format!("{parent}.{name}.{:016x}.opendal", opendal_fs::unique())
}

impl Aside {
    pub fn new(operator: &Operator, target: &str, options: &WriteOptions) -> Option<Self> {
        let info = operator.info();
        let plain = !options.append && !options.if_not_exists && options.if_match.is_none();
        let fits = IN_PLACE.contains(&info.scheme()) && info.capability().rename && plain;
        fits.then(|| {
            let name = exact::guarded(&name_for(exact::bare(target)).into());
            Self { operator: operator.clone(), name, target: target.to_owned() }
        })
    }

    pub async fn publish(&self) -> opendal::Result<()> {
        let rename = async {
            let renamed = self.operator.rename(&self.name, &self.target).await;
            (renamed, AGAIN.with(Cell::get))
        };
        let (renamed, again) = AGAIN.scope(Cell::new(false), rename).await;
        match renamed {
            // Nobody else knows the name. If it is gone at another try, an earlier one has moved it,
            // whose answer was lost.
            Err(error) if again && error.kind() == ErrorKind::NotFound => {
                let found = self.operator.stat(&self.target).await;
                if found.is_ok_and(|found| found.is_file()) { Ok(()) } else { Err(error) }
            }
            renamed => renamed,
        }
    }

    pub async fn remove(&self) {
        let _ = self.operator.delete(&self.name).await;
    }
}
