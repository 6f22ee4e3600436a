//! What the Puskesmas may set otherwise.

use care::pregnancy::Rules;
use protocol::service::Tablet;

use crate::app::Edge;
use crate::store::StoreError;

/// Tablets of many micronutrients in one pregnancy.
const MICRONUTRIENTS: u16 = 180;

/// The tablets given here: `mms` or `ttd`.
pub(super) fn tablet(edge: &Edge) -> Result<Tablet, StoreError> {
    let told = edge.store.setting("anc_tablet")?;
    Ok(if told.as_deref() == Some("mms") { Tablet::Micronutrients } else { Tablet::Iron })
}

/// The rules as they are set; what is not set, or not a number, is as the regulation says.
pub(super) fn rules(edge: &Edge) -> Result<Rules, StoreError> {
    let usual = Rules::default();
    let by_tablet = match tablet(edge)? {
        Tablet::Iron => usual.tablets,
        Tablet::Micronutrients => MICRONUTRIENTS,
    };
    let number = |key: &str| {
        Ok::<_, StoreError>(edge.store.setting(key)?.and_then(|told| told.trim().parse::<u16>().ok()))
    };
    let weeks = |key: &str, usual| Ok::<_, StoreError>(number(key)?.map_or(usual, i64::from));
    Ok(Rules {
        first_trimester_weeks: weeks("anc_first_trimester_weeks", usual.first_trimester_weeks)?,
        second_trimester_weeks: weeks("anc_second_trimester_weeks", usual.second_trimester_weeks)?,
        tablets: number("anc_tablets")?.unwrap_or(by_tablet),
        ..usual
    })
}
