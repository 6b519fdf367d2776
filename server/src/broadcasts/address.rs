//! The address of a form that is filled in, and the name of what a look at it shows.

use programme::ids::ContentHash;

use super::form::Fields;
use crate::web::forms::escaped;

/// Letters of the longest address of a preview: proxies take lines of 8 KiB, and where it leads on
/// after signing in it stands inside another one.
const LONGEST_ADDRESS: usize = 4_000;

impl Fields {
    /// The address at which the form is looked at as it is filled in; `None` where that would be
    /// longer than browsers and proxies are sure to take.
    pub fn address(&self) -> Option<String> {
        Some(self.written()).filter(|address| address.len() <= LONGEST_ADDRESS)
    }

    /// Names what a look in advance shows, so that nothing is kept which nobody looked at: the same
    /// for the same fields, but for the answers that are given beside what is shown.
    pub fn looked_at(&self) -> String {
        let asked = Self {
            replaces: Vec::new(),
            skips: Vec::new(),
            over_limits: false,
            ends: false,
            key: String::new(),
            ..self.clone()
        };
        ContentHash::of(asked.written().as_bytes()).to_string()
    }

    fn written(&self) -> String {
        let mut address = format!("/broadcasts/new?step=preview&key={}", escaped(&self.key));
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                address.push_str(&format!("&{name}={}", escaped(value)));
            }
        };
        let lists = [
            ("bulletin", &self.bulletins),
            ("area", &self.areas),
            ("times", &self.times),
            ("session", &self.sessions),
            ("day", &self.days),
        ];
        for (name, values) in lists {
            values.iter().for_each(|value| add(name, value));
        }
        let version = self.opened.version.to_string();
        let fields: [(&str, &str); 16] = [
            ("when", &self.when),
            ("date", &self.date),
            ("time", &self.time),
            ("from", &self.from),
            ("until", &self.until),
            ("except", &self.except),
            ("on", &self.on),
            ("repeats", &self.repeats),
            ("gap", &self.gap),
            ("missed", &self.missed),
            ("missed_until", &self.missed_until),
            ("chime", yes(self.chime)),
            ("over_limits", yes(self.over_limits)),
            ("moves", &self.moves),
            ("ends", yes(self.ends)),
            ("version", &version),
        ];
        for (name, value) in fields {
            add(name, value);
        }
        for other in &self.replaces {
            add(&format!("clash-{}", escaped(other)), "replace");
        }
        for (other, start) in &self.skips {
            add(
                &format!("clash-{}", escaped(other)),
                &format!("skip-{start}"),
            );
        }
        address
    }
}

/// A box as it is sent.
fn yes(ticked: bool) -> &'static str {
    if ticked { "yes" } else { "" }
}
