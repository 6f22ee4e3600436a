//! Pregnancies and yearly checks: the same events in any order give the same rows, and what fell counts no more.

use protocol::event::{Replaces, Role};
use protocol::growth::Taken;
use protocol::measured::{Glucose, Measure, Measured, Pressure};
use protocol::pregnancy::{AncExamined, NifasExamined, Outcome, PregnancyBegan, PregnancyEnded};
use protocol::registry::{AdultRegistered, Edit, PersonEdited, Sex};
use protocol::service::{Noted, Served, Tablet, Voided};
use protocol::time::Hybrid;
use protocol::{Body, EventId, PregnancyId, UserId};
use sqlx::PgPool;
use uuid::Uuid;

use crate::harness::{TestHub, mawar, state};
use crate::journal::{Node, day, id, visit_of};

/// The midwife.
fn dewi() -> Uuid {
    id(3, 2)
}

impl Node {
    fn adult(&mut self, citizen: Uuid, born: &str, sex: Sex) -> EventId {
        let adult = AdultRegistered {
            name: "Ratna Dewi".into(),
            nik: None,
            birth_date: day(born).into(),
            is_birth_estimated: false,
            sex,
        };
        self.write(self.header(citizen, day("2026-01-05")), Body::AdultRegistered(adult))
    }

    fn take(&mut self, citizen: Uuid, visit: u64, on: &str, measure: Measure) -> EventId {
        let measured = Measured { measure, repeat: 1, window: None, insisted: Vec::new() };
        self.at_visit(citizen, visit, day(on), Body::Measured(measured))
    }

    fn void(&mut self, citizen: Uuid, on: &str, event: EventId, kind: u16) {
        let mut header = self.header(citizen, day(on));
        header.replaces = Some(Replaces { event, reason: "salah orang".into() });
        self.write(header, Body::Voided(Voided { kind }));
    }
}

fn pressure(systolic: u16, diastolic: u16) -> Measure {
    Measure::Pressure(Taken::Value(Pressure { systolic, diastolic, pulse: None }))
}

fn exam(pregnancy: PregnancyId, validated: bool, notes: &str) -> AncExamined {
    AncExamined {
        pregnancy,
        by_doctor: validated,
        ultrasound: false,
        tetanus_given: validated.then_some(2),
        screened: Vec::new(),
        risks: vec!["headache".into()],
        notes: notes.into(),
        validated,
    }
}

/// A pregnancy with two visits, a birth and a visit after it, a check before all that, and an old man's year.
fn story(ratna: Uuid, karto: Uuid) -> Node {
    let mut node = Node::new(1, mawar());
    let pregnancy = PregnancyId(id(7, 1));
    let registered = node.adult(ratna, "1995-04-12", Sex::Female);
    node.take(ratna, 1, "2025-11-01", pressure(118, 76));
    let began = PregnancyBegan {
        pregnancy,
        last_period: Some(day("2026-01-01").into()),
        due: None,
        gravida: 2,
        para: 1,
        abortus: 0,
        tetanus: Some(1),
        risks: vec!["caesarean".into()],
    };
    node.write(node.header(ratna, day("2026-03-12")), Body::PregnancyBegan(began));
    node.take(ratna, 2, "2026-03-12", pressure(142, 88));
    let wrong = node.take(ratna, 2, "2026-03-12", Measure::Mass(Taken::Value(99_000)));
    node.void(ratna, "2026-03-12", wrong, 11);
    node.take(ratna, 2, "2026-03-12", Measure::Arm(Taken::Value(2_340)));
    let tablets = Served::Tablets { product: Tablet::Iron, count: 30 };
    node.at_visit(ratna, 2, day("2026-03-12"), Body::Served(tablets));
    let draft =
        node.at_visit(ratna, 2, day("2026-03-12"), Body::AncExamined(exam(pregnancy, false, "pusing")));
    let mut header = node.header(ratna, day("2026-03-12"));
    header.visit = visit_of(2);
    header.author.user = UserId(dewi());
    header.author.role = Role::Bidan;
    header.replaces = Some(Replaces { event: draft, reason: "dilengkapi bidan".into() });
    node.write(header, Body::AncExamined(exam(pregnancy, true, "dirujuk")));
    node.take(ratna, 3, "2026-06-04", Measure::Fundus(Taken::Value(2_000)));
    let ended =
        PregnancyEnded { pregnancy, on: day("2026-10-05").into(), outcome: Outcome::Born(Vec::new()) };
    node.write(node.header(ratna, day("2026-10-06")), Body::PregnancyEnded(ended));
    let nifas =
        NifasExamined { pregnancy, capsules: 2, risks: Vec::new(), notes: String::new(), validated: true };
    node.at_visit(ratna, 4, day("2026-10-09"), Body::NifasExamined(nifas));
    let at = Hybrid { ms: 1, count: 0 };
    let edit = PersonEdited { edit: Edit::Address(Some("RT 2".into())), bases: vec![registered], at };
    node.write(node.header(ratna, day("2026-10-09")), Body::PersonEdited(edit));

    let written = node.adult(karto, "1956-03-01", Sex::Female);
    node.take(karto, 5, "2026-02-10", Measure::Height(Taken::Value(16_500)));
    node.take(karto, 6, "2026-03-10", Measure::Mass(Taken::Value(70_000)));
    node.take(karto, 6, "2026-03-10", pressure(152, 84));
    let glucose = Glucose { mg_dl: 126, fasting: true };
    node.take(karto, 6, "2026-03-10", Measure::Glucose(Taken::Value(glucose)));
    node.take(karto, 6, "2026-03-10", Measure::Cholesterol(Taken::Value(239)));
    node.take(karto, 6, "2026-03-10", Measure::UricAcid(Taken::Value(65)));
    let daily = Noted::DailyLife { list: "ADL".into(), points: 11, of: 12 };
    node.at_visit(karto, 6, day("2026-03-10"), Body::Noted(daily));
    // he was written down as a woman: what is high for her is not for him
    let edit = PersonEdited { edit: Edit::Sex(Sex::Male), bases: vec![written], at };
    node.write(node.header(karto, day("2026-03-11")), Body::PersonEdited(edit));
    node
}

async fn checkups(hub: &TestHub, citizen: Uuid) -> hub::checkups::Checkups {
    hub::checkups::of(&mut hub.db.acquire().await.unwrap(), citizen).await.unwrap()
}

async fn forget(hub: &TestHub) {
    for table in [
        "event_log",
        "citizens",
        "received_runs",
        "citizen_edits",
        "replaced_events",
        "monthly_figures",
        "pregnancies",
        "pregnancy_records",
        "elderly_health_records",
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!("truncate {table}"))).execute(&hub.db).await.unwrap();
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn visits_of_women_and_the_elderly_are_the_same_rows_in_whatever_order_events_come(db: PgPool) {
    let mut hub = TestHub::start(db).await;
    let (ratna, karto) = (id(5, 1), id(5, 2));
    let node = story(ratna, karto);
    hub.enrol(&node, &[mawar()]).await;
    let count = node.frames.len() as u64;
    let (first, mut seed) = (state_after(&mut hub, &node, (1..=count).collect()).await, 7_u64);
    let backwards = state_after(&mut hub, &node, (1..=count).rev().collect()).await;
    assert_eq!(first, backwards, "backwards");
    for round in 0..3 {
        let mut order: Vec<u64> = (1..=count).collect();
        println!("seed {seed}");
        for last in (1..order.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(last, (seed >> 33) as usize % (last + 1));
        }
        assert_eq!(first, state_after(&mut hub, &node, order).await, "round {round}");
    }

    let seen = checkups(&hub, ratna).await;
    let [pregnancy] = seen.pregnancies.pregnancies.as_slice() else { panic!("{seen:?}") };
    assert_eq!(pregnancy.due_on, Some(day("2026-10-08")));
    assert_eq!(pregnancy.outcome.as_deref(), Some("born"));
    let [one, two, after] = seen.pregnancies.visits.as_slice() else { panic!("{seen:?}") };
    assert_eq!(
        (one.gestational_age_weeks, one.systolic_mmhg, one.diastolic_mmhg),
        (Some(10), Some(142), Some(88))
    );
    assert_eq!((one.weight_g, one.arm_tenth_mm, one.tablets), (None, Some(2_340), 30), "99 kg was voided");
    assert_eq!((one.validated, one.midwife_id, one.notes.as_str()), (true, Some(dewi()), "dirujuk"));
    assert_eq!((one.tetanus_dose, one.is_by_doctor, one.kind.as_str()), (Some(2), true, "anc"));
    assert_eq!(
        (two.gestational_age_weeks, two.fundus_tenth_mm, two.validated),
        (Some(22), Some(2_000), false)
    );
    assert_eq!((after.kind.as_str(), after.capsules, after.gestational_age_weeks), ("nifas", 2, None));
    let [before] = seen.adult.as_slice() else { panic!("{seen:?}") };
    assert_eq!((before.recorded_on, before.pressure_class.as_deref()), (day("2025-11-01"), Some("optimal")));

    let seen = checkups(&hub, karto).await;
    assert!(seen.pregnancies.visits.is_empty());
    let [_, year] = seen.adult.as_slice() else { panic!("{seen:?}") };
    assert_eq!(year.pressure_class.as_deref(), Some("hypertension_1"));
    assert_eq!(year.is_isolated_systolic, Some(true));
    assert_eq!((year.glucose_class.as_deref(), year.is_fasting), (Some("diabetes"), Some(true)));
    assert_eq!(year.cholesterol_class.as_deref(), Some("borderline"));
    assert_eq!(year.bmi_class.as_deref(), Some("obese_1"), "with the height of the visit before");
    assert_eq!((year.is_uric_acid_high, year.notes.as_str()), (Some(false), "ADL 11/12"));

    // a lost row comes back, and a row that says something else is noticed
    sqlx::query("delete from pregnancy_records").execute(&hub.db).await.unwrap();
    assert_eq!(hub::checkups::recount(&hub.db).await.unwrap().1.len(), 1);
    hub::checkups::rebuild(&hub.db).await.unwrap();
    hub.assert_proved().await;
    assert_eq!(state(&hub.db).await, first);
}

async fn state_after(hub: &mut TestHub, node: &Node, order: Vec<u64>) -> String {
    forget(hub).await;
    for sequence in order {
        hub.send(node, node.sealed(sequence, sequence)).await;
    }
    hub.count().await;
    hub.assert_proved().await;
    state(&hub.db).await
}
