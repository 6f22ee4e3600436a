//! A hub's doors: MQTT and HTTPS over TLS, on ports of the moment.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::BytesMut;
use protocol::courier::{self, Way};
use protocol::topic;
use rumqttc::mqttbytes::v4::{
    ConnAck, ConnectReturnCode, Packet, PubAck, Publish, SubAck, SubscribeReasonCode,
};
use rumqttc::mqttbytes::{Error, QoS};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::{Hub, NODE};

const LARGEST: usize = 300 * 1024;

/// A door that is open as long as this is kept.
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    _open: JoinSet<()>,
}

impl Hub {
    pub(crate) async fn open_mqtt(&self) -> Door {
        self.open_mqtt_at("127.0.0.1:0".parse().unwrap()).await
    }

    pub(crate) async fn open_mqtt_at(&self, address: SocketAddr) -> Door {
        let hub = self.clone();
        open(address, self.tls(true), move |stream| {
            let hub = hub.clone();
            async move { drop(mqtt(hub, stream).await) }
        })
        .await
    }

    pub(crate) async fn open_https(&self) -> Door {
        let hub = self.clone();
        open("127.0.0.1:0".parse().unwrap(), self.tls(false), move |stream| {
            let hub = hub.clone();
            async move { drop(https(hub, stream).await) }
        })
        .await
    }

    /// TLS that asks for a certificate; one that has ended is refused, none at all only where it must be there.
    fn tls(&self, certificate_needed: bool) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority().pem.as_bytes()).unwrap()).unwrap();
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let clients = if certificate_needed { clients } else { clients.allow_unauthenticated() };
        let (certificate, key) = self.authority().hub();
        let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_client_cert_verifier(clients.build().unwrap())
            .with_single_cert(chain, PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap())
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

async fn open<F>(
    address: SocketAddr,
    tls: TlsAcceptor,
    serve: impl Fn(TlsStream<TcpStream>) -> F + Send + 'static,
) -> Door
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut door = JoinSet::new();
    door.spawn(async move {
        let mut guests = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = tls.accept(stream).await {
                guests.spawn(serve(stream));
            }
        }
    });
    Door { address, _open: door }
}

async fn mqtt(hub: Hub, mut stream: TlsStream<TcpStream>) -> std::io::Result<()> {
    let mut pushed = hub.0.pushed.subscribe();
    let (mut bytes, mut out, mut id) = (BytesMut::new(), BytesMut::new(), 0);
    let mut buffer = [0; 16 * 1024];
    loop {
        loop {
            match Packet::read(&mut bytes, LARGEST) {
                Ok(Packet::Connect(_)) => {
                    ConnAck::new(ConnectReturnCode::Success, false).write(&mut out).unwrap();
                }
                Ok(Packet::Subscribe(asked)) => {
                    assert_eq!(asked.filters[0].path, topic::down(NODE));
                    let granted = vec![SubscribeReasonCode::Success(QoS::AtLeastOnce)];
                    SubAck::new(asked.pkid, granted).write(&mut out).unwrap();
                }
                Ok(Packet::Publish(sent)) => {
                    assert_eq!(sent.topic, topic::up(NODE));
                    PubAck::new(sent.pkid).write(&mut out).unwrap();
                    hub.take(&sent.payload).into_iter().for_each(|letter| say(letter, &mut id, &mut out));
                }
                Ok(Packet::PingReq) => Packet::PingResp.write(&mut out, LARGEST).map(drop).unwrap(),
                Ok(_) => {}
                Err(Error::InsufficientBytes(_)) => break,
                Err(error) => panic!("no MQTT: {error}"),
            }
        }
        stream.write_all_buf(&mut out).await?;
        stream.flush().await?;
        tokio::select! {
            read = stream.read(&mut buffer) => match read? {
                0 => return Ok(()),
                length => bytes.extend_from_slice(&buffer[..length]),
            },
            letter = pushed.recv() => say(letter.unwrap(), &mut id, &mut out),
        }
    }
}

fn say(letter: Vec<u8>, id: &mut u16, out: &mut BytesMut) {
    *id += 1;
    let mut publish = Publish::new(topic::down(NODE), QoS::AtLeastOnce, letter);
    publish.pkid = *id;
    publish.write(out).unwrap();
}

/// As much of HTTP as a node's POST needs: one request a connection.
async fn https(hub: Hub, mut stream: TlsStream<TcpStream>) -> std::io::Result<()> {
    let known = stream.get_ref().1.peer_certificates().is_some();
    let mut request = Vec::new();
    let head = loop {
        let mut buffer = [0; 16 * 1024];
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        request.extend_from_slice(&buffer[..length]);
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let text = String::from_utf8(request[..head].to_ascii_lowercase()).unwrap();
    let length: usize =
        text.split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    while request.len() < head + length {
        let mut buffer = [0; 16 * 1024];
        let length = stream.read(&mut buffer).await?;
        request.extend_from_slice(&buffer[..length]);
    }
    let (status, body) = match text.lines().next().unwrap().split(' ').nth(1).unwrap() {
        path if path == format!("/api/v1/nodes/{NODE}/batches") && known => {
            let packet = courier::read(Way::Up, &request[head..]).unwrap();
            let letters: Vec<_> = packet.letters.iter().flat_map(|letter| hub.take(letter)).collect();
            ("200 OK", courier::write(Way::Down, NODE, &letters))
        }
        path if path == format!("/api/v1/nodes/{NODE}/renewal") => {
            ("200 OK", courier::write(Way::Down, NODE, &hub.take(&request[head..])))
        }
        _ => ("403 Forbidden", Vec::new()),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    stream.shutdown().await
}
