//! Just enough of a browser to read our own pages.

/// What asks for pages. Several cryptography libraries are built in beside each other here, so one is named.
pub fn browser() -> reqwest::ClientBuilder {
    // Whoever came first has said the same.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder()
}

/// The first value of an attribute on a page.
pub fn attribute(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("{name}=\""))?;
    Some(unescaped(rest.split('"').next()?))
}

/// The fields of the form that has a field `marked`: what a browser would send if it were submitted.
pub fn form_fields(page: &str, marked: &str) -> Option<Vec<(String, String)>> {
    page.split("<form")
        .skip(1)
        .map(|form| form.split("</form>").next().unwrap_or(form))
        .map(fields)
        .find(|fields| fields.iter().any(|(name, _)| name == marked))
}

fn fields(form: &str) -> Vec<(String, String)> {
    let tags = form.split("<input").skip(1).filter_map(|input| input.split('>').next());
    let sent = tags.filter(|tag| {
        let kind = attribute(tag, "type").unwrap_or_default();
        !(kind == "radio" || kind == "checkbox") || tag.contains(" checked")
    });
    sent.filter_map(|tag| Some((attribute(tag, " name")?, attribute(tag, " value").unwrap_or_default())))
        .collect()
}

/// What a person reads of a page: its text without tags, spaces joined.
pub fn plain(page: &str) -> String {
    let mut text = String::new();
    for piece in page.split('<') {
        text.push_str(piece.split_once('>').map_or(piece, |(_, after)| after));
        text.push(' ');
    }
    unescaped(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn unescaped(text: &str) -> String {
    let mut plain = text.to_owned();
    let names =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    for (escaped, meant) in names.into_iter().chain([("&#60;", "<"), ("&#62;", ">"), ("&amp;", "&")]) {
        plain = plain.replace(escaped, meant);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<p>Ibu&#39;s <b>8,45 kg</b></p><form data-live-source="/live?what=weight&amp;on=a"></form>
        <form><input type="hidden" name="event" value="7"><input type=radio></form>
        <form><input type="hidden" name="insisted" value="1,2"><input type="radio" name="posture" value="lying">
        <input type="radio" name="posture" value="standing" checked></form>"#;

    #[test]
    fn a_page_reads_as_a_browser_would_send_it() {
        assert_eq!(attribute(PAGE, "data-live-source").as_deref(), Some("/live?what=weight&on=a"));
        assert!(plain(PAGE).starts_with("Ibu's 8,45 kg"));
        let fields = form_fields(PAGE, "insisted").unwrap();
        assert_eq!(fields, [("insisted", "1,2"), ("posture", "standing")].map(|(n, v)| (n.into(), v.into())));
        assert_eq!(form_fields(PAGE, "nothing"), None);
    }
}
