//! Every number is a door: it opens the children behind it.

use chrono::NaiveDate;
use protocol::Month;
use sqlx::PgPool;
use uuid::Uuid;

/// One of the figures of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Figure {
    /// All balita.
    S,
    /// Own a KIA book.
    K,
    /// Weighed this month.
    D,
    /// Gained enough.
    N,
    /// Did not gain enough.
    T,
    /// Not weighed last month.
    O,
    /// Weighed for the first time.
    B,
    /// Below the red line.
    Bgm,
    /// T twice in a row.
    TwoT,
    /// Own a KIA book and were not weighed: K − D on the form.
    Absent,
}

/// A child behind a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildLine {
    /// The child.
    pub citizen_id: Uuid,
    /// Its name.
    pub name: String,
    /// The mother's (or guardian's) name.
    pub guardian_name: String,
    /// Date of birth.
    pub birth_date: NaiveDate,
    /// `L` or `P`.
    pub gender: String,
    /// Owns a KIA book.
    pub has_kia_book: bool,
    /// The day of the weighing that counts for the month; `None` if there was none.
    pub observed_on: Option<NaiveDate>,
    /// That weight in grams.
    pub weight_g: Option<i32>,
    /// How that weight came in: `instrument`, `typed`, `from_book` or `late`.
    pub weight_entry: Option<String>,
    /// Length or height of that visit in tenths of a millimetre, as read.
    pub length_tenth_mm: Option<i32>,
    /// How that length came in, as for the weight.
    pub length_entry: Option<String>,
    /// Pitting oedema of both feet.
    pub oedema: bool,
    /// Doubts about that visit, see [`marks`](crate::growth::marks).
    pub flags: i16,
    /// `N`, `T`, `O` or `B`.
    pub gain: Option<String>,
    /// T this month and the month before.
    pub two_t: bool,
    /// Weight-for-age below −3 SD.
    pub below_red_line: bool,
    /// The one nutrition status of that visit, the growth crate's word.
    pub nutrition_status: Option<String>,
    /// BB/U of that visit, the growth crate's word.
    pub weight_for_age: Option<String>,
    /// PB/U or TB/U of that visit, the growth crate's word.
    pub length_for_age: Option<String>,
}

impl Figure {
    fn counts(self, child: &ChildLine) -> bool {
        let gain = child.gain.as_deref();
        match self {
            Self::S => true,
            Self::K => child.has_kia_book,
            Self::D => gain.is_some(),
            Self::N => gain == Some("N"),
            Self::T => gain == Some("T"),
            Self::O => gain == Some("O"),
            Self::B => gain == Some("B"),
            Self::Bgm => child.below_red_line,
            Self::TwoT => child.two_t,
            Self::Absent => child.has_kia_book && gain.is_none(),
        }
    }
}

/// The children of a posyandu behind a figure of a month (year × 12 + month − 1), by name; none for a month no calendar
/// has.
pub async fn children_behind(
    db: &PgPool,
    posyandu: Uuid,
    month: i32,
    figure: Figure,
) -> sqlx::Result<Vec<ChildLine>> {
    let (Some(oldest), Some(next)) = (Month(month - 59).first_day(), Month(month + 1).first_day()) else {
        return Ok(Vec::new());
    };
    // Who counts here must be who counts in `count.sql`.
    let mut children = sqlx::query_as!(
        ChildLine,
        r#"
        select citizen.id as citizen_id, citizen.name, citizen.guardian_name, citizen.birth_date, citizen.gender,
            citizen.has_kia_book, record.observed_on as "observed_on?", record.weight_g as "weight_g?",
            record.weight_entry as "weight_entry?", record.length_tenth_mm as "length_tenth_mm?",
            record.length_entry as "length_entry?", coalesce(record.oedema, false) as "oedema!",
            coalesce(record.flags, 0::smallint) as "flags!", record.gain as "gain?",
            coalesce(record.two_t, false) as "two_t!", coalesce(record.below_red_line, false) as "below_red_line!",
            record.nutrition_status as "nutrition_status?", record.weight_for_age as "weight_for_age?",
            record.length_for_age as "length_for_age?"
        from citizens citizen
        left join child_growth_records record
            on record.citizen_id = citizen.id
            and record.report_month = $2
            and record.gain is not null
            and (record.posyandu_id = citizen.posyandu_id or (
                citizen.registered_on < $4
                and (citizen.left_on is null or citizen.status = 'pergi' or citizen.left_on >= $4)
            ))
        where citizen.posyandu_id = $1
            and citizen.status not in ('keliru', 'ganda')
            and citizen.home_posyandu is null
            and (citizen.left_on is null or citizen.status = 'pergi' or citizen.left_on >= $4 or record.gain is not null)
            and citizen.category = 'balita'
            and citizen.birth_date >= $3
            and citizen.birth_date < $4
            and (citizen.registered_on < $4 or record.gain is not null)
        order by citizen.name, citizen.birth_date, citizen.id
        "#,
        posyandu,
        month,
        oldest,
        next
    )
    .fetch_all(db)
    .await?;
    children.retain(|child| figure.counts(child));
    Ok(children)
}
