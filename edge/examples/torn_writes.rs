//! The long form of the store's trials: power cuts, lying syncs and rotten cards, as many seeds as there is time for.
//!
//! `cargo run -p edge --features faults --example torn_writes -- --seeds 5000 --from 1`

use clap::Parser;
use edge::store::faults::{cut_at_every_sync, cut_by_chance, lying_syncs, rotten_cards};

#[derive(Parser)]
struct Arguments {
    /// Chance days to play.
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Steps of the day that is cut at every sync.
    #[arg(long, default_value_t = 200)]
    steps: usize,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let seeds = arguments.from..arguments.from + arguments.seeds;
    let every_sync = cut_at_every_sync(arguments.from, arguments.steps).map_err(anyhow::Error::msg)?;
    eprintln!("every sync of a day: {every_sync:?}");
    let (mut earlier, mut refused, mut cards, mut noticed, mut events, mut salvaged) = (0, 0, 0, 0, 0, 0);
    for seed in seeds {
        cut_by_chance(seed).map_err(anyhow::Error::msg)?;
        let lied = lying_syncs(seed).map_err(anyhow::Error::msg)?;
        (earlier, refused) = (earlier + lied.earlier, refused + lied.refused);
        let rotten = rotten_cards(seed, 4).map_err(anyhow::Error::msg)?;
        (cards, noticed) = (cards + rotten.cards, noticed + rotten.noticed);
        (events, salvaged) = (events + rotten.events, salvaged + rotten.salvaged);
    }
    println!(
        "{}",
        serde_json::json!({
            "from": arguments.from, "seeds": arguments.seeds,
            "syncs": every_sync.syncs, "cuts": every_sync.cuts + arguments.seeds,
            "second_cuts": every_sync.second_cuts, "lied_earlier": earlier, "lied_refused": refused,
            "cards": cards, "noticed": noticed, "events": events, "salvaged": salvaged,
        })
    );
    Ok(())
}
