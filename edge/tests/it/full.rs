//! A card that is full: a real one, small, of memory.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use axum::http::StatusCode;
use edge::store::{Condition, Small, StoreError};

use crate::harness::{NewChild, Node, RAHMA};

const CARD: &str = "size=6m";
const BALLAST: u64 = 1024 * 1024;

/// A small file system of its own; gone when dropped.
struct SmallCard(tempfile::TempDir);

impl SmallCard {
    /// `None`, said aloud, where this machine does not let a test mount one.
    fn insert() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", CARD, "tmpfs"]).arg(folder.path()).output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(folder));
        }
        eprintln!("SKIPPED: a full card needs a mounted tmpfs, and this machine does not let us mount one");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes every byte there is, and gives them back when the file is removed.
    fn fill(&self, name: &str) -> PathBuf {
        let path = self.path().join(name);
        let mut file = File::create(&path).unwrap();
        while file.write_all(&[7; 4096]).is_ok() {}
        path
    }
}

impl Drop for SmallCard {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).output();
    }
}

async fn becomes(node: &Node, wanted: Condition) {
    let mut condition = node.edge.store.watch_condition();
    let seen = tokio::time::timeout(Duration::from_secs(20), condition.wait_for(|now| *now == wanted)).await;
    assert!(seen.is_ok(), "the card never became {wanted:?}");
}

#[tokio::test]
async fn a_full_card_refuses_in_words_while_pages_sign_in_and_acks_go_on() {
    let Some(card) = SmallCard::insert() else { return };
    let node = Node::start(card.path()).await;
    node.edge.store.keep_ballast(BALLAST).await.unwrap();
    let siti = node.child(NewChild::siti()).await;
    let budi = node.child(NewChild::budi()).await;
    let mut phone = node.phone(RAHMA).await;
    phone.come(siti).await;
    let events = node.events();
    let ballast = card.path().join("ballast");
    assert_eq!(std::fs::metadata(&ballast).unwrap().len(), BALLAST);

    let filled = card.fill("everything-else");
    let page = phone.post("/visits", &[("citizen", &budi.to_string())]).await;
    assert_eq!(page.status, StatusCode::INSUFFICIENT_STORAGE, "{}", page.text);
    page.says("Penyimpanan alat penuh.")
        .says("tetap aman")
        .says("belum tersimpan")
        .says("Catat dulu di buku");
    phone.get("/").await.says("Siti Aminah").says("penyimpanan penuh").says("Yang baru dicatat di buku dulu");
    phone.get("/safety").await.says("bisa dilihat, dan tetap dikirim");

    let mut written = 0;
    while ballast.exists() {
        let row = node.edge.store.put_small(Small::Attempts, vec![written; 16], vec![written; 16_000]).await;
        row.unwrap_or_else(|error| panic!("row {written}: {error}"));
        written += 1;
    }
    node.phone(RAHMA).await.get("/").await.says("Siti Aminah");
    node.answer(events, Vec::new()).await;
    assert_eq!((node.edge.store.safety().received, node.events()), (events, events), "nothing half saved");
    assert_eq!(node.edge.store.condition(), Condition::Full);

    std::fs::remove_file(filled).unwrap();
    becomes(&node, Condition::Well).await;
    assert_eq!(std::fs::metadata(&ballast).unwrap().len(), BALLAST, "the ballast lies there again");
    phone.come(budi).await;
    phone.get("/").await.hides("penyimpanan penuh");
}

#[tokio::test]
async fn a_card_full_at_the_start_opens_and_waits_with_saves_for_room() {
    let Some(card) = SmallCard::insert() else { return };
    let node = Node::start(card.path()).await;
    let siti = node.child(NewChild::siti()).await;
    node.stop();
    let filled = card.fill("everything-else");

    let node = Node::start(card.path()).await;
    node.edge.store.keep_ballast(BALLAST).await.unwrap();
    becomes(&node, Condition::Full).await;
    assert_eq!(node.edge.store.visits_of(siti).unwrap().len(), 1);
    let refused = node.edge.store.record(Vec::new()).await;
    assert_eq!(refused, Err(StoreError::Full));
    std::fs::remove_file(filled).unwrap();
    becomes(&node, Condition::Well).await;
    assert!(node.edge.store.record(Vec::new()).await.is_ok());
}
