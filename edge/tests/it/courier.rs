//! The road that is walked: a packet on a phone or a stick, and the receipt that comes back.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use edge::app::Folder;
use edge::config::{CourierSettings, UplinkSettings};
use edge::uplink::{NoFeeds, Post, Road};
use protocol::NodeId;
use protocol::courier::{self, Way};
use uuid::Uuid;

use crate::harness::{NewChild, Node, Page, Phone, RAHMA};
use crate::hub::{Hub, NODE};

struct Walked {
    hub: Hub,
    node: Node,
    phone: Phone,
    folder: tempfile::TempDir,
}

async fn walked() -> Walked {
    walked_until(2100).await
}

/// A node whose certificate ends in that year.
async fn walked_until(year: i32) -> Walked {
    let (hub, folder) = (Hub::new(), tempfile::tempdir().unwrap());
    let bundle = hub.furnish(folder.path(), (2000, year));
    let mut node = Node::start(folder.path()).await;
    let road =
        Road::new(&UplinkSettings::default(), &bundle, &Folder(folder.path().into()), &node.edge.clock);
    let (store, status) = (node.edge.store.clone(), node.edge.uplink.clone());
    let post = Post::new(road.unwrap(), store, status.clone(), node.edge.finder(), Arc::new(NoFeeds));
    status.open_post(Arc::new(post));
    let sticks = folder.path().join("media");
    std::fs::create_dir_all(sticks.join("BIDAN")).unwrap();
    let mut config = (*node.edge.config).clone();
    config.courier = CourierSettings { usb: vec![sticks], any_folder: true };
    node.edge.config = Arc::new(config);
    node.app = edge::web::router(node.edge.clone());
    node.child(NewChild::siti()).await;
    let phone = node.phone(RAHMA).await;
    Walked { hub, node, phone, folder }
}

impl Walked {
    /// What a courier's file leads to at the hub.
    fn carried(&self, packet: &[u8]) -> Vec<u8> {
        let packet = courier::read(Way::Up, packet).unwrap();
        assert!(packet.complete && packet.node == NODE);
        let letters: Vec<_> = packet.letters.iter().flat_map(|letter| self.hub.take(letter)).collect();
        courier::write(Way::Down, NODE, &letters)
    }

    async fn packet(&self) -> Vec<u8> {
        let answer = self.phone.open("/courier/packet").await;
        assert_eq!(answer.status(), StatusCode::OK);
        let named = answer.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().to_owned();
        assert_eq!(named, "attachment; filename=\"simpul-kurir-SIMPUL-001-2026-02-10.spl\"");
        axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec()
    }

    async fn upload(&mut self, file: &[u8]) -> Page {
        let head = "--x\r\nContent-Disposition: form-data; name=\"receipt\"; filename=\"a.spl\"\r\n\r\n";
        let body = [head.as_bytes(), file, b"\r\n--x--\r\n"].concat();
        let request = Request::post("/courier/receipt")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body));
        self.phone.send(request.unwrap()).await
    }
}

#[tokio::test]
async fn records_walk_to_the_hub_on_a_phone_and_its_word_walks_back() {
    let mut walked = walked().await;
    let waiting = walked.node.events();
    walked.phone.get("/safety").await.says("/courier");
    walked.phone.get("/courier").await.says(&format!("{waiting} catatan belum diterima"));
    let packet = walked.packet().await;
    for secret in [b"Siti".as_slice(), b"9971014302250001"] {
        assert!(!packet.windows(secret.len()).any(|window| window == secret));
    }
    let receipt = walked.carried(&packet);
    walked.upload(&receipt).await.says(&format!("{waiting} catatan sudah diterima Puskesmas"));
    assert_eq!(walked.node.edge.store.safety().received, waiting);
    walked.phone.get("/courier").await.says("Tidak ada yang perlu dibawa");
    walked.upload(&receipt).await.says("Tidak ada catatan baru");
}

#[tokio::test]
async fn a_stick_is_written_whole_and_its_receipt_found_again() {
    let mut walked = walked().await;
    let stick = walked.folder.path().join("media/BIDAN");
    let named = [("stick", stick.to_str().unwrap())];
    walked.phone.get("/courier").await.says("Tulis ke USB BIDAN");
    walked.phone.post("/courier/usb/receipt", &named).await.says("belum ada balasan");
    walked.phone.post("/courier/usb", &named).await.says("USB boleh dicabut");
    let files: Vec<_> = std::fs::read_dir(&stick).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["simpul-kurir-SIMPUL-001-2026-02-10.spl"]);
    let receipt = walked.carried(&std::fs::read(stick.join(&files[0])).unwrap());
    std::fs::write(stick.join("simpul-balas.spl"), receipt).unwrap();
    walked.phone.post("/courier/usb/receipt", &named).await.says("sudah diterima Puskesmas");
    assert_eq!(walked.node.edge.store.safety().received, walked.node.events());
}

#[tokio::test]
async fn only_a_stick_that_is_plugged_in_is_written_to() {
    let mut walked = walked().await;
    for elsewhere in [walked.folder.path(), Path::new("/"), Path::new("")] {
        let named = [("stick", elsewhere.to_str().unwrap())];
        walked.phone.post("/courier/usb", &named).await.says("sudah tidak terbaca");
    }
    let mut stranger = Phone { app: walked.node.app.clone(), cookie: None };
    for path in ["/courier", "/courier/packet"] {
        stranger.get(path).await.leads_to("/sign-in");
    }
}

#[tokio::test]
async fn a_wrong_file_is_refused_in_kind_words_and_a_cut_one_counts_as_far_as_it_goes() {
    let mut walked = walked().await;
    let packet = walked.packet().await;
    let receipt = walked.carried(&packet);
    walked.upload(b"foto liburan").await.says("bukan balasan dari Puskesmas").says("Tidak ada yang berubah");
    walked.upload(&packet).await.says("bukan balasannya");
    let other = courier::write(Way::Down, NodeId(Uuid::from_u128(2)), &[] as &[&[u8]]);
    walked.upload(&other).await.says("untuk alat lain");
    walked.upload(b"").await.says("belum dipilih");
    assert_eq!(walked.node.edge.store.safety().received, 0);
    walked.upload(&receipt[..receipt.len() - 1]).await.says("sudah diterima Puskesmas").says("terpotong");
    assert_eq!(walked.node.edge.store.safety().received, walked.node.events());
}

#[tokio::test]
async fn a_certificate_that_ended_is_renewed_by_the_courier_too() {
    let mut walked = walked_until(2021).await;
    let receipt = walked.carried(&walked.packet().await);
    let before = std::fs::read(walked.folder.path().join("bundle.json")).unwrap();
    walked.upload(&receipt).await.says("sudah diterima Puskesmas");
    let after = Folder(walked.folder.path().into()).bundle().unwrap();
    assert_ne!(std::fs::read(walked.folder.path().join("bundle.json")).unwrap(), before);
    assert_eq!(after.node, NODE);
    let again = courier::read(Way::Up, &walked.packet().await).unwrap();
    assert_eq!(again.letters.len(), 1, "a hello, and nothing more to ask");
}
