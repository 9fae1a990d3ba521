//! Objects that become whole by a rename, where the service cannot make them so.

use opendal::Operator;
use opendal::options::WriteOptions;

/// Protocols that write a file where it stands, piece by piece: whoever looks meanwhile, or after the
/// writer died, would see a half.
const IN_PLACE: [&str; 2] = ["ftp", "sftp"];

/// A name beside the target that is written in its place, and becomes it at the end.
pub struct Aside {
    operator: Operator,
    pub name: String,
    target: String,
}

impl Aside {
    pub fn new(operator: &Operator, target: &str, options: &WriteOptions) -> Option<Self> {
        let info = operator.info();
        let plain = !options.append && !options.if_not_exists && options.if_match.is_none();
        let fits = IN_PLACE.contains(&info.scheme()) && info.capability().rename && plain;
        fits.then(|| {
            let (parent, name) = target
                .rsplit_once('/')
                .map_or(("", target), |(directory, name)| (&target[..=directory.len()], name));
            let name = format!("{parent}.{name}.{:016x}.opendal", opendal_fs::unique());
            Self { operator: operator.clone(), name, target: target.to_owned() }
        })
    }

    pub async fn publish(&self) -> opendal::Result<()> {
        self.operator.rename(&self.name, &self.target).await
    }

    pub async fn remove(&self) {
        let _ = self.operator.delete(&self.name).await;
    }
}
