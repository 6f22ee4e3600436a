//! The coloured bands and the seven WHO lines.

use core::fmt::{self, Write};

use super::frame::{BOTTOM, Frame, LEFT, RIGHT};
use super::{Chart, Indicator};

/// The field below each line, painted from the top line down so that each covers the one before.
const BANDS: [(f64, &str); 6] = [
    (3.0, "#fbe9a3"),
    (2.0, "#cfe8a9"),
    (1.0, "#9fd08a"),
    (-1.0, "#cfe8a9"),
    (-2.0, "#fbe9a3"),
    (-3.0, "#ffffff"),
];

/// Each line with its name, colour, width and dashes; in grey the width and the dashes still tell them apart.
const CURVES: [(f64, &str, &str, &str); 7] = [
    (3.0, "+3", "#8a6d1a", "1"),
    (2.0, "+2", "#8a6d1a", "1\" stroke-dasharray=\"4 2"),
    (1.0, "+1", "#3c6e2b", "1\" stroke-dasharray=\"1 2"),
    (0.0, "0", "#2c5a1e", "1.6"),
    (-1.0, "\u{2212}1", "#3c6e2b", "1\" stroke-dasharray=\"1 2"),
    (-2.0, "\u{2212}2", "#8a6d1a", "1\" stroke-dasharray=\"4 2"),
    (-3.0, "\u{2212}3", "#c4161c", "3"),
];

/// How many straight pieces make a curve.
const PIECES: u16 = 36;

pub(super) fn bands(chart: &Chart, frame: &Frame, out: &mut impl Write) -> fmt::Result {
    write!(
        out,
        "<rect x=\"{LEFT}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"#fff\"/>",
        super::frame::TOP,
        RIGHT - LEFT,
        BOTTOM - super::frame::TOP,
    )?;
    for (k, colour) in BANDS {
        write!(out, "<path fill=\"{colour}\" d=\"M{LEFT} {BOTTOM}")?;
        for (x, y) in places(chart, frame, k) {
            write!(out, "L{x:.1} {y:.1}")?;
        }
        write!(out, "L{RIGHT} {BOTTOM}Z\"/>")?;
    }
    Ok(())
}

pub(super) fn curves(chart: &Chart, frame: &Frame, out: &mut impl Write) -> fmt::Result {
    for (k, name, colour, pen) in CURVES {
        write!(out, "<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"{pen}\" d=\"")?;
        for (nth, (x, y)) in places(chart, frame, k).enumerate() {
            write!(out, "{}{x:.1} {y:.1}", if nth == 0 { 'M' } else { 'L' })?;
        }
        out.write_str("\"/>")?;
        if let Some((_, y)) = places(chart, frame, k).last() {
            let weight = if k == -3.0 { " font-weight=\"bold\"" } else { "" };
            let (x, y) = (RIGHT + 3.0, y + 4.0);
            write!(out, "<text x=\"{x}\" y=\"{y:.1}\" fill=\"{colour}\"{weight}>{name}</text>")?;
        }
    }
    Ok(())
}

fn places(chart: &Chart, frame: &Frame, k: f64) -> impl Iterator<Item = (f64, f64)> {
    let (first, last) = chart.across();
    // The first months bend sharply; spreading the pieces by the square puts more of them there.
    let bent = chart.indicator != Indicator::WeightForLength && first == 0.0;
    (0..=PIECES).filter_map(move |piece| {
        let share = f64::from(piece) / f64::from(PIECES);
        let at = first + (last - first) * if bent { share * (0.25 + 0.75 * share) } else { share };
        let row = chart.indicator.row(chart.child.sex, chart.span, at)?;
        Some((frame.x(at), frame.y(row.value_at(k))))
    })
}
