//! What the Puskesmas decides about services, sent down its feed; where it says nothing, what is usual.

use care::child::{EXAMPLE, List};

use crate::app::Edge;
use crate::store::StoreError;

/// The settings of children's services.
pub(super) struct Settings {
    /// `child.development`: the development list, as [`List`] reads it.
    development: Option<String>,
    /// `child.deworming_product`: what is printed on the medicine.
    pub(super) deworming: String,
    /// `child.food_product`: what is handed out as PMT.
    pub(super) food: String,
    /// `child.food_days`: for how many days it is handed out at once.
    pub(super) food_days: u16,
}

impl Settings {
    pub(super) fn of(edge: &Edge) -> Result<Self, StoreError> {
        let text = |key: &str, usual: &str| {
            let told = edge.store.setting(key)?.map(|text| text.trim().to_owned());
            Ok::<_, StoreError>(told.filter(|text| !text.is_empty()).unwrap_or_else(|| usual.into()))
        };
        let days = edge.store.setting("child.food_days")?.and_then(|text| text.trim().parse().ok());
        Ok(Self {
            development: edge.store.setting("child.development")?.filter(|text| List(text).name().is_some()),
            deworming: text("child.deworming_product", "albendazol")?,
            food: text("child.food_product", "makanan lokal")?,
            food_days: days.filter(|days| (1..=366).contains(days)).unwrap_or(14),
        })
    }

    /// The development list; the example where the Puskesmas has sent none.
    pub(super) fn list(&self) -> List<'_> {
        self.development.as_deref().map_or(EXAMPLE, List)
    }

    /// Whether the list is nothing but the example.
    pub(super) fn is_example(&self) -> bool {
        self.development.is_none()
    }
}
