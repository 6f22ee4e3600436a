//! One dose as pages show it.

use care::immunization::{Line, Span, Status, When, Why};
use chrono::NaiveDate;
use protocol::EventId;
use protocol::immunization::NotGiven;

use super::case::Case;
use super::history::said;
use crate::web::words;

/// One dose of a child's schedule.
pub(super) struct Row {
    pub(super) antigen: String,
    pub(super) dose: u8,
    /// The age it is planned for, e.g. `2 bulan`.
    pub(super) age: String,
    pub(super) status: Status,
    /// It may be given today, and nothing speaks against it.
    pub(super) is_for_today: bool,
    /// When, or why not, in words.
    pub(super) say: String,
    /// The event of the dose, once it was given.
    pub(super) event: Option<EventId>,
    pub(super) due_on: NaiveDate,
}

impl Row {
    pub(super) fn of(line: &Line<'_>, case: &Case) -> Self {
        let rule = line.rule;
        let refusal = case.history.refusal(rule.antigen, rule.dose);
        let is_forbidden = refusal.is_some_and(|refusal| refusal.reason == NotGiven::Contraindicated);
        let event = match line.why {
            Why::Given(given) => {
                let mut records = case.history.doses.iter();
                let is_it = |dose: &protocol::immunization::Dose| {
                    dose.antigen == given.antigen && dose.number == given.dose
                };
                records.find(|record| is_it(&record.dose) && record.on == given.on).map(|it| it.fact.id())
            }
            _ => None,
        };
        let mut say = say(line, case);
        let is_open = !matches!(line.status, Status::Done | Status::Early);
        if let Some(refusal) = refusal.filter(|_| is_open) {
            say = format!("{say} · belum pada {}: {}", words::date(refusal.on), said(refusal.reason));
        }
        Self {
            antigen: rule.antigen.into(),
            dose: rule.dose,
            age: age(rule.when),
            status: line.status,
            is_for_today: line.may_be_given(case.today) && !is_forbidden,
            say,
            event,
            due_on: line.due_on,
        }
    }

    /// `DPT-HB-Hib 1`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.antigen, self.dose)
    }

    pub(super) const fn word(&self) -> &'static str {
        match self.status {
            Status::Done => "Selesai",
            Status::Early => "Terlalu dini",
            Status::Planned => "Terjadwal",
            Status::Due => "Jatuh tempo",
            Status::Missed => "Terlewat",
            Status::TooOld => "Tidak lagi",
        }
    }

    pub(super) const fn mark(&self) -> &'static str {
        match self.status {
            Status::Done => "●",
            Status::Early | Status::Missed => "▲",
            Status::Planned => "○",
            Status::Due => "◐",
            Status::TooOld => "–",
        }
    }

    pub(super) const fn class(&self) -> &'static str {
        match self.status {
            Status::Done => "good",
            Status::Early | Status::Missed => "attention",
            Status::Planned | Status::Due | Status::TooOld => "pending",
        }
    }

    pub(super) const fn is_early(&self) -> bool {
        matches!(self.status, Status::Early)
    }

    pub(super) const fn is_open(&self) -> bool {
        matches!(self.status, Status::Planned | Status::Due | Status::Missed)
    }
}

fn age(when: When) -> String {
    match when {
        When::Age(Span::Days(0) | Span::Months(0)) => "lahir".into(),
        When::Age(span) => span.to_string(),
        When::School { class, .. } => format!("kelas {class}"),
    }
}

/// When a dose is due, or why it is not given.
fn say(line: &Line<'_>, case: &Case) -> String {
    match (line.status, line.why) {
        (_, Why::Given(given)) => words::date(given.on).to_string(),
        (_, Why::FollowedByLater) => "dosis sesudahnya sudah diberikan".into(),
        (Status::TooOld, Why::NoTimeLeft) => "tidak sempat lagi sebelum batas umurnya".into(),
        (Status::TooOld, _) => "sudah lewat batas umurnya".into(),
        (_, Why::AwaitsReview) => "menunggu bidan menilai dosis sebelumnya".into(),
        (Status::Planned, _) if line.may_be_given(case.today) => {
            format!("sudah boleh hari ini, jatuh tempo {}", words::date(line.due_on))
        }
        (Status::Planned, _) => case.meeting_from(line.due_on),
        (_, _) => format!("sejak {}", words::date(line.due_on)),
    }
}
