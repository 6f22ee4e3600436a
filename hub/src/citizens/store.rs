//! People in Postgres.

use std::collections::HashMap;

use chrono::NaiveDate;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::Citizen;

/// A person by id; `None` if the hub does not know the person (yet).
pub async fn one(db: &PgPool, id: Uuid) -> sqlx::Result<Option<Citizen>> {
    let mut db = db.acquire().await?;
    Ok(known(&mut db, &[id]).await?.remove(&id))
}

/// The same, if the person stands in a roster of that Puskesmas.
pub(super) async fn of_puskesmas(db: &PgPool, puskesmas: Uuid, id: Uuid) -> sqlx::Result<Option<Citizen>> {
    let Some(citizen) = one(db, id).await? else { return Ok(None) };
    let is_ours = sqlx::query_scalar!(
        r#"select exists (select from posyandu where id = $1 and puskesmas_id = $2) as "ours!""#,
        citizen.posyandu_id,
        puskesmas
    )
    .fetch_one(db)
    .await?;
    Ok(is_ours.then_some(citizen))
}

/// A person as a card names it.
pub(super) struct OnCard {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) birth_date: NaiveDate,
    pub(super) guardian_name: String,
    pub(super) card_number: Option<String>,
}

/// What a posyandu of that Puskesmas is called.
pub(super) async fn posyandu_name(db: &PgPool, puskesmas: Uuid, id: Uuid) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("select name from posyandu where id = $1 and puskesmas_id = $2", id, puskesmas)
        .fetch_optional(db)
        .await
}

/// How many of a posyandu get a card.
pub(super) async fn count_on_cards(db: &PgPool, posyandu: Uuid) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"
        select count(*) as "count!"
        from citizens
        where posyandu_id = $1 and status in ('aktif', 'pergi') and home_posyandu is null
        "#,
        posyandu
    )
    .fetch_one(db)
    .await
}

/// Some of them, by name.
pub(super) async fn on_cards(
    db: &PgPool,
    posyandu: Uuid,
    after: i64,
    at_most: i64,
) -> sqlx::Result<Vec<OnCard>> {
    sqlx::query_as!(
        OnCard,
        r#"
        select id, name, birth_date, guardian_name, card_number
        from citizens
        where posyandu_id = $1 and status in ('aktif', 'pergi') and home_posyandu is null
        order by lower(name), id
        offset $2
        limit $3
        "#,
        posyandu,
        after,
        at_most
    )
    .fetch_all(db)
    .await
}

/// A person with fields two people corrected differently.
pub(super) struct Disputed {
    pub(super) id: Uuid,
    pub(super) name: String,
    /// The fields' words, with commas between.
    pub(super) disputed_fields: String,
    pub(super) posyandu: String,
}

/// Those of a Puskesmas for whom somebody has to choose.
pub(super) async fn disputed(db: &PgPool, puskesmas: Uuid) -> sqlx::Result<Vec<Disputed>> {
    sqlx::query_as!(
        Disputed,
        r#"
        select citizens.id, citizens.name, citizens.disputed_fields, posyandu.name as posyandu
        from citizens
        join posyandu on posyandu.id = citizens.posyandu_id
        where posyandu.puskesmas_id = $1 and citizens.disputed_fields <> ''
        order by posyandu.name, citizens.name, citizens.id
        "#,
        puskesmas
    )
    .fetch_all(db)
    .await
}

/// What those users are called.
pub(super) async fn names(db: &PgPool, users: &[Uuid]) -> sqlx::Result<HashMap<Uuid, String>> {
    let rows = sqlx::query!("select id, name from users where id = any ($1)", users).fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Those of `ids` the hub knows.
pub(crate) async fn known(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<HashMap<Uuid, Citizen>> {
    let citizens = sqlx::query_as!(
        Citizen,
        r#"
        select id, posyandu_id, name, nik, birth_date, gender, guardian_name, gestation_weeks, birth_weight_g,
            birth_order, has_kia_book, event_id, registered_on, status, left_on, disputed_fields, is_birth_estimated, family_card_number, address, phone, carer_name, mother_id,
            card_number, home_posyandu, bpjs_status, consent_by, consent_on, consents_photo, consents_reminders, category
        from citizens
        where id = any ($1)
        "#,
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(citizens.into_iter().map(|citizen| (citizen.id, citizen)).collect())
}

/// Writes people down or brings them up to date. `citizens` come sorted by id, each once.
pub(crate) async fn keep(db: &mut PgConnection, citizens: &[&Citizen]) -> sqlx::Result<()> {
    if citizens.is_empty() {
        return Ok(());
    }
    macro_rules! column {
        ($field:ident) => {
            citizens.iter().map(|citizen| citizen.$field.clone()).collect::<Vec<_>>()
        };
    }
    sqlx::query!(
        r#"
        insert into citizens (id, posyandu_id, name, nik, birth_date, gender, guardian_name, gestation_weeks,
            birth_weight_g, birth_order, has_kia_book, event_id, registered_on, status, left_on, disputed_fields,
            is_birth_estimated, family_card_number, address, phone, carer_name, mother_id, card_number,
            home_posyandu, bpjs_status, consent_by, consent_on, consents_photo, consents_reminders, category)
        select *
        from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::date[], $6::text[], $7::text[], $8::smallint[],
            $9::integer[], $10::smallint[], $11::boolean[], $12::uuid[], $13::date[], $14::text[], $15::date[], $16::text[],
            $17::boolean[], $18::text[], $19::text[], $20::text[], $21::text[], $22::uuid[], $23::text[], $24::text[],
            $25::text[], $26::text[], $27::date[], $28::boolean[], $29::boolean[], $30::text[])
        on conflict (id) do update
        set posyandu_id = excluded.posyandu_id,
            name = excluded.name,
            nik = excluded.nik,
            birth_date = excluded.birth_date,
            gender = excluded.gender,
            guardian_name = excluded.guardian_name,
            gestation_weeks = excluded.gestation_weeks,
            birth_weight_g = excluded.birth_weight_g,
            birth_order = excluded.birth_order,
            has_kia_book = excluded.has_kia_book,
            event_id = excluded.event_id,
            registered_on = excluded.registered_on,
            status = excluded.status,
            left_on = excluded.left_on,
            disputed_fields = excluded.disputed_fields,
            is_birth_estimated = excluded.is_birth_estimated,
            family_card_number = excluded.family_card_number,
            address = excluded.address,
            phone = excluded.phone,
            carer_name = excluded.carer_name,
            mother_id = excluded.mother_id,
            card_number = excluded.card_number,
            home_posyandu = excluded.home_posyandu,
            bpjs_status = excluded.bpjs_status,
            consent_by = excluded.consent_by,
            consent_on = excluded.consent_on,
            consents_photo = excluded.consents_photo,
            consents_reminders = excluded.consents_reminders,
            category = excluded.category
        "#,
        &column!(id),
        &column!(posyandu_id),
        &column!(name),
        &column!(nik) as &[Option<String>],
        &column!(birth_date),
        &column!(gender),
        &column!(guardian_name),
        &column!(gestation_weeks) as &[Option<i16>],
        &column!(birth_weight_g) as &[Option<i32>],
        &column!(birth_order) as &[Option<i16>],
        &column!(has_kia_book),
        &column!(event_id),
        &column!(registered_on),
        &column!(status),
        &column!(left_on) as &[Option<NaiveDate>],
        &column!(disputed_fields),
        &column!(is_birth_estimated),
        &column!(family_card_number) as &[Option<String>],
        &column!(address) as &[Option<String>],
        &column!(phone) as &[Option<String>],
        &column!(carer_name) as &[Option<String>],
        &column!(mother_id) as &[Option<Uuid>],
        &column!(card_number) as &[Option<String>],
        &column!(home_posyandu) as &[Option<String>],
        &column!(bpjs_status) as &[Option<String>],
        &column!(consent_by) as &[Option<String>],
        &column!(consent_on) as &[Option<NaiveDate>],
        &column!(consents_photo),
        &column!(consents_reminders),
        &column!(category)
    )
    .execute(db)
    .await?;
    Ok(())
}
