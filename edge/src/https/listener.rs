//! Takes connections, greets them with the newest certificate, and hands over those that answer.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use protocol::feed::WebCertificate;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{AbortHandle, JoinHandle};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::app::Edge;

/// How long a phone may take to begin, and then to greet.
const GREETING: Duration = Duration::from_secs(10);
/// Phones that greet at once; more wait.
const GREETED_AT_ONCE: usize = 16;
/// Phones that have said nothing yet; of more, whoever has been silent longest is let go.
const SILENT_AT_ONCE: usize = 64;
/// How long to leave the machine alone after it could take no connection.
const PAUSE: Duration = Duration::from_millis(200);

type Greeted = (TlsStream<TcpStream>, SocketAddr);

/// Where phones come in over TLS. Each is greeted with the certificate of that moment, so a new one needs no restart;
/// without one the line is closed again at once.
#[derive(Debug)]
pub struct Listener {
    local: SocketAddr,
    greeted: mpsc::Receiver<Greeted>,
    accepting: JoinHandle<()>,
}

impl Listener {
    /// Listens where the settings say; `None` if they say nothing.
    pub async fn open(edge: &Edge) -> anyhow::Result<Option<Self>> {
        let Some(settings) = &edge.config.web.https else { return Ok(None) };
        let listener = TcpListener::bind(settings.listen)
            .await
            .with_context(|| format!("cannot serve pages over TLS on {}", settings.listen))?;
        let local = listener.local_addr()?;
        let (hand_over, greeted) = mpsc::channel(1);
        let accepting = tokio::spawn(accept(edge.clone(), listener, hand_over));
        Ok(Some(Self { local, greeted, accepting }))
    }

    /// Where that is.
    pub fn address(&self) -> SocketAddr {
        self.local
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl axum::serve::Listener for Listener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Greeted {
        match self.greeted.recv().await {
            Some(greeted) => greeted,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.local)
    }
}

/// Greets each phone in a task of its own, once it has begun to speak: those that say nothing hold up nobody.
async fn accept(edge: Edge, listener: TcpListener, hand_over: mpsc::Sender<Greeted>) {
    let room = Arc::new(Semaphore::new(GREETED_AT_ONCE));
    let mut shown = Shown::default();
    let mut silent: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let (stream, phone) = match listener.accept().await {
            Ok(came) => came,
            Err(error) => {
                tracing::debug!("no connection could be taken: {error}");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Some(config) = shown.newest(&edge) else { continue };
        let greeting = Greeting { config, room: room.clone(), hand_over: hand_over.clone() };
        silent.retain(|waiting| !waiting.is_finished());
        if silent.len() >= SILENT_AT_ONCE
            && let Some(longest) = silent.pop_front()
        {
            longest.abort();
        }
        let waiting = tokio::spawn(async move {
            let begun = tokio::time::timeout(GREETING, stream.peek(&mut [0])).await;
            if matches!(begun, Ok(Ok(1..))) {
                tokio::spawn(greeting.greet(stream, phone));
            }
        });
        silent.push_back(waiting.abort_handle());
    }
}

/// What it takes to greet a phone.
struct Greeting {
    config: Arc<ServerConfig>,
    room: Arc<Semaphore>,
    hand_over: mpsc::Sender<Greeted>,
}

impl Greeting {
    async fn greet(self, stream: TcpStream, phone: SocketAddr) {
        let Ok(place) = self.room.acquire_owned().await else { return };
        let greeting = TlsAcceptor::from(self.config).accept(stream);
        let greeted = tokio::time::timeout(GREETING, greeting).await;
        drop(place);
        if let Ok(Ok(stream)) = greeted {
            let _ = self.hand_over.send((stream, phone)).await; // nobody serves any more
        }
    }
}

/// What was shown last: made anew only when the hub has given something else, so that phones may resume.
#[derive(Default)]
struct Shown {
    given: Vec<WebCertificate>,
    config: Option<Arc<ServerConfig>>,
}

impl Shown {
    fn newest(&mut self, edge: &Edge) -> Option<Arc<ServerConfig>> {
        // while the store cannot be read, what was shown last will do
        let Ok(given) = edge.store.web_certificates(edge.bundle.node) else { return self.config.clone() };
        if given != self.given {
            self.config = super::best(super::name(edge), &given).map(|certificate| certificate.config);
            self.given = given;
        }
        self.config.clone()
    }
}
