//! Who may do what on a node: one table, asked by every page that changes or shows something.
//!
//! # Why
//! | | kader | bidan | petugas |
//! |---|---|---|---|
//! | people | writes down, corrects | the same | the same, and removes |
//! | weight, length, blood pressure … of anybody | records, corrects | records, corrects, voids | reads, validates |
//! | pregnancy (ANC) | reads | completes, validates, voids | reads, validates |
//! | immunization | sees who is due, marks who is there | records doses | sees who is due |
//! | the posyandu day | opens, closes | opens, closes | sees |
//!
//! A void is a deletion with an author and a reason; what was voided stays visible. An appliance has no rights: what it
//! says of itself asks nobody.

use protocol::event::Role;

use super::Staff;
use crate::web::Trouble;

/// What somebody may or may not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// See a person's page.
    ReadPerson,
    /// Write a person down.
    RegisterPerson,
    /// Correct what is known of a person, or take them off the list.
    CorrectPerson,
    /// Say that somebody has come.
    MarkAttendance,
    /// Record or correct a measurement of anybody, a pregnant woman's weight and blood pressure included.
    RecordMeasurement,
    /// Say that a measurement is right.
    ValidateMeasurement,
    /// Complete a pregnancy's record.
    RecordAnc,
    /// Say that a pregnancy's record is right.
    ValidateAnc,
    /// Record a dose of vaccine.
    RecordDose,
    /// Void a record, with a reason.
    VoidRecord,
    /// Print a card or a slip about somebody.
    PrintCard,
    /// Take data away as a file: a sealed packet, a summary.
    Export,
    /// Open the posyandu day.
    OpenDay,
    /// Close it.
    CloseDay,
    /// Check an instrument with a known mass.
    CheckInstruments,
    /// Take instruments in, rename and retire them, see how the node is set up.
    SetUpNode,
    /// See who did what on this node.
    ReadAudit,
}

const EVERYONE: &[Role] = &[Role::Kader, Role::Bidan, Role::Petugas];
const AT_THE_TABLE: &[Role] = &[Role::Kader, Role::Bidan];
const OF_THE_PUSKESMAS: &[Role] = &[Role::Bidan, Role::Petugas];
const BIDAN: &[Role] = &[Role::Bidan];

impl Act {
    /// Whose it is.
    pub const fn whose(self) -> &'static [Role] {
        match self {
            Act::ReadPerson | Act::RegisterPerson | Act::CorrectPerson => EVERYONE,
            Act::PrintCard | Act::Export | Act::CheckInstruments => EVERYONE,
            Act::MarkAttendance | Act::RecordMeasurement | Act::OpenDay | Act::CloseDay => AT_THE_TABLE,
            Act::ValidateMeasurement | Act::ValidateAnc => OF_THE_PUSKESMAS,
            Act::SetUpNode | Act::ReadAudit => OF_THE_PUSKESMAS,
            Act::RecordAnc | Act::RecordDose | Act::VoidRecord => BIDAN,
        }
    }

    /// Whether somebody in this role may.
    pub fn is_for(self, role: Role) -> bool {
        self.whose().contains(&role)
    }

    /// What is said to somebody who may not: whose it is, and what to do.
    pub(crate) const fn refusal(self) -> (&'static str, &'static str) {
        match self {
            Act::RecordAnc => (
                "Catatan kehamilan dilengkapi oleh bidan.",
                "Berat dan tekanan darah ibu boleh dicatat kader. Untuk selebihnya, minta bidan memakai namanya di HP ini.",
            ),
            Act::RecordDose => (
                "Suntikan dan tetes vaksin dicatat oleh bidan.",
                "Tandai saja bahwa anaknya sudah datang. Minta bidan memakai namanya di HP ini untuk mencatat vaksinnya.",
            ),
            Act::VoidRecord => (
                "Membatalkan catatan dilakukan oleh bidan.",
                "Kalau angkanya salah, betulkan saja. Kalau catatannya harus dibatalkan, minta bidan memakai namanya di HP ini.",
            ),
            Act::MarkAttendance | Act::RecordMeasurement | Act::OpenDay | Act::CloseDay => (
                "Ini dicatat oleh kader atau bidan yang bertugas.",
                "Minta kader atau bidan memakai namanya di HP ini, lalu ulangi.",
            ),
            Act::ReadPerson
            | Act::RegisterPerson
            | Act::CorrectPerson
            | Act::ValidateMeasurement
            | Act::ValidateAnc
            | Act::PrintCard
            | Act::Export
            | Act::CheckInstruments
            | Act::SetUpNode
            | Act::ReadAudit => (
                "Ini diatur oleh bidan atau petugas Puskesmas.",
                "Minta bidan memakai namanya di HP ini, lalu ulangi.",
            ),
        }
    }
}

impl Staff {
    /// Goes on only if she may; otherwise a page that says kindly whose it is.
    pub fn may(&self, act: Act) -> Result<(), Trouble> {
        if act.is_for(self.user.role) { Ok(()) } else { Err(Trouble::NotYourPart(act)) }
    }

    /// Whether to show her the way to it at all.
    pub fn can(&self, act: Act) -> bool {
        act.is_for(self.user.role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kader, bidan, petugas, appliance; as the requirements and what was ruled on them say.
    const TABLE: [(Act, &str); 17] = [
        (Act::ReadPerson, "KBP-"),
        (Act::RegisterPerson, "KBP-"),
        (Act::CorrectPerson, "KBP-"),
        (Act::MarkAttendance, "KB--"),
        (Act::RecordMeasurement, "KB--"),
        (Act::ValidateMeasurement, "-BP-"),
        (Act::RecordAnc, "-B--"),
        (Act::ValidateAnc, "-BP-"),
        (Act::RecordDose, "-B--"),
        (Act::VoidRecord, "-B--"),
        (Act::PrintCard, "KBP-"),
        (Act::Export, "KBP-"),
        (Act::OpenDay, "KB--"),
        (Act::CloseDay, "KB--"),
        (Act::CheckInstruments, "KBP-"),
        (Act::SetUpNode, "-BP-"),
        (Act::ReadAudit, "-BP-"),
    ];

    #[test]
    fn every_role_may_exactly_what_the_table_says() {
        let roles = [(Role::Kader, 'K'), (Role::Bidan, 'B'), (Role::Petugas, 'P'), (Role::Alat, 'A')];
        for (act, expected) in TABLE {
            let may: String =
                roles.iter().map(|&(role, letter)| if act.is_for(role) { letter } else { '-' }).collect();
            assert_eq!(may, expected, "{act:?}");
        }
        assert_eq!(TABLE.last().unwrap().0 as usize + 1, TABLE.len(), "an act that is in no row");
        assert!(TABLE.iter().enumerate().all(|(place, (act, _))| *act as usize == place));
    }

    #[test]
    fn whoever_may_not_is_told_whose_it_is_and_what_to_do() {
        for (act, _) in TABLE {
            let (what, todo) = act.refusal();
            let named = act.whose().iter().any(|role| match role {
                Role::Kader => what.contains("kader"),
                Role::Bidan => what.contains("bidan"),
                Role::Petugas => what.contains("petugas"),
                Role::Alat => false,
            });
            assert!(named && todo.contains("HP ini"), "{act:?}: {what} {todo}");
        }
    }
}
