//! Which dialects fit what an unknown instrument sends. Every one listens to the same; nothing is asked of the
//! instrument, and nothing is guessed: where several fit, only a known mass can tell.

use scales::{
    Decimal, Decoder, Dialect, Error, Measures, Outcome, Presence, Profile, Quantity, Reading, Unit, UnitFrom,
};

use crate::scales::Place;

/// So many readings in a row must agree before a value is believed.
const AGREE: usize = 3;
/// Good frames before a dialect is said to fit; one alone may be chance.
const FEWEST: u32 = 3;
/// One frame is joined in its middle; of the others at most one in this many may be bad.
const GOOD_FOR_ONE_BAD: u32 = 10;
/// Units of scales whose frames name none.
const UNITS: [Unit; 4] = [Unit::Kilogram, Unit::Gram, Unit::Pound, Unit::Jin];

/// Every dialect, listening: those of a line to every byte, those of the air to what is said at their place.
#[derive(Default)]
pub(in crate::instruments) struct Fits(Vec<Trying>);

/// One dialect and what it made of what it heard so far.
struct Trying {
    /// Where in the air, if not on a line.
    place: Option<Place>,
    decoder: Decoder,
    good: u32,
    bad: u32,
    last: Option<Reading>,
    /// What every number so far is a whole multiple of.
    common: Decimal,
    /// The last readings, newest last.
    recent: Vec<Quantity>,
}

/// A dialect that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::instruments) struct Fit {
    /// The dialect.
    pub(in crate::instruments) dialect: Dialect,
    /// Where in the air it was heard, if not on a line.
    pub(in crate::instruments) place: Option<Place>,
    /// Frames that were readings.
    pub(in crate::instruments) good: u32,
    /// Frames that were none.
    pub(in crate::instruments) bad: u32,
    /// The last number, in the unit it came with.
    pub(in crate::instruments) last: Quantity,
    /// Who named that unit.
    pub(in crate::instruments) unit_from: UnitFrom,
    /// The readings that have to agree.
    recent: Vec<Quantity>,
    /// So many of them are needed.
    needed: usize,
    common: Decimal,
}

/// How finely an instrument counts, as far as its numbers have shown: grams, or tenths of a millimetre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::instruments) struct Steps {
    /// One more in its last digit.
    pub(in crate::instruments) finest: u32,
    /// What all its numbers are whole multiples of; 0 if they have not shown it.
    pub(in crate::instruments) common: u32,
}

impl Steps {
    /// Whether a scale division agrees with what was heard.
    pub(in crate::instruments) fn allow(self, division: u32) -> bool {
        division >= self.finest && self.common.is_multiple_of(division.max(1))
    }
}

/// A dialect with a unit, as far as a known mass or length has shown it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::instruments) struct Proved {
    /// Dialect and unit.
    pub(in crate::instruments) profile: Profile,
    /// Where in the air it was heard, if not on a line.
    pub(in crate::instruments) place: Option<Place>,
    /// Who names the unit.
    pub(in crate::instruments) unit_from: UnitFrom,
    /// What it read: grams, or tenths of a millimetre.
    pub(in crate::instruments) value: i64,
    /// How finely it counts.
    pub(in crate::instruments) steps: Steps,
}

impl Fits {
    /// Every dialect of a line.
    pub(in crate::instruments) fn on_a_line() -> Self {
        let all = Dialect::ALL.iter().filter(|dialect| is_of_a_line(**dialect));
        Self(all.map(|&dialect| Trying::new(dialect, None)).collect())
    }

    /// Lets every dialect of a place in the air hear a packet.
    pub(in crate::instruments) fn hear_at(&mut self, place: Place, packet: &[u8]) {
        if !self.0.iter().any(|trying| trying.place == Some(place)) {
            let all = place.dialects().into_iter().filter(|&dialect| is_for_children(dialect));
            self.0.extend(all.map(|dialect| Trying::new(dialect, Some(place))));
        }
        for trying in self.0.iter_mut().filter(|trying| trying.place == Some(place)) {
            let outcome = place.read(trying.decoder.profile(), packet);
            trying.count(&outcome);
        }
    }

    /// Lets every dialect hear what came.
    pub(in crate::instruments) fn hear(&mut self, bytes: &[u8]) {
        for trying in &mut self.0 {
            for &byte in bytes {
                if let Some(outcome) = trying.decoder.push(byte) {
                    trying.count(&outcome);
                }
            }
        }
    }

    /// The dialects that fit, best first.
    pub(in crate::instruments) fn ranked(&self) -> Vec<Fit> {
        let mut fits: Vec<Fit> = self.0.iter().filter_map(Trying::fit).collect();
        fits.sort_by_key(|fit| (fit.bad, std::cmp::Reverse(fit.good)));
        fits
    }
}

impl Trying {
    fn new(dialect: Dialect, place: Option<Place>) -> Self {
        let is_length = dialect.measures() == Measures::Length;
        let unit = if is_length { Unit::Millimetre } else { Unit::Kilogram };
        let decoder = Decoder::new(Profile { dialect, unit });
        Self { place, decoder, good: 0, bad: 0, last: None, common: Decimal::default(), recent: Vec::new() }
    }

    fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Ok(reading) => {
                self.good += 1;
                self.last = Some(*reading);
                match reading.presence {
                    // said of a load that has gone, about a number that was heard while it lay there
                    Presence::Removed => return,
                    // it has waited for stillness itself, and says so once: what it held before was another load
                    Presence::Held => self.recent.clear(),
                    _ => {}
                }
                if self.recent.len() == AGREE {
                    self.recent.remove(0);
                }
                self.recent.extend(reading.quantity());
                if let Some(quantity) = reading.quantity() {
                    self.common = common(self.common, quantity.value());
                }
            }
            Err(said) if is_noise(said.error) => self.bad += 1,
            // a sound frame that says there is no number now: whatever lies there is not what lay there before
            Err(_) => self.recent.clear(),
        }
    }

    fn fit(&self) -> Option<Fit> {
        let last = self.last?;
        let quantity = last.quantity()?;
        // a scale that speaks once after each weighing sends no second frame to compare with
        let is_held = last.presence == Presence::Held;
        let (fewest, needed) = if is_held { (1, 1) } else { (FEWEST, AGREE) };
        let fits = self.good >= fewest && self.bad <= 1 + self.good / GOOD_FOR_ONE_BAD;
        fits.then(|| Fit {
            dialect: self.decoder.profile().dialect,
            place: self.place,
            good: self.good,
            bad: self.bad,
            last: quantity,
            unit_from: last.unit_from,
            recent: self.recent.clone(),
            needed,
            common: self.common,
        })
    }
}

impl Fit {
    /// The units in which this dialect's last readings are the known mass (grams) or length (tenths of a millimetre),
    /// each within the tolerance of it and all alike.
    pub(in crate::instruments) fn proved_by(&self, measures: Measures, known: u32) -> Vec<Proved> {
        let is_enough = self.recent.len() >= self.needed;
        let proved = self.units().iter().filter(|_| is_enough).filter_map(|&unit| {
            let values: Option<Vec<i64>> =
                self.recent.iter().map(|&seen| self.value(seen, unit, measures)).collect();
            let values = values?;
            let is_known = |value: &i64| is_near(*value, measures, known);
            let profile = Profile { dialect: self.dialect, unit };
            let value = *values.last()?;
            let (place, unit_from) = (self.place, self.unit_from);
            let steps = self.steps(unit, measures);
            values.iter().all(is_known).then_some(Proved { profile, place, unit_from, value, steps })
        });
        proved.collect()
    }

    /// Whether the last number is the known one in some unit, even if those before it were not.
    pub(in crate::instruments) fn comes_near(&self, measures: Measures, known: u32) -> bool {
        let mut values = self.units().iter().filter_map(|&unit| self.value(self.last, unit, measures));
        values.any(|value| is_near(value, measures, known))
    }

    fn units(&self) -> &'static [Unit] {
        match self.unit_from {
            UnitFrom::Profile => &UNITS,
            UnitFrom::Frame => &[Unit::Kilogram],
        }
    }

    /// How finely it counts if its numbers are of this unit.
    fn steps(&self, unit: Unit, measures: Measures) -> Steps {
        let unit = if self.unit_from == UnitFrom::Profile { unit } else { self.last.unit() };
        let size = |digits| {
            let value = Decimal { digits, ..self.common };
            let size = self.value(Quantity::new(value, unit).ok()?, unit, measures)?;
            u32::try_from(size).ok()
        };
        // steps of a pound or an inch are no whole grams or millimetres
        let is_whole = matches!(unit, Unit::Kilogram | Unit::Gram | Unit::Jin | Unit::Millimetre);
        let common = size(self.common.digits).filter(|_| is_whole);
        Steps { finest: size(1).unwrap_or(1).max(1), common: common.unwrap_or(0) }
    }

    fn value(&self, seen: Quantity, unit: Unit, measures: Measures) -> Option<i64> {
        let quantity = match self.unit_from {
            UnitFrom::Profile => Quantity::new(seen.value(), unit).ok()?,
            UnitFrom::Frame => seen,
        };
        match measures {
            Measures::Mass => quantity.grams(),
            _ => quantity.tenth_mm(),
        }
    }
}

/// How far a reading may be from the known mass or length to tell dialects and units apart: three in a hundred of a mass
/// (a full bottle is no calibration mass), one of a length. Whether the instrument is *right* is for the check to say.
pub(in crate::instruments) fn tolerance(measures: Measures, known: u32) -> u32 {
    match measures {
        Measures::Mass => (known / 100 * 3).max(30),
        _ => (known / 100).max(20),
    }
}

/// The greatest number of which two are whole multiples, with the digits of the finer one.
fn common(one: Decimal, other: Decimal) -> Decimal {
    let decimals = one.decimals.max(other.decimals);
    let digits = |number: Decimal| {
        let missing = u32::from(decimals.abs_diff(number.decimals));
        number.digits.saturating_abs().saturating_mul(10_i64.saturating_pow(missing))
    };
    let (mut one, mut other) = (digits(one), digits(other));
    while other != 0 {
        (one, other) = (other, one % other);
    }
    Decimal { digits: one, decimals }
}

fn is_near(value: i64, measures: Measures, known: u32) -> bool {
    value.abs_diff(i64::from(known)) <= u64::from(tolerance(measures, known))
}

/// Whether an instrument for children may speak this on a line.
fn is_of_a_line(dialect: Dialect) -> bool {
    !dialect.comes_in_packets() && is_for_children(dialect)
}

const fn is_for_children(dialect: Dialect) -> bool {
    matches!(dialect.measures(), Measures::Mass | Measures::Length)
}

/// Bytes that are no frame of a dialect, as against frames that bring no number.
fn is_noise(error: Error) -> bool {
    matches!(error, Error::Checksum | Error::Truncated | Error::Malformed | Error::UnknownUnit)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an instrument sends while `value` lies on it, begun in the middle of a frame.
    fn sent(dialect: Dialect, value: i64) -> Vec<u8> {
        let mut frame = [0; 64];
        let stable = scales::encode(dialect, value, true, &mut frame);
        // a dialect that cannot say that it is stable may be able to say that it is not
        let length = stable.or_else(|| scales::encode(dialect, value, false, &mut frame));
        let length = length.unwrap_or_else(|| panic!("{dialect} cannot say {value}"));
        let whole = frame[..length].repeat(8);
        whole[length / 2..].to_vec()
    }

    fn fitting(bytes: &[u8]) -> Vec<Fit> {
        let mut fits = Fits::on_a_line();
        fits.hear(bytes);
        fits.ranked()
    }

    fn known(dialect: Dialect) -> u32 {
        match (dialect, dialect.measures()) {
            // it has three digits for grams
            (Dialect::WeightQa, _) => 500,
            (_, Measures::Length) => 6_000,
            _ => 5_000,
        }
    }

    #[test]
    fn every_dialect_is_found_in_its_own_bytes_and_proved_by_a_known_mass() {
        for &dialect in Dialect::ALL.iter().filter(|dialect| is_of_a_line(**dialect)) {
            let known = known(dialect);
            let fits = fitting(&sent(dialect, i64::from(known)));
            assert!(fits.iter().any(|fit| fit.dialect == dialect), "{dialect}: {fits:?}");
            let proved: Vec<Proved> =
                fits.iter().flat_map(|fit| fit.proved_by(dialect.measures(), known)).collect();
            assert!(proved.iter().any(|proved| proved.profile.dialect == dialect), "{dialect}: {proved:?}");
            // Some makers send the same line: whoever is taken then says the same.
            assert!(proved.iter().all(|proved| proved.value == i64::from(known)), "{dialect}: {proved:?}");
        }
    }

    #[test]
    fn sisters_that_cannot_be_told_apart_both_fit_until_a_mass_is_known() {
        for (sent_by, other) in
            [(Dialect::YaohuaEqFwd, Dialect::YaohuaEqRev), (Dialect::YaohuaEqRev, Dialect::YaohuaEqFwd)]
        {
            let fits = fitting(&sent(sent_by, 3_000));
            let names: Vec<Dialect> = fits.iter().map(|fit| fit.dialect).collect();
            assert!(names.contains(&sent_by) && names.contains(&other), "{names:?}");
            let proved: Vec<Proved> =
                fits.iter().flat_map(|fit| fit.proved_by(Measures::Mass, 3_000)).collect();
            assert_eq!(proved.len(), 1);
            assert_eq!((proved[0].profile.dialect, proved[0].profile.unit), (sent_by, Unit::Kilogram));
        }
    }

    #[test]
    fn a_unit_that_frames_do_not_name_is_found_by_the_mass() {
        let pounds = b"=0011.023".repeat(6);
        let proved: Vec<Proved> =
            fitting(&pounds).iter().flat_map(|fit| fit.proved_by(Measures::Mass, 5_000)).collect();
        assert_eq!(proved.len(), 1, "{proved:?}");
        assert_eq!((proved[0].profile.unit, proved[0].value), (Unit::Pound, 5_000));
    }

    #[test]
    fn another_mass_than_the_known_one_proves_nothing() {
        for wrong in [4_800, 5_200, 2_500, 11_023, 500, 50_000] {
            let fits = fitting(&sent(Dialect::AdStd, wrong));
            assert!(fits.iter().all(|fit| fit.proved_by(Measures::Mass, 5_000).is_empty()), "{wrong}");
        }
    }

    #[test]
    fn a_mass_that_was_just_put_there_proves_nothing_until_three_readings_agree() {
        let mut fits = Fits::on_a_line();
        fits.hear(&sent(Dialect::AdStd, 0));
        let once = b"ST,+0005.000 kg\r\n";
        for (times, proved) in [(1, 0), (2, 0), (3, 1)] {
            fits.hear(once);
            let found: usize =
                fits.ranked().iter().map(|fit| fit.proved_by(Measures::Mass, 5_000).len()).sum();
            assert_eq!(found, proved, "after {times}");
        }
    }

    #[test]
    fn every_dialect_of_the_air_is_found_at_its_place_and_proved_by_the_last_weighing() {
        let own = "0000fff1-0000-1000-8000-00805f9b34fb".parse().unwrap();
        let of_the_air = |dialect: Dialect| {
            let place = Place::of(dialect, None).or_else(|_| Place::of(dialect, Some(own))).ok()?;
            is_for_children(dialect).then_some((dialect, place))
        };
        let all: Vec<_> = Dialect::ALL.iter().filter_map(|&dialect| of_the_air(dialect)).collect();
        assert!(all.len() >= 10, "{all:?}");
        for (dialect, place) in all {
            let mut fits = Fits::default();
            for grams in [3_000, 5_000, 5_000, 5_000] {
                let mut packet = [0; 64];
                let stable = scales::encode(dialect, grams, true, &mut packet);
                let length = stable.or_else(|| scales::encode(dialect, grams, false, &mut packet)).unwrap();
                fits.hear_at(place, &packet[..length]);
            }
            let proved: Vec<Proved> =
                fits.ranked().iter().flat_map(|fit| fit.proved_by(Measures::Mass, 5_000)).collect();
            assert_eq!(proved.len(), 1, "{dialect}: {proved:?}");
            assert_eq!((proved[0].profile.dialect, proved[0].place), (dialect, Some(place)));
        }
    }

    #[test]
    fn what_an_instrument_held_once_is_enough_and_replaces_what_it_held_before() {
        let place = Place::of(Dialect::Ble2a9d, None).unwrap();
        let mut fits = Fits::default();
        for (grams, proved) in [(3_000, 0), (5_000, 1), (4_000, 0)] {
            let mut packet = [0; 64];
            let length = scales::encode(Dialect::Ble2a9d, grams, true, &mut packet).unwrap();
            fits.hear_at(place, &packet[..length]);
            let found: usize =
                fits.ranked().iter().map(|fit| fit.proved_by(Measures::Mass, 5_000).len()).sum();
            assert_eq!(found, proved, "after {grams}");
        }
    }

    #[test]
    fn an_overload_takes_back_what_was_read_before() {
        let mut fits = Fits::on_a_line();
        fits.hear(&sent(Dialect::AdStd, 5_000));
        fits.hear(b"OL,+999.99kg\r\n");
        assert!(fits.ranked().iter().all(|fit| fit.proved_by(Measures::Mass, 5_000).is_empty()));
    }

    #[test]
    fn after_an_overload_three_readings_must_agree_again() {
        let mut fits = Fits::on_a_line();
        fits.hear(&sent(Dialect::AdStd, 0));
        fits.hear(b"OL,+999.99kg\r\n");
        for (times, proved) in [(1, 0), (2, 0), (3, 1)] {
            fits.hear(b"ST,+0005.000 kg\r\n");
            let ranked = fits.ranked();
            let found: usize = ranked.iter().map(|fit| fit.proved_by(Measures::Mass, 5_000).len()).sum();
            assert_eq!(found, proved, "after {times}");
            assert!(ranked.iter().any(|fit| fit.comes_near(Measures::Mass, 5_000)), "after {times}");
        }
        assert!(!fits.ranked().iter().any(|fit| fit.comes_near(Measures::Mass, 3_000)));
    }

    #[test]
    fn the_step_of_a_scale_is_shown_by_its_digits() {
        let steps = |frames: &[u8]| {
            let proved: Vec<Proved> =
                fitting(frames).iter().flat_map(|fit| fit.proved_by(Measures::Mass, 5_000)).collect();
            proved[0].steps
        };
        let heard = |numbers: &[&str]| -> Vec<u8> {
            let still = ["5.00 kg"; 3].map(|end| format!("ST,+0000{end}\r\n"));
            let rising = numbers.iter().map(|number| format!("ST,+000{number} kg\r\n"));
            rising.chain(still).collect::<String>().into_bytes()
        };
        let coarse = steps(&heard(&["0.00", "3.20"]));
        assert_eq!(coarse, Steps { finest: 10, common: 200 });
        assert!(coarse.allow(10) && coarse.allow(100) && !coarse.allow(5) && !coarse.allow(500));
        let fine = steps(&heard(&["0.00", "4.98"]));
        assert_eq!(fine, Steps { finest: 10, common: 20 });
        assert!(fine.allow(20) && !fine.allow(100));
        let pounds = steps(&b"=0011.023".repeat(6));
        assert_eq!(pounds, Steps { finest: 1, common: 0 });
    }

    #[test]
    fn noise_fits_nothing() {
        let mut state = 7_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(4_000)
        .collect();
        assert_eq!(fitting(&noise), [], "seed 7");
    }
}
