//! What a person does on a page by sight: presses what has a name, fills in what has a label, and
//! reads. What nobody can see cannot be pressed, and of two things with one name none is.

use std::time::Duration;

use fantoccini::elements::{Element, ElementRef};
use serde_json::{Value, json};

use super::{Browser, PATIENCE};

/// By this name an answer of WebDriver holds an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// What is pressed: links, buttons, what unfolds, and what is ticked.
const PRESSED: &str =
    "a[href], button, summary, label:has(> input[type=radio], > input[type=checkbox])";

/// The one element among `arguments[0]` that can be seen and says `arguments[1]`: nothing else,
/// where there is such a one. Of some that say so, the one nearest to the words `arguments[2]`.
/// A number where there is not one.
const NAMED: &str = "\
    const [kinds, name, beside] = arguments;\
    const tidy = (text) => (text ?? '').replace(/\\s+/g, ' ').trim();\
    const said = (e) => tidy(e.getAttribute('aria-label') ?? e.innerText);\
    const isSeen = (e) => !e.disabled && e.checkVisibility({ visibilityProperty: true });\
    const seen = [...document.querySelectorAll(kinds)].filter(isSeen);\
    let all = seen.filter((e) => said(e) === name);\
    if (all.length === 0) { all = seen.filter((e) => said(e).includes(name)); }\
    if (beside) {\
      const far = (e) => {\
        let steps = 0;\
        for (let a = e; a && a !== document.body; a = a.parentElement) {\
          if (tidy(a.innerText).includes(beside)) { return steps; }\
          steps += 1; }\
        return Infinity; };\
      const nearest = Math.min(...all.map(far));\
      all = all.filter((e) => far(e) === nearest && nearest < Infinity); }\
    const leading = new Set(all.map((e) => e.href || e));\
    return leading.size === 1 ? all[0] : leading.size;";

/// The field whose label says `arguments[0]`, beside what it holds and its hints.
const LABELLED: &str = "\
    const own = (label) => [...label.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE)\
      .map((n) => n.textContent).join(' ').replace(/\\s+/g, ' ').trim();\
    const all = [...document.querySelectorAll('label')]\
      .filter((e) => e.control?.checkVisibility() && own(e) === arguments[0]);\
    return all.length === 1 ? all[0].control : all.length;";

/// Chooses in the list `arguments[0]` what says `arguments[1]`.
const CHOOSE: &str = "\
    const [list, name] = arguments;\
    const option = [...list.options].find((e) => e.innerText.trim() === name);\
    if (!option) { return false; }\
    list.value = option.value;\
    list.dispatchEvent(new Event('input', { bubbles: true }));\
    list.dispatchEvent(new Event('change', { bubbles: true }));\
    return true;";

/// Whether a person reads the argument on the page.
const SAYS: &str = "\
    const tidy = (text) => text.replace(/\\s+/g, ' ');\
    return tidy(document.body.innerText).includes(arguments[0]);";
const HEADED: &str = "\
    const heading = document.querySelector('h1')?.innerText ?? '';\
    return heading.replace(/\\s+/g, ' ').includes(arguments[0]);";
const FOLDED: &str = "return !!document.querySelector('.menu > summary')?.checkVisibility();";

impl Browser {
    /// Presses the link, the button or whatever else can be pressed that says `name`.
    pub async fn tap(&self, name: &str) {
        self.tap_named(PRESSED, name, "").await;
    }

    /// The same, of some that say so, with that which stands beside the words `beside`.
    pub async fn tap_beside(&self, beside: &str, name: &str) {
        self.tap_named(PRESSED, name, beside).await;
    }

    /// Presses the button that says `name`, where something else says so too.
    pub async fn tap_button(&self, name: &str) {
        self.tap_named("button", name, "").await;
    }

    /// Goes into a room of the panel by its navigation, which is folded up on a phone.
    pub async fn enter(&self, room: &str) {
        if self.run(FOLDED, Vec::new()).await == json!(true) {
            self.press(".menu > summary").await;
        }
        self.tap_named("nav a", room, "").await;
    }

    async fn tap_named(&self, kinds: &str, name: &str, beside: &str) {
        let wanted = vec![json!(kinds), json!(name), json!(beside)];
        let mut why = String::new();
        for _ in 0..PATIENCE.as_millis() / 100 {
            match self.there(NAMED, wanted.clone()).await {
                Ok(element) => match element.click().await {
                    Ok(()) => return,
                    // It was put anew, or something lay over it for a moment.
                    Err(error) => why = error.to_string(),
                },
                Err(count) => why = format!("{count} of them"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let words = self.words().await;
        panic!("press “{name}” beside “{beside}”: {why}\n{words}");
    }

    /// Writes `text` into the field with this label; a day or a time is picked.
    pub async fn fill(&self, label: &str, text: &str) {
        let field = self.labelled(label).await;
        let kind = field.attr("type").await.ok().flatten().unwrap_or_default();
        if ["date", "time", "month"].contains(&kind.as_str()) {
            let script = "arguments[0].value = arguments[1];\
                arguments[0].dispatchEvent(new Event('change', { bubbles: true }));\
                return arguments[0].value;";
            let kept = self.run(script, vec![json!(field), json!(text)]).await;
            assert_eq!(kept, json!(text), "{label}");
            return;
        }
        field
            .clear()
            .await
            .unwrap_or_else(|error| panic!("{label}: {error}"));
        field
            .send_keys(text)
            .await
            .unwrap_or_else(|error| panic!("{label}: {error}"));
    }

    /// Chooses what says `name` in the list with this label.
    pub async fn pick_from(&self, label: &str, name: &str) {
        let list = self.labelled(label).await;
        let chosen = self.run(CHOOSE, vec![json!(list), json!(name)]).await;
        assert_eq!(chosen, json!(true), "{label}: nothing says “{name}”");
    }

    async fn labelled(&self, label: &str) -> Element {
        let mut count = String::new();
        for _ in 0..PATIENCE.as_millis() / 100 {
            match self.there(LABELLED, vec![json!(label)]).await {
                Ok(element) => return element,
                Err(found) => count = found,
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{count} fields “{label}”\n{}", self.words().await);
    }

    /// The element that a script finds, or what it says instead.
    async fn there(&self, script: &str, wanted: Vec<Value>) -> Result<Element, String> {
        let client = &self.window.client;
        // A page that is being left has no document for a moment.
        let found = client.execute(script, wanted).await;
        let found = found.map_err(|error| error.to_string())?;
        let id = found[ELEMENT].as_str().ok_or_else(|| found.to_string())?;
        let id = ElementRef::from(id.to_owned());
        Ok(Element::from_element_id(client.clone(), id))
    }

    /// Waits until the page says `words`.
    pub async fn sees(&self, words: &str) {
        self.until(&format!("it says “{words}”"), SAYS, words).await;
    }

    /// Whether the page says `words` as it stands.
    pub async fn shows(&self, words: &str) -> bool {
        self.run(SAYS, vec![json!(words)]).await == json!(true)
    }

    /// Waits for the page whose heading says `words`.
    pub async fn comes_to(&self, words: &str) {
        self.until(&format!("the page “{words}”"), HEADED, words)
            .await;
    }

    /// Looks at the page as it is: none of it lies beside the screen, and a picture is kept.
    pub async fn look(&self, name: &str) {
        self.picture(name).await;
        let (page, window) = self.widths().await;
        assert!(page <= window, "{name}: {page} of {window} wide");
    }
}
