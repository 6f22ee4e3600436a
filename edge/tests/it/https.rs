//! The pages over TLS: with whatever certificate the hub gave last, and without one not at all.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use edge::{https, web};
use protocol::feed::{Item, WebCertificate};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::harness::{Node, Setup};

/// Well before the node gives up those that say nothing.
const AT_ONCE: Duration = Duration::from_secs(6);

const NAME: &str = "mawar3.node.example";

fn certificate() -> WebCertificate {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([NAME.to_owned()]).unwrap();
    WebCertificate { chain_pem: params.self_signed(&key).unwrap().pem(), key_pem: key.serialize_pem() }
}

/// Asks for a page, believing only in this certificate.
async fn get(address: SocketAddr, trusted: &WebCertificate, path: &str) -> anyhow::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted.chain_pem.as_bytes())?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let line = TcpStream::connect(address).await?;
    let name = ServerName::try_from(NAME)?;
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, line).await?;
    let asked = format!("GET {path} HTTP/1.1\r\nhost: {NAME}\r\nconnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn a_new_certificate_is_shown_to_the_next_phone_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "[web.https]\nlisten = '127.0.0.1:0'\n".to_owned();
    let node = Node::start_as(folder.path(), Setup { settings, ..Setup::default() }).await;
    let listener = https::Listener::open(&node.edge).await.unwrap().unwrap();
    let address = listener.address();
    let serving = tokio::spawn(axum::serve(listener, web::over_tls(node.app.clone())).into_future());
    let (first, second) = (certificate(), certificate());
    assert!(get(address, &first, "/rumah/").await.is_err(), "there is none yet");
    let give = |given: Option<&WebCertificate>| Item::WebCertificate {
        node: node.edge.bundle.node,
        certificate: given.cloned(),
    };
    node.hear(vec![give(Some(&first))]).await;
    let page = get(address, &first, "/rumah/").await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("app.webmanifest"), "{page}");
    assert!(!page.to_lowercase().contains("strict-transport-security"));

    // those that say nothing hold up nobody, however many they are
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    node.hear(vec![give(Some(&second))]).await;
    let page = tokio::time::timeout(AT_ONCE, get(address, &second, "/health")).await.unwrap().unwrap();
    assert!(page.ends_with("ok\n"), "{page}");
    assert!(get(address, &first, "/health").await.is_err());
    node.hear(vec![give(None)]).await;
    assert!(get(address, &second, "/health").await.is_err());
    drop(silent);
    serving.abort();
}

#[tokio::test]
async fn whoever_does_not_ask_for_tls_has_the_node_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    assert!(https::Listener::open(&node.edge).await.unwrap().is_none());
}
