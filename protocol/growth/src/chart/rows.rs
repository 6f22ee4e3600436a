//! What stands beneath the card: the names of the months, the gain required, and N or T.

use core::fmt::{self, Write};

use crate::{Month, kms, words};

use super::frame::{BOTTOM, Frame, LEFT, RIGHT};
use super::indicator::MONTH_DAYS;
use super::{Chart, Indicator, Span};

const NAMES_FOOT: f64 = BOTTOM + 44.0;
const KBM_TOP: f64 = BOTTOM + 50.0;
const KBM_FOOT: f64 = KBM_TOP + 27.0;
const GAIN_FOOT: f64 = KBM_FOOT + 32.0;

pub(super) fn write(chart: &Chart, frame: &Frame, out: &mut impl Write) -> fmt::Result {
    if chart.indicator.by_age() {
        month_names(chart, frame, out)?;
    }
    if chart.indicator == Indicator::WeightForAge {
        required(chart, frame, out)?;
        gains(chart, frame, out)?;
    }
    Ok(())
}

/// The calendar month in which the child reaches each age, turned upright to fit its narrow column.
fn month_names(chart: &Chart, frame: &Frame, out: &mut impl Write) -> fmt::Result {
    let step = match chart.span {
        Span::FirstTwoYears => 1,
        Span::ToFiveYears => 3,
        Span::Whole => 6,
    };
    for age in frame.ticks_across(step) {
        let name = words::month_name(Month(Month::of(chart.child.birth_date).0.saturating_add(age)));
        let x = frame.x(f64::from(age)) + 4.0;
        write!(
            out,
            "<text transform=\"translate({x:.1} {NAMES_FOOT})rotate(-90)\" fill=\"#444\">{name}</text>"
        )?;
    }
    Ok(())
}

/// The KBM row, neighbours of the same figure sharing one cell, as printed in the book.
fn required(chart: &Chart, frame: &Frame, out: &mut impl Write) -> fmt::Result {
    let middle = KBM_TOP + 18.0;
    write!(out, "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">KBM</text>", LEFT - 4.0)?;
    let (first, end) = chart.span.months();
    let mut from = first;
    while from < end {
        let kbm = kms::kbm_g(chart.child.sex, from);
        let to = (from..end).find(|&month| kms::kbm_g(chart.child.sex, month) != kbm).unwrap_or(end);
        cell(frame.x(f64::from(from)), frame.x(f64::from(to)), kbm, out)?;
        from = to;
    }
    Ok(())
}

fn cell(left: f64, right: f64, kbm: Option<u16>, out: &mut impl Write) -> fmt::Result {
    let (width, height) = (right - left, KBM_FOOT - KBM_TOP);
    write!(
        out,
        "<rect x=\"{left:.1}\" y=\"{KBM_TOP}\" width=\"{width:.1}\" height=\"{height}\" fill=\"#fff\" stroke=\"#777\" \
         stroke-width=\"0.8\"/>"
    )?;
    let Some(kbm) = kbm else { return Ok(()) };
    let middle = left + width / 2.0;
    match width {
        48.0.. => write!(
            out,
            "<text x=\"{middle:.1}\" y=\"{}\" text-anchor=\"middle\">{kbm} g</text>",
            KBM_TOP + 18.0
        ),
        // Too narrow even for upright figures: the whole span in one picture.
        ..12.0 => Ok(()),
        24.0.. => write!(
            out,
            "<text x=\"{middle:.1}\" y=\"{}\" text-anchor=\"middle\">{kbm}</text>",
            KBM_TOP + 18.0
        ),
        _ => write!(
            out,
            "<text transform=\"translate({:.1} {})rotate(-90)\" text-anchor=\"middle\">{kbm}</text>",
            middle + 4.5,
            KBM_TOP + height / 2.0
        ),
    }
}

/// N, T, O and B straight beneath their points, in steps where the columns are narrower than the letters.
fn gains(chart: &Chart, frame: &Frame, out: &mut impl Write) -> fmt::Result {
    let (first, last) = chart.across();
    write!(
        out,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">N/T</text><rect x=\"{LEFT}\" y=\"{KBM_FOOT}\" width=\"{}\" \
         height=\"{}\" fill=\"#fff\" stroke=\"#777\" stroke-width=\"0.8\"/>\
         <g text-anchor=\"middle\" font-size=\"13\" font-weight=\"bold\">",
        LEFT - 4.0,
        KBM_FOOT + 21.0,
        RIGHT - LEFT,
        GAIN_FOOT - KBM_FOOT,
    )?;
    for (nth, line) in chart.lines().enumerate() {
        let days = line.weighing.on.signed_duration_since(chart.child.birth_date).num_days();
        let months = days as f64 / MONTH_DAYS;
        if months < first || months > last {
            continue;
        }
        // Column widths 12, 8 and 5 against letters 9 wide: one, two or three steps down.
        let y = match (chart.span, nth % 3, nth % 2) {
            (Span::FirstTwoYears, _, _) => 21.0,
            (Span::ToFiveYears, _, 0) | (Span::Whole, 0, _) => 12.0,
            (Span::ToFiveYears, _, _) => 28.0,
            (Span::Whole, 1, _) => 21.0,
            (Span::Whole, _, _) => 30.0,
        };
        // A newborn's letter would otherwise straddle the edge of the row.
        let x = frame.x(months).clamp(LEFT + 6.0, RIGHT - 6.0);
        write!(
            out,
            "<text x=\"{x:.1}\" y=\"{}\" fill=\"{}\">{}</text>",
            KBM_FOOT + y,
            colour(line.gain),
            line.gain.code()
        )?;
    }
    out.write_str("</g>")
}

const fn colour(gain: kms::Gain) -> &'static str {
    match gain {
        kms::Gain::Risen => "#1d6b2a",
        kms::Gain::NotRisen => "#9a4a00",
        kms::Gain::NoLastMonth | kms::Gain::First => "#555",
    }
}
