//! What this process knows stays in its memory: no core file, no debugger, no swap.

use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};

/// From now on a crash writes no memory to the card, and no other process of this user looks into it. Swap is kept away by
/// the unit that starts the node (`MemorySwapMax=0`).
pub fn keep_memory_private() {
    let done = setrlimit(Resource::RLIMIT_CORE, 0, 0).and_then(|()| prctl::set_dumpable(false));
    if let Err(error) = done {
        tracing::warn!("a crash of this node may write what it knows to the card: {error}");
    }
}
