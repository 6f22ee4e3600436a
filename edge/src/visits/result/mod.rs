//! What the visit means: in words first, then the chart, then what to copy into the book, then what to do.

mod advice;
mod border;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use growth::chart::{Chart, Indicator};
use growth::kms::{self, Gain, Line, Rules};
use growth::{Assessment, Child, Index, NoZ, Visit, assess};
use protocol::VisitId;
use protocol::event::Instrument;
use protocol::growth::{NotTaken, Taken, Window};

use super::case::{Case, Who};
use super::{growing, station};
use crate::app::Edge;
use crate::scales::Quantity;
use crate::staff::Staff;
use crate::store::VisitRecord;
use crate::web::{Shell, Trouble, page, words};
use advice::{Advice, Found, Tone, advise};
use border::{Blur, worth_repeating};

#[derive(Template)]
#[template(path = "visits/result/page.html")]
struct ResultPage {
    shell: Shell,
    who: Who,
    visit: VisitId,
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
    unusual_gap: bool,
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
    staff.saw(&edge, case.ticket.citizen, "hasil");
    let record = case.this();
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
        next: missing(&case),
        weight: taken_mass,
        length: taken_length,
        meaning: record
            .filter(|record| case.now.believable && !record.clock_unset)
            .and_then(|record| meaning(&case, record)),
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

fn meaning(case: &Case, record: &VisitRecord) -> Option<Meaning> {
    let child = growing::grower(&case.child.registered)?;
    let now = growing::visit(record)?;
    let visits: Vec<Visit> = case.records.iter().filter_map(growing::visit).collect();
    let assessment = assess(&child, now.on, &now.measures);
    let weighings = visits.iter().filter_map(Visit::weighing);
    let line = now.weighing().and_then(|_| kms::month(&child, weighings, Rules::default(), now.month));
    let found = Found {
        child: &child,
        on: now.on,
        assessment: &assessment,
        line: line.as_ref(),
        oedema: now.measures.oedema,
        not_weighed: not_taken(record.weighed.as_ref().map(|seen| seen.value.mass_g)),
        not_measured: not_taken(record.length.as_ref().map(|seen| seen.value.length_tenth_mm)),
    };
    let advice = advise(&found);
    let drawn = draw(&child, &visits, now.on);
    Some(Meaning {
        tone: advice.iter().map(|advice| advice.tone).max().unwrap_or(Tone::Good),
        gain: line.as_ref().map(gain),
        classes: classes(&assessment),
        scores: scores(&assessment),
        svg: drawn.svg,
        trend: drawn.trend,
        table: drawn.table,
        book: book(&now, line.as_ref()),
        unusual_gap: line.is_some_and(|line| line.gap_is_unusual() && line.gained_g.is_some()),
        advice,
    })
}

fn not_taken(taken: Option<Taken<u32>>) -> Option<NotTaken> {
    match taken? {
        Taken::Value(_) => None,
        Taken::Not(why) => Some(why),
    }
}

/// The KMS card of a child, with the newest point ringed.
pub(super) fn draw(child: &Child, visits: &[Visit], on: chrono::NaiveDate) -> Drawn {
    let chart = Chart::new(child, visits, Indicator::WeightForAge, on);
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

fn classes(assessment: &Assessment) -> Vec<(Tone, String)> {
    use growth::{LengthForAge, Nutrition, WeightForAge};
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
    [status, length, weight].into_iter().flatten().collect()
}

fn scores(assessment: &Assessment) -> Vec<(&'static str, String)> {
    let lying = assessment.age.expects() == Some(growth::Posture::Lying);
    let (length, weight_for_it) = if lying { ("PB/U", "BB/PB") } else { ("TB/U", "BB/TB") };
    let indices =
        [(Index::Waz, "BB/U"), (Index::Lhaz, length), (Index::Whz, weight_for_it), (Index::Baz, "IMT/U")];
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

fn capital(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
