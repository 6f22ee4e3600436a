//! Who lives together with a person, and the same child as it was written down where it was a guest.

use chrono::NaiveDate;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::Citizen;

/// Somebody of the same household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The person's id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its date of birth.
    pub birth_date: NaiveDate,
    /// The person's mother here, or the person is that one's mother.
    pub is_mother: bool,
}

/// Who shares a family card with a person, and its mother, oldest first; among the people of that Puskesmas.
pub async fn household(db: &PgPool, puskesmas: Uuid, citizen: &Citizen) -> sqlx::Result<Vec<Member>> {
    sqlx::query_as!(
        Member,
        r#"
        select citizens.id, citizens.name, citizens.birth_date,
            coalesce(citizens.id = $3, false) as "is_mother!"
        from citizens
        join posyandu on posyandu.id = citizens.posyandu_id
        where posyandu.puskesmas_id = $1
            and citizens.id <> $2
            and (citizens.id = $3 or citizens.family_card_number = $4)
            and citizens.status not in ('keliru', 'ganda')
        order by citizens.birth_date, citizens.id
        limit 40
        "#,
        puskesmas,
        citizen.id,
        citizen.mother_id,
        citizen.family_card_number.as_deref().filter(|number| number.len() == 16)
    )
    .fetch_all(db)
    .await
}

/// A person as another posyandu wrote it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// The id it bears there.
    pub id: Uuid,
    /// Its name there.
    pub name: String,
    /// The posyandu.
    pub posyandu: String,
    /// It was a guest there; otherwise the one asked about is the guest, and this is where it is at home.
    pub is_guest: bool,
    /// The NIK is the same, or somebody said that they are one; otherwise only name, birth date and mother are.
    pub is_sure: bool,
}

/// The same person where it was a guest, or where it is at home.
///
/// # Why
/// A guest is written down anew where it comes once, and is at home elsewhere. Two whole NIK that are equal are one
/// person; so this asks the rows and decides nothing that would have to be undone when a NIK is corrected. A guest and
/// a person at home belong together, two at home are a double, and that is said elsewhere.
pub async fn elsewhere(db: &PgPool, puskesmas: Uuid, citizen: &Citizen) -> sqlx::Result<Vec<Elsewhere>> {
    sqlx::query_as!(
        Elsewhere,
        r#"
        select other.id, other.name, posyandu.name as posyandu,
            other.home_posyandu is not null as "is_guest!",
            (
                (other.nik ~ '^[0-9]{16}$' and other.nik = one.nik) is true
                or exists (
                    select from citizen_links
                    where (guest_id, home_id) in ((one.id, other.id), (other.id, one.id))
                )
            ) as "is_sure!"
        from citizens one
        join citizens other
            on other.id <> one.id
            and (other.home_posyandu is null) <> (one.home_posyandu is null)
            and other.birth_date = one.birth_date
            and (
                (other.nik ~ '^[0-9]{16}$' and other.nik = one.nik)
                or (
                    lower(other.name) = lower(one.name)
                    and lower(other.guardian_name) = lower(one.guardian_name)
                    and (other.nik is null or one.nik is null)
                )
            )
        join posyandu on posyandu.id = other.posyandu_id
        where one.id = $1
            and posyandu.puskesmas_id = $2
            and other.status not in ('keliru', 'ganda')
        order by posyandu.name, other.id
        limit 20
        "#,
        citizen.id,
        puskesmas
    )
    .fetch_all(db)
    .await
}

/// Keeps somebody's word that a guest and a person at home are one.
pub(super) async fn link(db: &mut PgConnection, guest: Uuid, home: Uuid, by: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into citizen_links (guest_id, home_id, decided_by)
        values ($1, $2, $3)
        on conflict do nothing
        "#,
        guest,
        home,
        by
    )
    .execute(db)
    .await?;
    Ok(())
}
