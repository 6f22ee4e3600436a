//! The first seconds of a connection: who is it, is it admitted, and what does it ask for?

use std::io;

use bytes::{Bytes, BytesMut};
use protocol::NodeId;
use rumqttc::mqttbytes::Error as Malformed;
use rumqttc::mqttbytes::v4::{ConnAck, Connect, Packet};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::acl::{self, Refusal};
use super::present::Seat;
use super::tls::Identity;
use super::{Admission, Shared};

/// The largest CONNECT of an honest node is far below this.
const CONNECT_BYTES: usize = 4096;

/// An encrypted connection.
pub(super) type Stream = tokio_rustls::server::TlsStream<TcpStream>;

/// A node that has been let in, and its place.
pub(super) struct Guest {
    pub(super) identity: Identity,
    pub(super) stream: Stream,
    /// What it has sent after its CONNECT already.
    pub(super) input: BytesMut,
    pub(super) keep_alive_s: u16,
    pub(super) seat: Seat,
    pub(super) letters: mpsc::Receiver<Bytes>,
}

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub(super) enum TurnedAway {
    #[error("was too slow")]
    Slow,
    #[error("did not complete the TLS handshake")]
    Tls(#[source] io::Error),
    #[error("showed a certificate that names no node")]
    Nameless,
    #[error("left before it was let in")]
    Left(#[source] io::Error),
    #[error("did not begin with an MQTT CONNECT")]
    NoConnect,
    #[error("sent bytes that are not MQTT 3.1.1")]
    NotMqtt(#[source] Malformed),
    #[error("as node {0} {1}")]
    Refused(NodeId, Refusal),
}

impl TurnedAway {
    /// Whether someone should look at it: a certificate was refused, or a known node did what none may.
    /// Everything else is the weather of an open port.
    pub(super) fn is_notable(&self) -> bool {
        match self {
            Self::Tls(error) => error
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<rustls::Error>())
                .is_some_and(|error| matches!(error, rustls::Error::InvalidCertificate(_))),
            Self::Nameless | Self::Refused(..) => true,
            Self::Slow | Self::Left(_) | Self::NoConnect | Self::NotMqtt(_) => false,
        }
    }
}

/// Lets a node in, or not, within the time the limits allow.
pub(super) async fn greet<A: Admission>(tcp: TcpStream, hub: &Shared<A>) -> Result<Guest, TurnedAway> {
    timeout(hub.limits.greeting, introduce(tcp, hub)).await.unwrap_or(Err(TurnedAway::Slow))
}

async fn introduce<A: Admission>(tcp: TcpStream, hub: &Shared<A>) -> Result<Guest, TurnedAway> {
    let acceptor = TlsAcceptor::from(hub.tls.current());
    let mut stream = acceptor.accept(tcp).await.map_err(TurnedAway::Tls)?;
    let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let identity = certificate.and_then(Identity::of).ok_or(TurnedAway::Nameless)?;
    let mut input = BytesMut::new();
    let connect = first_packet(&mut stream, &mut input).await?;
    match seat(identity, &connect, hub).await {
        Ok((seat, letters)) => {
            Ok(Guest { identity, stream, input, keep_alive_s: connect.keep_alive, seat, letters })
        }
        Err(refusal) => {
            refuse(stream, refusal).await.map_err(TurnedAway::Left)?;
            Err(TurnedAway::Refused(identity.node, refusal))
        }
    }
}

async fn first_packet(stream: &mut Stream, input: &mut BytesMut) -> Result<Connect, TurnedAway> {
    loop {
        match Packet::read(input, CONNECT_BYTES) {
            Ok(Packet::Connect(connect)) => return Ok(connect),
            Ok(_) => return Err(TurnedAway::NoConnect),
            Err(Malformed::InsufficientBytes(_)) => {}
            Err(error) => return Err(TurnedAway::NotMqtt(error)),
        }
        if stream.read_buf(input).await.map_err(TurnedAway::Left)? == 0 {
            return Err(TurnedAway::Left(io::ErrorKind::UnexpectedEof.into()));
        }
    }
}

async fn seat<A: Admission>(
    Identity { node, certificate_sha256 }: Identity,
    connect: &Connect,
    hub: &Shared<A>,
) -> Result<(Seat, mpsc::Receiver<Bytes>), Refusal> {
    acl::may_connect(node, connect)?;
    let standing = hub.admission.admits(node, certificate_sha256).await.ok_or(Refusal::NotAdmitted)?;
    hub.present.seat(node, standing, hub.limits.connections, &hub.stop).ok_or(Refusal::Full)
}

async fn refuse(mut stream: Stream, refusal: Refusal) -> io::Result<()> {
    let mut answer = BytesMut::new();
    let written = ConnAck::new(refusal.code(), false).write(&mut answer);
    debug_assert!(written.is_ok(), "what the gate writes is well formed: {written:?}");
    stream.write_all(&answer).await?;
    stream.shutdown().await
}
