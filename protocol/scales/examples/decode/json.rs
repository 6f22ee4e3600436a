//! One frame in, one JSON object out; shared by the example and the tests.
use scales::{
    Decimal, Dialect, ErrorReading, Extras, Measured, Presence, Profile, Quantity, Reading, Side, Unit,
    UnitFrom, decode,
};
use serde_json::{Map, Number, Value, json};

/// Decodes `{format, hex}`; whatever is wrong with it becomes the `error` of the answer.
pub(crate) fn answer(frame: &Value) -> Value {
    let text = |key| frame.get(key).and_then(Value::as_str).unwrap_or_default();
    let Some(dialect) = Dialect::from_name(text("format")) else {
        return blank("unknown_format");
    };
    let Some(bytes) = bytes(text("hex")) else { return blank("malformed") };
    let outcome = decode(Profile::new(dialect), &bytes);
    let mut said = match &outcome {
        Ok(reading) => of_reading(reading),
        Err(error) => of_error(error),
    };
    if outcome.is_ok() && decode(Profile::new(dialect), without_noise(&bytes)) == outcome {
        said["needs"] = json!("skip_leading_noise");
    }
    said
}

/// The frame from the first byte on that text can begin with; nothing if that is the first of all.
fn without_noise(frame: &[u8]) -> &[u8] {
    let text = frame.iter().position(|byte| matches!(byte & 0x7f, b' '..=b'~'));
    text.filter(|&at| at > 0).map_or(&[], |at| &frame[at..])
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
    let quantity = reading.quantity();
    let mass = quantity.and_then(Quantity::milligrams);
    said.insert("weight_kg".into(), mass.map_or(Value::Null, kilograms));
    said.insert("stable".into(), json!(reading.stable));
    said.insert("unit".into(), if named { json!(unit(reading).map(Unit::name)) } else { Value::Null });
    said.insert("error".into(), if is_body_value(reading) { json!("not_weight") } else { Value::Null });
    if !named {
        said.insert("unit_from".into(), json!("profile"));
    }
    add_measured(&mut said, reading.measured);
    match reading.presence {
        Presence::Removed => drop(said.insert("removed".into(), json!(true))),
        Presence::Unconfirmed => drop(said.insert("needs".into(), json!("agreement_of_3"))),
        _ => {}
    }
    if let Some(side) = reading.side {
        said.insert(if side == Side::Net { "net" } else { "gross" }.into(), json!(true));
    }
    add_extras(&mut said, &reading.extras);
    Value::Object(said)
}

fn unit(reading: &Reading) -> Option<Unit> {
    match reading.measured {
        Measured::Quantity(quantity) => Some(quantity.unit()),
        Measured::BloodPressure(pressure) => Some(pressure.unit),
        _ => None,
    }
}

/// Who asks a cuff or a meter for a weight is told so, and gets what it measured instead.
fn is_body_value(reading: &Reading) -> bool {
    let glucose = |quantity: Quantity| quantity.mg_per_dl().or(quantity.mmol_per_l()).is_some();
    matches!(reading.measured, Measured::BloodPressure(_)) || reading.quantity().is_some_and(glucose)
}

fn add_measured(said: &mut Map<String, Value>, measured: Measured) {
    let values = match measured {
        Measured::Quantity(quantity) => vec![
            ("length_mm", quantity.nanometres().map(|nanometres| decimal(nanometres, 6))),
            ("mg_dl", quantity.mg_per_dl().map(number)),
            ("mmol_l", quantity.mmol_per_l().map(number)),
        ],
        Measured::BloodPressure(pressure) => vec![
            ("systolic", Some(number(pressure.systolic))),
            ("diastolic", Some(number(pressure.diastolic))),
            ("mean", pressure.mean.map(number)),
        ],
        Measured::Number(value) => vec![("value", Some(number(value)))],
        _ => vec![],
    };
    add(said, values);
}

fn add(said: &mut Map<String, Value>, values: Vec<(&str, Option<Value>)>) {
    said.extend(values.into_iter().filter_map(|(key, value)| Some((key.into(), value?))));
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
    let values = vec![
        ("tare_kg", extras.tare.and_then(Quantity::milligrams).map(kilograms)),
        ("memory_g", extras.memory.and_then(Quantity::milligrams).map(grams)),
        ("height_cm", extras.height.and_then(Quantity::nanometres).map(|nanometres| decimal(nanometres, 7))),
        ("bmi", extras.bmi.map(number)),
        ("impedance_ohm", extras.impedance.map(number)),
        ("pulse", extras.pulse.map(number)),
        ("timestamp", extras.time.map(|time| json!(time.to_string()))),
        ("time_offset_min", extras.time_offset_min.map(Value::from)),
        ("user", extras.user.map(Value::from)),
        ("sequence", extras.sequence.map(Value::from)),
        ("stability_index", extras.stability_index.map(Value::from)),
        ("warn", extras.warning.map(|warning| json!(warning.word()))),
    ];
    add(said, values);
}

fn kilograms(milligrams: i64) -> Value {
    decimal(milligrams, 6)
}

/// Whole grams are written whole.
fn grams(milligrams: i64) -> Value {
    if milligrams % 1000 == 0 { json!(milligrams / 1000) } else { decimal(milligrams, 3) }
}

fn decimal(digits: i64, decimals: i8) -> Value {
    number(Decimal { digits, decimals })
}

/// The JSON number nearest to a decimal one, without any arithmetic in between.
fn number(Decimal { digits, decimals }: Decimal) -> Value {
    let nearest = format!("{digits}e{}", -i16::from(decimals)).parse().ok().and_then(Number::from_f64);
    nearest.map_or(Value::Null, Value::Number)
}
