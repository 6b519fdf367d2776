//! A real browser: headless Chromium, driven over WebDriver, with a microphone that plays a file.

mod machine;
mod sight;

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::Locator;
use fantoccini::elements::Element;
use serde_json::{Value, json};

use self::machine::{Machine, Window};
use crate::person::client;
use crate::sources::root;

/// How long a page may take to show what is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A phone in the hand: the narrowest that the panel is made for.
pub const PHONE: (u32, u32) = (360, 740);
/// A computer in the commune's office.
pub const DESK: (u32, u32) = (1280, 800);

/// How the colours of a page are wished for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// A browser window; it closes with this value.
pub struct Browser {
    server: String,
    size: (u32, u32),
    window: Window,
    // The browser ends before its folder goes.
    machine: Machine,
}

impl Browser {
    /// Opens a window of `size` whose microphone plays the WAV file `voice` over and over.
    pub async fn open(server: &str, size: (u32, u32), voice: &Path) -> Self {
        Self::open_with(server, size, voice, &[]).await
    }

    /// The same, with further words on Chromium's command line.
    pub async fn open_with(server: &str, size: (u32, u32), voice: &Path, further: &[&str]) -> Self {
        let machine = Machine::new(voice, further);
        let browser = Self {
            server: server.to_owned(),
            size,
            window: machine.open().await,
            machine,
        };
        browser.resize(size).await;
        browser
    }

    /// Ends the browser at once, as an empty battery does; what it has on its disk stays.
    pub fn cut_power(&mut self) {
        self.window.cut_power();
    }

    /// Closes the browser, as somebody does who puts the phone away; what it has put down stays.
    pub async fn close(&self) {
        // The driver that has lost its browser has nothing to answer.
        let close = self.devtools("Browser.close", json!({}));
        let _ = tokio::time::timeout(PATIENCE, close).await;
        self.window.is_gone().await;
    }

    /// Opens the browser again on the same disk.
    pub async fn open_again(&mut self) {
        self.window = self.machine.open().await;
        self.resize(self.size).await;
    }

    /// Runs a script in each page that is opened from here on, before the page's own.
    pub async fn before_each_page(&self, script: &str) {
        let command = "Page.addScriptToEvaluateOnNewDocument";
        self.devtools(command, json!({ "source": script })).await;
    }

    /// Signs in, and is let in.
    pub async fn sign_in(&self, name: &str, password: &str) {
        self.goto("/sign-in").await;
        self.write("input[name=name]", name).await;
        self.write("input[name=password]", password).await;
        self.press("main form button").await;
        self.leads_to("signed in", |path| !path.starts_with("/sign-in"))
            .await;
    }

    /// Shows the page in another size, and in the colours that somebody wishes for.
    pub async fn show(&self, size: (u32, u32), colours: Colours) {
        self.resize(size).await;
        let scheme = match colours {
            Colours::Light => "light",
            Colours::Dark => "dark",
        };
        let wish = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": [wish] }))
            .await;
    }

    /// Makes the page itself `width` by `height`: a headless window keeps no border free, but is
    /// never narrower than 500, so the size of the screen is what is set.
    async fn resize(&self, (width, height): (u32, u32)) {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1,
            "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", screen)
            .await;
    }

    /// Forgets who is signed in, as a phone does after some days.
    pub async fn forget_cookies(&self) {
        self.devtools("Network.clearBrowserCookies", json!({}))
            .await;
    }

    /// Opens a page of the panel.
    pub async fn goto(&self, path: &str) {
        let url = format!("{}{path}", self.server);
        self.window
            .client
            .goto(&url)
            .await
            .unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Puts what is downloaded into `folder`.
    pub async fn keeps_files_in(&self, folder: &Path) {
        let wish = json!({ "behavior": "allow", "downloadPath": folder });
        self.devtools("Browser.setDownloadBehavior", wish).await;
    }

    /// Takes the network away from the browser, or gives it back.
    pub async fn set_offline(&self, offline: bool) {
        self.set_link(json!({ "offline": offline })).await;
    }

    /// Lets each request hang for a minute, as on a link that died without a word.
    pub async fn set_hanging(&self, hanging: bool) {
        let latency_ms = if hanging { 60_000 } else { 0 };
        self.set_link(json!({ "latency": latency_ms })).await;
    }

    /// Lets so many bytes a second go out and no more.
    pub async fn set_narrow(&self, bytes: u32) {
        self.set_link(json!({ "uploadThroughput": bytes })).await;
    }

    /// A link without a fault, but for what `faults` says.
    async fn set_link(&self, faults: Value) {
        self.devtools("Network.enable", json!({})).await;
        let mut link = json!({ "offline": false, "latency": 0, "downloadThroughput": -1,
            "uploadThroughput": -1 });
        let faults = faults.as_object().into_iter().flatten();
        for (name, value) in faults {
            link[name] = value.clone();
        }
        self.devtools("Network.emulateNetworkConditions", link)
            .await;
    }

    /// Whether the browser promises pages to keep for good what they put down.
    pub async fn set_lasting(&self, lasting: bool) {
        let setting = if lasting { "granted" } else { "denied" };
        let permission = json!({ "permission": { "name": "persistent-storage" },
            "setting": setting, "origin": self.server });
        self.devtools("Browser.setPermission", permission).await;
    }

    /// Leaves the page, as somebody does who closes the browser.
    pub async fn close_page(&self) {
        self.window
            .client
            .goto("about:blank")
            .await
            .expect("an empty page");
    }

    /// Waits for the element that `css` selects.
    pub async fn find(&self, css: &str) -> Element {
        let waiting = self.window.client.wait().at_most(PATIENCE);
        match waiting.for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("{css}: {error}\n{}", self.words().await),
        }
    }

    /// Waits until `css` selects an element that is seen and can be pressed, and presses it; anew
    /// where the page put another in its place meanwhile, as one that keeps itself fresh does.
    pub async fn press(&self, css: &str) {
        let script = "const e = document.querySelector(arguments[0]);\
                      return !!e && !e.disabled && e.checkVisibility();";
        for _ in 0..PATIENCE.as_millis() / 50 {
            self.until(&format!("{css} can be pressed"), script, css)
                .await;
            match self.find(css).await.click().await {
                Ok(()) => return,
                Err(error) if error.is_stale_element_reference() => {}
                Err(error) => panic!("press {css}: {error}"),
            }
        }
        panic!("press {css}: it was replaced each time");
    }

    /// Writes into a field.
    pub async fn write(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field
            .clear()
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"));
        field
            .send_keys(text)
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Sets a field for a date or a time, which a person picks, and whose keys follow the locale.
    pub async fn pick(&self, css: &str, value: &str) {
        let script = "const e = document.querySelector(arguments[0]); e.value = arguments[1];\
                      e.dispatchEvent(new Event('change', {bubbles: true})); return e.value;";
        self.find(css).await;
        let kept = self.run(script, vec![json!(css), json!(value)]).await;
        assert_eq!(kept, json!(value), "{css} took another value");
    }

    /// Puts a file into a field for files.
    pub async fn choose(&self, css: &str, file: &Path) {
        let field = self.find(css).await;
        let chosen = field.send_keys(&file.to_string_lossy()).await;
        chosen.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Puts a tick into a box, unless it has one.
    pub async fn tick(&self, css: &str) {
        let element = self.find(css).await;
        if !element.is_selected().await.expect("a box") {
            self.press(css).await;
        }
    }

    /// Waits until the address of the page satisfies `fits`, and gives its path.
    pub async fn leads_to(&self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        let mut path = String::new();
        for _ in 0..PATIENCE.as_millis() / 50 {
            let url = self
                .window
                .client
                .current_url()
                .await
                .expect("a page has an address");
            path = url.path().to_owned();
            if fits(&path) {
                return path;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{what}: still at {path}\n{}", self.words().await);
    }

    /// Waits until a script, which is given `argument`, returns true.
    pub async fn until(&self, what: &str, script: &str, argument: &str) {
        for _ in 0..PATIENCE.as_millis() / 50 {
            // A page that is being left has no document for a moment.
            let found = self
                .window
                .client
                .execute(script, vec![json!(argument)])
                .await;
            if found.is_ok_and(|found| found == json!(true)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{what}: it never came to that\n{}", self.words().await);
    }

    /// What a script returns.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        let found = self.window.client.execute(script, arguments).await;
        found.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// What a script gives to the function that is its last argument.
    pub async fn run_to_its_end(&self, script: &str, arguments: Vec<Value>) -> Value {
        let found = self.window.client.execute_async(script, arguments).await;
        found.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// What went wrong by the browser's own account since it was asked last: scripts that failed,
    /// what a policy refused, what did not come.
    pub async fn complaints(&self) -> Vec<String> {
        let url = format!("{}/se/log", self.window.session);
        let request = client().build().expect("a client").post(url);
        let answer = request.json(&json!({ "type": "browser" })).send().await;
        let answer: Value = answer
            .expect("the driver answers")
            .json()
            .await
            .expect("the driver answers JSON");
        let said = answer["value"].as_array().expect("a log").iter();
        let is_wrong = |line: &&Value| line["level"] == "SEVERE" || line["level"] == "WARNING";
        said.filter(is_wrong)
            .map(|line| line["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// The words on the page.
    pub async fn words(&self) -> String {
        let words = self.run("return document.body.innerText", Vec::new()).await;
        words.as_str().unwrap_or_default().to_owned()
    }

    /// Asserts that the page is no wider than the window: nothing must be scrolled sideways.
    pub async fn fits_its_width(&self) {
        let (page, window) = self.widths().await;
        assert!(page <= window, "{page} of {window} wide");
    }

    /// How wide the page is, and the window.
    pub async fn widths(&self) -> (u64, u64) {
        let widths = "const e = document.documentElement; return [e.scrollWidth, e.clientWidth]";
        let widths = self.run(widths, Vec::new()).await;
        let width = |place: usize| widths[place].as_u64().unwrap_or_default();
        (width(0), width(1))
    }

    /// Drags the middle of what `css` selects sideways by so many pixels.
    pub async fn drag(&self, css: &str, pixels: f64) {
        let middle = "const e = document.querySelector(arguments[0]); e.scrollIntoView();\
                      const r = e.getBoundingClientRect();\
                      return [r.left + r.width / 2, r.top + r.height / 2]";
        self.find(css).await;
        let middle = self.run(middle, vec![json!(css)]).await;
        let (x, y) = (middle[0].as_f64(), middle[1].as_f64());
        let (x, y) = (x.unwrap_or_default(), y.unwrap_or_default());
        for (kind, x) in [
            ("mousePressed", x),
            ("mouseMoved", x + pixels / 2.0),
            ("mouseMoved", x + pixels),
            ("mouseReleased", x + pixels),
        ] {
            let mouse = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": 1,
                "clickCount": 1 });
            self.devtools("Input.dispatchMouseEvent", mouse).await;
        }
    }

    /// Keeps a picture of the whole page as `target/screenshots/NAME.png`, for people to look at.
    pub async fn picture(&self, name: &str) {
        self.captured(name, true).await;
    }

    /// The same of what stands on the screen alone.
    pub async fn screen(&self, name: &str) {
        self.captured(name, false).await;
    }

    async fn captured(&self, name: &str, whole: bool) {
        let wish = json!({ "format": "png", "captureBeyondViewport": whole });
        let picture = self.devtools("Page.captureScreenshot", wish).await;
        let picture = picture["data"].as_str().expect("a picture");
        let bytes = STANDARD.decode(picture).expect("a picture in base 64");
        let path = pictures().join(name).with_extension("png");
        let folder = path.parent().expect("a folder for pictures");
        std::fs::create_dir_all(folder).expect("a folder for pictures");
        recordings::durable::write(&path, &bytes).expect("a picture is written");
    }

    /// A command of Chromium's own protocol, which WebDriver has no word for.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let url = format!("{}/goog/cdp/execute", self.window.session);
        let body = json!({ "cmd": command, "params": parameters });
        let answer = client()
            .build()
            .expect("a client")
            .post(url)
            .json(&body)
            .send()
            .await;
        let answer = answer.unwrap_or_else(|error| panic!("{command}: {error}"));
        let answer: Value = answer.json().await.expect("the driver answers JSON");
        answer["value"].clone()
    }
}

/// The folder in which pictures of pages are kept.
pub fn pictures() -> PathBuf {
    root().join("target/screenshots")
}
