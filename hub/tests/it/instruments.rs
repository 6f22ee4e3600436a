//! Checks of instruments speak of nobody and are kept like everything else.

use protocol::Body;
use protocol::check::{InstrumentChecked, InstrumentKind, Load, Spot, Verdict};
use protocol::event::Instrument;
use sqlx::PgPool;
use uuid::Uuid;

use crate::harness::{TestHub, count, mawar};
use crate::journal::{Node, child, day, id};

fn checked(verdict: Verdict) -> Body {
    let load = Load { nominal: 5_000, spot: Spot::Centre, value: 5_010, limit: 10 };
    Body::InstrumentChecked(InstrumentChecked {
        device: "usb-1a86_USB_Serial-if00-port0".into(),
        kind: InstrumentKind::InfantScale,
        division: 10,
        loads: vec![load],
        spread_limit: Some(10),
        verdict,
    })
}

impl Node {
    fn check(&mut self, name: Option<&str>) {
        let mut header = self.header(Uuid::nil(), day("2026-11-24"));
        header.citizen = None;
        header.instrument =
            name.map(|name| Instrument { name: name.into(), dialect: "ad_std".into(), checked_on: None });
        self.write(header, checked(Verdict::Good));
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_check_is_kept_beside_the_children_and_changes_nothing_of_them(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    let budi = id(5, 1);
    node.register(budi, day("2026-10-10"), child("Budi", day("2026-01-09")));
    node.check(Some("Timbangan bayi A"));
    node.weigh(budi, 1, day("2026-11-24"), 8_000);
    let ack = hub.send(&node, node.sealed_whole()).await;
    assert_eq!((ack.watermark, ack.quarantined_total), (3, 0));
    assert_eq!(count(&hub.db, "event_log where kind = 7").await, 1);
    assert_eq!(count(&hub.db, "citizens").await, 1);
    hub.count().await;
    hub.assert_proved().await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_check_of_nothing_is_set_aside(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let mut node = Node::new(1, mawar());
    hub.enrol(&node, &[mawar()]).await;
    node.check(None);
    let ack = hub.send(&node, node.sealed_whole()).await;
    assert_eq!((ack.watermark, ack.quarantined_total), (1, 1));
    assert!(ack.quarantined[0].reason.contains("alat yang mana"));
}
