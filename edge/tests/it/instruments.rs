//! The wire itself: noise, pulled cables, a real pseudo-terminal, and the stream a phone follows.

use std::time::{Duration, Instant};

use axum::http::header;
use edge::clock::Clock;
use edge::config::{ClockSettings, Config, InstrumentKind};
use edge::roster::Roster;
use edge::scales::Instruments;
use edge::store::{Identity, Store, file_in};
use futures_util::StreamExt;
use nix::fcntl::OFlag;
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use protocol::NodeId;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::harness::{NewChild, Node, RAHMA, instrument};

#[tokio::test]
async fn a_pulled_cable_says_what_is_safe_and_comes_back_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    node.ready("timbangan-a").await;
    let visit = phone.come(siti).await;
    let weight = format!("/visits/{visit}/weight");
    phone.get(&weight).await;
    node.scales.get_mut("timbangan-a").unwrap().pull();
    node.see("timbangan-a", |live| !live.connected).await;
    phone.get(&weight).await.says("terputus").says("Data tadi aman").says("disabled");
    node.scales.get_mut("timbangan-a").unwrap().plug().await;
    node.ready("timbangan-a").await;
    node.settle("timbangan-a", 8_950, visit).await;
    phone.get(&weight).await.says("8,95").says("siap");
}

#[tokio::test]
async fn a_phone_hears_the_number_move_and_settle() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path()).await;
    let siti = node.child(NewChild::siti()).await;
    let mut phone = node.phone(RAHMA).await;
    node.ready("timbangan-a").await;
    let visit = phone.come(siti).await;
    phone.get(&format!("/visits/{visit}/weight")).await;
    let answer = phone.open(&format!("/visits/{visit}/live?what=weight")).await;
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
    node.scales["timbangan-a"].put(8_950);
    let mut body = answer.into_body().into_data_stream();
    let (mut states, mut heard) = (Vec::new(), Vec::new());
    let listening = async {
        while let Some(Ok(bytes)) = body.next().await {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            let Some(json) = text.strip_prefix("data: ") else { continue };
            let view: serde_json::Value = serde_json::from_str(json.trim()).unwrap();
            heard.push(Instant::now());
            states.push(view["state"].as_str().unwrap().to_owned());
            if view["state"] == "siap" {
                assert_eq!(view["figure"], "8,95");
                assert!(view["reading"].is_string());
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), listening).await.unwrap();
    states.dedup();
    assert_eq!(states, ["kosong", "bergerak", "siap"]);
    let quick = heard.windows(2).filter(|pair| pair[1] - pair[0] < Duration::from_millis(60)).count();
    assert!(quick <= 3, "only a change of state may come sooner than a tenth of a second: {quick}");
}

/// A line of this machine's own, as a cable would give it.
fn terminal(link: &std::path::Path) -> PtyMaster {
    let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let _ = std::fs::remove_file(link);
    std::os::unix::fs::symlink(ptsname_r(&master).unwrap(), link).unwrap();
    master
}

/// Says the same weight again and again until the reader has seen it.
async fn say(master: &PtyMaster, grams: i64, mut seen: impl FnMut() -> bool) {
    use std::io::Write;
    let mut frame = [0; 32];
    let length = scales::encode(scales::Dialect::AdStd, grams, true, &mut frame).unwrap();
    let patience = Instant::now() + Duration::from_secs(20);
    let mut beat = tokio::time::interval(Duration::from_millis(10));
    let mut line: &PtyMaster = master;
    while !seen() {
        assert!(Instant::now() < patience, "the reading never arrived");
        line.write_all(&frame[..length]).unwrap();
        beat.tick().await;
    }
}

#[tokio::test]
async fn a_real_terminal_is_read_pulled_and_read_again_under_another_device() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("timbangan");
    let identity = Identity { node: NodeId(Uuid::from_u128(1)), incarnation: 1 };
    let store = Store::open(&file_in(folder.path()), &[7; 32], identity, Roster::default()).unwrap();
    let clock = Clock::start(&ClockSettings::default(), 420, 0);
    let stop = CancellationToken::new();
    let mut settings = instrument("timbangan-a", InstrumentKind::InfantScale);
    settings.path = Some(link.clone());
    let mut config: Config = toml::from_str("[web]\nlisten = '127.0.0.1:0'").unwrap();
    config.instruments = vec![settings];
    let instruments = Instruments::start(&config, clock, store, stop.clone()).unwrap();
    let live = instruments.watch("timbangan-a").unwrap();
    assert!(!live.borrow().connected, "nothing is plugged in yet");

    let master = terminal(&link);
    say(&master, 4_210, || live.borrow().value == 4_210).await;
    assert!(live.borrow().connected);
    drop(master);
    let mut gone = instruments.watch("timbangan-a").unwrap();
    tokio::time::timeout(Duration::from_secs(20), gone.wait_for(|live| !live.connected))
        .await
        .unwrap()
        .unwrap();

    let master = terminal(&link);
    say(&master, 5_330, || live.borrow().value == 5_330).await;
    stop.cancel();
}
