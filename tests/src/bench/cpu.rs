//! Who used the processors: this process, or everybody.

use anyhow::Context;

/// As `/proc` counts on every machine Linux runs on.
const TICKS_A_SECOND: f64 = 100.0;

/// Processor time used up to a moment, in clock ticks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    own: u64,
    all: u64,
}

impl Used {
    pub(super) fn now() -> anyhow::Result<Self> {
        let own = ticks_of(std::process::id())?;
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

/// Processor time one process has used, in clock ticks.
fn ticks_of(pid: u32) -> anyhow::Result<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // the second field is the program's name in brackets and may hold anything
    let after_name = stat.rsplit_once(')').context("the process has no name")?.1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    Ok(ticks(fields.get(11))? + ticks(fields.get(12))?)
}

fn ticks(field: Option<&&str>) -> anyhow::Result<u64> {
    Ok(field.context("a field of /proc is missing")?.parse()?)
}

/// The share of one core a process keeps busy over a time, 0 to 1.
pub(super) async fn busy(pid: u32, time: std::time::Duration) -> anyhow::Result<f64> {
    let (before, began) = (ticks_of(pid)?, std::time::Instant::now());
    tokio::time::sleep(time).await;
    let used = (ticks_of(pid)? - before) as f64 / TICKS_A_SECOND;
    Ok(used / began.elapsed().as_secs_f64())
}
