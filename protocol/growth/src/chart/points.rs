//! The child's own points: joined from month to month, the newest ringed and named.

use core::fmt::{self, Write};

use crate::words;

use super::frame::{Frame, RIGHT, TOP};
use super::{Chart, Point, trend};

const INK: &str = "#14213d";

pub(super) fn write(chart: &Chart, frame: &Frame, out: &mut impl Write) -> fmt::Result {
    if chart.corrected_points().next().is_some() {
        corrected(chart, frame, out)?;
    }
    joined(chart, frame, out)?;
    for point in chart.points() {
        mark(chart, frame, &point, out)?;
    }
    match chart.points().last() {
        Some(newest) => ringed(chart, frame, &newest, out),
        None => Ok(()),
    }
}

/// A missed month leaves a gap open: nobody knows how the child fared in it.
fn joined(chart: &Chart, frame: &Frame, out: &mut impl Write) -> fmt::Result {
    write!(
        out,
        "<path fill=\"none\" stroke=\"{INK}\" stroke-width=\"2\" stroke-linejoin=\"round\" stroke-linecap=\"round\" d=\""
    )?;
    let mut last: Option<Point> = None;
    for point in chart.points() {
        let follows = last.is_some_and(|last| point.visit.month.0.saturating_sub(last.visit.month.0) == 1);
        let pen = if follows { 'L' } else { 'M' };
        write!(out, "{pen}{:.1} {:.1}", frame.x(point.across), frame.y(point.up))?;
        last = Some(point);
    }
    out.write_str("\"/>")
}

/// The same points at the age the child would have if born at term: hollow, on a broken line of their own.
fn corrected(chart: &Chart, frame: &Frame, out: &mut impl Write) -> fmt::Result {
    write!(out, "<path fill=\"none\" stroke=\"{INK}\" stroke-width=\"1.2\" stroke-dasharray=\"3 3\" d=\"")?;
    let mut last: Option<Point> = None;
    for point in chart.corrected_points() {
        let follows = last.is_some_and(|last| point.visit.month.0.saturating_sub(last.visit.month.0) == 1);
        let pen = if follows { 'L' } else { 'M' };
        write!(out, "{pen}{:.1} {:.1}", frame.x(point.across), frame.y(point.up))?;
        last = Some(point);
    }
    out.write_str("\"/>")?;
    for point in chart.corrected_points() {
        let (x, y) = (frame.x(point.across), frame.y(point.up));
        write!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"#fff\" stroke=\"{INK}\"><title>Umur koreksi, {}",
            words::date(point.visit.on)
        )?;
        if let Ok(z) = point.z {
            write!(out, ": z {}", words::z(z))?;
        }
        out.write_str("</title></circle>")?;
    }
    Ok(())
}

/// A dot; below the red line a square, so that shape says it as well as place.
fn mark(chart: &Chart, frame: &Frame, point: &Point, out: &mut impl Write) -> fmt::Result {
    let (x, y) = (frame.x(point.across), frame.y(point.up));
    if point.z.is_ok_and(|z| z.centi < -300) {
        let (left, top) = (x - 3.6, y - 3.6);
        write!(
            out,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"7.2\" height=\"7.2\" fill=\"#c4161c\" stroke=\"#fff\"><title>"
        )?;
        named(chart, point, out)?;
        out.write_str("</title></rect>")
    } else {
        write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.4\" fill=\"{INK}\" stroke=\"#fff\"><title>")?;
        named(chart, point, out)?;
        out.write_str("</title></circle>")
    }
}

fn named(chart: &Chart, point: &Point, out: &mut impl Write) -> fmt::Result {
    write!(out, "{}: ", words::date(point.visit.on))?;
    trend::figure(chart.indicator, &point.visit, point, out)
}

fn ringed(chart: &Chart, frame: &Frame, point: &Point, out: &mut impl Write) -> fmt::Result {
    let (x, y) = (frame.x(point.across), frame.y(point.up));
    write!(
        out,
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"7.5\" fill=\"none\" stroke=\"{INK}\" stroke-width=\"2\"/>"
    )?;
    // Above and to the left the line just drawn cannot cross the label, except at the left or top edge.
    let anchor = if x < RIGHT * 0.4 { "start" } else { "end" };
    let beside = if x < RIGHT * 0.4 { x - 4.0 } else { x + 4.0 };
    let above = if y < TOP + 30.0 { y + 24.0 } else { y - 13.0 };
    for halo in [" stroke=\"#fff\" stroke-width=\"4\" stroke-linejoin=\"round\" aria-hidden=\"true\"", ""] {
        write!(
            out,
            "<text x=\"{beside:.1}\" y=\"{above:.1}\" text-anchor=\"{anchor}\" font-size=\"15\" font-weight=\"bold\" \
             fill=\"{INK}\"{halo}>"
        )?;
        trend::figure(chart.indicator, &point.visit, point, out)?;
        out.write_str("</text>")?;
    }
    Ok(())
}
