//! The HTTPS road: TLS with a node's certificate, or without one for a node that comes to have it renewed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::{Extension, Router};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Counter;
use super::routes;
use crate::gate::GateSettings;
use crate::gate::tls::{Identity, LiveConfig, Visitors, keep_fresh};
use crate::nodes::Admission;

/// Connections served at once; more wait to be accepted.
const AT_ONCE: usize = 256;
/// How long a handshake and the head of a request may take.
const GREETING: Duration = Duration::from_secs(15);
/// How long one connection may last: a packet over a line of 32 kbit/s, with room to spare.
const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// And how long one without a certificate: it may ask for one thing, in a few hundred bytes.
const STRANGERS_LIFETIME: Duration = Duration::from_secs(60);
const BREATH: Duration = Duration::from_millis(100);

/// Where the road begins, and what stands behind it.
pub(crate) struct HttpsSettings {
    pub(crate) listen: SocketAddr,
    /// Certificates, as the MQTT gate uses them; its own `listen` is not looked at.
    pub(crate) gate: GateSettings,
    pub(crate) admission: Admission,
    pub(crate) counter: Counter,
}

/// A running HTTPS road.
pub(crate) struct Https {
    local_addr: SocketAddr,
    tasks: TaskTracker,
}

/// Who is on the other side of a connection; nobody known if it showed no certificate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visitor(pub(super) Option<Identity>);

impl Https {
    /// Opens the road; it runs until `stop` fires.
    pub(crate) async fn open(settings: HttpsSettings, stop: CancellationToken) -> anyhow::Result<Self> {
        let tls = Arc::new(LiveConfig::read(settings.gate, Visitors::Anyone)?);
        let listener = TcpListener::bind(settings.listen)
            .await
            .with_context(|| format!("nodes cannot be served by HTTPS on {}", settings.listen))?;
        let local_addr = listener.local_addr()?;
        let pages = routes::router(settings.counter, settings.admission);
        let tasks = TaskTracker::new();
        tasks.spawn(keep_fresh(Arc::clone(&tls), stop.clone()));
        tasks.spawn(accept(listener, tls, pages, tasks.clone(), stop));
        tasks.close();
        Ok(Self { local_addr, tasks })
    }

    /// The address it really listens on.
    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Resolves when every connection is closed.
    pub(crate) async fn finished(self) {
        self.tasks.wait().await;
    }
}

async fn accept(
    listener: TcpListener,
    tls: Arc<LiveConfig>,
    pages: Router,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.expect("the semaphore is never closed");
            (place, listener.accept().await)
        };
        match stop.run_until_cancelled(next).await {
            None => return,
            Some((place, Ok((tcp, peer)))) => {
                let (tls, pages, stop) = (tls.current(), pages.clone(), stop.clone());
                tasks.spawn(async move {
                    let _place = place;
                    if let Some(Err(error)) = stop.run_until_cancelled(serve(tcp, tls, pages)).await {
                        tracing::debug!(%peer, "HTTPS connection ended: {error:#}");
                    }
                });
            }
            Some((_, Err(error))) => {
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

async fn serve(tcp: TcpStream, tls: Arc<rustls::ServerConfig>, pages: Router) -> anyhow::Result<()> {
    let _ = tcp.set_nodelay(true); // a socket that refuses the option works all the same
    let stream = tokio::time::timeout(GREETING, TlsAcceptor::from(tls).accept(tcp)).await??;
    let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let visitor = Visitor(certificate.and_then(Identity::of));
    let service = TowerToHyperService::new(pages.layer(Extension(visitor)));
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(GREETING)
        .serve_connection(TokioIo::new(stream), service);
    let lifetime = if visitor.0.is_some() { LIFETIME } else { STRANGERS_LIFETIME };
    tokio::time::timeout(lifetime, serving).await??;
    Ok(())
}
