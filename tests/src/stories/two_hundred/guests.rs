//! Who comes, to which scale, and what goes otherwise than it should on the way.

use growth::{Age, Measures, Posture, completed_months, scores};

use crate::chance::Chance;
use crate::harness::World;
use crate::population::{CHILDREN, Child, Coming, first_day};

/// What goes otherwise than it should at a weighing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mishap {
    /// Nothing.
    None,
    /// It lies on the pan before its page is open.
    OnThePanFirst,
    /// Two kader swap phones between the reading and the save.
    PhonesSwapped,
    /// It does not keep still for a long while.
    Wriggles,
    /// It is lifted before the number has settled, and put back.
    LiftedEarly,
    /// It stays on the pan until the next child's page is open.
    StaysOn,
    /// Another phone opens the next child's page meanwhile.
    Peeked,
    /// Somebody carries it, who weighs so many grams.
    Carried { carer_g: u32 },
    /// The next in the queue was put on instead, and is its twin.
    WrongTwin,
    /// The next in the queue was put on instead, and weighs quite otherwise.
    Stranger,
}

/// What befalls one child after another.
const BY_TURNS: [Mishap; 8] = [
    Mishap::OnThePanFirst,
    Mishap::PhonesSwapped,
    Mishap::StaysOn,
    Mishap::None,
    Mishap::LiftedEarly,
    Mishap::Wriggles,
    Mishap::Peeked,
    Mishap::None,
];

/// Of the children who lie, one in so many is carried.
const CARRIED_EVERY: usize = 4;

/// One who comes.
#[derive(Debug, Clone)]
pub(super) struct Guest {
    pub(super) child: Child,
    pub(super) coming: Coming,
    pub(super) mishap: Mishap,
}

/// The queues before the two scales.
#[derive(Debug, Default)]
pub(super) struct Queues {
    pub(super) infant: Vec<Guest>,
    pub(super) standing: Vec<Guest>,
}

impl Queues {
    /// Everybody of a world: its village's children and its crowd.
    pub(super) fn of(world: &World, seed: u64) -> Self {
        let village = &world.village;
        let crowd = first_day(seed, village.day, &village.children[CHILDREN..], CHILDREN);
        let mut chance = Chance::new(seed).apart("mishaps");
        let mut queues = Self::default();
        let mut lying = 0_usize;
        for coming in crowd.iter().chain(&village.coming) {
            let child = village.children[coming.child].clone();
            let mut guest = Guest { child, coming: *coming, mishap: Mishap::None };
            if completed_months(guest.child.birth_date, village.day) >= 24 {
                queues.standing.push(guest);
                continue;
            }
            lying += 1;
            if guest.child.birth_order.is_none() && lying.is_multiple_of(CARRIED_EVERY) {
                guest.mishap = Mishap::Carried { carer_g: 42_000 + 50 * chance.below(700) as u32 };
                queues.standing.push(guest);
            } else {
                queues.infant.push(guest);
            }
        }
        // the standing scale shows no more than this
        queues
            .standing
            .iter_mut()
            .for_each(|guest| guest.coming.mass_g = guest.coming.mass_g.div_ceil(50) * 50);
        deal(&mut queues.infant, world);
        deal(&mut queues.standing, world);
        queues
    }
}

/// Gives each its mishap. The first twins of a queue are mistaken for each other; so is one child with the next, where
/// their weights leave no doubt.
fn deal(queue: &mut [Guest], world: &World) {
    let mut turns = BY_TURNS.iter().cycle();
    let (mut twins, mut stranger, mut at) = (false, false, 0);
    while at < queue.len() {
        let next = queue.get(at + 1);
        let own = &queue[at];
        let (mishap, taken) = match next {
            _ if own.mishap != Mishap::None => (own.mishap, 1),
            Some(next) if !twins && are_twins(own, next) => (Mishap::WrongTwin, 2),
            Some(next) if !stranger && cannot_be(own, next, world) => (Mishap::Stranger, 2),
            _ => (*turns.next().unwrap_or(&Mishap::None), 1),
        };
        twins |= mishap == Mishap::WrongTwin;
        stranger |= mishap == Mishap::Stranger;
        queue[at].mishap = mishap;
        at += taken;
    }
}

fn are_twins(one: &Guest, other: &Guest) -> bool {
    one.child.birth_order.and(other.child.birth_order).is_some()
        && (&one.child.mother, one.child.birth_date) == (&other.child.mother, other.child.birth_date)
}

/// Whether `next` on the scale must be doubted for `own`: last weighed within 60 days and more than 4 z away from that.
fn cannot_be(own: &Guest, next: &Guest, world: &World) -> bool {
    let Some(last) = own.child.visits.last() else { return false };
    let day = world.village.day;
    let plain = own.child.birth_order.is_none()
        && next.child.birth_order.is_none()
        && next.mishap == Mishap::None
        && (day - last.on).num_days() <= 60;
    let z = |on, mass_g| {
        let measures =
            Measures { mass_g: Some(mass_g), posture: Some(Posture::Lying), ..Measures::default() };
        let waz = scores(Some(own.child.sex), Age::on(own.child.birth_date, on), &measures).waz;
        waz.ok().map(|z| z.centi)
    };
    plain && z(last.on, last.mass_g).zip(z(day, next.coming.mass_g)).is_some_and(|(a, b)| a.abs_diff(b) > 400)
}
