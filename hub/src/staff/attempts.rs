//! How often somebody tried to sign in, and how long the next try must wait.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Tries that cost nothing: a person mistypes, and a whole Puskesmas shares one address.
const FREE_BY_ACCOUNT: u32 = 5;
const FREE_BY_ADDRESS: u32 = 30;

/// The wait after the last free try.
const FIRST_WAIT: Duration = Duration::from_secs(5);

/// The longest wait, so that somebody guessing at an account cannot keep its owner out for a day.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// A quiet hour and all is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60 * 60);

/// How many accounts and addresses are remembered at most; beyond it the quietest is forgotten.
const MOST_REMEMBERED: usize = 20_000;

/// Sign-in attempts that have not succeeded, by account and by address.
#[derive(Debug, Default)]
pub(super) struct Attempts(HashMap<Key, Tried>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Account(String),
    Address(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Tried {
    times: u32,
    last: Instant,
}

impl Attempts {
    /// Counts a try before its password is looked at, so that many at once gain nothing. `Err` is the time to wait; a
    /// refused try is not counted.
    pub(super) fn begin(
        &mut self,
        account: &str,
        address: Option<IpAddr>,
        now: Instant,
    ) -> Result<(), Duration> {
        let keys = keys(account, address);
        let wait = keys.iter().map(|key| self.wait(key, now)).max().unwrap_or_default();
        if !wait.is_zero() {
            return Err(wait);
        }
        for key in keys {
            self.make_room(now);
            let tried = self.0.entry(key).or_insert(Tried { times: 0, last: now });
            *tried = Tried { times: tried.times.saturating_add(1), last: now };
        }
        Ok(())
    }

    /// The try succeeded: its account starts afresh, and it no longer counts against its address.
    pub(super) fn succeeded(&mut self, account: &str, address: Option<IpAddr>) {
        for key in keys(account, address) {
            match (&key, self.0.get_mut(&key)) {
                (Key::Address(_), Some(tried)) => tried.times = tried.times.saturating_sub(1),
                (Key::Account(_), _) | (_, None) => drop(self.0.remove(&key)),
            }
        }
    }

    fn wait(&self, key: &Key, now: Instant) -> Duration {
        let Some(tried) = self.0.get(key) else { return Duration::ZERO };
        let since = now.saturating_duration_since(tried.last);
        if since > FORGOTTEN_AFTER { Duration::ZERO } else { key.delay(tried.times).saturating_sub(since) }
    }

    fn make_room(&mut self, now: Instant) {
        if self.0.len() < MOST_REMEMBERED {
            return;
        }
        self.0.retain(|_, tried| now.saturating_duration_since(tried.last) <= FORGOTTEN_AFTER);
        if self.0.len() >= MOST_REMEMBERED
            && let Some(quietest) =
                self.0.iter().min_by_key(|(_, tried)| tried.last).map(|(key, _)| key.clone())
        {
            self.0.remove(&quietest);
        }
    }
}

impl Key {
    /// Doubles with every try beyond the free ones.
    fn delay(&self, times: u32) -> Duration {
        let free = match self {
            Self::Account(_) => FREE_BY_ACCOUNT,
            Self::Address(_) => FREE_BY_ADDRESS,
        };
        match times.checked_sub(free) {
            None => Duration::ZERO,
            Some(beyond) => (FIRST_WAIT * 2_u32.pow(beyond.min(16))).min(LONGEST_WAIT),
        }
    }
}

fn keys(account: &str, address: Option<IpAddr>) -> Vec<Key> {
    let account = Key::Account(account.trim().to_lowercase());
    [account].into_iter().chain(address.map(|address| Key::Address(network(address)))).collect()
}

/// One household or office has one IPv4 address, or a whole /64 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: Option<IpAddr> = Some(IpAddr::V6(Ipv6Addr::LOCALHOST));

    #[test]
    fn the_wait_doubles_after_the_free_tries_and_ends() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        for _ in 0..FREE_BY_ACCOUNT {
            attempts.begin("dewi@contoh.id", None, start).unwrap();
        }
        assert_eq!(attempts.begin(" DEWI@contoh.id", None, start), Err(FIRST_WAIT));
        let later = start + FIRST_WAIT;
        attempts.begin("dewi@contoh.id", None, later).unwrap();
        assert_eq!(attempts.begin("dewi@contoh.id", None, later), Err(FIRST_WAIT * 2));
        attempts.begin("dewi@contoh.id", None, later + LONGEST_WAIT).unwrap();
        attempts.begin("sari@contoh.id", None, later).unwrap();
    }

    #[test]
    fn success_clears_the_account_but_not_what_others_tried_from_the_same_address() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        for other in 0..FREE_BY_ADDRESS {
            attempts.begin(&format!("{other}"), HOME, now).unwrap();
        }
        assert!(attempts.begin("dewi@contoh.id", HOME, now).is_err());
        let later = now + FIRST_WAIT;
        attempts.begin("dewi@contoh.id", HOME, later).unwrap();
        attempts.succeeded("dewi@contoh.id", HOME);
        assert_eq!(attempts.begin("dewi@contoh.id", HOME, later), Err(FIRST_WAIT));
        attempts.begin("dewi@contoh.id", None, later).unwrap();
    }

    #[test]
    fn neighbours_of_one_ipv6_network_count_as_one() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        for host in 0..u128::from(FREE_BY_ADDRESS) {
            let address = Ipv6Addr::from_bits(0xfd00 << 112 | host);
            attempts.begin(&host.to_string(), Some(address.into()), now).unwrap();
        }
        assert!(attempts.begin("x", Some("fd00::abcd".parse().unwrap()), now).is_err());
        attempts.begin("x", Some("fd01::abcd".parse().unwrap()), now).unwrap();
    }
}
