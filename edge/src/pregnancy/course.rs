//! One pregnancy from its beginning to the end of *nifas*, as the records that stand tell it.

use care::pregnancy::{Contact, Dating, LAST_DAY_OF_NIFAS, Progress, Rules, Tetanus};
use chrono::NaiveDate;
use protocol::event::Body;
use protocol::pregnancy::{AncExamined, NifasExamined, Outcome, PregnancyBegan, PregnancyEnded};
use protocol::service::Served;

use crate::store::Fact;

/// A pregnancy.
pub(super) struct Course<'a> {
    pub(super) began: &'a PregnancyBegan,
    pub(super) began_on: Option<NaiveDate>,
    pub(super) ended: Option<&'a PregnancyEnded>,
    /// Examinations before birth, by day; also those a midwife has not completed yet.
    pub(super) exams: Vec<Examined<'a, AncExamined>>,
    /// Visits after birth, by day.
    pub(super) nifas: Vec<Examined<'a, NifasExamined>>,
    /// Tablets given so far.
    pub(super) tablets: u32,
}

/// An examination with where it is written.
pub(super) struct Examined<'a, T> {
    pub(super) on: NaiveDate,
    pub(super) fact: &'a Fact,
    pub(super) exam: &'a T,
}

/// Visits with their K; `None` for one beyond what the rule counts.
type Numbered<'c, 'a> = Vec<(&'c Examined<'a, AncExamined>, Option<u8>)>;

impl<'a> Course<'a> {
    /// Every pregnancy among a person's facts, in the order they were written down, without mistakes.
    pub(super) fn all(facts: impl Iterator<Item = &'a Fact>) -> Vec<Self> {
        let facts: Vec<&Fact> = facts.collect();
        let mut courses: Vec<Self> = Vec::new();
        for &fact in &facts {
            if let Body::PregnancyBegan(began) = fact.body() {
                courses.retain(|course| course.began.pregnancy != began.pregnancy);
                courses.push(Self::begun(began, day(fact)));
            }
        }
        for course in &mut courses {
            facts.iter().for_each(|fact| course.take(fact));
            course.exams.sort_by_key(|exam| exam.on);
            course.nifas.sort_by_key(|exam| exam.on);
            course.tablets = tablets(&facts, course);
        }
        courses.retain(|course| !matches!(course.outcome(), Some(Outcome::Mistake)));
        courses
    }

    /// The one she is in.
    pub(super) fn current(facts: impl Iterator<Item = &'a Fact>) -> Option<Self> {
        Self::all(facts).into_iter().rfind(|course| course.ended.is_none())
    }

    /// The one that ended by birth in the last six weeks.
    pub(super) fn in_nifas(facts: impl Iterator<Item = &'a Fact>, today: NaiveDate) -> Option<Self> {
        Self::all(facts).into_iter().rfind(|course| {
            course.birth().is_some_and(|birth| (0..=LAST_DAY_OF_NIFAS).contains(&(today - birth).num_days()))
        })
    }

    pub(super) fn dating(&self) -> Option<Dating> {
        let naive = |day: protocol::LocalDate| day.to_naive();
        Dating::of(self.began.last_period.and_then(naive), self.began.due.and_then(naive))
    }

    pub(super) fn outcome(&self) -> Option<&'a Outcome> {
        self.ended.map(|ended| &ended.outcome)
    }

    /// The day of birth, alive or not.
    pub(super) fn birth(&self) -> Option<NaiveDate> {
        match self.ended? {
            PregnancyEnded { on, outcome: Outcome::Born(_) | Outcome::Stillborn, .. } => on.to_naive(),
            _ => None,
        }
    }

    /// Whether a day lies in it, the weeks after birth included.
    pub(super) fn covers(&self, on: NaiveDate) -> bool {
        let begun = self.dating().map(Dating::begun).or(self.began_on);
        let ended = self.ended.and_then(|ended| ended.on.to_naive());
        begun.is_none_or(|begun| on >= begun)
            && ended.is_none_or(|ended| (on - ended).num_days() <= LAST_DAY_OF_NIFAS)
    }

    /// Visits the midwife stands by, and what they come to.
    pub(super) fn visits(&self, rules: &Rules) -> (Progress, Numbered<'_, 'a>) {
        let (mut progress, dating) = (Progress::default(), self.dating());
        let valid = self.exams.iter().filter(|examined| examined.exam.validated);
        let numbered = valid
            .map(|examined| {
                let AncExamined { by_doctor, ultrasound, .. } = *examined.exam;
                let contact = Contact { on: examined.on, by_doctor, ultrasound };
                (examined, progress.add(dating, contact, rules))
            })
            .collect();
        (progress, numbered)
    }

    /// What waits for the midwife, the latest last.
    pub(super) fn drafts(&self) -> impl DoubleEndedIterator<Item = &Examined<'a, AncExamined>> {
        self.exams.iter().filter(|examined| !examined.exam.validated)
    }

    /// How far she is protected against tetanus: what was told at the beginning, and what was given since.
    pub(super) fn tetanus(&self) -> Tetanus {
        let mut tetanus = Tetanus { doses: self.began.tetanus.unwrap_or(0), last: None };
        let given = self.exams.iter().filter(|one| one.exam.validated && one.exam.tetanus_given.is_some());
        for examined in given {
            tetanus.give(examined.on);
        }
        tetanus
    }

    /// Red capsules given after birth.
    pub(super) fn capsules(&self) -> u8 {
        self.nifas.iter().fold(0, |sum, one| sum.saturating_add(one.exam.capsules))
    }

    const fn begun(began: &'a PregnancyBegan, began_on: Option<NaiveDate>) -> Self {
        Self { began, began_on, ended: None, exams: Vec::new(), nifas: Vec::new(), tablets: 0 }
    }

    fn take(&mut self, fact: &'a Fact) {
        let (id, on) = (self.began.pregnancy, day(fact));
        match (fact.body(), on) {
            (Body::PregnancyEnded(ended), _) if ended.pregnancy == id => self.ended = Some(ended),
            (Body::AncExamined(exam), Some(on)) if exam.pregnancy == id => {
                self.exams.push(Examined { on, fact, exam });
            }
            (Body::NifasExamined(exam), Some(on)) if exam.pregnancy == id => {
                self.nifas.push(Examined { on, fact, exam });
            }
            _ => {}
        }
    }
}

fn tablets(facts: &[&Fact], course: &Course<'_>) -> u32 {
    let given = facts.iter().filter_map(|fact| match fact.body() {
        Body::Served(Served::Tablets { count, .. }) => Some((day(fact)?, *count)),
        _ => None,
    });
    given.filter(|(on, _)| course.covers(*on)).map(|(_, count)| u32::from(count)).sum()
}

fn day(fact: &Fact) -> Option<NaiveDate> {
    fact.on?.to_naive()
}
