//! A hub with its intake running, between a test that plays the nodes and a real database.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use ed25519_dalek::SigningKey;
use hub::gate::Upload;
use hub::intake::{Answer, Intake};
use hub::keys::HubKeys;
use hub::{nodes, reports};
use protocol::bundle::Enrolment;
use protocol::letter::{Down, Up};
use protocol::{Ack, NodeId, PosyanduId};
use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::journal::{Node, id, sealing_key};

/// Longer than anything here takes on a busy machine; only a failure waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct TestHub {
    pub(crate) db: PgPool,
    pub(crate) uploads: mpsc::Sender<Upload>,
    pub(crate) answers: mpsc::Receiver<Answer>,
    _stop: tokio_util::sync::DropGuard,
}

/// The posyandu every test has; two of one Puskesmas.
pub(crate) fn mawar() -> Uuid {
    id(9, 1)
}

pub(crate) fn melati() -> Uuid {
    id(9, 2)
}

/// The hub's clock in tests.
pub(crate) fn clock() -> DateTime<Utc> {
    "2026-11-24T03:00:00Z".parse().unwrap()
}

pub(crate) fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[77; 32])
}

impl TestHub {
    /// Starts intake over a migrated, empty database.
    pub(crate) async fn start(db: PgPool) -> Self {
        places(&db).await;
        Self::over(db)
    }

    /// Starts intake over a database that has its places.
    pub(crate) fn over(db: PgPool) -> Self {
        let keys = Arc::new(HubKeys::new(vec![sealing_key()], signing_key()));
        let (uploads, from_nodes) = mpsc::channel(1024);
        let (to_nodes, answers) = mpsc::channel(1024);
        let stop = CancellationToken::new();
        let intake = Intake::new(db.clone(), keys, clock);
        tokio::spawn(intake.run(from_nodes, to_nodes, stop.clone()));
        Self { db, uploads, answers, _stop: stop.drop_guard() }
    }

    pub(crate) async fn enrol(&self, node: &Node, posyandu: &[Uuid]) {
        enrol(&self.db, node, posyandu).await;
    }

    /// Hands a batch in; the receiver resolves once the hub has it.
    pub(crate) async fn hand(&self, node: NodeId, batch: Bytes) -> oneshot::Receiver<()> {
        let (upload, taken) = Upload::new(node, Up::Batch(&batch).write().into());
        self.uploads.send(upload).await.unwrap();
        taken
    }

    /// Hands a batch in; gives all acks that follow, the main story's first.
    pub(crate) async fn send_all(&mut self, node: &Node, batch: Bytes) -> Vec<Ack> {
        let taken = self.hand(node.id, batch).await;
        wait(taken).await.expect("intake runs");
        let mut acks = Vec::new();
        while self.has_answer() {
            acks.push(self.answer().await);
        }
        acks
    }

    /// Hands a batch in and waits for the ack that follows.
    pub(crate) async fn send(&mut self, node: &Node, batch: Bytes) -> Ack {
        let taken = self.hand(node.id, batch).await;
        let ack = self.answer().await;
        wait(taken).await.expect("what was acknowledged is taken");
        assert_eq!(ack.node, node.id);
        ack
    }

    /// The next ack, whoever it is for.
    pub(crate) async fn answer(&mut self) -> Ack {
        let (node, letter) = wait(self.answers.recv()).await.expect("intake runs");
        let ack = ack_in(&letter);
        assert_eq!(ack.node, node, "an ack goes to whom it speaks of");
        ack
    }

    /// Whether an ack is waiting.
    pub(crate) fn has_answer(&mut self) -> bool {
        !self.answers.is_empty()
    }

    /// Throws away what was answered so far.
    pub(crate) fn forget_answers(&mut self) {
        while self.answers.try_recv().is_ok() {}
    }

    /// Counts everything that was marked.
    pub(crate) async fn count(&self) {
        while reports::count_dirty(&self.db).await.unwrap() > 0 {}
    }

    /// Nothing in the tables says anything but the events.
    pub(crate) async fn assert_proved(&self) {
        let (_, differences) = hub::growth::recount(&self.db).await.unwrap();
        assert_eq!(differences, []);
        let (_, differences) = hub::checkups::recount(&self.db).await.unwrap();
        assert_eq!(differences, []);
        let (_, differences) = hub::immunization::recount(&self.db).await.unwrap();
        assert_eq!(differences, []);
        let (_, miscounts) = reports::recount(&self.db).await.unwrap();
        assert_eq!(miscounts, []);
    }
}

/// The ack in a letter of this hub.
pub(crate) fn ack_in(letter: &[u8]) -> Ack {
    let Some(Down::Ack(signed)) = Down::read(letter) else { panic!("this letter is no ack") };
    Ack::verify(signed, &signing_key().verifying_key()).expect("signed by this hub")
}

pub(crate) async fn wait<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it happens at all")
}

pub(crate) async fn places(db: &PgPool) {
    sqlx::query("insert into puskesmas (id, name, district) values ($1, 'Cibadak', 'Cibadak')")
        .bind(id(8, 1))
        .execute(db)
        .await
        .unwrap();
    for (posyandu, name) in [(mawar(), "Mawar"), (melati(), "Melati")] {
        sqlx::query("insert into posyandu (id, puskesmas_id, name, village) values ($1, $2, $3, 'Sukamaju')")
            .bind(posyandu)
            .bind(id(8, 1))
            .bind(name)
            .execute(db)
            .await
            .unwrap();
    }
}

pub(crate) async fn enrol(db: &PgPool, node: &Node, posyandu: &[Uuid]) {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let enrolment = Enrolment {
        node: node.id,
        label: "Alat".into(),
        incarnation: node.incarnation,
        public_key: hex(node.key.verifying_key().as_bytes()),
        certificate_sha256: hex(&[9; 32]),
        posyandu: posyandu.iter().copied().map(PosyanduId).collect(),
    };
    nodes::enrol(&mut db.acquire().await.unwrap(), &enrolment).await.unwrap();
}

/// How many rows there are in a table, or a part of one.
pub(crate) async fn count(db: &PgPool, table: &str) -> i64 {
    let count = format!("select count(*) from {table}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(count)).fetch_one(db).await.unwrap()
}

/// Everything the hub concluded, as text that can be compared: whatever does not depend on when and how it came.
pub(crate) async fn state(db: &PgPool) -> String {
    let mut state = String::new();
    for table in [
        "select * from citizens order by id",
        "select * from child_growth_records order by posyandu_id, citizen_id, id",
        "select * from child_services order by citizen_id, event_kind, event_id",
        "select * from pregnancies order by posyandu_id, citizen_id, id",
        "select * from pregnancy_records order by posyandu_id, citizen_id, id",
        "select * from elderly_health_records order by posyandu_id, citizen_id, id",
        "select * from immunization_records order by citizen_id, id",
        "select * from immunization_schedules order by citizen_id, vaccine_type, dose",
        "select * from received_runs order by node_id, incarnation, first_sequence",
        "select * from held_events order by id",
        "select * from held_event_figures order by event_id, gender, from_month",
        "select * from replaced_events order by citizen_id, event_id, replaced_by",
        "select node_id, incarnation, sequence, event_id, reason, taken_at is null, frame from quarantined_events order by 1, 2, 3",
        "select node_id, incarnation, sequence, event_id, posyandu_id, citizen_id, kind, version, frame from event_log \
         order by 1, 2, 3",
        // A month that has nobody any more may have been counted, or never: both read as 0.
        "select posyandu_id, report_month, s, k, d, n, t, o, b, bgm, two_t from monthly_figures where s > 0 order by 1, 2",
    ] {
        let rows = format!("select coalesce(string_agg(line::text, e'\\n'), '') from ({table}) line");
        let rows: String = sqlx::query_scalar(sqlx::AssertSqlSafe(rows)).fetch_one(db).await.unwrap();
        state += table;
        state += "\n";
        state += &rows;
        state += "\n\n";
    }
    state
}
