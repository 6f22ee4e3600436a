//! What the visit means: in words first, then the chart, then what to copy into the book, then what to do.

mod advice;
mod border;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use growth::chart::{Chart, Indicator};
use growth::kms::{Gain, Line};
use growth::{Assessment, Child, Index, NoZ, Visit};
use protocol::event::Instrument;
use protocol::growth::{Taken, Window};
use protocol::service::{Capsule, Served};
use protocol::{Body, CitizenId, VisitId};

use super::case::{Case, Who};
use super::found::{Findings, tape};
use super::{growing, station};
use crate::app::Edge;
use crate::scales::Quantity;
use crate::staff::Staff;
use crate::store::VisitRecord;
use crate::web::{Shell, Trouble, page, words};
use advice::{Advice, Tone, advise};
use border::{Blur, worth_repeating};

#[derive(Template)]
#[template(path = "visits/result/page.html")]
struct ResultPage {
    shell: Shell,
    who: Who,
    visit: VisitId,
    child: CitizenId,
    next: Option<&'static str>,
    /// What was saved of this visit; `None` for what was not.
    weight: Option<String>,
    length: Option<String>,
    meaning: Option<Meaning>,
    /// What stands so near a border that a second measurement is suggested.
    again: Option<Quantity>,
}

/// What can only be said while the date can be believed.
struct Meaning {
    tone: Tone,
    /// `NAIK`, `TIDAK NAIK` … with what it rests on.
    gain: Option<(Tone, &'static str, String)>,
    classes: Vec<(Tone, String)>,
    scores: Vec<(&'static str, String)>,
    svg: String,
    trend: String,
    table: String,
    book: String,
    /// What else is copied into the book.
    book_more: Vec<String>,
    /// The z-scores of a preterm child as if born at term, with the weeks it came early.
    corrected: Option<(u8, Vec<(&'static str, String)>)>,
    unusual_gap: bool,
    /// Whether there is a reason to send the child on.
    is_sent: bool,
    advice: Vec<Advice>,
}

impl Meaning {
    fn is_referral(&self) -> bool {
        self.tone == Tone::Refer
    }
}

/// A drawn card with its words for those who cannot see it.
pub(super) struct Drawn {
    pub(super) svg: String,
    pub(super) trend: String,
    pub(super) table: String,
}

pub(super) async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Path(visit): Path<VisitId>,
) -> Result<Response, Trouble> {
    let case = Case::load(&edge, &staff, visit)?;
    let record = case.this();
    let findings = Findings::of(&edge, &case)?;
    let taken_mass = record
        .and_then(|record| record.weighed.as_ref())
        .map(|seen| said(seen.value.mass_g, |_| station::weight(&seen.value), seen.instrument.is_none()));
    let taken_length = record.and_then(|record| record.length.as_ref()).map(|seen| {
        said(seen.value.length_tenth_mm, |length| words::cm(length).to_string(), seen.instrument.is_none())
    });
    page(&ResultPage {
        shell: Shell::of(&edge, &staff),
        who: case.who(),
        visit,
        child: case.child.id,
        next: missing(&case),
        weight: taken_mass,
        length: taken_length,
        meaning: findings.map(|findings| meaning(&case, &findings)),
        again: record
            .filter(|record| case.now.believable && record.observed_on == case.now.today.into())
            .and_then(|record| again(&edge, &case, record)),
    })
}

/// What is worth measuring once more. Whoever has done so is not asked again.
fn again(edge: &Edge, case: &Case, record: &VisitRecord) -> Option<Quantity> {
    let child = growing::grower(&case.child.registered)?;
    let now = growing::visit(record)?;
    let half = |quantity, instrument: Option<&Instrument>| {
        let mut all = edge.instruments.list(quantity).into_iter();
        let own = instrument.and_then(|own| all.find(|about| about.name == own.name));
        match (own, quantity) {
            (Some(about), _) => about.division.div_ceil(2),
            (None, Quantity::Weight) => 50, // a hanging scale, read by eye
            (None, Quantity::Length) => 5,
        }
    };
    let spread = |window: Option<Window>| window.map_or(0, |window| window.spread);
    let weighed = record.weighed.as_ref().filter(|seen| seen.value.repeat == 1);
    let length = record.length.as_ref().filter(|seen| seen.value.repeat == 1);
    let blur = Blur {
        mass_g: weighed.map(|seen| match seen.value.carried {
            // two readings, each by half a division
            Some(carried) => carried.division_g,
            None => half(Quantity::Weight, seen.instrument.as_ref()).max(spread(seen.value.window)),
        }),
        length_tenth_mm: length
            .map(|seen| half(Quantity::Length, seen.instrument.as_ref()).max(spread(seen.value.window))),
    };
    worth_repeating(&child, now.on, &now.measures, blur)
}

/// The station that is still to come.
fn missing(case: &Case) -> Option<&'static str> {
    match (case.ticket.weighed, case.ticket.measured) {
        (false, _) => Some("weight"),
        (true, false) => Some("length"),
        (true, true) => None,
    }
}

fn said(taken: Taken<u32>, show: impl Fn(u32) -> String, by_hand: bool) -> String {
    match taken {
        Taken::Value(value) if by_hand => format!("{} ✎ diketik", show(value)),
        Taken::Value(value) => show(value),
        Taken::Not(why) => words::not_taken(why).into(),
    }
}

fn meaning(case: &Case, found: &Findings) -> Meaning {
    let Findings { child, visits, now, assessment, line, .. } = found;
    let advice = advise(found);
    let drawn = draw(child, visits, now.on);
    let weeks_early = child.gestation_weeks.map_or(0, |weeks| 40u8.saturating_sub(weeks));
    Meaning {
        tone: advice.iter().map(|advice| advice.tone).max().unwrap_or(Tone::Good),
        gain: line.as_ref().map(gain),
        classes: classes(found),
        scores: scores(assessment),
        corrected: found.corrected.as_ref().map(|corrected| (weeks_early, scores(corrected))),
        svg: drawn.svg,
        trend: drawn.trend,
        table: drawn.table,
        book: book(now, line.as_ref()),
        book_more: book_more(case, found),
        unusual_gap: line.is_some_and(|line| line.gap_is_unusual() && line.gained_g.is_some()),
        is_sent: found.referral().next().is_some(),
        advice,
    }
}

/// The KMS card of a child, with the newest point ringed.
pub(super) fn draw(child: &Child, visits: &[Visit], on: chrono::NaiveDate) -> Drawn {
    drawn(&Chart::new(child, visits, Indicator::WeightForAge, on))
}

/// A card with its sentence and its table.
pub(super) fn drawn(chart: &Chart<'_>) -> Drawn {
    let mut drawn =
        Drawn { svg: String::with_capacity(16 * 1024), trend: String::new(), table: String::new() };
    chart.write_svg(&mut drawn.svg).expect("writing into memory does not fail");
    chart.write_trend(&mut drawn.trend).expect("writing into memory does not fail");
    chart.write_table(&mut drawn.table).expect("writing into memory does not fail");
    drawn
}

fn gain(line: &Line) -> (Tone, &'static str, String) {
    let needed = line.kbm_g.map(|kbm_g| format!(" (perlu {kbm_g} g)")).unwrap_or_default();
    let gained = line.gained_g.map(|grams| format!("{}{needed}", words::gain(grams))).unwrap_or_default();
    match line.gain {
        Gain::Risen => (Tone::Good, "NAIK", gained),
        Gain::NotRisen if line.twice_not_risen => (Tone::Refer, "TIDAK NAIK 2×", gained),
        Gain::NotRisen => (Tone::Attention, "TIDAK NAIK", gained),
        Gain::NoLastMonth => (Tone::Good, "TERCATAT", "bulan lalu tidak ditimbang".into()),
        Gain::First => (Tone::Good, "TERCATAT", "baru pertama ditimbang".into()),
    }
}

fn classes(found: &Findings) -> Vec<(Tone, String)> {
    use growth::{Arm, HeadForAge, LengthForAge, Nutrition, WeightForAge};
    let assessment = &found.assessment;
    let status = assessment.status.map(|status| {
        let tone = match status {
            Nutrition::SeverelyWasted => Tone::Refer,
            Nutrition::Good => Tone::Good,
            Nutrition::Wasted | Nutrition::RiskOfOver | Nutrition::Over | Nutrition::Obese => Tone::Attention,
        };
        (tone, capital(status.label()))
    });
    let length = assessment.categories.tb_u.map(|class| {
        let tone = match class {
            LengthForAge::SeverelyStunted => Tone::Refer,
            LengthForAge::Stunted => Tone::Attention,
            LengthForAge::Normal | LengthForAge::Tall => Tone::Good,
        };
        (tone, capital(class.label()))
    });
    let weight = assessment.categories.bb_u.map(|class| {
        let tone = match class {
            WeightForAge::SeverelyUnder => Tone::Refer,
            WeightForAge::Under | WeightForAge::RiskOfOver => Tone::Attention,
            WeightForAge::Normal => Tone::Good,
        };
        (tone, capital(class.label()))
    });
    let arm = assessment.categories.lila.map(|class| {
        let tone = match class {
            Arm::Red => Tone::Refer,
            Arm::Yellow => Tone::Attention,
            Arm::Green => Tone::Good,
        };
        (tone, class.label().into())
    });
    let head = assessment.categories.lk_u.map(|class| {
        let tone = match class {
            HeadForAge::Normal => Tone::Good,
            HeadForAge::Small | HeadForAge::Large => Tone::Attention,
        };
        (tone, capital(class.label()))
    });
    [status, length, weight, arm, head].into_iter().flatten().collect()
}

fn scores(assessment: &Assessment) -> Vec<(&'static str, String)> {
    let lying = assessment.age.expects() == Some(growth::Posture::Lying);
    let (length, weight_for_it) = if lying { ("PB/U", "BB/PB") } else { ("TB/U", "BB/TB") };
    let indices = [
        (Index::Waz, "BB/U"),
        (Index::Lhaz, length),
        (Index::Whz, weight_for_it),
        (Index::Baz, "IMT/U"),
        (Index::Hcz, "LK/U"),
    ];
    let shown = |index: Index| match assessment.scores.get(index) {
        Ok(z) if assessment.flags.contains(index) => format!("{} (perlu dicek)", growth::words::z(z)),
        Ok(z) => growth::words::z(z).to_string(),
        Err(reason) => no_score(reason).into(),
    };
    indices.into_iter().map(|(index, name)| (name, shown(index))).collect()
}

const fn no_score(reason: NoZ) -> &'static str {
    match reason {
        NoZ::NoMeasure => "belum diukur",
        NoZ::Oedema => "tidak dihitung (bengkak)",
        NoZ::AgeOutOfRange => "di luar umur tabel",
        NoZ::LengthOutOfRange => "di luar tabel",
        NoZ::NoSex | NoZ::NoAge => "belum diketahui",
    }
}

/// `Feb · 8,45 · N`, as the KIA book wants it.
fn book(now: &Visit, line: Option<&Line>) -> String {
    let month = words::month_name(now.month);
    match (now.measures.mass(), line) {
        (Some(mass_g), Some(line)) => {
            format!("{month} · {} · {}", words::kg_figure(mass_g), line.gain.code())
        }
        (Some(mass_g), None) => format!("{month} · {}", words::kg_figure(mass_g)),
        (None, _) => format!("{month} · tidak ditimbang"),
    }
}

/// What else of this visit the book has a place for.
fn book_more(case: &Case, found: &Findings) -> Vec<String> {
    let measures = &found.now.measures;
    let arm =
        measures.arm_tenth_mm.map(|arm| format!("LiLA {}", tape(arm, found.assessment.categories.lila)));
    let head = measures.head_tenth_mm.map(|head| format!("Lingkar kepala {}", words::cm(head)));
    let given = case.facts_here().filter_map(|fact| match fact.body() {
        Body::Served(Served::VitaminA(Capsule::Blue)) => Some("Vitamin A biru".into()),
        Body::Served(Served::VitaminA(Capsule::Red)) => Some("Vitamin A merah".into()),
        Body::Served(Served::Deworming { dose_mg, .. }) => Some(format!("Obat cacing {dose_mg} mg")),
        Body::Served(Served::Food { product, .. }) => Some(format!("PMT {product}")),
        _ => None,
    });
    arm.into_iter().chain(head).chain(given).collect()
}

fn capital(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
