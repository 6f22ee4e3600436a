//! Reads the fixture files: plain commas, no quotes, first line names the columns.

use std::collections::HashMap;

use chrono::NaiveDate;

pub(crate) type Row<'a> = HashMap<&'a str, &'a str>;

pub(crate) fn rows(text: &str) -> Vec<Row<'_>> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines.map(|line| names.iter().copied().zip(line.split(',')).collect()).collect()
}

pub(crate) fn whole<T: std::str::FromStr<Err: std::fmt::Debug>>(cell: &str) -> Option<T> {
    (!cell.is_empty()).then(|| cell.parse().unwrap())
}

pub(crate) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}
