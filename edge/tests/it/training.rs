//! Simulated instruments as a trainer plays them: the command itself, its line, a node that listens there.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use edge::config::{InstrumentKind, InstrumentSettings};
use edge::scales::{Instruments, SerialPort, Upset};
use edge::web;
use tokio_util::sync::CancellationToken;

use crate::harness::{NewChild, Node, PACE, RAHMA, Setup, instrument};

/// `simpul-edge simulate`, with somebody at its keyboard.
struct Played(Child);

impl Played {
    fn start(what: &str, link: &Path, more: &[&str]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_simpul-edge"))
            .args(["simulate", what, "--seed", "7", "--calm", "2", "--pace", &PACE.to_string(), "--link"])
            .arg(link)
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }

    fn type_in(&mut self, line: &str) {
        writeln!(self.0.stdin.as_mut().unwrap(), "{line}").unwrap();
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A node that listens at one instrument on a line of this machine.
async fn node_at(folder: &Path, settings: InstrumentSettings) -> (Node, CancellationToken) {
    let mut node = Node::start_as(folder, Setup { instruments: vec![], ..Setup::default() }).await;
    let (clock, store, stop) = (node.edge.clock.clone(), node.edge.store.clone(), CancellationToken::new());
    let port = SerialPort::new(settings.path.as_deref().unwrap(), &settings);
    node.edge.instruments =
        Instruments::start_on(vec![(&settings, port)], clock, store, stop.clone()).unwrap();
    node.app = web::router(node.edge.clone());
    (node, stop)
}

#[tokio::test]
async fn a_child_on_the_training_scale_is_weighed_and_a_dead_scale_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("timbangan");
    let mut scale = Played::start("scale", &link, &["--dialect", "ad_std"]);
    let settings =
        InstrumentSettings { path: Some(link.clone()), ..instrument("a", InstrumentKind::InfantScale) };
    let (node, stop) = node_at(folder.path(), settings).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    node.ready("a").await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    phone.get(&weight).await;

    scale.type_in("naik 8950");
    let live = node.see("a", |live| live.locked.as_ref().is_some_and(|locked| locked.visit == visit)).await;
    assert_eq!(live.locked.unwrap().reading.value, 8_950);
    let page = phone.get(&weight).await;
    page.says("8,95").says("siap");
    assert_eq!(phone.save(&page, &weight, &[]).await.status, 303);

    scale.type_in("turun");
    node.ready("a").await;
    scale.type_in("mati");
    node.see("a", |live| live.upset == Some(Upset::Silent)).await;
    scale.type_in("hidup");
    node.ready("a").await;
    scale.type_in("selesai");
    assert!(scale.0.wait().unwrap().success());
    assert!(!link.is_symlink(), "the device is gone with the instrument");
    node.see("a", |live| !live.connected).await;
    stop.cancel();
}

#[tokio::test]
async fn a_carer_is_weighed_with_the_child_and_then_alone_whatever_the_line_does() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("timbangan");
    let mut scale = Played::start("scale", &link, &["--standing", "--noise", "0.02", "--offset", "300"]);
    let mut settings = instrument("b", InstrumentKind::StandingScale);
    (settings.path, settings.division) = (Some(link), 50);
    let (node, stop) = node_at(folder.path(), settings).await;
    // A scale that lies is never empty; nothing is offered until somebody stands on it.
    node.see("b", |live| live.value == 300).await;
    scale.type_in("gendong 52000 8400");
    node.see("b", |live| live.value == 60_700).await;
    scale.type_in("sendiri");
    node.see("b", |live| live.value == 52_300).await;
    stop.cancel();
}

#[tokio::test]
async fn a_training_board_measures_a_child_and_leaves_other_files_alone() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("papan");
    std::fs::write(&link, "somebody's own").unwrap();
    let mut refused = Played::start("board", &link, &[]);
    assert!(!refused.0.wait().unwrap().success());
    assert_eq!(std::fs::read_to_string(&link).unwrap(), "somebody's own");

    std::fs::remove_file(&link).unwrap();
    let mut board = Played::start("board", &link, &[]);
    let settings =
        InstrumentSettings { path: Some(link), ..instrument("papan", InstrumentKind::LengthBoard) };
    let (node, stop) = node_at(folder.path(), settings).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    node.see("papan", |live| live.connected).await;
    let visit = phone.come(siti).await;
    phone.get(&format!("/visits/{visit}/length")).await;
    board.type_in("ukur 73,4");
    let live =
        node.see("papan", |live| live.locked.as_ref().is_some_and(|locked| locked.visit == visit)).await;
    assert_eq!(live.locked.unwrap().reading.value, 7_340);
    stop.cancel();
}
