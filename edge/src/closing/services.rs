//! What else the month saw, counted from what was recorded of each person.

use care::adult::ELDERLY_YEARS;
use care::f1;
use protocol::{Month, PosyanduId};

use crate::app::Edge;
use crate::store::{Card, What};

/// Services of a month at a posyandu.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Services {
    /// Babies below six months with nothing but breast milk, and of how many that was asked.
    pub(super) breastfed: (u32, u32),
    /// Children who were given vitamin A.
    pub(super) vitamin_a: u32,
    /// Children who were given medicine against worms.
    pub(super) dewormed: u32,
    /// Children who were given a vaccine, and doses.
    pub(super) immunized: (u32, u32),
    /// Pregnant women who came.
    pub(super) pregnant: u32,
    /// Elderly people who came.
    pub(super) elderly: u32,
    /// Everybody who came.
    pub(super) came: u32,
    /// Of those, guests.
    pub(super) guests: u32,
}

/// Counts them.
pub(super) fn of(edge: &Edge, posyandu: PosyanduId, month: Month) -> Services {
    let mut services = Services::default();
    for card in edge.store.cards() {
        services.add(&card, posyandu, month);
    }
    services
}

impl Services {
    fn add(&mut self, card: &Card, posyandu: PosyanduId, month: Month) {
        let (Some(born), Some(first_day)) = (card.person.birth_date.to_naive(), month.first_day()) else {
            return;
        };
        if !card.came(posyandu, month) {
            return;
        }
        let age_months = f1::age_months(born, first_day);
        let here = || card.marks.iter().filter(|mark| mark.month == month && mark.posyandu == posyandu);
        let count = |what: What| here().filter(|mark| mark.what == what).count() as u32;
        let answer = here().rev().find_map(|mark| match mark.what {
            What::Breastfed(only) => Some(only),
            _ => None,
        });
        self.came += 1;
        self.guests += u32::from(card.person.home.is_some() || card.stay.posyandu != posyandu);
        if let Some(only) = answer.filter(|_| age_months < 6) {
            self.breastfed.0 += u32::from(only);
            self.breastfed.1 += 1;
        }
        if f1::is_balita(age_months) {
            let doses = count(What::Immunized);
            self.vitamin_a += count(What::VitaminA).min(1);
            self.dewormed += count(What::Dewormed).min(1);
            self.immunized.0 += doses.min(1);
            self.immunized.1 += doses;
        }
        self.pregnant += u32::from(card.is_pregnant(month));
        self.elderly += u32::from(age_months >= ELDERLY_YEARS as i32 * 12);
    }
}
