//! The card in words and as a table.

use core::fmt::{self, Write};

use crate::kms::{Gain, Line};
use crate::{Visit, Z, words};

use super::{Chart, Indicator, Point};

/// The measure of a point as its label says it.
pub(super) fn figure(
    indicator: Indicator,
    visit: &Visit,
    point: &Point,
    out: &mut impl Write,
) -> fmt::Result {
    match indicator {
        Indicator::WeightForAge | Indicator::WeightForLength => {
            write!(out, "{}", words::kg(visit.measures.mass_g.unwrap_or_default()))
        }
        Indicator::LengthForAge | Indicator::HeadForAge => {
            // The point carries the shifted length, which is the one the lines speak of.
            write!(out, "{}", words::cm((point.up * 100.0 + 0.5) as u32))
        }
        Indicator::BmiForAge => write!(out, "{}", words::bmi_figure(point.up)),
    }
}

pub(super) fn sentence(chart: &Chart, out: &mut impl Write) -> fmt::Result {
    let Some(newest) = chart.points().last() else {
        return out.write_str("Belum ada titik di grafik ini.");
    };
    write!(out, "{} terakhir ", chart.indicator.noun(chart.span))?;
    figure(chart.indicator, &newest.visit, &newest, out)?;
    write!(
        out,
        " pada {}, umur {}",
        words::date(newest.visit.on),
        words::age(chart.child.birth_date, newest.visit.on)
    )?;
    match newest.z {
        Ok(z) => write!(out, ", {}.", place(z))?,
        Err(_) => out.write_str(".")?,
    }
    match chart.lines().last() {
        Some(line) if chart.indicator == Indicator::WeightForAge => gain(&line, out),
        _ => before(chart, out),
    }
}

/// Between which lines a z lies.
fn place(z: Z) -> &'static str {
    match z.centi {
        ..-300 => "di bawah garis merah (\u{2212}3)",
        -300..-200 => "di antara garis \u{2212}3 dan \u{2212}2",
        -200..-100 => "di antara garis \u{2212}2 dan \u{2212}1",
        -100..0 => "di antara garis \u{2212}1 dan 0",
        0..=100 => "di antara garis 0 dan +1",
        101..=200 => "di antara garis +1 dan +2",
        201..=300 => "di antara garis +2 dan +3",
        301.. => "di atas garis +3",
    }
}

fn gain(line: &Line, out: &mut impl Write) -> fmt::Result {
    match line.gained_g {
        Some(0) => out.write_str(" Beratnya tetap sejak bulan lalu")?,
        Some(gained @ 1..) => write!(out, " Naik {gained} g sejak bulan lalu")?,
        Some(lost) => write!(out, " Turun {} g sejak bulan lalu", lost.unsigned_abs())?,
        None => {}
    }
    match (line.gained_g, line.kbm_g) {
        (Some(_), Some(kbm)) => {
            write!(out, ", perlu {kbm} g: {} ({}).", line.gain.label(), line.gain.code())?
        }
        (Some(_), None) => out.write_str(".")?,
        (None, _) if line.gain == Gain::First => out.write_str(" Baru pertama ditimbang (B).")?,
        (None, _) => out.write_str(" Bulan lalu tidak ditimbang (O).")?,
    }
    if line.twice_not_risen {
        out.write_str(" Dua bulan berturut-turut tidak naik (2T).")?;
    }
    Ok(())
}

/// Where there is no verdict, the point before says how it came.
fn before(chart: &Chart, out: &mut impl Write) -> fmt::Result {
    let Some(earlier) = chart.points().fold((None, None), |(_, last), point| (last, Some(point))).0 else {
        return Ok(());
    };
    out.write_str(" Sebelumnya ")?;
    figure(chart.indicator, &earlier.visit, &earlier, out)?;
    write!(out, " pada {}.", words::date(earlier.visit.on))
}

pub(super) fn table(chart: &Chart, out: &mut impl Write) -> fmt::Result {
    let weighed = chart.indicator == Indicator::WeightForAge;
    write!(
        out,
        "<table><caption>{}</caption><thead><tr><th scope=\"col\">Tanggal</th><th scope=\"col\">Umur</th>\
         <th scope=\"col\">{}</th><th scope=\"col\">z</th>{}</tr></thead><tbody>",
        chart.indicator.title(chart.span),
        chart.indicator.noun(chart.span),
        if weighed { "<th scope=\"col\">KBM</th><th scope=\"col\">N/T</th>" } else { "" },
    )?;
    for point in chart.points() {
        row(chart, &point, out)?;
    }
    out.write_str("</tbody></table>")
}

fn row(chart: &Chart, point: &Point, out: &mut impl Write) -> fmt::Result {
    let on = point.visit.on;
    write!(
        out,
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>",
        words::date(on),
        words::age(chart.child.birth_date, on)
    )?;
    figure(chart.indicator, &point.visit, point, out)?;
    match point.z {
        Ok(z) => write!(out, "</td><td>{}</td>", words::z(z))?,
        Err(_) => out.write_str("</td><td></td>")?,
    }
    if chart.indicator == Indicator::WeightForAge {
        let line = chart.line(point.visit.month);
        match line.and_then(|line| line.kbm_g) {
            Some(kbm) => write!(out, "<td>{kbm} g</td>")?,
            None => out.write_str("<td></td>")?,
        }
        match line {
            Some(line) => write!(out, "<td>{}</td>", line.gain.code())?,
            None => out.write_str("<td></td>")?,
        }
    }
    out.write_str("</tr>")
}
