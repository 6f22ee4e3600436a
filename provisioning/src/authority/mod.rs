//! The office's authority: it vouches for the hub once and for each node by a certificate of 90 days.

mod certificates;
mod init;
mod revoke;
mod sign;

pub use init::init;
pub use revoke::{List, revoke};
pub use sign::{Signing, sign};

use std::path::{Path, PathBuf};

/// Where things lie in an authority's directory.
struct Files(PathBuf);

impl Files {
    fn of(dir: &Path) -> Self {
        Self(dir.to_owned())
    }

    fn certificate(&self) -> PathBuf {
        self.0.join("authority.crt")
    }

    fn key(&self) -> PathBuf {
        self.0.join("authority.key")
    }

    fn revoked(&self) -> PathBuf {
        self.0.join("revoked.crl")
    }

    fn hub(&self) -> PathBuf {
        self.0.join("hub")
    }

    fn hub_certificate(&self) -> PathBuf {
        self.hub().join("hub.crt")
    }

    fn hub_key(&self) -> PathBuf {
        self.hub().join("hub.key")
    }

    fn sealing_keys(&self) -> PathBuf {
        self.hub().join("sealing.keys")
    }

    fn signing_key(&self) -> PathBuf {
        self.hub().join("signing.key")
    }
}
