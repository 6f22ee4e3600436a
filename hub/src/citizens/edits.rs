//! Corrections and leavings as rows: of whom there are any, and what a person reads of them.

use protocol::Body;
use protocol::registry::{Edit, Field, Sex};
use sqlx::PgConnection;

use crate::growth::Entered;

/// Writes down which corrections and leavings there are among those events.
pub(crate) async fn keep_changes(db: &mut PgConnection, entered: &[Entered]) -> sqlx::Result<()> {
    for entered in entered {
        match &entered.event.body {
            Body::PersonEdited(edited) => keep_edit(db, entered, &edited.edit).await?,
            Body::PersonLeft(_) => keep_leaving(db, entered).await?,
            _ => {}
        }
    }
    Ok(())
}

async fn keep_edit(db: &mut PgConnection, entered: &Entered, edit: &Edit) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into citizen_edits (citizen_id, event_id, posyandu_id, field, value, recorder_id, observed_on)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict do nothing
        "#,
        entered.citizen(),
        entered.event_id(),
        entered.posyandu(),
        word(edit.field()),
        shown(edit),
        entered.event.header.author.user.0,
        entered.observed_on()
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn keep_leaving(db: &mut PgConnection, entered: &Entered) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into citizen_leavings (citizen_id, event_id, posyandu_id)
        values ($1, $2, $3)
        on conflict do nothing
        "#,
        entered.citizen(),
        entered.event_id(),
        entered.posyandu()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The fields that can be corrected here, in the order a person reads them.
pub(super) const FIELDS: [Field; 17] = [
    Field::Name,
    Field::Mother,
    Field::BirthDate,
    Field::Sex,
    Field::Nik,
    Field::BirthMass,
    Field::GestationWeeks,
    Field::BirthOrder,
    Field::KiaBook,
    Field::FamilyCard,
    Field::Address,
    Field::Phone,
    Field::Guardian,
    Field::Card,
    Field::Home,
    Field::Bpjs,
    Field::BirthEstimated,
];

/// The field's word in the tables.
pub(super) const fn word(field: Field) -> &'static str {
    match field {
        Field::Name => "name",
        Field::Nik => "nik",
        Field::BirthDate => "birth_date",
        Field::Sex => "gender",
        Field::Mother => "guardian_name",
        Field::GestationWeeks => "gestation_weeks",
        Field::BirthMass => "birth_weight_g",
        Field::BirthOrder => "birth_order",
        Field::KiaBook => "has_kia_book",
        Field::FamilyCard => "family_card_number",
        Field::Address => "address",
        Field::Phone => "phone",
        Field::Guardian => "carer_name",
        Field::MotherId => "mother_id",
        Field::Card => "card_number",
        Field::Consent => "consent_by",
        Field::Home => "home_posyandu",
        Field::Bpjs => "bpjs_status",
        Field::BirthEstimated => "is_birth_estimated",
    }
}

/// The field of a word.
pub(super) fn field(text: &str) -> Option<Field> {
    FIELDS.into_iter().find(|&field| word(field) == text)
}

/// A value as a person reads it; `-` for none.
pub(super) fn shown(edit: &Edit) -> String {
    fn or_dash<T: ToString>(value: Option<T>) -> String {
        value.map_or_else(|| "-".into(), |value| value.to_string())
    }
    match edit {
        Edit::Name(text) | Edit::Mother(text) => text.trim().to_owned(),
        Edit::Nik(text)
        | Edit::FamilyCard(text)
        | Edit::Address(text)
        | Edit::Phone(text)
        | Edit::Guardian(text)
        | Edit::Card(text)
        | Edit::Home(text) => or_dash(text.as_deref()),
        Edit::MotherId(mother) => if mother.is_some() { "ada di daftar" } else { "-" }.into(),
        Edit::Consent(consent) => or_dash(consent.as_ref().map(|consent| &consent.by)),
        Edit::Bpjs(status) => or_dash(status.map(super::bpjs)).replace('_', " "),
        Edit::BirthEstimated(is) => if *is { "perkiraan" } else { "pasti" }.into(),
        Edit::BirthDate(date) => or_dash(date.to_naive().map(|date| date.format("%d-%m-%Y"))),
        Edit::Sex(Sex::Male) => "laki-laki".into(),
        Edit::Sex(Sex::Female) => "perempuan".into(),
        Edit::GestationWeeks(weeks) => or_dash(weeks.map(|weeks| format!("{weeks} minggu"))),
        Edit::BirthMass(mass_g) => or_dash(mass_g.map(|mass_g| format!("{mass_g} gram"))),
        Edit::BirthOrder(order) => or_dash(*order),
        Edit::KiaBook(has) => if *has { "punya" } else { "belum punya" }.into(),
    }
}
