//! What a node serves its own pages with reaches that node, and no other that reads the same feed.

use hub::nodes::set_web_certificate;
use protocol::feed::{Item, WebCertificate};
use rcgen::{CertificateParams, KeyPair};
use sqlx::PgPool;

use super::reader::{Reader, assert_unbroken};
use crate::harness::{TestHub, enrol, mawar, melati};
use crate::journal::Node;

fn certificate(names: &[&str]) -> WebCertificate {
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let params = CertificateParams::new(names).unwrap();
    WebCertificate { chain_pem: params.self_signed(&key).unwrap().pem(), key_pem: key.serialize_pem() }
}

async fn set(db: &PgPool, node: &Node, certificate: Option<&WebCertificate>) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    set_web_certificate(&mut tx, node.id, certificate).await?;
    Ok(tx.commit().await?)
}

#[sqlx::test(migrations = "../migrations")]
async fn a_nodes_private_key_is_told_to_that_node_alone(db: PgPool) {
    let _hub = TestHub::start(db.clone()).await;
    let (node, other) = (Node::new(1, mawar()), Node::new(2, mawar()));
    enrol(&db, &node, &[mawar()]).await;
    enrol(&db, &other, &[mawar()]).await;
    let (mut reader, mut stranger) = (Reader::of(&db, &node, mawar()), Reader::of(&db, &other, mawar()));
    reader.rest().await;
    stranger.rest().await;
    let first = certificate(&["mawar3.node.example"]);
    set(&db, &node, Some(&first)).await.unwrap();
    let told = Item::WebCertificate { node: node.id, certificate: Some(first.clone()) };
    assert_eq!(reader.rest().await, std::slice::from_ref(&told));
    assert_eq!(stranger.rest().await, [], "it goes on behind what is not its own");
    set(&db, &node, Some(&first)).await.unwrap();
    assert_eq!(reader.rest().await, [], "a repeat is no news");

    // another posyandu it begins to serve, and a card that begins anew
    enrol(&db, &node, &[mawar(), melati()]).await;
    assert!(Reader::of(&db, &node, melati()).rest().await.contains(&told));
    set(&db, &node, None).await.unwrap();
    let anew = Reader::of(&db, &node, mawar()).rest().await;
    assert!(anew.contains(&Item::WebCertificate { node: node.id, certificate: None }), "{anew:?}");
    assert!(!anew.contains(&told), "the last word counts");
    let kept: i64 =
        sqlx::query_scalar("select count(*) from node_web_certificates").fetch_one(&db).await.unwrap();
    assert_eq!(kept, 0);
    assert_unbroken(&db).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_no_browser_could_be_served_with_is_refused(db: PgPool) {
    let _hub = TestHub::start(db.clone()).await;
    let node = Node::new(1, mawar());
    enrol(&db, &node, &[mawar()]).await;
    let good = certificate(&["mawar3.node.example"]);
    let another = certificate(&["mawar3.node.example"]);
    let swapped = WebCertificate { key_pem: another.key_pem, ..good.clone() };
    let empty = WebCertificate { chain_pem: String::new(), ..good.clone() };
    for (given, says) in [
        (&swapped, "not that of the certificate"),
        (&certificate(&[]), "names no host"),
        (&empty, "holds no certificate"),
    ] {
        let refused = set(&db, &node, Some(given)).await.unwrap_err();
        assert!(format!("{refused:#}").contains(says), "{refused:#}");
    }
    let stranger = set(&db, &Node::new(9, mawar()), Some(&good)).await.unwrap_err();
    assert!(format!("{stranger:#}").contains("there is no node"));
}
