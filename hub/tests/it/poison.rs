//! Whatever a node sends: it is taken or set aside with a reason, and what comes behind it is acknowledged.

use protocol::event::{Instrument, Replaces};
use protocol::registry::ChildRegistered;
use protocol::{Body, EventId, Frame, LocalDate, Month};
use sqlx::PgPool;

use crate::harness::{TestHub, count, mawar};
use crate::journal::{Node, child, day, id, visit_of, weighed};

/// Strings that somebody's program has stumbled over, as a kader, a phone or an attacker might enter them.
const NAUGHTY: &[&str] = &[
    "",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\u{0}",
    "Budi\u{0}",
    "\u{7}",
    "\u{1b}[31mmerah",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{2029}",
    "\u{200b}",
    "\u{200d}",
    "\u{feff}Budi",
    "\u{202e}iduB",
    "\u{2066}x\u{2069}",
    "\u{fffd}",
    "\u{fffe}",
    "\u{10ffff}",
    "\u{e000}",
    "\u{d7ff}",
    "null",
    "NULL",
    "nil",
    "None",
    "undefined",
    "true",
    "false",
    "NaN",
    "-NaN",
    "Infinity",
    "-Infinity",
    "inf",
    "0",
    "-0",
    "00",
    "1e309",
    "1E-400",
    "0x1F",
    "1_000",
    "1,5",
    "1.5",
    "1/0",
    "½",
    "٣",
    "９９",
    "0/0",
    "--",
    "-",
    "_",
    ".",
    "..",
    "...",
    "?",
    "*",
    "%",
    "%%",
    "%s%n%x",
    "{}",
    "{0}",
    "{{}}",
    "${x}",
    "$1",
    "$(id)",
    "`id`",
    "; ls",
    "| cat",
    "&& true",
    "> /dev/null",
    "../../etc/passwd",
    "C:\\CON",
    "\\\\server\\share",
    "file:///etc/passwd",
    "'",
    "''",
    "\"",
    "\\",
    "\\'",
    "\\0",
    "' or 1=1 --",
    "'; drop table citizens; --",
    "Robert'); delete from nodes; --",
    "\"; select pg_sleep(9); --",
    "$$",
    "E'\\\\x00'",
    "/* */",
    "--\n",
    "U&'\\0041'",
    "<b>Budi</b>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "javascript:alert(1)",
    "&lt;",
    "&amp;amp;",
    "&#0;",
    "]]>",
    "<!-- -->",
    "<?xml version=\"1.0\"?>",
    "<!DOCTYPE x>",
    "{{7*7}}",
    "{% raw %}",
    "<%= 1 %>",
    "#{1}",
    "${jndi:ldap://x}",
    "=1+1",
    "+1",
    "@SUM(A1)",
    "-1+1|x",
    "=HYPERLINK(\"x\")",
    "a;b,c\td",
    "\"a\",\"b\"",
    "a\\nb",
    "[1,2",
    "{\"a\":",
    "\\u0000",
    "\\x00",
    "\\ud800",
    "\u{1d11e}",
    "👶🏽",
    "👨‍👩‍👧‍👦",
    "🇮🇩",
    "e\u{301}",
    "é",
    "\u{300}\u{301}\u{302}",
    "Z\u{0351}\u{0352}a\u{0353}l\u{0354}g\u{0355}o\u{0356}",
    "ﬁ",
    "ǅ",
    "İ",
    "ı",
    "ß",
    "ſ",
    "Ω",
    "Ω",
    "ﷺ",
    "ꦧꦸꦢꦶ",
    "ᮘᮥᮓᮤ",
    "بودي",
    "布迪",
    "부디",
    "บุดี",
    "Бyди",
    "Βudi",
    "Budi ",
    " Budi",
    "Bu  di",
    "BUDI",
    "budi",
    "Bin/Binti",
    "D'Arc",
    "O’Brien",
    "Siti-Nur",
    "Muh. Ali, S.Pd",
    "Null Pointer",
    "Admin",
    "root",
    "Test",
    "Anak 1",
    "A",
    "9999999999999999",
    "9901010101010001",
    "99",
    "99 01",
    "-9901010101010001",
    "９９０１０１０１０１０１０００１",
    "1970-01-01",
    "0000-00-00",
    "31-02-2026",
    "24:60",
    "Sabtu",
    "+62 812",
    "a@b",
    "http://x",
    "\u{1}\u{2}\u{3}",
    "\u{ad}",
    "\u{61c}",
    "\u{180e}",
    "\u{3000}",
    "\u{ff1c}script\u{ff1e}",
];

/// Small, seeded, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// A node, its hub, and how many bad events went by.
struct Feeding {
    hub: TestHub,
    node: Node,
    sent: u64,
}

impl Feeding {
    async fn start(db: PgPool) -> Self {
        let hub = TestHub::start(db).await;
        let node = Node::new(1, mawar());
        hub.enrol(&node, &[mawar()]).await;
        Self { hub, node, sent: 0 }
    }

    /// Sends what was written since the last time, with a good event behind it, and sees that all of it is acknowledged,
    /// that everything set aside has a reason, and that the good event stands in the tables.
    async fn digest(&mut self, what: &str) {
        let visit = 1_000_000 + self.sent;
        self.node.weigh(id(5, 999_999), visit, day("2026-11-10"), 8_000);
        let last = self.node.frames.len() as u64;
        let ack = self.hub.send(&self.node, self.node.sealed(self.sent + 1, last)).await;
        assert_eq!((ack.watermark, ack.gaps.len()), (last, 0), "{what}");
        assert!(ack.quarantined.iter().all(|aside| aside.reason.ends_with('.')), "{what}");
        let good = format!("child_growth_records where id = '{}'", visit_of(visit).unwrap().id);
        assert_eq!(count(&self.hub.db, &good).await, 1, "{what}");
        self.sent = last;
    }

    async fn finish(self) {
        let (taken, aside) =
            (count(&self.hub.db, "event_log").await, count(&self.hub.db, "quarantined_events").await);
        println!("{} events: {taken} taken, {aside} set aside", self.sent);
        assert_eq!(taken + aside, self.sent as i64, "nothing is lost");
        assert!(aside > 0, "something here is poison");
        self.hub.count().await;
        self.hub.assert_proved().await;
    }

    fn register(&mut self, number: u64, change: impl FnOnce(&mut ChildRegistered)) {
        let mut child = child("Budi", day("2025-11-09"));
        change(&mut child);
        self.node.register(id(5, number), day("2026-11-10"), child);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn text_of_every_kind_is_kept_as_it_is_or_set_aside(db: PgPool) {
    let mut feeding = Feeding::start(db).await;
    let long = ["a".repeat(100), "a".repeat(101), "é".repeat(10_000), "👶".repeat(5_000)];
    let texts: Vec<String> = NAUGHTY.iter().map(|text| (*text).to_owned()).chain(long).collect();
    for (number, text) in (0..).zip(&texts) {
        feeding.register(4 * number, |child| child.name.clone_from(text));
        feeding.register(4 * number + 1, |child| child.mother.clone_from(text));
        feeding.register(4 * number + 2, |child| child.nik = Some(text.clone()));
        let node = &mut feeding.node;
        node.weigh_as(id(5, 4 * number + 3), number, day("2026-11-10"), 8_000, |header| {
            header.replaces = Some(Replaces { event: EventId(id(2, number)), reason: text.clone() });
            let (name, dialect) = (text.clone(), text.clone());
            header.instrument = Some(Instrument { name, dialect, checked_on: Some(LocalDate(i32::MIN)) });
        });
        if number % 25 == 0 {
            feeding.digest(text).await;
        }
    }
    feeding.digest("the last ones").await;
    for (number, text) in (0..).zip(&texts) {
        if let Some(child) = hub::citizens::one(&feeding.hub.db, id(5, 4 * number)).await.unwrap() {
            assert_eq!(child.name, text.trim());
        }
    }
    feeding.finish().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn cut_changed_and_future_events_cost_one_event_each(db: PgPool) {
    let mut feeding = Feeding::start(db).await;
    // Every way to be cut off, or to go on behind its end.
    let good = whole(&mut feeding.node);
    for cut in 9..good.len() {
        push(&mut feeding.node, good[..cut].to_vec());
    }
    for more in [1, 100, 60_000] {
        let mut longer = good.clone();
        longer.resize(good.len() + more, 0xff);
        push(&mut feeding.node, longer);
    }
    feeding.digest("cut").await;
    // Whatever a later version may write.
    for shape in [0, 2, 3, 127, 255] {
        let mut other = whole(&mut feeding.node);
        other[4] = shape;
        push(&mut feeding.node, other);
    }
    for kind in [0_u16, 1, 2, 3, 4, 5, 6, 7, 8, 99, 255, 256, 65_535] {
        for version in [0_u16, 1, 2, 65_535] {
            let mut other = whole(&mut feeding.node);
            other[5..7].copy_from_slice(&kind.to_le_bytes());
            other[7..9].copy_from_slice(&version.to_le_bytes());
            push(&mut feeding.node, other);
        }
    }
    feeding.digest("future").await;
    // Bytes changed at random, a few at a time.
    const SEED: u64 = 20_261_124;
    println!("seed {SEED}");
    let mut dice = Dice(SEED);
    for round in 0..20 {
        for _ in 0..60 {
            let mut changed = whole(&mut feeding.node);
            for _ in 0..=dice.roll(4) {
                let place = 4 + dice.roll(changed.len() - 4);
                changed[place] =
                    if dice.roll(2) == 0 { dice.roll(256) as u8 } else { changed[place] ^ 1 << dice.roll(8) };
            }
            push(&mut feeding.node, changed);
        }
        feeding.digest(&format!("seed {SEED}, round {round}")).await;
    }
    feeding.finish().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn numbers_and_dates_at_their_ends_cost_one_event_each(db: PgPool) {
    let mut feeding = Feeding::start(db).await;
    let days =
        ["0000-01-01", "0001-01-01", "0999-12-31", "1000-01-01", "9999-12-31", "1970-01-01", "2026-02-28"];
    let days = days.iter().map(|text| LocalDate::from(day(text)));
    let days = days.chain([i32::MIN, i32::MIN + 1, -1, 0, 1, i32::MAX - 1, i32::MAX].map(LocalDate));
    for (number, on) in (0..).zip(days) {
        feeding.register(3 * number, |child| child.birth_date = on);
        feeding.node.weigh_as(id(5, 3 * number + 1), 3 * number + 1, day("2026-11-10"), 8_000, |header| {
            header.observed_on = on;
        });
        feeding.node.weigh_as(id(5, 3 * number + 2), 3 * number + 2, day("2026-11-10"), 8_000, |header| {
            header.report_month = Month(on.0);
            header.recorded_at.wall_ms = i64::from(on.0) << 32;
            header.recorded_at.offset_min = i16::MIN;
        });
    }
    for (number, value) in (100..).zip([0, 1, 2, 299_999, 300_000, 300_001, 1 << 31, u32::MAX - 1, u32::MAX])
    {
        feeding.node.weigh(id(5, number), number, day("2026-11-10"), value);
        feeding.node.measure(id(5, number), number, day("2026-11-10"), value);
        feeding.register(number, |child| child.birth_mass_g = Some(value));
        let tiny = value as u8;
        feeding.register(number + 50, |child| {
            (child.gestation_weeks, child.birth_order) = (Some(tiny), Some(tiny));
        });
    }
    feeding.digest("ends").await;
    feeding.finish().await;
}

/// The bytes of a good weighing that would come next.
fn whole(node: &mut Node) -> Vec<u8> {
    let number = node.frames.len() as u64;
    let mut header = node.header(id(5, 500 + number % 7), day("2026-11-10"));
    header.visit = visit_of(number);
    node.write(header, weighed(protocol::growth::Taken::Value(8_000)));
    let frame = node.frames.pop().unwrap();
    assert!(matches!(frame.decode().unwrap().body, Body::Weighed(_)));
    frame.bytes().to_vec()
}

/// Writes bytes down as a frame, whatever they mean.
fn push(node: &mut Node, mut bytes: Vec<u8>) {
    let length = bytes.len() as u32 - 4;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    node.frames.push(Frame::from_bytes(&bytes).unwrap());
}
