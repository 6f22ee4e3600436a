//! The line that says when the posyandu meets next.

use chrono::NaiveDate;
use protocol::LocalDate;
use protocol::feed::Session;

use crate::web::words;

/// When the posyandu meets, from today on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meeting {
    /// `Jadwal berikutnya: Selasa 10-03-2026, 08.00, Balai RW 05`.
    pub(super) say: String,
    /// It will not take place.
    pub(super) is_cancelled: bool,
}

impl Meeting {
    /// The next one of these, in order; a cancelled one is said too, so that nobody waits for it.
    pub(super) fn next(sessions: &[Session], today: NaiveDate) -> Option<Self> {
        let from = LocalDate::from(today);
        let mut coming = sessions.iter().filter(|session| session.day >= from);
        let next = coming.next()?;
        let say = match (next.cancelled, next.day == from) {
            (true, _) => {
                let after = coming.find(|session| !session.cancelled).and_then(described);
                let after = after.map(|when| format!(" Berikutnya: {when}")).unwrap_or_default();
                format!("Jadwal {} tidak jadi.{after}", words::weekday_date(next.day.to_naive()?))
            }
            (false, true) => format!("Jadwal hari ini: {}", hour_and_place(next)),
            (false, false) => format!("Jadwal berikutnya: {}", described(next)?),
        };
        Some(Self { say, is_cancelled: next.cancelled })
    }
}

fn described(session: &Session) -> Option<String> {
    Some(format!("{}, {}", words::weekday_date(session.day.to_naive()?), hour_and_place(session)))
}

fn hour_and_place(session: &Session) -> String {
    let place = if session.place.is_empty() { String::new() } else { format!(", {}", session.place) };
    format!("{:02}.{:02}{place}", session.from_min / 60, session.from_min % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(day: i32, cancelled: bool) -> Session {
        Session {
            id: uuid::Uuid::nil(),
            day: LocalDate(day),
            from_min: 485,
            place: "Balai RW 05".into(),
            cancelled,
        }
    }

    #[test]
    fn the_next_meeting_is_said_and_a_cancelled_one_too() {
        let today = LocalDate(20_500).to_naive().unwrap();
        let say = |sessions: &[Session]| Meeting::next(sessions, today).map(|meeting| meeting.say);
        assert_eq!(say(&[session(20_499, false)]), None);
        assert_eq!(say(&[session(20_500, false)]).unwrap(), "Jadwal hari ini: 08.05, Balai RW 05");
        assert!(
            say(&[session(20_499, false), session(20_528, false)])
                .unwrap()
                .starts_with("Jadwal berikutnya: ")
        );
        assert!(say(&[session(20_528, true)]).unwrap().ends_with("tidak jadi."));
        let both = say(&[session(20_528, true), session(20_535, false)]).unwrap();
        assert!(both.contains("tidak jadi. Berikutnya: ") && both.ends_with("08.05, Balai RW 05"), "{both}");
    }
}
