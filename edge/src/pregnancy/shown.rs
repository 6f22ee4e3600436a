//! How a pregnancy stands: what refers, how far it is, which visits were made, what is due.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use care::adult::Referral;
use care::pregnancy::{CAPSULES, Progress, Rules, Trimester, VISITS, nifas_visit};
use protocol::measured::What;
use protocol::{CitizenId, VisitId};

use super::course::Course;
use super::{meaning, settings, words};
use crate::app::Edge;
use crate::measuring::slip::{self, Slip};
use crate::measuring::{Line, Top, Typed, Visitor, say, today_open};
use crate::staff::{Act, Staff};
use crate::web::{Trouble, page, words as said};

/// The quantities of a pregnant woman, in the order in which they are asked for.
pub(super) const ASKED: [What; 8] = [
    What::Pressure,
    What::Mass,
    What::Arm,
    What::Height,
    What::Fundus,
    What::FetalHeart,
    What::Haemoglobin,
    What::Temperature,
];

#[derive(Template)]
#[template(path = "pregnancy/page.html")]
struct PregnancyPage {
    top: Top,
    id: CitizenId,
    state: Standing,
    lines: Vec<Line>,
    referral: Option<Referral>,
    is_referred: bool,
    facts: Vec<(&'static str, String)>,
    visits: Vec<Visit>,
    due: Vec<String>,
    drafts: Vec<Draft>,
    figures: Vec<String>,
    before: Vec<String>,
    /// Something was saved today.
    is_saved: bool,
    can_measure: bool,
    can_examine: bool,
    open: Option<VisitId>,
}

/// Where she is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Pregnant,
    Nifas,
    Neither,
}

/// One of K1 to K6, or KF1 to KF4.
struct Visit {
    name: String,
    /// The day it was made, and what is to be said of it.
    made: Option<String>,
}

/// What waits for the midwife.
struct Draft {
    event: String,
    day: String,
    notes: String,
}

pub(super) async fn show(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    staff.may(Act::ReadPerson)?;
    let visitor = Visitor::load(&edge, &staff, id)?;
    if visitor.is_male() {
        return Err(Trouble::Nowhere);
    }
    let rules = settings::rules(&edge)?;
    let (state, course) = standing(&visitor);
    let lines = course.as_ref().map(|course| meaning::lines(&visitor, course, &rules)).unwrap_or_default();
    let mut shown = PregnancyPage {
        top: visitor.top("/pregnancies"),
        id,
        state,
        referral: slip::referral(&lines),
        is_referred: slip::is_kept_today(&visitor),
        lines,
        facts: Vec::new(),
        visits: Vec::new(),
        due: Vec::new(),
        drafts: Vec::new(),
        figures: course.as_ref().map(|course| figures(&visitor, course)).unwrap_or_default(),
        before: before(&visitor, course.as_ref()),
        is_saved: visitor
            .facts()
            .any(|fact| visitor.today().is_some_and(|today| fact.on == Some(today.into()))),
        can_measure: staff.can(Act::RecordMeasurement),
        can_examine: staff.can(Act::RecordAnc),
        open: today_open(&edge, &staff, &visitor)?,
    };
    if let Some(course) = &course {
        shown.drafts = course.drafts().map(draft).collect();
        shown.facts = facts(&visitor, course, &rules);
        match state {
            Standing::Pregnant => {
                (shown.visits, shown.due) = anc(&visitor, course, &rules);
            }
            Standing::Nifas => (shown.visits, shown.due) = nifas(&visitor, course),
            Standing::Neither => {}
        }
    }
    page(&shown)
}

pub(super) async fn slip(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
) -> Result<Response, Trouble> {
    let visitor = Visitor::load(&edge, &staff, id)?;
    let slip = slip_of(&edge, &visitor)?;
    slip::show(&edge, &staff, &visitor, slip)
}

pub(super) async fn refer(
    State(edge): State<Edge>,
    staff: Staff,
    Path(id): Path<CitizenId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Trouble> {
    let visitor = Visitor::load(&edge, &staff, id)?;
    let slip = slip_of(&edge, &visitor)?;
    slip::take(&edge, &staff, &visitor, slip, typed).await
}

fn slip_of(edge: &Edge, visitor: &Visitor) -> Result<Slip, Trouble> {
    let rules = settings::rules(edge)?;
    let (_, course) = standing(visitor);
    Ok(Slip {
        of: format!("/people/{}/pregnancy", visitor.person.id),
        lines: course.as_ref().map(|course| meaning::lines(visitor, course, &rules)).unwrap_or_default(),
        figures: course.as_ref().map(|course| figures(visitor, course)).unwrap_or_default(),
    })
}

/// The pregnancy she is in, or the one whose six weeks are not over.
fn standing(visitor: &Visitor) -> (Standing, Option<Course<'_>>) {
    if let Some(course) = Course::current(visitor.facts()) {
        return (Standing::Pregnant, Some(course));
    }
    match visitor.today().and_then(|today| Course::in_nifas(visitor.facts(), today)) {
        Some(course) => (Standing::Nifas, Some(course)),
        None => (Standing::Neither, None),
    }
}

/// The last figures of this pregnancy, each with its day.
fn figures(visitor: &Visitor, course: &Course<'_>) -> Vec<String> {
    let last = |&what: &What| visitor.seen(what).into_iter().rfind(|seen| course.covers(seen.on));
    let shown = ASKED.iter().filter_map(last);
    shown.map(|seen| format!("{} · {}", say(&seen.measure), said::date(seen.on))).collect()
}

fn before(visitor: &Visitor, now: Option<&Course<'_>>) -> Vec<String> {
    let ended = Course::all(visitor.facts())
        .into_iter()
        .filter(|course| now.is_none_or(|now| now.began.pregnancy != course.began.pregnancy));
    let line = |course: Course<'_>| {
        let ended = course.ended?;
        let on = ended.on.to_naive()?;
        Some(format!(
            "Hamil ke-{}: {} {}",
            course.began.gravida,
            words::outcome(&ended.outcome),
            said::date(on)
        ))
    };
    ended.filter_map(line).collect()
}

fn facts(visitor: &Visitor, course: &Course<'_>, rules: &Rules) -> Vec<(&'static str, String)> {
    let began = course.began;
    let mut facts = Vec::new();
    if let (Some(dating), Some(today)) = (course.dating(), visitor.today())
        && course.ended.is_none()
    {
        facts.extend(words::weeks(dating, today).map(|weeks| ("Umur kehamilan", weeks)));
        facts.extend(dating.due().map(|due| ("Perkiraan lahir (HPL)", said::date(due).to_string())));
    } else if course.ended.is_none() {
        let why =
            if visitor.today().is_none() { "tanggal alat belum dicocokkan" } else { "HPHT belum diketahui" };
        facts.push(("Umur kehamilan", why.into()));
    }
    facts.extend(course.birth().map(|birth| ("Melahirkan", said::date(birth).to_string())));
    facts.push(("Riwayat", format!("G{} P{} A{}", began.gravida, began.para, began.abortus)));
    facts.push(("Tablet", format!("{} dari {}", course.tablets, rules.tablets)));
    let tetanus = course.tetanus();
    let until = tetanus.protected_until();
    let until = until.map(|until| format!(", terlindung sampai {}", said::date(until))).unwrap_or_default();
    let told = if began.tetanus.is_none() && tetanus.doses == 0 { " (belum diketahui)" } else { "" };
    facts.push(("Tetanus", format!("T{}{until}{told}", tetanus.doses)));
    facts
}

/// K1 to K6, and what is due.
fn anc(visitor: &Visitor, course: &Course<'_>, rules: &Rules) -> (Vec<Visit>, Vec<String>) {
    let (progress, numbered) = course.visits(rules);
    let dating = course.dating();
    let visit = |number: u8| {
        let made = numbered.iter().find(|(_, k)| *k == Some(number)).map(|(examined, _)| {
            let weeks = dating.and_then(|dating| words::weeks(dating, examined.on));
            let weeks = weeks.map(|weeks| format!(" · {weeks}")).unwrap_or_default();
            let doctor = if examined.exam.by_doctor { " · dokter" } else { "" };
            let ultrasound = if examined.exam.ultrasound { " · USG" } else { "" };
            format!("{}{weeks}{doctor}{ultrasound}", said::date(examined.on))
        });
        let kind = match (number, &made, progress.is_pure) {
            (1, Some(_), true) => " murni",
            (1, Some(_), false) => " akses",
            _ => "",
        };
        Visit { name: format!("K{number}{kind}"), made }
    };
    (
        (1..=VISITS).map(visit).collect(),
        visitor.today().map(|today| due(&progress, course, today, rules)).unwrap_or_default(),
    )
}

fn due(progress: &Progress, course: &Course<'_>, today: chrono::NaiveDate, rules: &Rules) -> Vec<String> {
    let trimester = course.dating().and_then(|dating| dating.trimester(today, rules));
    let mut due = Vec::new();
    if let Some(trimester) = trimester {
        let name = match trimester {
            Trimester::First => 1,
            Trimester::Second => 2,
            Trimester::Third => 3,
        };
        let owed = progress.owed(trimester);
        if owed > 0 {
            due.push(format!("Trimester {name}: masih perlu {owed} kali periksa bidan"));
        }
        if trimester == Trimester::Third && !progress.is_distributed() && progress.by_trimester[..2] != [1, 2]
        {
            let early = progress.owed(Trimester::First) > 0 || progress.owed(Trimester::Second) > 0;
            due.extend(early.then(|| "Kunjungan trimester 1–2 kurang, jadi K6 tidak tercapai".into()));
        }
    }
    let seen = [
        (progress.is_doctor_due(trimester), "Periksa dokter"),
        (progress.is_ultrasound_due(trimester), "USG"),
    ];
    due.extend(seen.into_iter().filter(|(is, _)| *is).map(|(_, what)| format!("{what} (K1 dan K5)")));
    let tetanus = course.tetanus();
    if tetanus.is_due(today) {
        due.push(format!("Suntikan tetanus T{}", tetanus.doses + 1));
    }
    if course.tablets < u32::from(rules.tablets) {
        due.push(format!("Tablet: kurang {}", u32::from(rules.tablets) - course.tablets));
    }
    due
}

/// KF1 to KF4, and what is due.
fn nifas(visitor: &Visitor, course: &Course<'_>) -> (Vec<Visit>, Vec<String>) {
    let Some(birth) = course.birth() else { return (Vec::new(), Vec::new()) };
    let visit = |number: u8| {
        let is_it = |on| nifas_visit(birth, on) == Some(number);
        let made = course.nifas.iter().filter(|one| one.exam.validated).find(|one| is_it(one.on));
        Visit { name: format!("KF{number}"), made: made.map(|one| said::date(one.on).to_string()) }
    };
    let visits: Vec<Visit> = (1..=4).map(visit).collect();
    let now = visitor.today().and_then(|today| nifas_visit(birth, today));
    let mut due: Vec<String> = now
        .filter(|&now| visits.get(usize::from(now) - 1).is_some_and(|visit| visit.made.is_none()))
        .map(|now| format!("KF{now} sekarang waktunya"))
        .into_iter()
        .collect();
    let missing = CAPSULES.saturating_sub(course.capsules());
    due.extend((missing > 0).then(|| format!("Kapsul vitamin A merah: kurang {missing}")));
    (visits, due)
}

fn draft(examined: &super::course::Examined<'_, protocol::pregnancy::AncExamined>) -> Draft {
    Draft {
        event: examined.fact.id().to_string(),
        day: said::date(examined.on).to_string(),
        notes: examined.exam.notes.clone(),
    }
}
