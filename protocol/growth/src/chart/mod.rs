//! The growth card, drawn once for every screen and printer as SVG.

mod frame;
mod grid;
mod indicator;
mod lines;
mod points;
mod rows;
mod trend;

use core::fmt::{self, Write};

use chrono::NaiveDate;

use crate::{Child, Month, NoZ, Sex, Visit, Z, kms};
use frame::Frame;

pub use indicator::{Indicator, Span};

/// A card to draw. Nothing is allocated; everything is written straight to the page.
#[derive(Debug, Clone, Copy)]
pub struct Chart<'a> {
    /// Whose card it is.
    pub child: &'a Child,
    /// The visits, in any order. Only the latest of a month is drawn, as only that one counts.
    pub visits: &'a [Visit],
    /// What is drawn upward.
    pub indicator: Indicator,
    /// The ages drawn across.
    pub span: Span,
    /// How N and T are judged in the row beneath.
    pub kms: kms::Rules,
}

/// One point of a card.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The visit it comes from.
    pub visit: Visit,
    /// Months of 30.4375 days, or the shifted length in cm where weight is drawn against length.
    pub across: f64,
    /// kg, cm or kg/m².
    pub up: f64,
    /// Its z-score.
    pub z: Result<Z, NoZ>,
}

impl<'a> Chart<'a> {
    /// The card for the child's age on `on`: the first two years, or the three after them.
    pub fn new(child: &'a Child, visits: &'a [Visit], indicator: Indicator, on: NaiveDate) -> Self {
        let span = Span::at(crate::completed_months(child.birth_date, on));
        Self { child, visits, indicator, span, kms: kms::Rules::default() }
    }

    /// Writes one `<svg>` element, 360 units wide and scalable, without styles, scripts, ids or outside names.
    ///
    /// # Errors
    /// Only those of `out`.
    pub fn write_svg(&self, out: &mut impl Write) -> fmt::Result {
        let frame = Frame::of(self);
        self.open(out, &frame)?;
        lines::bands(self, &frame, out)?;
        grid::write(self, &frame, out)?;
        lines::curves(self, &frame, out)?;
        rows::write(self, &frame, out)?;
        points::write(self, &frame, out)?;
        out.write_str("</svg>")
    }

    /// Writes the points as an HTML table, for readers who cannot see the card.
    ///
    /// # Errors
    /// Only those of `out`.
    pub fn write_table(&self, out: &mut impl Write) -> fmt::Result {
        trend::table(self, out)
    }

    /// Writes one or two sentences that say where the last point lies and how it came there.
    ///
    /// # Errors
    /// Only those of `out`.
    pub fn write_trend(&self, out: &mut impl Write) -> fmt::Result {
        trend::sentence(self, out)
    }

    /// The points the card shows, oldest first.
    pub fn points(&self) -> impl Iterator<Item = Point> {
        let (first, last) = self.across();
        self.all_points().filter(move |point| point.across >= first && point.across <= last)
    }

    fn all_points(&self) -> impl Iterator<Item = Point> {
        let mut next = self.visit_after(None);
        core::iter::from_fn(move || {
            let visit = next?;
            next = self.visit_after(Some(visit));
            self.indicator.point(self.child, visit)
        })
    }

    /// The points of a preterm child again, each at its corrected age, as long as one corrects: the card's second line.
    /// None on cards that are not read by age.
    pub fn corrected_points(&self) -> impl Iterator<Item = Point> {
        let (first, last) = self.across();
        let by_age = self.indicator.by_age();
        let at_term = move |point: Point| {
            let term = self.child.corrected(point.visit.on).filter(|_| by_age)?;
            self.indicator.point(&term, &point.visit)
        };
        self.all_points()
            .filter_map(at_term)
            .filter(move |point| point.across >= first && point.across <= last)
    }

    /// The visit that counts in the first month after that of `visit`.
    fn visit_after(&self, visit: Option<&Visit>) -> Option<&'a Visit> {
        let month = visit.map(|visit| visit.month);
        let drawn = || {
            let later = self.visits.iter().filter(move |other| Some(other.month) > month);
            later.filter(|other| self.indicator.shows(self.child, other))
        };
        let month = drawn().map(|other| other.month).min()?;
        drawn().filter(|other| other.month == month).max_by_key(|other| other.on)
    }

    fn lines(&self) -> impl Iterator<Item = kms::Line> {
        kms::months(self.child, self.visits.iter().filter_map(Visit::weighing), self.kms)
    }

    fn line(&self, month: Month) -> Option<kms::Line> {
        kms::month(self.child, self.visits.iter().filter_map(Visit::weighing), self.kms, month)
    }

    /// First and last figure of the axis across.
    fn across(&self) -> (f64, f64) {
        self.indicator.across(self.span)
    }

    fn open(&self, out: &mut impl Write, frame: &Frame) -> fmt::Result {
        let (ink, paper) = match self.child.sex {
            Sex::Male => ("#1f5fa8", "#e3effb"),
            Sex::Female => ("#c03a78", "#fde8f1"),
        };
        let (title, height) = (self.indicator.title(self.span), frame.height);
        write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 360 {height}\" \
             font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#222\"><title>Grafik {title}, anak {}</title><desc>",
            self.child.sex.label(),
        )?;
        self.write_trend(out)?;
        write!(
            out,
            "</desc><rect x=\"3\" y=\"3\" width=\"354\" height=\"{}\" rx=\"9\" fill=\"{paper}\" stroke=\"{ink}\" \
             stroke-width=\"6\"/><text x=\"14\" y=\"27\" font-size=\"15\" font-weight=\"bold\">{title}</text>\
             <text x=\"{}\" y=\"46\" text-anchor=\"end\" font-weight=\"bold\" fill=\"{ink}\">{}</text>",
            height - 6,
            frame::RIGHT,
            self.child.sex.label(),
        )
    }
}
