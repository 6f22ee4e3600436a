//! A scale that speaks at another speed than one listens: the search finds the speed, by what a line would make of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use rustix::termios::{InputModes, OptionalActions, tcgetattr, tcsetattr};
use scales::Dialect;

use crate::harness::{DEWI, Phone};
use crate::taking_in::{PORT, node, prove};

/// How characters travel. Every one is ten bits long: a start, eight of data, a stop; with parity seven of data and one
/// that makes their sum even.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Way {
    baud: u32,
    even: bool,
}

/// The bits of a character on the line, the first sent first.
fn bits(byte: u8, even: bool) -> [bool; 10] {
    let data = if even { byte & 0x7f | ((byte & 0x7f).count_ones() as u8 & 1) << 7 } else { byte };
    let mut bits = [false; 10];
    (0..8).for_each(|at| bits[at + 1] = data >> at & 1 == 1);
    bits[9] = true;
    bits
}

/// What somebody who listens in one way hears of what is sent in another: a falling edge begins a character, its bits
/// are looked at in their middles, and what ends in no stop is dropped.
fn heard(bytes: &[u8], sent: Way, read: Way) -> Vec<u8> {
    let line: Vec<bool> = bytes.iter().flat_map(|&byte| bits(byte, sent.even)).collect();
    // times count in parts that both bits have a whole number of
    let (sent_bit, read_bit) = (u64::from(read.baud) * 2, u64::from(sent.baud) * 2);
    let level = |at: u64| line.get((at / sent_bit) as usize).copied().unwrap_or(true);
    let (mut at, mut all) = (0, Vec::new());
    while at < line.len() as u64 * sent_bit {
        if level(at) {
            at += sent_bit / 16;
            continue;
        }
        let bit = |nth: u64| level(at + nth * read_bit + read_bit / 2);
        let data = (0..8).fold(0, |data, nth| data | u8::from(bit(nth + 1)) << nth);
        let is_even = data.count_ones().is_multiple_of(2);
        if bit(9) && (!read.even || is_even) {
            all.push(if read.even { data & 0x7f } else { data });
        }
        at += 9 * read_bit + read_bit / 2;
    }
    all
}

#[test]
fn what_is_heard_is_what_was_said_only_at_the_right_speed() {
    let usual = Way { baud: 9600, even: false };
    let said = b"ST,+0005.000 kg\r\n";
    assert_eq!(heard(said, usual, usual), said);
    for baud in [1200, 2400, 4800, 19_200] {
        assert_ne!(heard(said, usual, Way { baud, even: false }), said, "{baud}");
    }
    let even = Way { even: true, ..usual };
    assert_eq!(heard(said, even, even), said);
    assert_ne!(heard(said, even, usual), said, "the parity is heard as data");
}

/// A device file whose other end speaks in one way, whatever way it is opened in.
fn plug(link: &std::path::Path) -> PtyMaster {
    let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_NONBLOCK).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let mut modes = tcgetattr(&master).unwrap();
    modes.make_raw();
    tcsetattr(&master, OptionalActions::Now, &modes).unwrap();
    std::os::unix::fs::symlink(ptsname_r(&master).unwrap(), link).unwrap();
    master
}

/// Says again and again what lies on it. How the line is opened can be read off this end of it.
async fn speak(line: PtyMaster, sent: Way, load: Arc<AtomicI64>) {
    use std::io::Write;
    let mut beat = tokio::time::interval(Duration::from_millis(50));
    let mut frame = [0; 64];
    loop {
        beat.tick().await;
        let opened = tcgetattr(&line).unwrap();
        let even = opened.input_modes.contains(InputModes::INPCK);
        let read = Way { baud: opened.output_speed(), even };
        let grams = load.load(Ordering::Acquire);
        let length = scales::encode(Dialect::AdStd, grams, true, &mut frame).unwrap();
        let _ = (&line).write(&heard(&frame[..length], sent, read)); // nobody may be reading
    }
}

async fn search(phone: &mut Phone, first: &str) {
    let fields = [("port", PORT), ("wire", first), ("search", "ya")];
    phone.post("/instruments/listen", &fields).await.leads_to(&format!("/instruments/new?port={PORT}"));
}

/// Takes in a scale that speaks in one way, by a search that begins in another, and says how it is then heard.
async fn found(sent: Way, first: &str, begins: &str, ends: &str) {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path(), "").await;
    let load = Arc::new(AtomicI64::new(5_000));
    let line = plug(&folder.path().join("by-id").join(PORT));
    let speaking = tokio::spawn(speak(line, sent, load.clone()));
    let mut phone = node.phone(DEWI).await;
    search(&mut phone, first).await;
    let part = format!("/instruments/new/heard?port={PORT}");
    phone.until(&part, begins).await.says("sedang dicoba satu per satu").hides("Bahasa yang cocok");
    phone.until(&part, "Bahasa yang cocok").await.says(ends).hides("sedang dicoba");
    let choice = prove(&mut phone, PORT).await.field("choice");
    let fields = [
        ("port", PORT),
        ("kind", "infant_scale"),
        ("choice", &choice),
        ("division", "10"),
        ("name", "Timbangan B"),
    ];
    phone.post("/instruments/new", &fields).await.leads_to("/instruments");
    load.store(4_210, Ordering::Release);
    node.see("timbangan-b", |live| live.value == 4_210).await;
    speaking.abort();
}

#[tokio::test]
async fn a_scale_at_another_speed_is_found_by_trying_one_after_the_other() {
    found(Way { baud: 4800, even: false }, "0", "9600 · 8N1", "4800 · 8N1").await;
}

#[tokio::test]
async fn so_is_one_whose_characters_are_framed_otherwise() {
    found(Way { baud: 2400, even: true }, "8", "9600 · 7E1", "2400 · 7E1").await;
}
