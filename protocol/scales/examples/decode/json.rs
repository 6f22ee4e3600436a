//! One frame in, one JSON object out; shared by the example and the tests.
use scales::{Dialect, ErrorReading, Extras, Profile, Quantity, Reading, Side, UnitFrom, decode};
use serde_json::{Map, Number, Value, json};

/// Decodes `{format, hex}`; whatever is wrong with it becomes the `error` of the answer.
pub(crate) fn answer(frame: &Value) -> Value {
    let text = |key| frame.get(key).and_then(Value::as_str).unwrap_or_default();
    let Some(dialect) = Dialect::from_name(text("format")) else {
        return blank("unknown_format");
    };
    match bytes(text("hex")).map(|bytes| decode(Profile::new(dialect), &bytes)) {
        None => blank("malformed"),
        Some(Ok(reading)) => of_reading(&reading),
        Some(Err(error)) => of_error(&error),
    }
}

fn blank(error: &str) -> Value {
    json!({"weight_kg": null, "stable": null, "unit": null, "error": error})
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = hex
        .chars()
        .filter(|digit| !digit.is_whitespace())
        .map(|digit| digit.to_digit(16))
        .collect::<Option<_>>()?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    });
    pairs.collect()
}

fn of_reading(reading: &Reading) -> Value {
    let mut said = Map::new();
    let named = reading.unit_from == UnitFrom::Frame;
    said.insert("weight_kg".into(), reading.quantity.milligrams().map_or(Value::Null, kilograms));
    said.insert("stable".into(), json!(reading.stable));
    said.insert("unit".into(), if named { json!(reading.quantity.unit().name()) } else { Value::Null });
    said.insert("error".into(), Value::Null);
    if !named {
        said.insert("unit_from".into(), json!("profile"));
    }
    if let Some(length) = reading.quantity.nanometres() {
        said.insert("length_mm".into(), decimal(length, 6));
    }
    if reading.side == Some(Side::Net) {
        said.insert("net".into(), json!(true));
    }
    add_extras(&mut said, &reading.extras);
    Value::Object(said)
}

fn of_error(error: &ErrorReading) -> Value {
    let mut said = Map::new();
    said.insert("weight_kg".into(), Value::Null);
    said.insert("stable".into(), json!(error.stable));
    said.insert("unit".into(), json!(error.unit.map(|unit| unit.name())));
    said.insert("error".into(), json!(error.error.word()));
    add_extras(&mut said, &error.extras);
    Value::Object(said)
}

fn add_extras(said: &mut Map<String, Value>, extras: &Extras) {
    let mut add = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            said.insert(key.into(), value);
        }
    };
    add("tare_kg", extras.tare.and_then(Quantity::milligrams).map(kilograms));
    add("memory_g", extras.memory.and_then(Quantity::milligrams).map(grams));
    add("height_cm", extras.height.and_then(Quantity::nanometres).map(|nanometres| decimal(nanometres, 7)));
}

fn kilograms(milligrams: i64) -> Value {
    decimal(milligrams, 6)
}

/// Whole grams are written whole.
fn grams(milligrams: i64) -> Value {
    if milligrams % 1000 == 0 { json!(milligrams / 1000) } else { decimal(milligrams, 3) }
}

/// The JSON number nearest to `digits` with its point moved `places` to the left, without any arithmetic in between.
fn decimal(digits: i64, places: usize) -> Value {
    let (sign, size) = (if digits < 0 { "-" } else { "" }, digits.unsigned_abs());
    let padded = format!("{size:0width$}", width = places + 1);
    let (whole, fraction) = padded.split_at(padded.len() - places);
    let number = format!("{sign}{whole}.{fraction}").parse().ok().and_then(Number::from_f64);
    number.map_or(Value::Null, Value::Number)
}
