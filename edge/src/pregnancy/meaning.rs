//! What is known of a pregnancy now, what refers first.

use care::adult::Referral;
use care::pregnancy::{self, Danger, Known, Rules, Woman};
use chrono::NaiveDate;
use protocol::event::Body;
use protocol::growth::Taken;
use protocol::measured::{Measure, Pressure, What};
use protocol::service::Noted;

use super::course::Course;
use super::words;
use crate::measuring::{Line, Seen, Visitor};

/// Everything worth saying of a pregnancy, or of the weeks after it.
pub(super) fn lines(visitor: &Visitor, course: &Course<'_>, rules: &Rules) -> Vec<Line> {
    let mut lines = Vec::new();
    let seen = |what| visitor.seen(what).into_iter().rfind(|seen| course.covers(seen.on));
    if is_past_term(visitor, course, rules) {
        let say = format!("Sudah lewat {} minggu dan belum ada kabar lahir", rules.longest_weeks);
        lines.push(Line::refer(say, Referral::Today));
    }
    lines.extend(dangers(visitor, course).map(|sign| Line::refer(words::danger(sign), Referral::Today)));
    lines.extend(seen(What::Pressure).and_then(|seen| pressure(&seen, rules)));
    lines.extend(tuberculosis(visitor, course));
    if is_kek(visitor, course, rules) {
        lines.push(Line::refer("KEK: ibu kurang energi", Referral::Soon));
    } else if let Some(arm) = seen(What::Arm) {
        lines.push(Line::good(format!("Tidak KEK ({})", crate::measuring::say(&arm.measure))));
    }
    lines.extend(seen(What::Haemoglobin).and_then(|seen| anaemia(&seen, rules)));
    if course.ended.is_none() {
        lines.extend(seen(What::FetalHeart).and_then(|seen| heart(&seen)));
    }
    let risks: Vec<&str> = risks(visitor, course).into_iter().map(words::known).collect();
    if !risks.is_empty() {
        lines.push(Line::watch(format!("Kehamilan berisiko: {}", risks.join(", "))));
    }
    lines.sort_by_key(|line| std::cmp::Reverse((line.referral, line.tone)));
    lines
}

pub(super) fn is_past_term(visitor: &Visitor, course: &Course<'_>, rules: &Rules) -> bool {
    let dating = course.dating().filter(|_| course.ended.is_none());
    dating.zip(visitor.today()).is_some_and(|(dating, today)| dating.is_past_term(today, rules))
}

/// Whether her arm is thin, or her body was while the pregnancy was young.
pub(super) fn is_kek(visitor: &Visitor, course: &Course<'_>, rules: &Rules) -> bool {
    let arm = visitor.seen(What::Arm).into_iter().rfind(|seen| course.covers(seen.on));
    let height = visitor.last_number(What::Height);
    let dating = course.dating();
    let early = visitor.seen(What::Mass).into_iter().filter(|seen| course.covers(seen.on));
    let mut thin_body = early.filter_map(|seen| {
        let trimester = dating?.trimester(seen.on, rules);
        Some((trimester, (seen.measure.number()?, height?)))
    });
    let arm = arm.and_then(|seen| seen.measure.number());
    pregnancy::is_thin(arm, None, None, rules)
        || thin_body.any(|(trimester, body)| pregnancy::is_thin(None, Some(body), trimester, rules))
}

/// What makes it a pregnancy to watch: what was told, what was found, and what follows from figures.
pub(super) fn risks(visitor: &Visitor, course: &Course<'_>) -> Vec<Known> {
    let told = course.began.risks.iter().chain(course.exams.iter().flat_map(|one| &one.exam.risks));
    let mut risks: Vec<Known> = told.filter_map(|code| Known::from_code(code)).collect();
    risks.extend(pregnancy::known(&woman(visitor, course)));
    risks.sort_unstable();
    risks.dedup();
    risks
}

fn woman(visitor: &Visitor, course: &Course<'_>) -> Woman {
    let born = visitor.person.registered.birth_date.to_naive();
    let begun = course.dating().map(|dating| dating.begun()).or(course.began_on);
    let last_birth = Course::all(visitor.facts()).iter().filter_map(Course::birth).max();
    let apart = last_birth.zip(begun).filter(|(birth, begun)| birth <= begun);
    Woman {
        years: born.zip(begun).and_then(|(born, begun)| begun.years_since(born)),
        height_tenth_mm: visitor.last_number(What::Height),
        para: course.began.para,
        months_since_birth: apart.map(|(birth, begun)| growth::completed_months(birth, begun) as u32),
    }
}

/// Signs of danger of the last time they were asked for in this pregnancy.
pub(super) fn dangers(visitor: &Visitor, course: &Course<'_>) -> impl Iterator<Item = Danger> {
    let asked = visitor.facts().filter_map(|fact| match fact.body() {
        Body::Noted(Noted::Danger(codes)) => Some((fact.on?.to_naive()?, codes.clone())),
        Body::NifasExamined(exam) => Some((fact.on?.to_naive()?, exam.risks.clone())),
        _ => None,
    });
    let mut asked: Vec<(NaiveDate, Vec<String>)> = asked.filter(|(on, _)| course.covers(*on)).collect();
    asked.sort_by_key(|(on, _)| *on);
    let codes = asked.pop().map(|(_, codes)| codes).unwrap_or_default();
    codes.into_iter().filter_map(|code| Danger::from_code(&code))
}

fn tuberculosis(visitor: &Visitor, course: &Course<'_>) -> Option<Line> {
    let asked = visitor.facts().filter_map(|fact| match fact.body() {
        Body::Noted(Noted::Tuberculosis(signs)) => Some((fact.on?.to_naive()?, !signs.is_empty())),
        _ => None,
    });
    let (_, has_signs) = asked.filter(|(on, _)| course.covers(*on)).max_by_key(|(on, _)| *on)?;
    has_signs.then(|| Line::refer("Ada tanda TB, perlu diperiksa", Referral::Soon))
}

fn pressure(seen: &Seen, rules: &Rules) -> Option<Line> {
    let Measure::Pressure(Taken::Value(Pressure { systolic, diastolic, .. })) = seen.measure else {
        return None;
    };
    Some(match pregnancy::pressure_referral(systolic, diastolic, rules) {
        Some(referral) => Line::refer(format!("Tensi tinggi ({systolic}/{diastolic})"), referral),
        None => Line::good(format!("Tensi baik ({systolic}/{diastolic})")),
    })
}

fn anaemia(seen: &Seen, rules: &Rules) -> Option<Line> {
    let tenths = u16::try_from(seen.measure.number()?).ok()?;
    let figure = format!("Hb {},{}", tenths / 10, tenths % 10);
    Some(if tenths < rules.anaemia_tenths {
        Line::refer(format!("Kurang darah ({figure})"), Referral::Soon)
    } else {
        Line::good(format!("Tidak kurang darah ({figure})"))
    })
}

fn heart(seen: &Seen) -> Option<Line> {
    let beats = u16::try_from(seen.measure.number()?).ok()?;
    Some(if pregnancy::is_heart_usual(beats) {
        Line::good(format!("Denyut janin baik ({beats})"))
    } else {
        Line::refer(format!("Denyut janin tidak biasa ({beats})"), Referral::Today)
    })
}
