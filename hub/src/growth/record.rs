//! One visit of a child: what was observed then, from however many events it took to say it.

use chrono::NaiveDate;
use protocol::Body;
use protocol::event::{Entry, Place};
use protocol::growth::{LengthTaken, NotTaken, Posture, Taken, Weighed};
use protocol::measured::{Measure, Measured};
use protocol::service::Noted;
use uuid::Uuid;

use super::Entered;

/// One row of `child_growth_records`: a visit, what was observed, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// The visit.
    pub id: Uuid,
    /// The posyandu it was made at.
    pub posyandu_id: Uuid,
    /// The child.
    pub citizen_id: Uuid,
    /// Node of the visit's newest event, which gives the row its day, month and place.
    pub node_id: Uuid,
    /// Incarnation of that node.
    pub incarnation: i32,
    /// Sequence of that event.
    pub sequence: i64,
    /// The local date.
    pub observed_on: NaiveDate,
    /// The month it is reported in: year × 12 + month − 1.
    pub report_month: i32,
    /// `posyandu`, `home`, `paud`, `pustu` or `elsewhere`.
    pub place: String,
    /// Who recorded it.
    pub recorder_id: Uuid,
    /// The event that gave the weight or the reason for none.
    pub weight_event_id: Option<Uuid>,
    /// Weight in grams.
    pub weight_g: Option<i32>,
    /// Why there is no weight: `cries`, `refuses`, `ill` or `no_instrument`.
    pub weight_reason: Option<String>,
    /// How the weight came in: `instrument`, `typed`, `from_book` or `late`.
    pub weight_entry: Option<String>,
    /// Concerns about the weight the kader insisted on: the growth crate's codes, a byte each.
    pub weight_insisted: Option<Vec<u8>>,
    /// Pitting oedema of both feet, whether seen while weighing or without it.
    pub oedema: bool,
    /// The event that gave the length or the reason for none.
    pub length_event_id: Option<Uuid>,
    /// Length in tenths of a millimetre, as read, before any posture shift.
    pub length_tenth_mm: Option<i32>,
    /// Why there is no length, as for the weight.
    pub length_reason: Option<String>,
    /// How the length came in, as for the weight.
    pub length_entry: Option<String>,
    /// Concerns about the length the kader insisted on, as for the weight.
    pub length_insisted: Option<Vec<u8>>,
    /// `l` lying or `h` standing.
    pub posture: Option<String>,
    /// Doubts, see [`marks`].
    pub flags: i16,
    /// Age in days; `None` while the child is unknown or the date is doubtful, and with it all that needs an age.
    pub age_days: Option<i32>,
    /// Weight-for-age in hundredths.
    pub waz_centi: Option<i16>,
    /// Length- or height-for-age in hundredths.
    pub lhaz_centi: Option<i16>,
    /// Weight-for-length or -height in hundredths.
    pub whz_centi: Option<i16>,
    /// BMI-for-age in hundredths.
    pub baz_centi: Option<i16>,
    /// BB/U, the growth crate's word.
    pub weight_for_age: Option<String>,
    /// PB/U or TB/U, the growth crate's word.
    pub length_for_age: Option<String>,
    /// BB/PB or BB/TB, the growth crate's word.
    pub weight_for_length: Option<String>,
    /// IMT/U, the growth crate's word.
    pub bmi_for_age: Option<String>,
    /// The one nutrition status, the growth crate's word.
    pub nutrition_status: Option<String>,
    /// `N`, `T`, `O` or `B`, only on the weighing that counts for its month and posyandu.
    pub gain: Option<String>,
    /// T this month and the month before; only beside `gain`.
    pub two_t: bool,
    /// Weight-for-age below −3 SD; only beside `gain`.
    pub below_red_line: bool,
    /// Oedema as the weighing says it.
    pub weight_oedema: bool,
    /// Oedema as it was looked for without a weighing; `None` if it was not.
    pub oedema_noted: Option<bool>,
    /// The event that gave the arm circumference (LiLA) or the reason for none.
    pub arm_event_id: Option<Uuid>,
    /// LiLA in tenths of a millimetre.
    pub arm_tenth_mm: Option<i32>,
    /// The event that gave the head circumference or the reason for none.
    pub head_event_id: Option<Uuid>,
    /// Head circumference in tenths of a millimetre.
    pub head_tenth_mm: Option<i32>,
    /// Head-circumference-for-age in hundredths.
    pub hcz_centi: Option<i16>,
    /// LK/U, the growth crate's word.
    pub head_for_age: Option<String>,
}

/// The bits of [`RecordRow::flags`].
pub mod marks {
    /// WHO doubts weight-for-age.
    pub const WAZ: i16 = 1;
    /// WHO doubts length-for-age.
    pub const LHAZ: i16 = 2;
    /// WHO doubts weight-for-length.
    pub const WHZ: i16 = 4;
    /// WHO doubts BMI-for-age.
    pub const BAZ: i16 = 8;
    /// WHO doubts head-circumference-for-age.
    pub const HCZ: i16 = 16;
    /// The date lay more than two days ahead of the hub when it came.
    pub const IN_FUTURE: i16 = 256;
    /// The date lies before the child's birth.
    pub const BEFORE_BIRTH: i16 = 512;
    /// Nobody had set the node's clock.
    pub const CLOCK_UNSET: i16 = 1024;
    /// Measured standing before nine months of age.
    pub const STOOD_TOO_YOUNG: i16 = 2048;

    /// Marks that come with the events; all others follow from the child.
    pub(crate) const OF_EVENT: i16 = IN_FUTURE | CLOCK_UNSET;
}

/// Where an event stands among all events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Order {
    pub(crate) incarnation: i32,
    pub(crate) sequence: i64,
    pub(crate) node_id: Uuid,
}

/// What names a record among all records: posyandu, child, visit.
pub(crate) type Key = (Uuid, Uuid, Uuid);

impl RecordRow {
    /// The record a measurement begins.
    pub(crate) fn begun_by(entered: &Entered) -> Self {
        let mut row = Self::empty(entered);
        row.put(entered);
        row
    }

    pub(crate) fn key(&self) -> Key {
        (self.posyandu_id, self.citizen_id, self.id)
    }

    pub(crate) fn order(&self) -> Order {
        Order { incarnation: self.incarnation, sequence: self.sequence, node_id: self.node_id }
    }

    /// Whether there already is a reading of this kind.
    pub(crate) fn has(&self, body: &Body) -> bool {
        match body {
            Body::Weighed(_) => self.weight_event_id.is_some(),
            Body::LengthTaken(_) => self.length_event_id.is_some(),
            Body::Measured(Measured { measure: Measure::Arm(_), .. }) => self.arm_event_id.is_some(),
            Body::Measured(Measured { measure: Measure::Head(_), .. }) => self.head_event_id.is_some(),
            Body::Noted(Noted::Oedema(_)) => self.oedema_noted.is_some(),
            _ => false,
        }
    }

    /// Puts a measurement of this visit in its place; what stood there is gone from the row.
    pub(crate) fn put(&mut self, entered: &Entered) {
        if entered.order() >= self.order() {
            self.take_header(entered);
        }
        match &entered.event.body {
            Body::Weighed(weighed) => self.put_weight(entered, weighed),
            Body::LengthTaken(length) => self.put_length(entered, length),
            Body::Measured(measured) => self.put_round(entered, &measured.measure),
            Body::Noted(Noted::Oedema(seen)) => self.oedema_noted = Some(*seen),
            _ => {}
        }
        self.oedema = self.weight_oedema || self.oedema_noted == Some(true);
    }

    /// Whether a weight or a length was taken or given up: a visit of a child. A tape alone may be a mother's.
    pub(crate) fn is_of_a_child(&self) -> bool {
        self.weight_event_id.is_some() || self.length_event_id.is_some()
    }

    /// Whether its day can be believed as far as the record itself can tell.
    pub(crate) fn is_dated(&self) -> bool {
        self.flags & marks::OF_EVENT == 0
    }

    fn take_header(&mut self, entered: &Entered) {
        let Order { incarnation, sequence, node_id } = entered.order();
        (self.incarnation, self.sequence, self.node_id) = (incarnation, sequence, node_id);
        self.observed_on = entered.observed_on();
        self.report_month = entered.report_month();
        place(entered.event.header.place).clone_into(&mut self.place);
        self.recorder_id = entered.event.header.author.user.0;
        self.flags = self.flags & !marks::OF_EVENT | entered.date_marks();
    }

    fn put_weight(&mut self, entered: &Entered, weighed: &Weighed) {
        let (value, reason, entry) = split(weighed.mass_g, entered.event.header.entry);
        (self.weight_g, self.weight_reason, self.weight_entry) = (value, reason, entry);
        self.weight_event_id = Some(entered.event_id());
        self.weight_insisted = insisted(&weighed.insisted);
        self.weight_oedema = weighed.oedema;
    }

    fn put_length(&mut self, entered: &Entered, length: &LengthTaken) {
        let (value, reason, entry) = split(length.length_tenth_mm, entered.event.header.entry);
        (self.length_tenth_mm, self.length_reason, self.length_entry) = (value, reason, entry);
        self.length_event_id = Some(entered.event_id());
        self.length_insisted = insisted(&length.insisted);
        self.posture = Some(posture(length.posture).into());
    }

    /// A tape round the arm or the head.
    fn put_round(&mut self, entered: &Entered, measure: &Measure) {
        let tenth_mm = measure.number().and_then(|tenth_mm| i32::try_from(tenth_mm).ok());
        match measure {
            Measure::Arm(_) => (self.arm_event_id, self.arm_tenth_mm) = (Some(entered.event_id()), tenth_mm),
            Measure::Head(_) => {
                (self.head_event_id, self.head_tenth_mm) = (Some(entered.event_id()), tenth_mm);
            }
            _ => {}
        }
    }

    fn empty(entered: &Entered) -> Self {
        let Order { incarnation, sequence, node_id } = entered.order();
        Self {
            id: entered.visit(),
            posyandu_id: entered.posyandu(),
            citizen_id: entered.citizen(),
            node_id,
            incarnation,
            sequence,
            observed_on: entered.observed_on(),
            report_month: entered.report_month(),
            place: String::new(),
            recorder_id: Uuid::nil(),
            weight_event_id: None,
            weight_g: None,
            weight_reason: None,
            weight_entry: None,
            weight_insisted: None,
            oedema: false,
            length_event_id: None,
            length_tenth_mm: None,
            length_reason: None,
            length_entry: None,
            length_insisted: None,
            posture: None,
            flags: 0,
            age_days: None,
            waz_centi: None,
            lhaz_centi: None,
            whz_centi: None,
            baz_centi: None,
            weight_for_age: None,
            length_for_age: None,
            weight_for_length: None,
            bmi_for_age: None,
            nutrition_status: None,
            gain: None,
            two_t: false,
            below_red_line: false,
            weight_oedema: false,
            oedema_noted: None,
            arm_event_id: None,
            arm_tenth_mm: None,
            head_event_id: None,
            head_tenth_mm: None,
            hcz_centi: None,
            head_for_age: None,
        }
    }
}

fn split(taken: Taken<u32>, entry: Entry) -> (Option<i32>, Option<String>, Option<String>) {
    match taken {
        Taken::Value(value) => (Some(value as i32), None, Some(entry.code().into())),
        Taken::Not(reason) => (None, Some(not_taken(reason).into()), None),
    }
}

fn insisted(codes: &[u8]) -> Option<Vec<u8>> {
    (!codes.is_empty()).then(|| codes.to_vec())
}

const fn not_taken(reason: NotTaken) -> &'static str {
    match reason {
        NotTaken::Cries => "cries",
        NotTaken::Refuses => "refuses",
        NotTaken::Ill => "ill",
        NotTaken::NoInstrument => "no_instrument",
    }
}

const fn posture(posture: Posture) -> &'static str {
    match posture {
        Posture::Lying => "l",
        Posture::Standing => "h",
    }
}

const fn place(place: Place) -> &'static str {
    match place {
        Place::Posyandu => "posyandu",
        Place::Home => "home",
        Place::Paud => "paud",
        Place::Pustu => "pustu",
        Place::Elsewhere => "elsewhere",
    }
}
