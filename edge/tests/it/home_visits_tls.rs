//! The road home visits need: pages over TLS, with a certificate that comes from the Puskesmas and ends one day.

use axum::http::{StatusCode, header};
use edge::web;
use protocol::feed::{Item, WebCertificate};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use serde_json::json;
use uuid::Uuid;

use crate::harness::{NewChild, Node, Phone, RAHMA, Setup};
use crate::home_visits::post;

#[tokio::test]
async fn over_tls_a_sign_in_is_of_its_own_and_without_it_nothing_is_kept_on_a_phone() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let mut plain = node.phone(RAHMA).await;
    let mut secure = Phone { app: web::over_tls(node.app.clone()), cookie: None };
    let page = secure.post(&format!("/sign-in/{RAHMA}"), &[("pin", "123456")]).await;
    let cookie = page.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-simpul_") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(!plain.cookie.as_ref().unwrap().contains("__Host"));
    secure.get("/").await.says("Rahma");
    plain.get("/").await.says("Rahma");
    // neither opens the other line
    Phone { app: node.app.clone(), ..secure.clone() }.get("/").await.leads_to("/sign-in");
    Phone { app: secure.app.clone(), ..plain.clone() }.get("/").await.leads_to("/sign-in");

    let page = secure.get("/rumah/").await;
    page.says("app.webmanifest").hides("Rahma").hides("Mawar");
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("worker-src 'self'") && !policy.contains("unsafe"), "{policy}");
    secure.get("/rumah/worker.js").await.says("skipWaiting").says("/rumah/kept.");
    plain.get("/rumah/").await.says("belum diatur").hides("worker").hides("kept.");
    assert_eq!(plain.get("/rumah/worker.js").await.status, StatusCode::NOT_FOUND);
    plain.get("/tasks").await.says("href=\"/rumah/\"");
    for page in [secure.get("/").await, plain.get("/").await, secure.get("/rumah/").await] {
        assert!(!page.headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
}

/// A certificate for the name of a posyandu's Wi-Fi that ends at the beginning of a year.
fn certificate(until: i32) -> WebCertificate {
    ending((until, 1, 1))
}

fn ending((year, month, day): (i32, u8, u8)) -> WebCertificate {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["mawar3.node.example".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(year, month, day));
    WebCertificate { chain_pem: params.self_signed(&key).unwrap().pem(), key_pem: key.serialize_pem() }
}

#[tokio::test]
async fn the_way_to_tls_is_shown_while_there_is_one_and_what_is_missing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "[web.https]\nlisten = '127.0.0.1:8443'\n".to_owned();
    let node = Node::start_as(folder.path(), Setup { settings, ..Setup::default() }).await;
    let mut phone = node.phone(RAHMA).await;
    phone.get("/rumah/").await.says("belum dikirim Puskesmas").hides("https://");
    let id = node.edge.bundle.node;
    let give = |certificate| Item::WebCertificate { node: id, certificate };
    let other = Item::WebCertificate { node: Uuid::now_v7().into(), certificate: Some(certificate(2030)) };
    node.hear(vec![other]).await;
    phone.get("/rumah/").await.says("belum dikirim Puskesmas");
    node.hear(vec![give(Some(certificate(2025)))]).await;
    phone.get("/rumah/").await.says("sudah habis masanya").hides("https://");
    node.hear(vec![give(Some(certificate(2030)))]).await;
    phone.get("/rumah/").await.says("https://mawar3.node.example:8443/rumah/");
    let broken = WebCertificate { key_pem: certificate(2030).key_pem, ..certificate(2030) };
    node.hear(vec![give(Some(broken))]).await;
    phone.get("/rumah/").await.says("belum dikirim Puskesmas");
    node.hear(vec![give(None)]).await;
    phone.get("/rumah/").await.says("belum dikirim Puskesmas").hides("https://");
}

#[tokio::test]
async fn nobody_is_taken_along_whom_the_certificate_would_strand() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "[web.https]\nlisten = '127.0.0.1:8443'\n".to_owned();
    let node = Node::start_as(folder.path(), Setup { settings, ..Setup::default() }).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    for (until, is_refused) in [((2026, 2, 16), true), ((2026, 2, 18), false), ((2026, 1, 1), true)] {
        let certificate = Some(ending(until));
        node.hear(vec![Item::WebCertificate { node: node.edge.bundle.node, certificate }]).await;
        let page = post(&mut phone, "/rumah/take", json!({ "children": [siti] })).await;
        assert_eq!(page.status, StatusCode::OK);
        if is_refused {
            page.says("segera habis masanya").hides("Siti");
        } else {
            page.says("Siti Aminah").hides("refused");
        }
    }
}
