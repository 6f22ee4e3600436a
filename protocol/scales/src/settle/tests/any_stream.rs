//! Whatever an instrument sends and a clock says, nothing breaks and nothing settles on too little.

use super::std::collections::BTreeSet;
use crate::settle::{Calm, Locked, Rule, Sample, Settings, Start, State};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Event {
    Reading { after_ms: i64, value: i32, stable: Option<bool> },
    Stretch { value: i32, readings: u16, every_ms: i64 },
    Held { after_ms: i64, value: i32 },
    Error { after_ms: i64 },
    Tick { after_ms: i64 },
    Take,
}

fn step() -> impl Strategy<Value = i64> {
    prop_oneof![8 => 0..400_i64, 1 => -2_000..30_000_i64, 1 => any::<i64>()]
}

fn load() -> impl Strategy<Value = i32> {
    prop_oneof![3 => Just(0), 3 => 8_400..8_500, 2 => 0..30_000, 1 => any::<i32>()]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (step(), load(), any::<Option<bool>>())
            .prop_map(|(after_ms, value, stable)| Event::Reading { after_ms, value, stable }),
        4 => (load(), 0..90_u16, 1..400_i64)
            .prop_map(|(value, readings, every_ms)| Event::Stretch { value, readings, every_ms }),
        1 => (step(), load()).prop_map(|(after_ms, value)| Event::Held { after_ms, value }),
        1 => step().prop_map(|after_ms| Event::Error { after_ms }),
        1 => step().prop_map(|after_ms| Event::Tick { after_ms }),
        2 => Just(Event::Take),
    ]
}

fn ordinary() -> impl Strategy<Value = Settings> {
    prop_oneof![Just(Settings::infant(10)), Just(Settings::standing(50)), Just(Settings::length_board(10))]
}

/// Feeds the events and remembers what a page could have seen.
struct Watch {
    rule: Rule,
    now_ms: u64,
    /// Readings since the last break that the test knows of, and their extremes.
    fed: u64,
    lowest: i32,
    highest: i32,
    taken: BTreeSet<u64>,
    /// What the instrument held for itself.
    held: BTreeSet<i32>,
}

impl Watch {
    fn on(settings: Settings) -> Self {
        let rule = Rule::new(settings, 1);
        Self {
            rule,
            now_ms: 50_000,
            fed: 0,
            lowest: i32::MAX,
            highest: i32::MIN,
            taken: BTreeSet::new(),
            held: BTreeSet::new(),
        }
    }

    fn readings(&mut self, value: i32, stable: Option<bool>, after_ms: i64) -> Result<(), TestCaseError> {
        let before = self.settled();
        self.pass(after_ms);
        self.fed += 1;
        self.lowest = self.lowest.min(value);
        self.highest = self.highest.max(value);
        self.rule.sample(Sample { at_ms: self.now_ms, value, stable });
        let now = self.settled();
        if now.is_some() && now != before {
            // Of a scale: two points of rise and two of zero besides the window; of a board: its place and movement.
            prop_assert!(self.fed >= 6, "settled after {} readings", self.fed);
            prop_assert!(stable != Some(false), "settled on a frame that says unstable");
        }
        Ok(())
    }

    fn settled(&self) -> Option<Locked> {
        if let State::Settled(locked) = self.rule.state() { Some(locked) } else { None }
    }

    fn pass(&mut self, ms: i64) {
        self.now_ms = self.now_ms.saturating_add_signed(ms);
    }

    fn meet(&mut self, event: Event) -> Result<(), TestCaseError> {
        match event {
            Event::Reading { after_ms, value, stable } => self.readings(value, stable, after_ms)?,
            Event::Stretch { value, readings, every_ms } => {
                for _ in 0..readings {
                    self.readings(value, None, every_ms)?;
                }
            }
            Event::Held { after_ms, value } => {
                let before = self.settled();
                self.pass(after_ms);
                self.rule.held(self.now_ms, value);
                self.held.insert(value);
                let now = self.settled();
                prop_assert!(now.is_none() || now == before, "one frame settled by itself");
            }
            Event::Error { after_ms } => {
                self.pass(after_ms);
                self.rule.error(self.now_ms);
                self.fed = self.fed.min(3);
            }
            Event::Tick { after_ms } => {
                self.pass(after_ms);
                self.rule.tick(self.now_ms);
            }
            Event::Take => self.take()?,
        }
        Ok(())
    }

    fn take(&mut self) -> Result<(), TestCaseError> {
        let Some(locked) = self.rule.waiting().copied() else { return Ok(()) };
        prop_assert!(self.taken.insert(locked.id), "{} was offered after it had been taken", locked.id);
        prop_assert_eq!(self.rule.take(locked.id), Some(locked));
        prop_assert_eq!(self.rule.take(locked.id), None);
        if locked.window.count == 1 {
            prop_assert!(self.held.contains(&locked.window.min));
            return Ok(());
        }
        prop_assert!(locked.window.count >= 3);
        prop_assert!(self.lowest <= locked.window.min && locked.window.max <= self.highest);
        Ok(())
    }
}

proptest! {
    #[test]
    fn no_stream_panics_settles_early_or_is_taken_twice(
        settings in ordinary(),
        events in proptest::collection::vec(event(), 0..60),
    ) {
        let mut watch = Watch::on(settings);
        for event in events {
            watch.meet(event)?;
        }
    }

    #[test]
    fn no_settings_panic(
        numbers in proptest::collection::vec(any::<i32>(), 8),
        times in proptest::collection::vec(any::<u64>(), 9),
        counts in proptest::collection::vec(any::<usize>(), 3),
        (from_zero, mad) in any::<(bool, bool)>(),
        events in proptest::collection::vec(event(), 0..20),
    ) {
        let settings = Settings {
            division: numbers[0],
            start: if from_zero { Start::FromZero } else { Start::FromMovement },
            rise: numbers[1],
            rise_for_ms: times[0],
            zero_for_ms: times[1],
            window_ms: times[2] % 8_000,
            min_points: counts[0],
            calm: if mad { Calm::Mad(numbers[2]) } else { Calm::Range(numbers[3]) },
            trim_pct: counts[1],
            level: numbers[4],
            windows: times[3],
            step_ms: times[4],
            agree: numbers[5],
            flagged_pct: counts[2],
            change: numbers[6],
            gap_ms: times[5],
            lost_ms: times[6],
            claim_ms: times[7],
            stands_ms: times[8],
            ..Settings::infant(numbers[7])
        };
        let mut watch = Watch::on(settings);
        for event in events {
            // With such settings anything may settle; only panics count.
            let _ = watch.meet(event);
        }
    }
}
