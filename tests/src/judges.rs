//! Judges that others wrote, as they come from their packages: the checker of the HTML standard,
//! and axe, which finds what people with a reader, with keys alone or with weak eyes stumble over.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::sources::root;

/// Something that `make test` installs under `target/npm`.
fn installed(path: &str) -> PathBuf {
    let path = root().join("target/npm/node_modules").join(path);
    assert!(path.exists(), "`make test` installs {}", path.display());
    path
}

/// What is no HTML as the standard defines it, in `pages`, each with its name.
pub fn faults_in_html(pages: &[(String, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut checker = Command::new("java");
    let program = installed("vnu-jar/build/dist/vnu.jar");
    checker.arg("-jar").arg(program);
    checker.args([
        "--errors-only",
        "--exit-zero-always",
        "--stdout",
        "--format",
        "json",
    ]);
    for (number, (_, html)) in pages.iter().enumerate() {
        let file = folder.path().join(format!("{number}.html"));
        recordings::durable::write(&file, html.as_bytes()).expect("a file");
        checker.arg(file);
    }
    let output = checker.output().expect("java runs");
    let said: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let found = said["messages"].as_array().expect("messages");
    let fault = |said: &Value| {
        let file = said["url"].as_str()?.rsplit('/').next()?;
        let number: usize = file.strip_suffix(".html")?.parse().ok()?;
        let (name, _) = pages.get(number)?;
        let line = &said["lastLine"];
        Some(format!(
            "{name}:{line}: {} {}",
            said["message"], said["extract"]
        ))
    };
    // What is about no page is about the checker itself.
    let or_itself = |said: &Value| fault(said).unwrap_or_else(|| said.to_string());
    found.iter().map(or_itself).collect()
}

/// Axe, read once.
pub struct Axe(String);

impl Axe {
    /// As it comes from its package.
    pub fn installed() -> Self {
        let path = installed("axe-core/axe.min.js");
        let read = std::fs::read_to_string(&path);
        Self(read.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// Puts it beside the page that is open, where no policy of the page can keep it away.
    pub async fn begin(&self, browser: &Browser) {
        browser.run(&self.0, Vec::new()).await;
    }

    /// What it finds on the page as it is shown: violations that it calls serious or critical.
    pub async fn stumbles(&self, browser: &Browser) -> Vec<String> {
        let found = browser.run_to_its_end(STUMBLES, Vec::new()).await;
        let found = found
            .as_array()
            .unwrap_or_else(|| panic!("axe said {found}"));
        let sentence = |one: &Value| one.as_str().unwrap_or_default().to_owned();
        found.iter().map(sentence).collect()
    }
}

/// Runs axe, and gives a sentence for each element that it complains of.
const STUMBLES: &str = r#"
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ["violations"] }).then(
  (found) => done(found.violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html} ${node.failureSummary}`))),
  (error) => done([`axe failed: ${error}`]));
"#;

/// What the page is asked before axe looks: that everything on it can be seen, also what opens only
/// when something else closes.
pub async fn unfold(browser: &Browser) {
    let open = "document.querySelectorAll('details').forEach((one) => {\
        one.removeAttribute('name'); one.open = true; })";
    browser.run(open, Vec::new()).await;
}

/// The bytes of a page as they came over the wire, with its style and its scripts, without the
/// sound that it offers. Chromium counts 300 for the head of each answer.
pub async fn weight_bytes(browser: &Browser) -> u64 {
    let weight = "const is_sound = (one) => ['audio', 'video'].includes(one.initiatorType);\
        const all = ['navigation', 'resource'].flatMap((k) => performance.getEntriesByType(k));\
        return all.filter((one) => !is_sound(one))\
          .reduce((sum, one) => sum + one.encodedBodySize + 300, 0);";
    let bytes = browser.run(weight, Vec::new()).await;
    bytes
        .as_u64()
        .unwrap_or_else(|| panic!("{} of bytes", json!(bytes)))
}
