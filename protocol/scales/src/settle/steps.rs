//! How one point moves the rule on, from an empty pan to a settled value.

use super::{
    Locked,
    intake::Point,
    rule::{Agreeing, Phase, Rule},
    settings::Start,
    signs::Signs,
    verdict::Verdict,
};

impl Rule {
    /// One step of the rule.
    pub(super) fn point(&mut self, point: Point) {
        if self.settings.start == Start::FromZero && self.is_empty(point) {
            return;
        }
        match self.phase {
            Phase::Unknown | Phase::Spent => self.find_place(point),
            Phase::Ready => self.await_child(point),
            Phase::Measuring { .. } => self.measure(point),
            Phase::Held(locked) => self.hold(point, locked),
        }
    }

    /// Sees the pan empty, whatever was on it before.
    fn is_empty(&mut self, point: Point) -> bool {
        let zero = point.value.unsigned_abs() <= self.settings.division.unsigned_abs();
        let empty = self.signs.empty.seen(zero, point.at_ms, self.settings.zero_for_ms);
        if let Some(since_ms) = empty {
            self.part(since_ms);
            self.phase = Phase::Ready;
            self.signs = Signs { empty: self.signs.empty.clone(), ..Signs::default() };
            self.restart_window();
        }
        empty.is_some()
    }

    /// A board stands somewhere when we first look: that is where movement counts from, and no child.
    fn find_place(&mut self, point: Point) {
        if self.settings.start == Start::FromZero {
            return;
        }
        self.window.push(point);
        let verdict = self.window.judge(&self.settings);
        // One wild first reading must not become the place, or standing still would look like movement.
        if let Some(verdict) = verdict.filter(|verdict| verdict.points >= self.settings.min_points) {
            self.place = verdict.middle;
            self.phase = Phase::Ready;
            self.restart_window();
        }
    }

    fn await_child(&mut self, point: Point) {
        let settings = self.settings;
        let risen = self.signs.risen.seen(self.is_away(point), point.at_ms, settings.rise_for_ms);
        if let Some(since_ms) = risen {
            self.begin(since_ms);
            return self.measure(point);
        }
        let stray = !self.is_away(point) && settings.start == Start::FromZero;
        // A child let down slowly is a little above zero for a while; below zero the tare is gone.
        let stray_ms = if point.value < 0 { settings.zero_for_ms } else { settings.stray_ms };
        if self.signs.stray.seen(stray, point.at_ms, stray_ms).is_some() {
            self.phase = Phase::Unknown;
        }
    }

    /// Heavy enough for a child, or moved far enough for another one.
    fn is_away(&self, point: Point) -> bool {
        let from_place = i64::from(point.value) - i64::from(self.place);
        match self.settings.start {
            Start::FromZero => from_place > i64::from(self.settings.rise),
            Start::FromMovement => from_place.abs() > i64::from(self.settings.rise),
        }
    }

    fn begin(&mut self, since_ms: u64) {
        self.phase = Phase::Measuring { since_ms };
        self.signs = Signs::default();
        self.restart_window();
    }

    fn measure(&mut self, point: Point) {
        let fallen = self.settings.start == Start::FromZero && !self.is_away(point);
        if self.signs.fallen.seen(fallen, point.at_ms, self.settings.rise_for_ms).is_some() {
            self.phase = Phase::Unknown;
            return self.restart_window();
        }
        if let Some(verdict) = self.agreed(point) {
            self.lock(point.at_ms, verdict);
        }
    }

    /// The verdict on the window that ends here, once enough windows in a row have agreed.
    fn agreed(&mut self, point: Point) -> Option<Verdict> {
        self.window.push(point);
        let verdict = self.window.judge(&self.settings)?;
        let here = Agreeing { since_ms: point.at_ms, mean: verdict.mean };
        let first = self.agreeing.filter(|first| self.is_same(first.mean, verdict.mean)).unwrap_or(here);
        self.agreeing = verdict.good.then_some(first);
        let needed_ms = self.settings.agree_for_ms();
        let lasted_ms = if verdict.good { point.at_ms - first.since_ms } else { 0 };
        let (done_ms, whole_ms) = (lasted_ms.min(needed_ms), self.settings.window_ms);
        self.progress = percent(verdict.quiet_ms.saturating_add(done_ms), whole_ms.saturating_add(needed_ms));
        (verdict.good && lasted_ms >= needed_ms).then_some(verdict)
    }

    /// Two windows say the same.
    fn is_same(&self, one: i32, other: i32) -> bool {
        one.abs_diff(other) <= self.settings.agree.unsigned_abs()
    }

    fn lock(&mut self, at_ms: u64, verdict: Verdict) {
        let locked = self.name(at_ms, verdict);
        self.phase = Phase::Held(locked);
        self.signs = Signs::default();
        self.restart_window();
        if self.settings.start == Start::FromMovement {
            self.place = locked.value;
        }
    }

    /// The value stands while its child wriggles on, until the load is another.
    fn hold(&mut self, point: Point, locked: Locked) {
        let changed = point.value.abs_diff(locked.value) > self.settings.change.unsigned_abs();
        let changed = self.signs.changed.seen(changed, point.at_ms, self.settings.change_for_ms);
        match (self.settings.start, changed) {
            (Start::FromZero, Some(since_ms)) => {
                self.part(since_ms);
                self.spend();
            }
            (Start::FromMovement, Some(since_ms)) => {
                self.part(since_ms);
                self.begin(since_ms);
            }
            (Start::FromMovement, None) => self.follow(point, locked),
            (Start::FromZero, None) => {}
        }
    }

    /// A slider pushed a little closer to the heels is the same child measured better: the value follows.
    fn follow(&mut self, point: Point, locked: Locked) {
        if let Some(verdict) = self.agreed(point)
            && !self.is_same(verdict.mean, locked.value)
        {
            self.lock(point.at_ms, verdict);
        }
    }
}

fn percent(part: u64, whole: u64) -> u8 {
    (part.saturating_mul(100) / whole.max(1)).min(100) as u8
}
