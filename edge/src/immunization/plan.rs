//! The catalogue this node follows: the Puskesmas's own if it sent a readable one, else the last that was.

use care::immunization::{Catalogue, DEFAULT};

use crate::app::Edge;
use crate::store::{Small, StoreError};

/// The catalogue, as a text.
const CATALOGUE: &str = "immunization.catalogue";
/// Two digits of the province.
const PROVINCE: &str = "immunization.province";
/// Areas of the catalogue the posyandu lies in, with spaces: `je` where Japanese encephalitis is endemic.
const AREAS: &str = "immunization.areas";
/// Under which the last readable catalogue of the Puskesmas is kept.
const LAST_READABLE: &[u8] = b"immunization/catalogue";

/// What is planned here.
pub(super) struct Plan {
    text: String,
    pub(super) province: String,
    pub(super) areas: String,
    /// Why the newest catalogue of the Puskesmas is not followed.
    pub(super) refused: Option<String>,
}

impl Plan {
    /// The plan as the hub's newest words make it.
    pub(super) async fn load(edge: &Edge) -> Result<Self, StoreError> {
        let (text, refused) = text(edge).await?;
        let setting = |key| Ok::<_, StoreError>(edge.store.setting(key)?.unwrap_or_default());
        Ok(Self { text, province: setting(PROVINCE)?, areas: setting(AREAS)?, refused })
    }

    /// The catalogue itself.
    pub(super) fn catalogue(&self) -> Catalogue<'_> {
        Catalogue::parse(&self.text).expect("it was read when the plan was loaded")
    }
}

async fn text(edge: &Edge) -> Result<(String, Option<String>), StoreError> {
    let Some(told) = edge.store.setting(CATALOGUE)? else { return Ok((DEFAULT.into(), None)) };
    let kept = edge.store.small(Small::Catalogue, LAST_READABLE)?;
    let kept = kept.and_then(|kept| String::from_utf8(kept).ok());
    match Catalogue::parse(&told).map(|_| ()) {
        Ok(()) => {
            if kept.as_ref() != Some(&told) {
                edge.store.put_small(Small::Catalogue, LAST_READABLE.to_vec(), told.clone().into()).await?;
            }
            Ok((told, None))
        }
        Err(wrong) => {
            tracing::warn!("the catalogue of vaccines the hub sent cannot be read: {wrong}");
            let kept = kept.filter(|kept| Catalogue::parse(kept).is_ok());
            Ok((kept.unwrap_or_else(|| DEFAULT.into()), Some(wrong.to_string())))
        }
    }
}
