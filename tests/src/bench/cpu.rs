//! Who used the processors: this process, or everybody.

use anyhow::Context;

/// Processor time used up to a moment, in clock ticks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    own: u64,
    all: u64,
}

impl Used {
    pub(super) fn now() -> anyhow::Result<Self> {
        let own = std::fs::read_to_string("/proc/self/stat")?;
        // the second field is the program's name in brackets and may hold anything
        let after_name = own.rsplit_once(')').context("/proc/self/stat has no name")?.1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let own = ticks(fields.get(11))? + ticks(fields.get(12))?;
        let all = std::fs::read_to_string("/proc/stat")?;
        let mut fields = all.lines().next().context("/proc/stat is empty")?.split_whitespace().skip(1);
        let (user, nice, system) = (fields.next(), fields.next(), fields.next());
        let all = ticks(user.as_ref())? + ticks(nice.as_ref())? + ticks(system.as_ref())?;
        Ok(Self { own, all })
    }

    /// This process's share of what everybody used since `earlier`, 0 to 1.
    pub(super) fn own_share_since(self, earlier: Self) -> f64 {
        (self.own - earlier.own) as f64 / (self.all - earlier.all).max(1) as f64
    }
}

fn ticks(field: Option<&&str>) -> anyhow::Result<u64> {
    Ok(field.context("a field of /proc is missing")?.parse()?)
}
