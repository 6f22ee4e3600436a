//! Every page of the node, on a phone, for people who see little, cannot hear, use a keyboard or one thumb.

use anyhow::ensure;
use serde_json::json;

use super::{Telling, Told, figures};
use crate::pictures;

pub(super) async fn tell(telling: &Telling) -> anyhow::Result<Told> {
    let seen = pictures::audit(telling.export.as_deref(), telling.seed).await?;
    ensure!(
        seen.findings.is_empty(),
        "{} things to mend:\n{}",
        seen.findings.len(),
        seen.findings.join("\n")
    );
    Ok(figures(json!({ "pages": seen.pages, "heaviest_bytes": seen.heaviest_bytes })))
}
