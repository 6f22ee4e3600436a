//! Where a request comes from, for counting tries.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

/// The address at the other end, and the one a proxy says it speaks for.
pub(super) struct Caller {
    peer: Option<IpAddr>,
    forwarded: Option<IpAddr>,
}

impl Caller {
    /// Who asks. Anybody can write `X-Forwarded-For`, so it counts only where a proxy is known to stand in front, and
    /// of it only the last address, which that proxy added itself.
    pub(super) fn address(&self, behind_proxy: bool) -> Option<IpAddr> {
        self.forwarded.filter(|_| behind_proxy).or(self.peer)
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let forwarded = parts
            .headers
            .get_all("x-forwarded-for")
            .iter()
            .next_back()
            .and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        Ok(Self { peer, forwarded })
    }
}
