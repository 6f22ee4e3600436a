//! `simpul-hub quarantine`: what is set aside, and judging it again.

use chrono::{DateTime, Utc};
use clap::Subcommand;
use hub::intake::{self, Judgement, Which};
use protocol::NodeId;
use sqlx::PgPool;

use crate::print;

#[derive(Subcommand)]
pub(crate) enum QuarantineCommand {
    /// Print what is set aside and why, the oldest first.
    List {
        /// Only of this node.
        #[arg(long)]
        node: Option<NodeId>,
    },
    /// Judge everything that is set aside again, and take what can be taken now.
    Retry {
        /// Only of this node.
        #[arg(long)]
        node: Option<NodeId>,
    },
}

impl QuarantineCommand {
    pub(crate) async fn run(self, db: &PgPool, now: DateTime<Utc>) -> anyhow::Result<()> {
        match self {
            Self::List { node } => list(db, node).await,
            Self::Retry { node } => {
                let which = node.map_or(Which::All, Which::Node);
                let Judgement { taken, still_aside } =
                    intake::judge_again(&mut *db.acquire().await?, which, now).await?;
                print(&format!("{taken} events taken, {still_aside} still set aside\n"))
            }
        }
    }
}

async fn list(db: &PgPool, node: Option<NodeId>) -> anyhow::Result<()> {
    for event in intake::waiting(db, node).await? {
        let id = event.event.map_or_else(|| "-".to_owned(), |event| event.to_string());
        print(&format!(
            "{} {} ({}) life {} number {} event {id}: {}\n",
            event.received_at.format("%Y-%m-%dT%H:%M:%SZ"),
            event.node,
            event.label,
            event.incarnation,
            event.sequence,
            event.reason
        ))?;
    }
    Ok(())
}
