//! The ruled paper: months or centimetres across, kilograms or centimetres up.

use core::fmt::{self, Write};

use super::frame::{BOTTOM, Frame, LEFT, RIGHT, TOP};
use super::{Chart, Span};

pub(super) fn write(chart: &Chart, frame: &Frame, out: &mut impl Write) -> fmt::Result {
    let (fine, labelled) = chart.indicator.steps();
    out.write_str(
        "<g stroke=\"#555\" stroke-opacity=\"0.28\" stroke-width=\"0.6\" fill=\"none\"><path d=\"",
    )?;
    for tick in frame.ticks_up(fine) {
        write!(out, "M{LEFT} {:.1}H{RIGHT}", frame.y(f64::from(tick)))?;
    }
    for tick in frame.ticks_across(if chart.indicator.by_age() { 1 } else { 5 }) {
        write!(out, "M{:.1} {TOP}V{BOTTOM}", frame.x(f64::from(tick)))?;
    }
    out.write_str("\"/><path stroke-opacity=\"0.6\" d=\"")?;
    // Whole years stand out, as on the paper card.
    for tick in frame.ticks_across(if chart.indicator.by_age() { 12 } else { 10 }) {
        write!(out, "M{:.1} {TOP}V{BOTTOM}", frame.x(f64::from(tick)))?;
    }
    write!(out, "M{LEFT} {BOTTOM}H{RIGHT}\"/></g>")?;
    labels_up(chart, frame, labelled, out)?;
    labels_across(chart, frame, out)
}

fn labels_up(chart: &Chart, frame: &Frame, step: i32, out: &mut impl Write) -> fmt::Result {
    let x = LEFT - 4.0;
    write!(out, "<text x=\"14\" y=\"46\">{}</text><g text-anchor=\"end\">", chart.indicator.unit())?;
    for tick in frame.ticks_up(step) {
        let y = frame.y(f64::from(tick)) + 4.0;
        // A label at the very top would run into the unit, one at the very bottom into the months.
        if y > TOP + 8.0 && y < BOTTOM {
            write!(out, "<text x=\"{x}\" y=\"{y:.1}\">{tick}</text>")?;
        }
    }
    out.write_str("</g>")
}

fn labels_across(chart: &Chart, frame: &Frame, out: &mut impl Write) -> fmt::Result {
    let (step, name) = match (chart.indicator.by_age(), chart.span) {
        (false, _) => (10, "cm"),
        (true, Span::FirstTwoYears) => (2, "bln"),
        (true, Span::ToFiveYears) => (3, "bln"),
        (true, Span::Whole) => (6, "bln"),
    };
    let y = BOTTOM + 14.0;
    write!(
        out,
        "<text x=\"{}\" y=\"{y}\" text-anchor=\"end\">{name}</text><g text-anchor=\"middle\">",
        LEFT - 9.0
    )?;
    for tick in frame.ticks_across(step) {
        write!(out, "<text x=\"{:.1}\" y=\"{y}\">{tick}</text>", frame.x(f64::from(tick)))?;
    }
    out.write_str("</g>")
}
