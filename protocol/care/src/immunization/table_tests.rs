//! Every edge of every window: the day before and the day itself.

use std::vec::Vec;

use chrono::NaiveDate;

use super::*;

const BORN: &str = "2026-01-31";

type Window = (&'static str, u8, &'static str, Option<&'static str>, Option<&'static str>);

/// Vaccine, dose; the first day it is due; the first day it is missed; the first day it is given no more. All doses before
/// were given on their day. Months end where a month has no 31st.
const WINDOWS: [Window; 24] = [
    ("HB0", 1, "2026-01-31", Some("2026-02-02"), Some("2026-02-08")),
    ("BCG", 1, "2026-01-31", Some("2026-02-28"), Some("2027-01-31")),
    ("OPV", 1, "2026-01-31", Some("2026-02-28"), Some("2031-01-31")),
    ("DPT-HB-Hib", 1, "2026-03-31", Some("2027-01-31"), Some("2031-01-31")),
    ("DPT-HB-Hib", 2, "2026-04-30", Some("2027-01-31"), Some("2031-01-31")),
    ("DPT-HB-Hib", 3, "2026-05-31", Some("2027-01-31"), Some("2031-01-31")),
    ("OPV", 2, "2026-03-31", Some("2027-01-31"), Some("2031-01-31")),
    ("OPV", 3, "2026-04-30", Some("2027-01-31"), Some("2031-01-31")),
    ("OPV", 4, "2026-05-31", Some("2027-01-31"), Some("2031-01-31")),
    ("RV", 1, "2026-03-31", Some("2026-06-30"), Some("2026-08-31")),
    ("RV", 2, "2026-04-30", None, Some("2026-08-31")),
    ("RV", 3, "2026-05-31", None, Some("2026-08-31")),
    ("PCV", 1, "2026-03-31", Some("2027-01-31"), Some("2031-01-31")),
    ("PCV", 2, "2026-04-30", Some("2027-01-31"), Some("2031-01-31")),
    ("PCV", 3, "2027-01-31", Some("2028-01-31"), Some("2031-01-31")),
    ("IPV", 1, "2026-05-31", Some("2027-01-31"), Some("2031-01-31")),
    ("IPV", 2, "2026-10-31", Some("2027-01-31"), Some("2031-01-31")),
    ("MR", 1, "2026-10-31", Some("2027-01-31"), Some("2031-01-31")),
    ("MR", 2, "2027-07-31", Some("2028-01-31"), Some("2031-01-31")),
    ("JE", 1, "2026-11-30", Some("2026-12-31"), Some("2031-01-31")),
    ("DPT-HB-Hib", 4, "2027-07-31", Some("2028-01-31"), Some("2031-01-31")),
    ("DPT-HB-Hib-IPV", 1, "2026-03-31", Some("2027-01-31"), Some("2031-01-31")),
    ("DPT-HB-Hib-IPV", 2, "2026-04-30", Some("2027-01-31"), Some("2031-01-31")),
    ("DPT-HB-Hib-IPV", 3, "2026-05-31", Some("2027-01-31"), Some("2031-01-31")),
];

#[test]
fn every_window_begins_and_ends_on_its_day() {
    let catalogue = Catalogue::parse(DEFAULT).unwrap();
    let born: NaiveDate = BORN.parse().unwrap();
    for (antigen, dose, due, missed, closed) in WINDOWS {
        let province = if antigen == "DPT-HB-Hib-IPV" { "51" } else { "32" };
        let child = Child { born, is_girl: true, province, areas: "je" };
        let before: Vec<Given<'_>> = WINDOWS
            .iter()
            .filter(|(other, number, ..)| *other == antigen && *number < dose)
            .map(|(antigen, dose, on, ..)| Given {
                antigen,
                dose: *dose,
                on: on.parse().unwrap(),
                review: Review::None,
            })
            .collect();
        let status = |on: NaiveDate| {
            let mut lines = schedule(&catalogue, child, &before, on);
            lines.find(|line| (line.rule.antigen, line.rule.dose) == (antigen, dose)).unwrap().status
        };
        let edge = |day: &str, from: Status, to: Status| {
            let day: NaiveDate = day.parse().unwrap();
            assert_eq!(status(day.pred_opt().unwrap()), from, "{antigen} {dose}, the day before {day}");
            assert_eq!(status(day), to, "{antigen} {dose} on {day}");
        };
        edge(due, Status::Planned, Status::Due);
        if let Some(missed) = missed {
            edge(missed, Status::Due, Status::Missed);
        }
        if let Some(closed) = closed {
            let last = if missed.is_some() { Status::Missed } else { Status::Due };
            edge(closed, last, Status::TooOld);
        }
    }
}
