//! A card in a thief's hand: nothing on it tells who comes to the posyandu.

use std::path::{Path, PathBuf};

use ed25519_dalek::pkcs8::EncodePrivateKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use edge::app::{Folder, open_store};
use edge::card;
use edge::roster::Roster;
use edge::store::{Number, file_in};
use protocol::batch::HubPrivateKey;
use protocol::bundle::Bundle;
use redb::{Database, TableDefinition};

use crate::harness::{DEWI, NewChild, Node, RAHMA, node_key};

/// Everything of a played day that says who somebody is.
const TELLING: [&str; 7] = [
    "Siti Aminah",
    "Zulaikha",
    "Nur Hasanah",
    "9971014302250001",
    "9971014303250099",
    "081234567890",
    "Setengah Jadi",
];

/// Every file beneath a folder that holds one of these, and what.
fn found(folder: &Path, telling: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(self::found(&path, telling));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for word in telling {
            let wide: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let holds = |wanted: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted);
            let (lower, name) = (word.to_lowercase(), path.to_string_lossy().contains(word));
            if name || holds(word.as_bytes()) || holds(lower.as_bytes()) || holds(&wide) {
                found.push((path.clone(), (*word).to_owned()));
            }
        }
    }
    found
}

/// A day with everything that leaves something behind: people written down and half written down, drafts, tickets, sign-ins,
/// the audit, and a packet for the courier.
async fn a_played_day(folder: &Path) -> Bundle {
    let node = Node::start(folder).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    let zulaikha = [
        ("name", "Zulaikha"),
        ("mother", "Nur Hasanah"),
        ("nik", "9971014303250099"),
        ("sex", "p"),
        ("day", "3"),
        ("month", "3"),
        ("year", "2025"),
        ("kia", "ya"),
    ];
    let asked = phone.get("/children/new").await;
    let (child, event) = (asked.field("child"), asked.field("event"));
    let mut fields = zulaikha.to_vec();
    fields.extend([("child", child.as_str()), ("event", &event)]);
    let written = phone.post("/children/new", &fields).await;
    assert!(written.location.ends_with("/weight"), "{}", written.text);
    phone.post("/children/new/draft", &[("name", "Setengah Jadi"), ("mother", "Nur Hasanah")]).await;
    let visit = phone.come(siti).await;
    phone.post(&format!("/visits/{visit}/draft"), &[("field", "weight"), ("value", "9,1")]).await;
    phone.post(&format!("/sign-in/{DEWI}"), &[("pin", "123456")]).await.leads_to("/");
    phone.get(&format!("/children/{siti}")).await.says("Siti Aminah");
    phone.get("/search?q=siti").await.says("Siti Aminah");
    phone.get("/audit").await.says("Siti Aminah");
    let bundle = (*node.edge.bundle).clone();
    assert_eq!(node.edge.store.people_with(Number::Nik, "9971 0143 0225 0001").unwrap(), [siti]);
    assert!(node.edge.store.people_with(Number::Family, "9971014302250001").unwrap().is_empty());
    drop(phone);
    node.stop();
    bundle
}

/// What lies beside the store: the key of before it was wrapped, the node's own key, and the bundle, which names staff and
/// no child.
fn lay_out(card: &Folder, bundle: &Bundle) {
    let hub = HubPrivateKey::from_bytes([8; 32]).public();
    let hub_keys = vec![hub.0.iter().map(|byte| format!("{byte:02x}")).collect()];
    let bundle = Bundle { hub_keys, ..bundle.clone() };
    std::fs::write(card.0.join("data.key"), "07".repeat(32)).unwrap();
    std::fs::write(card.0.join("node.key"), node_key().to_pkcs8_pem(LineEnding::LF).unwrap()).unwrap();
    std::fs::write(card.0.join("bundle.json"), serde_json::to_vec(&bundle).unwrap()).unwrap();
}

#[tokio::test]
async fn no_file_of_a_played_day_tells_who_came() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = a_played_day(folder.path()).await;
    let card = Folder(folder.path().to_owned());
    lay_out(&card, &bundle);
    card.settle_key().unwrap();
    let free = async {
        while open_store(&card, &bundle, Roster::default()).is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::harness::PATIENCE, free).await.expect("the node never let go of its store");
    let packet = card::salvage(&card, &card.0.join("titipan")).unwrap();
    assert!(packet.packet.exists() && packet.found.read > 0);
    assert_eq!(found(&card.0, &TELLING), []);

    // the same search finds what lies there in the clear: as a value, as a key, in a file, as a file's name
    let plain: TableDefinition<&str, &[u8]> = TableDefinition::new("planted");
    let database = Database::open(file_in(&card.0)).unwrap();
    let writing = database.begin_write().unwrap();
    writing.open_table(plain).unwrap().insert("nama Zulaikha", b"anak Siti Aminah".as_slice()).unwrap();
    writing.commit().unwrap();
    drop(database);
    std::fs::write(card.0.join("catatan.log"), "hp 081234567890").unwrap();
    std::fs::write(card.0.join("9971014302250001.json"), "{}").unwrap();
    let mut words: Vec<String> = found(&card.0, &TELLING).into_iter().map(|(_, word)| word).collect();
    words.sort();
    words.dedup();
    assert_eq!(words, ["081234567890", "9971014302250001", "Siti Aminah", "Zulaikha"]);
}

#[tokio::test]
async fn the_index_of_numbers_is_made_again_from_the_journal_and_for_a_store_of_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = a_played_day(folder.path()).await;
    let card = Folder(folder.path().to_owned());
    lay_out(&card, &bundle);
    let opened = || open_store(&card, &bundle, Roster::default());
    let free = async {
        while opened().is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::harness::PATIENCE, free).await.expect("the node never let go of its store");
    let has = || opened().unwrap().people_with(Number::Nik, "9971014302250001").unwrap().len();
    assert_eq!(has(), 1);
    card::rebuild(&card).unwrap();
    assert_eq!(has(), 1);
    let database = Database::open(file_in(&card.0)).unwrap();
    let writing = database.begin_write().unwrap();
    let index: TableDefinition<&[u8; 48], ()> = TableDefinition::new("people_by_index");
    assert!(writing.delete_table(index).unwrap());
    // such a store bears no mark of the views' form
    let marks: TableDefinition<&str, &[u8]> = TableDefinition::new("marks");
    assert!(writing.open_table(marks).unwrap().remove("layout").unwrap().is_some());
    writing.commit().unwrap();
    drop(database);
    assert_eq!(has(), 1);
}
