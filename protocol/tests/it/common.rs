//! Invented events that every test of the wire shares.

use protocol::check::{InstrumentChecked, InstrumentKind, Load, Spot, Verdict};
use protocol::event::{Author, Entry, Event, Header, Instrument, Place, Role, Visit};
use protocol::growth::{self, Carried, Clothing, LengthTaken, Posture, Taken, Weighed, Window};
use protocol::immunization::{Dose, Immunization, Timing};
use protocol::measured::{Measure, Measured, Pressure};
use protocol::pregnancy::{AncExamined, NifasExamined, Outcome, PregnancyBegan, PregnancyEnded, Screened};
use protocol::registry::AdultRegistered;
use protocol::registry::{ChildRegistered, Edit, Leaving, PersonEdited, PersonLeft, Sex};
use protocol::service::{Noted, Served, TbSign, Voided};
use protocol::session::{Figures, Row, SessionClosed, SessionOpened};
use protocol::time::{ClockFound, ClockSource, Hybrid};
use protocol::{Body, CitizenId, EventId, LocalDate, Month, NodeId, PosyanduId, Stamp, UserId, VisitId};
use protocol::{PregnancyId, SessionId};
use uuid::Uuid;

pub(crate) const NODE: NodeId = NodeId(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001));

pub(crate) fn event(sequence: u64, body: Body) -> Event {
    let header = Header {
        id: EventId(Uuid::from_u128(0x100 + u128::from(sequence))),
        node: NODE,
        incarnation: 1,
        sequence,
        author: Author { user: UserId(Uuid::from_u128(5)), role: Role::Kader },
        posyandu: PosyanduId(Uuid::from_u128(6)),
        citizen: Some(CitizenId(Uuid::from_u128(7))),
        visit: Some(Visit { id: VisitId(Uuid::from_u128(8)), ticket: 17, bpjs: None }),
        observed_on: LocalDate(20_781),
        recorded_at: Stamp {
            wall_ms: 1_795_485_600_000,
            offset_min: 420,
            source: ClockSource::Ntp,
            boot: [3; 16],
            monotonic_ns: 1_000_000,
        },
        report_month: Month(24_322),
        place: Place::Posyandu,
        entry: Entry::Instrument,
        instrument: Some(Instrument {
            name: "Timbangan bayi A".into(),
            dialect: "ad_std".into(),
            checked_on: None,
        }),
        replaces: None,
    };
    Event { header, body }
}

pub(crate) fn registered() -> Body {
    Body::ChildRegistered(ChildRegistered {
        name: "Siti Aminah".into(),
        nik: Some("9971012345670001".into()),
        birth_date: LocalDate(20_300),
        sex: Sex::Female,
        mother: "Rahma".into(),
        gestation_weeks: Some(39),
        birth_mass_g: Some(3100),
        birth_order: None,
        kia_book: true,
    })
}

pub(crate) fn weighed() -> Body {
    Body::Weighed(Weighed {
        mass_g: Taken::Value(8450),
        oedema: false,
        clothing: Clothing::Light,
        repeat: 1,
        window: Some(Window { count: 40, spread: 10, duration_ms: 4000, min: 8430, max: 8470 }),
        insisted: vec![2],
        carried: None,
    })
}

pub(crate) fn carried() -> Body {
    let window = |min, max| Window { count: 20, spread: 0, duration_ms: 1000, min, max };
    Body::Weighed(Weighed {
        mass_g: Taken::Value(8450),
        oedema: false,
        clothing: Clothing::Light,
        repeat: 1,
        window: None,
        insisted: vec![],
        carried: Some(Carried {
            together: growth::Load { mass_g: 61_400, window: window(61_350, 61_400) },
            alone: growth::Load { mass_g: 52_950, window: window(52_950, 53_000) },
            division_g: 50,
        }),
    })
}

pub(crate) fn length_taken() -> Body {
    Body::LengthTaken(LengthTaken {
        length_tenth_mm: Taken::Value(7310),
        posture: Posture::Lying,
        repeat: 1,
        window: None,
        insisted: vec![],
    })
}

pub(crate) fn clock_found() -> Body {
    Body::ClockFound(ClockFound {
        boot: [3; 16],
        monotonic_ns: 61_000_000_000,
        wall_ms: 1_795_485_660_000,
        offset_min: 420,
        source: ClockSource::Phone,
    })
}

pub(crate) fn edited() -> Body {
    Body::PersonEdited(PersonEdited {
        edit: Edit::Nik(Some("9971012345670002".into())),
        bases: vec![EventId(Uuid::from_u128(0x101))],
        at: Hybrid { ms: 1_795_485_600_000, count: 1 },
    })
}

pub(crate) fn left() -> Body {
    Body::PersonLeft(Leaving::Moved.into())
}

pub(crate) fn doubled() -> Body {
    let double_of = Some(CitizenId(Uuid::from_u128(7)));
    Body::PersonLeft(PersonLeft { leaving: Leaving::Double, double_of })
}

pub(crate) fn checked() -> Body {
    let load = |nominal, spot, value| Load { nominal, spot, value, limit: 10 };
    Body::InstrumentChecked(InstrumentChecked {
        device: "usb-1a86_USB_Serial-if00-port0".into(),
        kind: InstrumentKind::InfantScale,
        division: 10,
        loads: vec![
            load(0, Spot::Centre, -10),
            load(5_000, Spot::Centre, 5_010),
            load(5_000, Spot::Corner(4), 4_990),
        ],
        spread_limit: Some(10),
        verdict: Verdict::Uneven,
    })
}

/// One body of each kind from 8 on, in order, each with the name of its golden bytes.
pub(crate) fn services() -> Vec<(&'static str, Body)> {
    let id = |number| Uuid::from_u128(number);
    let child = CitizenId(id(9));
    vec![
        (
            "adult_registered",
            Body::AdultRegistered(AdultRegistered {
                name: "Sumiyati".into(),
                nik: Some("9971014107600001".into()),
                birth_date: LocalDate(-3_472),
                is_birth_estimated: true,
                sex: Sex::Female,
            }),
        ),
        (
            "session_opened",
            Body::SessionOpened(SessionOpened {
                session: SessionId(id(20)),
                title: "Bulan vitamin A".into(),
                description: String::new(),
                present: vec![UserId(id(5))],
            }),
        ),
        (
            "session_closed",
            Body::SessionClosed(SessionClosed {
                session: SessionId(id(20)),
                rows: vec![Row {
                    sex: Sex::Male,
                    from_month: 12,
                    to_month: 23,
                    figures: Figures { s: 9, k: 8, d: 7, n: 4, t: 1, o: 1, b: 1, two_t: 0, bgm: 1 },
                }],
            }),
        ),
        (
            "measured",
            Body::Measured(Measured {
                measure: Measure::Pressure(Taken::Value(Pressure {
                    systolic: 128,
                    diastolic: 82,
                    pulse: Some(76),
                })),
                repeat: 1,
                window: None,
                insisted: vec![],
            }),
        ),
        ("noted", Body::Noted(Noted::Tuberculosis(vec![TbSign::Cough, TbSign::Contact]))),
        (
            "served",
            Body::Served(Served::Referred {
                to: "Puskesmas Cibadak".into(),
                reasons: vec!["BGM".into()],
                urgent: false,
            }),
        ),
        (
            "pregnancy_began",
            Body::PregnancyBegan(PregnancyBegan {
                pregnancy: PregnancyId(id(30)),
                last_period: Some(LocalDate(20_600)),
                due: None,
                gravida: 2,
                para: 1,
                abortus: 0,
                tetanus: Some(3),
                risks: vec!["usia_35".into()],
            }),
        ),
        (
            "pregnancy_ended",
            Body::PregnancyEnded(PregnancyEnded {
                pregnancy: PregnancyId(id(30)),
                on: LocalDate(20_880),
                outcome: Outcome::Born(vec![child]),
            }),
        ),
        (
            "anc_examined",
            Body::AncExamined(AncExamined {
                pregnancy: PregnancyId(id(30)),
                by_doctor: false,
                ultrasound: true,
                tetanus_given: Some(4),
                screened: vec![Screened { what: "hb".into(), result: "11,2".into() }],
                risks: vec![],
                notes: "baik".into(),
                validated: true,
            }),
        ),
        (
            "nifas_examined",
            Body::NifasExamined(NifasExamined {
                pregnancy: PregnancyId(id(30)),
                capsules: 2,
                risks: vec!["demam".into()],
                notes: String::new(),
                validated: false,
            }),
        ),
        (
            "immunization",
            Body::Immunization(Immunization::Given(Dose {
                antigen: "DPT-HB-Hib".into(),
                number: 2,
                batch: Some("B1234".into()),
                given_by: None,
                timing: Timing::Timely,
            })),
        ),
        ("voided", Body::Voided(Voided { kind: 11 })),
    ]
}
