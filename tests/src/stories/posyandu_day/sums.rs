//! Form F1 counted by hand: one child after another, with nothing but its birth, its book and its weights.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use growth::{Measures, Sex, assess};

use super::tables::Guest;
use crate::demo::truth::weight_line;
use crate::harness::World;
use crate::population::Child;

/// The rows of the form: from this month of age to that.
const GROUPS: [(i32, i32); 4] = [(0, 5), (6, 11), (12, 23), (24, 59)];

/// One row, or all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) s: u32,
    pub(super) k: u32,
    pub(super) d: u32,
    pub(super) n: u32,
    pub(super) t: u32,
    pub(super) o: u32,
    pub(super) b: u32,
    pub(super) two_t: u32,
    pub(super) bgm: u32,
}

/// The form, by sex (`L` or `P`) and the first month of the row.
#[derive(Debug)]
pub(super) struct Form(BTreeMap<(char, i32), Row>);

impl Form {
    /// Counts everybody who lives here, and of those the ones that were weighed today.
    pub(super) fn by_hand(world: &World, guests: &[Guest]) -> Self {
        let mut rows = BTreeMap::new();
        for sex in ['L', 'P'] {
            rows.extend(GROUPS.map(|(from, _)| ((sex, from), Row::default())));
        }
        let mut form = Self(rows);
        let born_here = guests.iter().filter(|guest| !guest.is_guest && guest.coming.is_some_and(is_new));
        for child in world.village.children.iter().chain(born_here.map(|guest| &guest.child)) {
            let came = guests.iter().find(|guest| guest.child.id == child.id);
            let mass_g = came.and_then(|guest| guest.coming).map(|coming| coming.mass_g);
            form.count(child, mass_g, world.village.day);
        }
        form
    }

    fn count(&mut self, child: &Child, mass_g: Option<u32>, day: NaiveDate) {
        let months = |date: NaiveDate| date.year() * 12 + date.month0() as i32;
        let age = months(day) - months(child.birth_date);
        let Some((from, _)) = GROUPS.into_iter().find(|(from, to)| (*from..=*to).contains(&age)) else {
            return;
        };
        let sex = if child.sex == Sex::Male { 'L' } else { 'P' };
        let row = self.0.entry((sex, from)).or_default();
        row.s += 1;
        row.k += u32::from(child.kia_book);
        let Some((mass_g, line)) = mass_g.and_then(|mass_g| Some((mass_g, weight_line(child, mass_g, day)?)))
        else {
            return;
        };
        row.d += 1;
        match line.gain.code() {
            'N' => row.n += 1,
            'T' => row.t += 1,
            'O' => row.o += 1,
            _ => row.b += 1,
        }
        row.two_t += u32::from(line.twice_not_risen);
        let measures = Measures { mass_g: Some(mass_g), ..Measures::default() };
        let flags = assess(&child.for_growth(), day, &measures).flags;
        row.bgm += u32::from(line.below_red_line && !flags.contains(growth::Index::Waz));
    }

    /// All rows together.
    pub(super) fn total(&self) -> Row {
        self.0.values().fold(Row::default(), |sum, row| Row {
            s: sum.s + row.s,
            k: sum.k + row.k,
            d: sum.d + row.d,
            n: sum.n + row.n,
            t: sum.t + row.t,
            o: sum.o + row.o,
            b: sum.b + row.b,
            two_t: sum.two_t + row.two_t,
            bgm: sum.bgm + row.bgm,
        })
    }

    /// How many numbers there are.
    pub(super) fn len(&self) -> usize {
        self.named().len()
    }

    /// The rows, as the hub keeps them.
    pub(super) fn rows(&self) -> impl Iterator<Item = ((char, i32), Row)> {
        self.0.iter().map(|(place, row)| (*place, *row))
    }

    /// Compares with the numbers of a page; each difference is said.
    pub(super) fn same_as(&self, shown: &BTreeMap<String, u32>) -> anyhow::Result<()> {
        let named = self.named();
        let differs = |(name, count): (&String, &u32)| {
            let other = shown.get(name);
            (other != Some(count)).then(|| format!("{name}: counted {count}, shown {other:?}"))
        };
        let wrong: Vec<String> = named.iter().filter_map(differs).collect();
        anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("; "));
        Ok(())
    }

    /// Every number by the name it has on the page.
    fn named(&self) -> BTreeMap<String, u32> {
        let total = self.total();
        let absent = ("S-D".to_owned(), total.s - total.d);
        let rows = self.0.iter().flat_map(|((sex, from), row)| {
            row.figures().map(|(code, count)| (format!("{sex} {from} {code}"), count))
        });
        let mut named: BTreeMap<String, u32> = rows.collect();
        named.extend(total.figures().map(|(code, count)| (code.to_owned(), count)));
        named.extend([absent]);
        named
    }
}

impl Row {
    /// The numbers with their codes, in the order of the form.
    pub(super) fn figures(&self) -> [(&'static str, u32); 9] {
        let Self { s, k, d, n, t, o, b, two_t, bgm } = *self;
        [("S", s), ("K", k), ("D", d), ("N", n), ("T", t), ("O", o), ("B", b), ("2T", two_t), ("BGM", bgm)]
    }
}

/// It is in no village's book yet.
fn is_new(coming: crate::population::Coming) -> bool {
    coming.child == usize::MAX
}
