//! What one hub should hold, by what it sees.

use protocol::topic::SHARDS;
use uuid::Uuid;

use super::Shards;

/// A shard and who held it last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lease {
    pub(super) shard: u8,
    pub(super) hub: Option<Uuid>,
    /// Whether the holder's time is not over.
    pub(super) lives: bool,
}

/// As many shards as is fair among `hubs` (sorted, `me` among them): first those it has, then what nobody holds. What
/// another hub should give away is taken when it has done so.
pub(super) fn share(leases: &[Lease], hubs: &[Uuid], me: Uuid) -> Shards {
    let shards = usize::from(SHARDS);
    let place = hubs.iter().position(|hub| *hub == me).unwrap_or(0);
    let count = hubs.len().max(1);
    let fair = shards / count + usize::from(place < shards % count);
    let own = leases.iter().filter(|lease| lease.hub == Some(me));
    let free = leases.iter().filter(|lease| lease.hub != Some(me) && !lease.lives);
    own.chain(free).map(|lease| lease.shard).take(fair).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The tables, and time in ticks: every hub that lives renews at each, one after the other.
    struct Town {
        leases: Vec<(Option<Uuid>, u32)>,
        hubs: Vec<(Uuid, u32)>,
        now: u32,
    }

    const LASTING: u32 = 5;

    impl Town {
        fn new() -> Self {
            Self { leases: vec![(None, 0); usize::from(SHARDS)], hubs: vec![], now: 1 }
        }

        fn renew(&mut self, me: Uuid) {
            let until = self.now + LASTING;
            self.hubs.retain(|(hub, until)| *hub != me && *until > self.now);
            self.hubs.push((me, until));
            self.hubs.sort();
            let seen: Vec<Lease> = (0..)
                .zip(&self.leases)
                .map(|(shard, &(hub, until))| Lease { shard, hub, lives: until > self.now })
                .collect();
            let hubs: Vec<Uuid> = self.hubs.iter().map(|(hub, _)| *hub).collect();
            let mine = share(&seen, &hubs, me);
            for (shard, lease) in (0..).zip(&mut self.leases) {
                if mine.iter().any(|own| own == shard) {
                    assert!(lease.0 == Some(me) || lease.1 <= self.now, "taken from one who lives");
                    *lease = (Some(me), until);
                } else if lease.0 == Some(me) {
                    lease.1 = 0;
                }
            }
        }

        fn held_by(&self, hub: Uuid) -> usize {
            self.leases.iter().filter(|(holder, until)| *holder == Some(hub) && *until > self.now).count()
        }
    }

    proptest! {
        #[test]
        fn after_any_coming_and_going_all_is_shared_evenly(
            days in prop::collection::vec(prop::collection::vec(any::<bool>(), 6), 1..20),
        ) {
            let mut town = Town::new();
            let hub = |nth: usize| Uuid::from_u128(nth as u128 + 1);
            let mut living = vec![];
            for day in days.iter().chain([&days[0]; 2 * LASTING as usize]) {
                town.now += 1;
                living = (0..day.len()).filter(|&nth| day[nth]).map(hub).collect();
                living.iter().for_each(|&hub| town.renew(hub));
            }
            let held: Vec<usize> = living.iter().map(|&hub| town.held_by(hub)).collect();
            if let (Some(most), Some(least)) = (held.iter().max(), held.iter().min()) {
                prop_assert_eq!(held.iter().sum::<usize>(), usize::from(SHARDS), "{:?}", held);
                prop_assert!(most - least <= 1, "{:?}", held);
            }
        }
    }

    #[test]
    fn a_hub_alone_takes_everything_at_once() {
        let me = Uuid::from_u128(1);
        let free: Vec<_> = (0..SHARDS).map(|shard| Lease { shard, hub: None, lives: false }).collect();
        assert_eq!(share(&free, &[me], me), Shards::ALL);
    }
}
