//! What a visit found, by every rule there is: what pages tell, what is advised, and whether the child is sent on.

use care::child::{Capsule, Limits, Reason, To, deworming, referral, vitamin_a};
use growth::kms::{self, Gain, Line, Rules};
use growth::{Arm, Assessment, Child, HeadForAge, LengthForAge, Nutrition, Visit, WeightForAge, assess};
use protocol::Body;
use protocol::growth::{NotTaken, Taken};
use protocol::service::{Noted, Served};

use super::case::Case;
use super::growing;
use crate::app::Edge;
use crate::store::{Fact, StoreError};
use crate::web::words;

/// A visit with everything that follows from it. It says nothing where the date cannot be believed.
pub(crate) struct Findings {
    pub(crate) child: Child,
    /// All visits of the child, oldest first.
    pub(crate) visits: Vec<Visit>,
    /// This one.
    pub(crate) now: Visit,
    pub(crate) assessment: Assessment,
    /// The same as if born at term; only for a preterm child below two years.
    pub(crate) corrected: Option<Assessment>,
    /// The line of this month on the growth card.
    pub(crate) line: Option<Line>,
    pub(crate) not_weighed: Option<NotTaken>,
    pub(crate) not_measured: Option<NotTaken>,
    /// The capsule that is still to be given today.
    pub(crate) vitamin_a: Option<Capsule>,
    /// The dose against worms that is still to be given today, in mg.
    pub(crate) deworming_mg: Option<u16>,
    sent: care::child::Found,
    limits: Limits,
}

/// What the Puskesmas has decided about referring; where it has said nothing, what this project recommends.
pub(crate) fn limits(edge: &Edge) -> Result<Limits, StoreError> {
    let usual = Limits::default();
    let after = edge.store.setting("child.refer_after_t")?.and_then(|text| text.trim().parse().ok());
    let orange = edge.store.setting("child.refer_above_orange")?.map(|text| text.trim() == "ya");
    Ok(Limits {
        refer_after_t: after.unwrap_or(usual.refer_after_t),
        refer_above_orange: orange.unwrap_or(usual.refer_above_orange),
    })
}

impl Findings {
    /// What a visit found; `None` while nobody knows the day, and before anything was recorded.
    pub(crate) fn of(edge: &Edge, case: &Case) -> Result<Option<Self>, StoreError> {
        let limits = limits(edge)?;
        Ok(Self::by(case, limits))
    }

    fn by(case: &Case, limits: Limits) -> Option<Self> {
        let record = case.this();
        let is_dated = record.is_none_or(|record| !record.clock_unset);
        let child = growing::grower(&case.child.registered).filter(|_| case.now.believable && is_dated)?;
        let mut findings =
            Self::from(child, growing::visits(&case.records, &case.facts), this_visit(case)?, limits);
        let answered = |says: fn(&Noted) -> bool| {
            case.facts_here().any(|fact| matches!(fact.body(), Body::Noted(noted) if says(noted)))
        };
        findings.sent.tuberculosis =
            answered(|noted| matches!(noted, Noted::Tuberculosis(signs) if !signs.is_empty()));
        findings.sent.development =
            answered(|noted| matches!(noted, Noted::Development { cannot, .. } if !cannot.is_empty()));
        findings.not_weighed =
            not_taken(record.and_then(|record| Some(record.weighed.as_ref()?.value.mass_g)));
        findings.not_measured =
            not_taken(record.and_then(|record| Some(record.length.as_ref()?.value.length_tenth_mm)));
        let capsules = days(&case.facts, |served| matches!(served, Served::VitaminA(_)));
        let doses = days(&case.facts, |served| matches!(served, Served::Deworming { .. }));
        let (born, on) = (child.birth_date, findings.now.on);
        findings.vitamin_a = vitamin_a(born, on, capsules.into_iter());
        findings.deworming_mg = deworming(born, on, doses.into_iter());
        Some(findings)
    }

    /// What follows from measures alone, for a child that was given nothing and of whom nothing was asked.
    fn from(child: Child, visits: Vec<Visit>, now: Visit, limits: Limits) -> Self {
        let assessment = assess(&child, now.on, &now.measures);
        let weighings = || visits.iter().filter_map(Visit::weighing);
        let line = now.weighing().and_then(|_| kms::month(&child, weighings(), Rules::default(), now.month));
        let lines = kms::months(&child, weighings(), Rules::default());
        let not_risen = line.as_ref().map_or(0, |_| not_risen(lines, now.month));
        Self {
            corrected: child.corrected(now.on).map(|term| assess(&term, now.on, &now.measures)),
            not_weighed: None,
            not_measured: None,
            vitamin_a: vitamin_a(child.birth_date, now.on, std::iter::empty()),
            deworming_mg: deworming(child.birth_date, now.on, std::iter::empty()),
            sent: sent(&child, &now, &assessment, line.as_ref(), not_risen),
            child,
            visits,
            now,
            assessment,
            line,
            limits,
        }
    }

    /// Why the child is to be sent on and where to, the most urgent first.
    pub(crate) fn referral(&self) -> impl Iterator<Item = (Reason, To)> {
        referral(&self.sent, &self.limits)
    }

    /// Whether it is to be sent on for this reason.
    pub(crate) fn refers(&self, reason: Reason) -> bool {
        self.referral().any(|(other, _)| other == reason)
    }

    /// Completed months of age.
    pub(crate) fn months(&self) -> i32 {
        self.sent.months
    }

    /// The one nutrition status, with tape and oedema.
    pub(crate) fn status(&self, status: Nutrition) -> bool {
        self.assessment.status == Some(status)
    }

    pub(crate) fn length(&self, class: LengthForAge) -> bool {
        self.assessment.categories.tb_u == Some(class)
    }

    pub(crate) fn weight(&self, class: WeightForAge) -> bool {
        self.assessment.categories.bb_u == Some(class)
    }

    pub(crate) fn gain(&self, gain: Gain) -> bool {
        self.line.is_some_and(|line| line.gain == gain)
    }
}

/// This visit as the growth card sees it: what was recorded so far, even if it is only a tape or an answer.
fn this_visit(case: &Case) -> Option<Visit> {
    let recorded = case.this().and_then(growing::visit);
    let first = case.facts_here().next();
    let mut visit = match (recorded, first) {
        (Some(visit), _) => visit,
        (None, Some(fact)) => {
            let month = growth::Month(fact.month.0);
            Visit { on: fact.on?.to_naive()?, month, from_book: false, measures: growth::Measures::default() }
        }
        (None, None) => return None,
    };
    case.facts_here().for_each(|fact| growing::add(&mut visit.measures, fact.body()));
    Some(visit)
}

/// Months of T in a row up to this one.
fn not_risen(lines: impl Iterator<Item = Line>, month: growth::Month) -> u8 {
    let mut row: u8 = 0;
    let mut last: Option<growth::Month> = None;
    for line in lines.filter(|line| line.weighing.month <= month) {
        let follows = last.is_some_and(|last| line.weighing.month.0 - last.0 == 1);
        row = match line.gain {
            Gain::NotRisen if follows => row.saturating_add(1),
            Gain::NotRisen => 1,
            Gain::Risen | Gain::NoLastMonth | Gain::First => 0,
        };
        last = Some(line.weighing.month);
    }
    row
}

fn sent(
    child: &Child,
    now: &Visit,
    assessment: &Assessment,
    line: Option<&Line>,
    not_risen: u8,
) -> care::child::Found {
    let classes = &assessment.categories;
    let is = |status| assessment.status == Some(status);
    care::child::Found {
        months: growth::completed_months(child.birth_date, now.on),
        mass_g: now.measures.mass(),
        oedema: now.measures.oedema,
        red_tape: classes.lila == Some(Arm::Red),
        yellow_tape: classes.lila == Some(Arm::Yellow),
        severely_wasted: classes.bb_tb == Some(Nutrition::SeverelyWasted),
        wasted: classes.bb_tb == Some(Nutrition::Wasted),
        over: is(Nutrition::Over) || is(Nutrition::Obese),
        severely_stunted: classes.tb_u == Some(LengthForAge::SeverelyStunted),
        stunted: classes.tb_u == Some(LengthForAge::Stunted),
        below_red_line: line.is_some_and(|line| line.below_red_line),
        above_orange_line: classes.bb_u == Some(WeightForAge::RiskOfOver),
        not_risen,
        head: matches!(classes.lk_u, Some(HeadForAge::Small | HeadForAge::Large)),
        tuberculosis: false,
        development: false,
    }
}

/// The days something was given.
pub(crate) fn days(facts: &[Fact], is: fn(&Served) -> bool) -> Vec<chrono::NaiveDate> {
    let given = facts.iter().filter(|fact| matches!(fact.body(), Body::Served(served) if is(served)));
    given.filter_map(|fact| fact.on?.to_naive()).collect()
}

fn not_taken(taken: Option<Taken<u32>>) -> Option<NotTaken> {
    match taken? {
        Taken::Value(_) => None,
        Taken::Not(why) => Some(why),
    }
}

/// Why a child is sent on, as it is said and written on the slip.
pub(crate) const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Oedema => "kedua kaki bengkak",
        Reason::SevereAndYoung => "gizi buruk, umur di bawah 6 bulan",
        Reason::SevereAndLight => "gizi buruk, berat di bawah 4 kg",
        Reason::RedTape => "LiLA merah (di bawah 11,5 cm)",
        Reason::SeverelyWasted => "gizi buruk (BB/TB di bawah −3)",
        Reason::BelowRedLine => "di bawah garis merah",
        Reason::NotRisen => "berat tidak naik",
        Reason::SeverelyStunted => "sangat pendek untuk umurnya",
        Reason::Tuberculosis => "ada tanda TB",
        Reason::Wasted => "gizi kurang (BB/TB di bawah −2)",
        Reason::YellowTape => "LiLA kuning (11,5 sampai 12,4 cm)",
        Reason::Stunted => "pendek untuk umurnya",
        Reason::Development => "perkembangan belum sesuai umur",
        Reason::Head => "lingkar kepala di luar batas",
        Reason::Over => "gizi lebih atau obesitas",
        Reason::AboveOrangeLine => "di atas garis oranye",
    }
}

/// *biru* or *merah*.
pub(crate) const fn capsule(capsule: Capsule) -> &'static str {
    match capsule {
        Capsule::Blue => "biru",
        Capsule::Red => "merah",
    }
}

/// `13,2 cm`, with the colour of the tape where it counts.
pub(crate) fn tape(tenth_mm: u32, arm: Option<Arm>) -> String {
    let colour = match arm {
        Some(Arm::Red) => " (merah)",
        Some(Arm::Yellow) => " (kuning)",
        Some(Arm::Green) => " (hijau)",
        None => "",
    };
    format!("{}{colour}", words::cm(tenth_mm))
}

/// A girl of a year in February, measured so.
#[cfg(test)]
pub(crate) fn example(measures: growth::Measures) -> Findings {
    let born = chrono::NaiveDate::from_ymd_opt(2025, 2, 10).expect("a date");
    let on = chrono::NaiveDate::from_ymd_opt(2026, 2, 10).expect("a date");
    let now = Visit::new(on, measures);
    Findings::from(Child::new(growth::Sex::Female, born), vec![now], now, Limits::default())
}

#[cfg(test)]
mod tests {
    use growth::Sex;
    use growth::kms::{Weighing, months};

    use super::*;

    #[test]
    fn months_without_gain_are_counted_in_a_row_and_a_gap_begins_anew() {
        let child = Child::new(Sex::Male, "2024-01-10".parse().unwrap());
        let weighing = |month: i32, mass_g| Weighing {
            month: growth::Month(2026 * 12 + month),
            on: chrono::NaiveDate::from_ymd_opt(2026, month as u32 + 1, 12).unwrap(),
            mass_g,
            from_book: false,
        };
        // naik, tidak, tidak, tidak; then a gap, then tidak once
        let masses =
            [(0, 10_000), (1, 10_300), (2, 10_350), (3, 10_300), (4, 10_300), (6, 10_300), (7, 10_300)];
        let weighings: Vec<Weighing> = masses.map(|(month, mass_g)| weighing(month, mass_g)).into();
        for (month, expected) in [(0, 0), (1, 0), (2, 1), (3, 2), (4, 3), (6, 0), (7, 1)] {
            let lines = months(&child, weighings.iter().copied(), Rules::default());
            assert_eq!(not_risen(lines, growth::Month(2026 * 12 + month)), expected, "month {month}");
        }
    }
}
