//! A node becomes known, and nothing else does.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::DecodePrivateKey;
use protocol::batch::HubPrivateKey;
use protocol::bundle::{Bundle, Enrolment, HubAddress, NodeRequest, Posyandu, Roster};
use protocol::data_key::{KeyFile, KeySource};
use protocol::{NodeId, PosyanduId};
use provisioning::authority::{self, Signing};
use provisioning::node;
use rustls::client::danger::ServerCertVerifier;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};

struct Office {
    _dir: tempfile::TempDir,
    ca: PathBuf,
    node: PathBuf,
    asked: Signing,
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_795_000_000)
}

fn office() -> Office {
    let dir = tempfile::tempdir().unwrap();
    let (ca, node) = (dir.path().join("ca"), dir.path().join("node"));
    authority::init(&ca, &["localhost".into(), "127.0.0.1".into()], now()).unwrap();
    node::new(&node, "Mawar 3", None, None).unwrap();
    let roster = dir.path().join("roster.json");
    std::fs::write(&roster, serde_json::to_vec(&roster_of_one()).unwrap()).unwrap();
    let asked = Signing {
        dir: ca.clone(),
        request: node.join("request.json"),
        roster,
        hub: HubAddress {
            host: "127.0.0.1".into(),
            port: 8883,
            server_name: "localhost".into(),
            https_port: None,
        },
        offset_min: 420,
        days: 90,
        incarnation: 1,
        out: node.join("bundle.json"),
        enrolment: dir.path().join("enrolment.json"),
    };
    Office { _dir: dir, ca, node, asked }
}

fn roster_of_one() -> Roster {
    let id = PosyanduId(uuid::Uuid::from_u128(3));
    Roster {
        puskesmas: "Cibadak".into(),
        posyandu: vec![Posyandu { id, name: "Mawar 3".into(), village: "Sukamaju".into() }],
        users: vec![],
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> T {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

fn trusting(authority_pem: &str) -> std::sync::Arc<rustls::RootCertStore> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate(authority_pem)).unwrap();
    roots.into()
}

fn unix_time(at: SystemTime) -> UnixTime {
    UnixTime::since_unix_epoch(at.duration_since(SystemTime::UNIX_EPOCH).unwrap())
}

fn provider() -> std::sync::Arc<rustls::crypto::CryptoProvider> {
    rustls::crypto::aws_lc_rs::default_provider().into()
}

fn believed(bundle: &Bundle, at: SystemTime) -> bool {
    let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(
        trusting(&bundle.authority_pem),
        provider(),
    )
    .build()
    .unwrap();
    verifier.verify_client_cert(&certificate(&bundle.certificate_pem), &[], unix_time(at)).is_ok()
}

#[test]
fn a_signed_node_is_believed_by_tls_for_ninety_days() {
    let office = office();
    authority::sign(&office.asked, now()).unwrap();
    let bundle: Bundle = read(&office.asked.out);
    let day = std::time::Duration::from_secs(24 * 60 * 60);
    assert!(believed(&bundle, now()));
    assert!(believed(&bundle, now() + day * 89));
    assert!(!believed(&bundle, now() + day * 91));
    assert!(!believed(&bundle, now() - day));
}

#[test]
fn a_node_cannot_pass_itself_off_as_the_hub() {
    let office = office();
    authority::sign(&office.asked, now()).unwrap();
    let bundle: Bundle = read(&office.asked.out);
    let as_hub = |pem: &str| {
        rustls::client::WebPkiServerVerifier::builder_with_provider(
            trusting(&bundle.authority_pem),
            provider(),
        )
        .build()
        .unwrap()
        .verify_server_cert(
            &certificate(pem),
            &[],
            &ServerName::try_from("localhost").unwrap(),
            &[],
            unix_time(now()),
        )
        .is_ok()
    };
    assert!(as_hub(&std::fs::read_to_string(office.ca.join("hub/hub.crt")).unwrap()));
    assert!(!as_hub(&bundle.certificate_pem));
}

#[test]
fn one_key_speaks_tls_and_signs_batches() {
    let office = office();
    let id = authority::sign(&office.asked, now()).unwrap();
    let enrolment: Enrolment = read(&office.asked.enrolment);
    let pem = std::fs::read(office.node.join("node.key")).unwrap();
    let PrivateKeyDer::Pkcs8(der) = PrivateKeyDer::from_pem_slice(&pem).unwrap() else {
        panic!("node.key is not PKCS#8");
    };
    let key = SigningKey::from_pkcs8_der(der.secret_pkcs8_der()).unwrap();
    assert_eq!(der.secret_pkcs8_der().len(), 48, "version 1: OpenSSL 3.0 reads no other");
    assert_eq!(hex(key.verifying_key().as_bytes()), enrolment.public_key);
    assert_eq!((enrolment.node, enrolment.label.as_str()), (id, "Mawar 3"));
    assert_eq!(enrolment.posyandu, [roster_of_one().posyandu[0].id]);
    let tls = rustls::crypto::aws_lc_rs::sign::any_eddsa_type(&der).unwrap();
    assert!(tls.choose_scheme(&[rustls::SignatureScheme::ED25519]).is_some());
}

#[test]
fn the_bundle_names_the_public_halves_of_what_the_hub_holds() {
    let office = office();
    authority::sign(&office.asked, now()).unwrap();
    let bundle: Bundle = read(&office.asked.out);
    let sealing = std::fs::read_to_string(office.ca.join("hub/sealing.keys")).unwrap();
    let sealing = HubPrivateKey::from_bytes(unhex(sealing.trim()));
    assert_eq!(bundle.hub_keys, [hex(&sealing.public().0)]);
    let signing = std::fs::read_to_string(office.ca.join("hub/signing.key")).unwrap();
    let signing = SigningKey::from_bytes(&unhex(signing.trim()));
    assert_eq!(bundle.hub_verifier, hex(signing.verifying_key().as_bytes()));
    assert_eq!(bundle.roster, roster_of_one());
}

#[test]
fn a_request_changed_on_the_way_is_refused() {
    let office = office();
    let mut request: NodeRequest = read(&office.asked.request);
    let (_, mut pem) = x509_parser::pem::parse_x509_pem(request.csr_pem.as_bytes()).unwrap();
    // The signature's last byte.
    *pem.contents.last_mut().unwrap() ^= 1;
    request.csr_pem = as_pem(&pem.contents);
    std::fs::write(&office.asked.request, serde_json::to_vec(&request).unwrap()).unwrap();
    let refused = authority::sign(&office.asked, now()).unwrap_err().to_string();
    assert_eq!(refused, "the request is not signed by the key it names; make a new one on the node");
    assert!(!office.asked.out.exists() && !office.asked.enrolment.exists());
}

#[test]
fn a_request_under_another_nodes_name_is_refused() {
    let office = office();
    let mut request: NodeRequest = read(&office.asked.request);
    request.node = NodeId(uuid::Uuid::from_u128(7));
    std::fs::write(&office.asked.request, serde_json::to_vec(&request).unwrap()).unwrap();
    let refused = authority::sign(&office.asked, now()).unwrap_err().to_string();
    assert!(refused.starts_with("the certificate request is for another node"), "{refused}");
}

#[test]
fn keys_in_use_are_never_overwritten() {
    let office = office();
    authority::sign(&office.asked, now()).unwrap();
    let before = std::fs::read(office.ca.join("authority.key")).unwrap();
    assert!(authority::init(&office.ca, &["localhost".into()], now()).is_err());
    assert!(node::new(&office.node, "Mawar 3", None, None).is_err());
    assert!(authority::sign(&office.asked, now()).is_err());
    assert_eq!(std::fs::read(office.ca.join("authority.key")).unwrap(), before);
}

#[test]
fn a_replaced_card_is_the_same_node_with_other_keys() {
    let office = office();
    authority::sign(&office.asked, now()).unwrap();
    let first: Enrolment = read(&office.asked.enrolment);
    let card = office.node.with_file_name("card");
    assert_eq!(node::new(&card, "Mawar 3", Some(first.node), None).unwrap(), first.node);
    let asked = Signing {
        request: card.join("request.json"),
        incarnation: 2,
        out: card.join("bundle.json"),
        enrolment: card.join("enrolment.json"),
        ..office.asked.clone()
    };
    authority::sign(&asked, now()).unwrap();
    let second: Enrolment = read(&asked.enrolment);
    assert_eq!((second.node, second.incarnation), (first.node, 2));
    assert_ne!(second.public_key, first.public_key);
}

#[test]
fn a_revoked_certificate_stays_on_every_later_list() {
    let office = office();
    authority::sign(&office.asked, now()).unwrap();
    let list = || {
        let pem = std::fs::read(office.ca.join("revoked.crl")).unwrap();
        vec![rustls_pki_types::CertificateRevocationListDer::from_pem_slice(&pem).unwrap()]
    };
    let bundle: Bundle = read(&office.asked.out);
    let believed = |lists| {
        let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(
            trusting(&bundle.authority_pem),
            provider(),
        );
        let verifier = verifier.with_crls(lists).build().unwrap();
        verifier.verify_client_cert(&certificate(&bundle.certificate_pem), &[], unix_time(now())).is_ok()
    };
    assert_eq!(authority::revoke(&office.ca, &[], now()).unwrap().revoked, 0);
    assert!(believed(list()), "an empty list revokes nobody");
    let revoked = authority::revoke(&office.ca, std::slice::from_ref(&office.asked.out), now()).unwrap();
    assert_eq!((revoked.revoked, believed(list())), (1, false));
    let again = authority::revoke(&office.ca, std::slice::from_ref(&office.asked.out), now()).unwrap();
    assert_eq!((again.revoked, believed(list())), (1, false), "twice is once");
}

#[test]
fn a_new_nodes_data_key_lies_on_its_card_wrapped_and_opens_under_the_secret_of_its_board_alone() {
    let office = office();
    let text = |path: PathBuf| std::fs::read_to_string(path).unwrap();
    let wrapped = |path: PathBuf| match KeyFile::read(&text(path)).unwrap() {
        KeyFile::Plain(_) => panic!("the key lies there in the clear"),
        KeyFile::Wrapped(wrapped) => wrapped,
    };
    let in_a_file = wrapped(office.node.join("data.key"));
    assert_eq!(in_a_file.source, KeySource::File);
    assert!(in_a_file.open(text(office.node.join("device.secret")).as_bytes()).is_ok());

    let board = office.node.join("nvmem");
    let card = office.node.join("card");
    std::fs::write(&board, [0; 32]).unwrap();
    let refused = format!("{:#}", node::new(&card, "Mawar 3", None, Some(&board)).unwrap_err());
    assert!(refused.contains("holds no secret") && !card.exists(), "{refused}");
    std::fs::write(&board, b"thirty-two bytes of this board..").unwrap();
    node::new(&card, "Mawar 3", None, Some(&board)).unwrap();
    let on_the_board = wrapped(card.join("data.key"));
    assert_eq!(on_the_board.source, KeySource::Board);
    assert!(!card.join("device.secret").exists());
    assert!(on_the_board.open(b"thirty-two bytes of this board..").is_ok());
    assert!(on_the_board.open(b"thirty-two bytes of another one.").is_err());
}

#[test]
fn secrets_are_readable_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let office = office();
    let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for secret in ["authority.key", "hub/hub.key", "hub/sealing.keys", "hub/signing.key"] {
        assert_eq!(mode(office.ca.join(secret)), 0o600, "{secret}");
    }
    for secret in ["node.key", "data.key", "device.secret"] {
        assert_eq!(mode(office.node.join(secret)), 0o600, "{secret}");
    }
    assert_eq!([mode(office.ca.clone()), mode(office.ca.join("hub")), mode(office.node)], [0o700; 3]);
}

#[test]
fn a_name_the_hub_does_not_bear_is_said_before_the_node_travels() {
    let mut office = office();
    office.asked.hub.server_name = "elsewhere".into();
    let refused = authority::sign(&office.asked, now()).unwrap_err().to_string();
    assert!(refused.contains("is for localhost, 127.0.0.1, not for elsewhere"), "{refused}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> [u8; 32] {
    std::array::from_fn(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap())
}

fn as_pem(der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE REQUEST-----\n{text}\n-----END CERTIFICATE REQUEST-----\n")
}
