//! A set of shards.

use std::fmt;

use protocol::topic::SHARDS;

/// Some of the shards the nodes are divided into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shards(u16);

impl Shards {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// All of them.
    pub const ALL: Self = Self(u16::MAX);

    /// Those of either.
    pub fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those that are not among `others`.
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Their numbers, rising.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..SHARDS).filter(move |shard| self.0 >> shard & 1 == 1)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }
}

const _: () = assert!(SHARDS as u32 == u16::BITS, "one bit for each shard");

impl FromIterator<u8> for Shards {
    fn from_iter<T: IntoIterator<Item = u8>>(shards: T) -> Self {
        Self(shards.into_iter().fold(0, |bits, shard| bits | 1 << (shard % SHARDS)))
    }
}

impl fmt::Display for Shards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        for (nth, shard) in self.iter().enumerate() {
            write!(f, "{}{shard:02x}", if nth == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}
