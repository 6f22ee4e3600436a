//! What can be said of a page without an eye: rules of WCAG 2.2 AA by axe, targets a thumb can hit, nothing that runs over
//! the edge when letters are twice as large, everything reached by keyboard, and how much had to come over the air.

use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::Context;
use serde::Deserialize;

use crate::harness::Browser;

/// Where the rules lie, laid there by `cargo xtask` from npm.
const RULES: &str = "target/axe/node_modules/axe-core/axe.min.js";
/// What a page may weigh with its script and its style, compressed.
const HEAVIEST_BYTES: u64 = 50 * 1024;

/// Looks at pages and keeps what it found.
#[derive(Debug)]
pub(super) struct Audit {
    rules: String,
    seen: Mutex<Seen>,
}

/// What was found on all pages.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Pages looked at.
    pub(crate) pages: usize,
    /// The heaviest page, in bytes as they came over the air.
    pub(crate) heaviest_bytes: u64,
    /// What is wrong, each with its page.
    pub(crate) findings: Vec<String>,
}

/// What the script on the page answers.
#[derive(Debug, Deserialize)]
struct Answer {
    violations: Vec<String>,
    small: Vec<String>,
    unreached: Vec<String>,
    unseen_focus: Vec<String>,
    covered: Vec<String>,
    bytes: u64,
}

impl Audit {
    /// Finds the rules; an error says how to get them.
    pub(super) fn new() -> anyhow::Result<Self> {
        let file = workspace().join(RULES);
        let rules = std::fs::read_to_string(&file).with_context(|| {
            format!("{} is not there: `cargo xtask story accessible` lays it", file.display())
        })?;
        Ok(Self { rules, seen: Mutex::new(Seen::default()) })
    }

    /// Looks at the page that is open.
    pub(super) async fn look(&self, browser: &Browser, name: &str) -> anyhow::Result<()> {
        if browser.run("return typeof axe").await? != "object" {
            browser.run(&self.rules).await?;
        }
        let answer = browser.run_async(include_str!("audit.js")).await?;
        let answer: Answer = serde_json::from_value(answer).context("the page's answer")?;
        browser.zoom(2).await?;
        let beyond = browser.run(include_str!("narrow.js")).await?;
        browser.zoom(1).await?;
        let beyond: Vec<String> = serde_json::from_value(beyond).context("the narrow page's answer")?;
        let mut seen = self.seen.lock().expect("nobody panics while looking");
        seen.pages += 1;
        seen.heaviest_bytes = seen.heaviest_bytes.max(answer.bytes);
        let mut note = |what: &str, list: Vec<String>| {
            seen.findings.extend(list.into_iter().map(|found| format!("{name}: {what}: {found}")));
        };
        note("axe", answer.violations);
        note("smaller than 48 px", answer.small);
        note("not reached by keyboard", answer.unreached);
        note("shows no focus", answer.unseen_focus);
        note("lies under a bar", answer.covered);
        note("runs over the edge at 200 %", beyond);
        tracing::info!(bytes = answer.bytes, "{name}");
        if answer.bytes > HEAVIEST_BYTES {
            seen.findings
                .push(format!("{name}: weighs {} bytes, {HEAVIEST_BYTES} are allowed", answer.bytes));
        }
        Ok(())
    }

    /// What was found.
    pub(super) fn done(self) -> Seen {
        self.seen.into_inner().expect("nobody panics while looking")
    }
}

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}
