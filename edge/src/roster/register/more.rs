//! What every form asks besides: family card, address, telephone, membership, consent, and where a guest comes from.

use protocol::LocalDate;
use protocol::event::Bpjs;
use protocol::registry::{Consent, Edit};
use serde::{Deserialize, Serialize};

use super::super::fields::{self, Read};
use super::super::nik;

/// Everything that may be left empty, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::roster) struct More {
    pub(in crate::roster) family_card: String,
    pub(in crate::roster) address: String,
    pub(in crate::roster) phone: String,
    pub(in crate::roster) guardian: String,
    pub(in crate::roster) home: String,
    pub(in crate::roster) bpjs: String,
    pub(in crate::roster) consent_by: String,
    pub(in crate::roster) consent_photo: String,
    pub(in crate::roster) consent_reminders: String,
}

impl More {
    /// Whether anything is typed.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What was typed, as corrections of a registration that knows none of it; what cannot be read is said.
    pub(super) fn read(&self, on: LocalDate, wrong: &mut Vec<&'static str>) -> Vec<Edit> {
        let mut edits: Vec<Edit> = Vec::new();
        edits.extend(nik::digits(&self.family_card).map(|card| Edit::FamilyCard(Some(card))));
        type Set = fn(Option<String>) -> Edit;
        let texts: [(&str, Set); 4] = [
            (&self.address, Edit::Address),
            (&self.phone, Edit::Phone),
            (&self.guardian, Edit::Guardian),
            (&self.home, Edit::Home),
        ];
        for (typed, edit) in texts {
            match fields::text(typed) {
                Ok(Some(text)) => edits.push(edit(Some(text))),
                Ok(None) => {}
                Err(say) if wrong.contains(&say) => {}
                Err(say) => wrong.push(say),
            }
        }
        match bpjs(&self.bpjs) {
            Ok(status) => edits.extend(status.map(|status| Edit::Bpjs(Some(status)))),
            Err(say) => wrong.push(say),
        }
        match self.consent(on) {
            Ok(consent) => edits.extend(consent.map(|consent| Edit::Consent(Some(consent)))),
            Err(say) => wrong.push(say),
        }
        edits
    }

    fn consent(&self, on: LocalDate) -> Read<Option<Consent>> {
        consent(&self.consent_by, &self.consent_photo, &self.consent_reminders, on)
    }
}

/// `aktif`, `tidak`, `bukan`, or nothing where nobody asked.
pub(in crate::roster) fn bpjs(word: &str) -> Read<Option<Bpjs>> {
    match word {
        "" => Ok(None),
        "aktif" => Ok(Some(Bpjs::Active)),
        "tidak" => Ok(Some(Bpjs::Inactive)),
        "bukan" => Ok(Some(Bpjs::None)),
        _ => Err("Pilih salah satu jawaban BPJS."),
    }
}

/// Who agreed to what; nothing where nobody was asked. Somebody has to stand behind a yes.
pub(in crate::roster) fn consent(
    by: &str,
    photo: &str,
    reminders: &str,
    on: LocalDate,
) -> Read<Option<Consent>> {
    let (photo, reminders) = (photo == "ya", reminders == "ya");
    match fields::text(by)? {
        Some(by) => Ok(Some(Consent { by, on, photo, reminders })),
        None if photo || reminders => Err("Tulis siapa yang menyetujui: ibu, ayah, atau namanya."),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_says_nothing_and_a_yes_needs_somebody_behind_it() {
        let mut wrong = Vec::new();
        assert!(More::default().read(LocalDate(1), &mut wrong).is_empty() && wrong.is_empty());
        let more = More {
            family_card: "9971 0199 9999 0001".into(),
            address: " Kp.  Sawah RT 02 ".into(),
            bpjs: "aktif".into(),
            consent_reminders: "ya".into(),
            ..More::default()
        };
        let edits = more.read(LocalDate(1), &mut wrong);
        assert_eq!(wrong.len(), 1, "nobody agreed");
        assert_eq!(
            edits,
            [
                Edit::FamilyCard(Some("9971019999990001".into())),
                Edit::Address(Some("Kp. Sawah RT 02".into())),
                Edit::Bpjs(Some(Bpjs::Active)),
            ]
        );
        let agreed = consent("ibu", "", "ya", LocalDate(7));
        assert_eq!(
            agreed,
            Ok(Some(Consent { by: "ibu".into(), on: LocalDate(7), photo: false, reminders: true }))
        );
    }
}
