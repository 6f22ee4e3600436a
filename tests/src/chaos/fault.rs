//! What can go wrong, how often, and for how long.

use serde::{Deserialize, Serialize};

use crate::chance::Chance;

/// One way for things to go wrong.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Kind {
    /// A node is killed outright and started again.
    NodeKill,
    /// A node hangs for a while.
    NodePause,
    /// A node's card dies and a new one takes its place; later the old one turns up again.
    NodeReplaced,
    /// A node's card fills up, and is freed again.
    DiskFull,
    /// A node starts with a clock years ahead.
    ClockAhead,
    /// A node starts with a clock a day behind.
    ClockBack,
    /// A node starts with a clock nobody has set; now and then a kader sets it from her phone.
    ClockUnset,
    /// A node's line is cut.
    LinkCut,
    /// A node's line carries 32 kbit/s, each piece 600 ± 300 ms late.
    LinkSlow,
    /// A node's line carries nothing more, and nobody is told; then it is gone.
    LinkHalfOpen,
    /// A node's line tears each connection in the midst of a frame.
    LinkReset,
    /// A node's line carries one byte a packet.
    LinkTrickle,
    /// The hub is killed outright.
    HubKill,
    /// The hub hangs for a while.
    HubPause,
    /// The hub's database is put back to an older backup.
    HubRestored,
    /// Every process of Postgres is killed outright.
    PostgresKill,
    /// All of Postgres hangs for a while.
    PostgresPause,
    /// Postgres stops as by `pg_ctl stop -m immediate`.
    PostgresImmediate,
    /// The outside broker is killed outright.
    BrokerKill,
    /// The outside broker hangs for a while.
    BrokerPause,
    /// The broker forgets everything: killed and its memory wiped; the hub's own gate keeps all in the hub.
    BrokerWiped,
}

/// Who has to carry a fault out; one lane does one thing at a time, and lanes do not wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Hub, broker and database.
    Centre,
    /// A node by its number.
    Node(usize),
    /// A node's line.
    Link(usize),
}

/// A kind's row: how often beside the others, and how long in milliseconds.
struct Habit {
    kind: Kind,
    weight: u64,
    lasts_ms: (u64, u64),
}

const fn habit(kind: Kind, weight: u64, least_ms: u64, most_ms: u64) -> Habit {
    Habit { kind, weight, lasts_ms: (least_ms, most_ms) }
}

const HABITS: [Habit; 21] = [
    habit(Kind::NodeKill, 10, 0, 2_000),
    habit(Kind::NodePause, 5, 1_000, 8_000),
    habit(Kind::NodeReplaced, 2, 500, 3_000),
    habit(Kind::DiskFull, 3, 2_000, 6_000),
    habit(Kind::ClockAhead, 2, 8_000, 20_000),
    habit(Kind::ClockBack, 2, 8_000, 20_000),
    habit(Kind::ClockUnset, 4, 8_000, 20_000),
    habit(Kind::LinkCut, 8, 500, 15_000),
    habit(Kind::LinkSlow, 5, 8_000, 25_000),
    habit(Kind::LinkHalfOpen, 6, 3_000, 20_000),
    habit(Kind::LinkReset, 8, 1_000, 10_000),
    habit(Kind::LinkTrickle, 4, 3_000, 15_000),
    habit(Kind::HubKill, 6, 0, 3_000),
    habit(Kind::HubPause, 4, 1_000, 6_000),
    habit(Kind::HubRestored, 2, 0, 1_000),
    habit(Kind::PostgresKill, 3, 0, 2_000),
    habit(Kind::PostgresPause, 3, 1_000, 5_000),
    habit(Kind::PostgresImmediate, 4, 0, 2_000),
    habit(Kind::BrokerKill, 4, 0, 2_000),
    habit(Kind::BrokerPause, 3, 1_000, 6_000),
    habit(Kind::BrokerWiped, 3, 0, 2_000),
];

impl Kind {
    /// Every kind there is.
    pub fn all() -> impl Iterator<Item = Self> {
        HABITS.iter().map(|habit| habit.kind)
    }

    /// Its name in figures and files.
    pub fn word(self) -> String {
        serde_json::to_value(self).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Whether it needs a broker that is not the hub's own gate.
    pub fn needs_outside_broker(self) -> bool {
        matches!(self, Kind::BrokerKill | Kind::BrokerPause)
    }

    pub(super) fn lane(self, target: usize) -> Lane {
        use Kind::*;
        match self {
            NodeKill | NodePause | NodeReplaced | DiskFull | ClockAhead | ClockBack | ClockUnset => {
                Lane::Node(target)
            }
            LinkCut | LinkSlow | LinkHalfOpen | LinkReset | LinkTrickle => Lane::Link(target),
            HubKill | HubPause | HubRestored | PostgresKill | PostgresPause | PostgresImmediate
            | BrokerKill | BrokerPause | BrokerWiped => Lane::Centre,
        }
    }

    /// How long this one lasts.
    pub(super) fn lasts_ms(self, chance: &mut Chance) -> u64 {
        let (least, most) = self.habit().lasts_ms;
        least + chance.below(most - least + 1)
    }

    /// One of several, each as often as it is its habit.
    pub(super) fn drawn(among: &[Self], chance: &mut Chance) -> Self {
        let mut left = chance.below(among.iter().map(|kind| kind.habit().weight).sum());
        for &kind in among {
            match left.checked_sub(kind.habit().weight) {
                Some(rest) => left = rest,
                None => return kind,
            }
        }
        among[0]
    }

    fn habit(self) -> &'static Habit {
        HABITS.iter().find(|habit| habit.kind == self).expect("every kind has its row")
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_kind_has_a_row_and_one_name_everywhere() {
        for kind in Kind::value_variants() {
            assert_eq!(kind.habit().kind, *kind);
            assert_eq!(kind.to_possible_value().unwrap().get_name(), kind.word());
        }
        assert_eq!(Kind::all().count(), Kind::value_variants().len());
    }
}
