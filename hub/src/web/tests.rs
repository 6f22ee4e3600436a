//! What can be proved of the look without a browser.

/// Text and the ground it stands on, as the style sheet pairs them.
const PAIRS: [(&str, &str); 16] = [
    ("ink", "ground"),
    ("ink", "card"),
    ("ink", "perhatian-soft"),
    ("ink", "brand-soft"),
    ("quiet", "ground"),
    ("quiet", "card"),
    ("quiet", "brand-soft"),
    ("quiet", "perhatian-soft"),
    ("brand", "ground"),
    ("brand", "card"),
    ("brand", "brand-soft"),
    ("on-brand", "brand"),
    ("baik", "baik-soft"),
    ("perhatian", "perhatian-soft"),
    ("rujuk", "rujuk-soft"),
    ("belum", "belum-soft"),
];

#[test]
fn every_text_stands_out_from_its_ground_by_day_and_by_night() {
    let style = include_str!("hub.css");
    let (light, rest) = style.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let (dark, _) = rest.split_once("*,").unwrap();
    for (theme, colours) in [("light", light), ("dark", dark)] {
        for (text, ground) in PAIRS {
            let ratio = contrast(colour(colours, text), colour(colours, ground));
            assert!(ratio >= 4.5, "{theme}: --{text} on --{ground} is {ratio:.2}");
        }
        let ratio = contrast(colour(colours, "rujuk"), colour(colours, "card"));
        assert!(ratio >= 4.5, "{theme}: --rujuk on --card is {ratio:.2}");
    }
}

fn colour(theme: &str, name: &str) -> [f64; 3] {
    let value = theme.split(&format!("--{name}: #")).nth(1).unwrap().split(';').next().unwrap();
    let long = if value.len() == 3 {
        value.chars().flat_map(|digit| [digit; 2]).collect()
    } else {
        value.to_owned()
    };
    [0, 2, 4].map(|at| f64::from(u8::from_str_radix(&long[at..at + 2], 16).unwrap()) / 255.0)
}

/// The contrast ratio of WCAG 2.
fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: [f64; 3]) -> f64 {
    let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
    let [r, g, b] = colour.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}
