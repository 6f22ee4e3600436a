//! A whole hub in one process: certificates, gate, intake, figures, changes told, and a clean end.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use chrono::Utc;
use hub::Hub;
use hub::config::Config;
use protocol::letter::Up;
use protocol::topic;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rumqttc::{AsyncClient, Event, Incoming, MqttOptions, QoS, TlsConfiguration, Transport};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::harness::{ack_in, enrol, mawar, places, wait};
use crate::journal::{Node, child, id, sealing_key};

/// The tag of an ack among letters.
const ACK: u8 = 1;

/// An authority, and a node's certificate by it.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "authority");
        Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    fn certify(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    fn tls(&self, node: &str) -> (rustls::ClientConfig, [u8; 32]) {
        let (certificate, key) = self.certify(node);
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![certificate.der().clone()], key)
            .unwrap();
        (config, Sha256::digest(certificate.der()).into())
    }
}

/// Writes the files `simpul ca init` writes, and the settings beside them.
fn install(folder: &Path, authority: &Authority) -> Config {
    let hex = |bytes: [u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (certificate, key) = authority.certify("localhost");
    std::fs::create_dir(folder.join("hub")).unwrap();
    for (name, text) in [
        ("authority.crt", authority.issuer.pem()),
        ("hub/hub.crt", certificate.pem()),
        ("hub/hub.key", key.serialize_pem()),
        ("hub/sealing.keys", hex(sealing_key().to_bytes()) + "\n"),
        ("hub/signing.key", hex([77; 32])),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let settings = "[gate]\nlisten = \"127.0.0.1:0\"\n[web]\nlisten = \"127.0.0.1:0\"\n";
    std::fs::write(folder.join("hub.toml"), settings).unwrap();
    Config::load(Some(&folder.join("hub.toml"))).unwrap()
}

fn connect(node: &Node, gate: SocketAddr, tls: rustls::ClientConfig) -> (AsyncClient, rumqttc::EventLoop) {
    let mut options = MqttOptions::new(node.id.to_string(), "localhost", gate.port());
    options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(Arc::new(tls))));
    options.set_max_packet_size(300_000, 300_000);
    AsyncClient::new(options, 16)
}

#[sqlx::test(migrations = "../migrations")]
async fn a_node_is_heard_acknowledged_counted_and_shown(db: PgPool) {
    places(&db).await;
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let config = install(folder.path(), &authority);
    let mut node = Node::new(1, mawar());
    let (tls, certificate) = authority.tls(&node.id.to_string());
    enrol(&db, &node, &[mawar()]).await;
    sqlx::query("update node_certificates set sha256 = $1").bind(certificate).execute(&db).await.unwrap();

    let hub = Hub::over(db.clone(), config);
    let mut changed = hub.changed.subscribe();
    let stop = CancellationToken::new();
    let running = hub::start(hub.clone(), Utc::now, stop.clone()).await.unwrap();
    let gate = running.gate().expect("no outside broker is set");

    let today = Utc::now().date_naive();
    node.register(id(5, 1), today, child("Budi", today - chrono::Days::new(400)));
    node.visit(id(5, 1), 1, today, 8_500, 7_300);
    let (client, mut events) = connect(&node, gate, tls);
    client.subscribe(topic::down(node.id), QoS::AtLeastOnce).await.unwrap();
    let mut is_taken = false;
    let ack = wait(async {
        loop {
            match events.poll().await.unwrap() {
                Event::Incoming(Incoming::SubAck(_)) => client
                    .publish(
                        topic::up(node.id),
                        QoS::AtLeastOnce,
                        false,
                        Up::Batch(&node.sealed_whole()).write(),
                    )
                    .await
                    .unwrap(),
                Event::Incoming(Incoming::PubAck(_)) => is_taken = true,
                // News of the feed may come as well.
                Event::Incoming(Incoming::Publish(publish)) if publish.payload[0] == ACK => {
                    break publish.payload;
                }
                Event::Incoming(_) | Event::Outgoing(_) => {}
            }
        }
    })
    .await;
    assert_eq!(ack_in(&ack).watermark, 3);
    if !is_taken {
        wait(async {
            while !matches!(events.poll().await.unwrap(), Event::Incoming(Incoming::PubAck(_))) {}
        })
        .await;
    }

    // The figures follow by themselves, and whoever looks is told.
    let month = protocol::Month::of(today).0;
    wait(async {
        loop {
            let rows = hub::reports::of_month(&db, month, Some(&[mawar()])).await.unwrap();
            if rows[0].d == 1 {
                return;
            }
            let told = changed.recv().await.unwrap();
            assert_eq!(told.report_month, month);
        }
    })
    .await;
    let health = std::net::TcpStream::connect(running.web());
    assert!(health.is_ok(), "pages listen");

    stop.cancel();
    wait(running.finished()).await.unwrap();
    assert!(db.is_closed());
}
