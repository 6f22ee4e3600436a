//! A client that says exactly what the test wants said.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::BytesMut;
use protocol::{NodeId, topic};
use rumqttc::mqttbytes::v4::{
    Connect, ConnectReturnCode, Packet, PubAck, Publish, Subscribe, SubscribeReasonCode,
};
use rumqttc::mqttbytes::{Error, QoS};
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::within;

pub(super) struct Client {
    pub(super) stream: TlsStream<TcpStream>,
    input: BytesMut,
}

pub(super) fn connect(id: impl Into<String>) -> Connect {
    let mut connect = Connect::new(id);
    connect.keep_alive = 60;
    connect
}

pub(super) fn upload(node: NodeId, pkid: u16, payload: &[u8]) -> Publish {
    let qos = if pkid == 0 { QoS::AtMostOnce } else { QoS::AtLeastOnce };
    let mut publish = Publish::new(topic::up(node), qos, payload);
    publish.pkid = pkid;
    publish
}

pub(super) fn bytes_of(packet: &Packet) -> BytesMut {
    let mut bytes = BytesMut::new();
    packet.write(&mut bytes, usize::MAX).unwrap();
    bytes
}

impl Client {
    /// Shakes hands. A certificate the gate refuses may show only afterwards: TLS 1.3 clients are done first.
    pub(super) async fn dial(addr: SocketAddr, config: Arc<ClientConfig>) -> io::Result<Self> {
        let tcp = TcpStream::connect(addr).await?;
        let name = ServerName::try_from("localhost").unwrap();
        let shaken = TlsConnector::from(config).connect(name, tcp);
        let stream = within("a TLS handshake", shaken).await?;
        Ok(Self { stream, input: BytesMut::new() })
    }

    pub(super) async fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    pub(super) async fn try_send(&mut self, packet: Packet) -> io::Result<()> {
        self.send_bytes(&bytes_of(&packet)).await
    }

    pub(super) async fn send(&mut self, packet: Packet) {
        self.try_send(packet).await.unwrap();
    }

    /// The next packet, or `None` once the gate has closed the connection.
    pub(super) async fn hear(&mut self) -> Option<Packet> {
        within("a packet or the end", self.read()).await
    }

    async fn read(&mut self) -> Option<Packet> {
        loop {
            match Packet::read(&mut self.input, 1024 * 1024) {
                Ok(packet) => return Some(packet),
                Err(Error::InsufficientBytes(_)) => {}
                Err(error) => panic!("the gate sent nonsense: {error}"),
            }
            match self.stream.read_buf(&mut self.input).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The answer to a CONNECT; `None` if there was none.
    pub(super) async fn ask_in(&mut self, connect: Connect) -> Option<ConnectReturnCode> {
        self.try_send(Packet::Connect(connect)).await.ok()?;
        match self.hear().await? {
            Packet::ConnAck(answer) => Some(answer.code),
            other => panic!("no CONNACK but {other:?}"),
        }
    }

    pub(super) async fn enter(&mut self, node: NodeId) {
        assert_eq!(self.ask_in(connect(node.to_string())).await, Some(ConnectReturnCode::Success));
    }

    pub(super) async fn subscribe(&mut self, node: NodeId) {
        let mut subscribe = Subscribe::new(topic::down(node), QoS::AtLeastOnce);
        subscribe.pkid = 1;
        self.send(Packet::Subscribe(subscribe)).await;
        let Some(Packet::SubAck(granted)) = self.hear().await else { panic!("no SUBACK") };
        assert_eq!(granted.return_codes, [SubscribeReasonCode::Success(QoS::AtLeastOnce)]);
    }

    pub(super) async fn acknowledge(&mut self, pkid: u16) {
        self.send(Packet::PubAck(PubAck::new(pkid))).await;
    }

    /// The next packet, which must be a message for the node.
    pub(super) async fn letter(&mut self) -> Publish {
        match self.hear().await {
            Some(Packet::Publish(publish)) => publish,
            other => panic!("no message but {other:?}"),
        }
    }

    /// The next packet, which must be an acknowledgement.
    pub(super) async fn puback(&mut self) -> u16 {
        match self.hear().await {
            Some(Packet::PubAck(ack)) => ack.pkid,
            other => panic!("no PUBACK but {other:?}"),
        }
    }

    /// That the connection is open and everything sent before has been heard.
    pub(super) async fn ping(&mut self) {
        self.send(Packet::PingReq).await;
        assert_eq!(self.hear().await, Some(Packet::PingResp));
    }

    /// That the gate closes the connection without another word.
    pub(super) async fn is_closed(&mut self) {
        let last_word = self.hear().await;
        assert_eq!(last_word, None, "the gate should have closed the connection");
    }
}
