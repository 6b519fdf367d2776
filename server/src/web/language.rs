//! Every sentence of the panel, in Vietnamese and in English, from `languages/{vi,en}/*.ftl`.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};
use unic_langid::LanguageIdentifier;

/// Most places that a number in a sentence has; sentences mostly count.
const PLACES_IN_SENTENCES: usize = 2;

/// A language of the panel. What villages speak is data, not this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PanelLanguage {
    /// Vietnamese.
    Vi,
    /// English.
    En,
}

impl PanelLanguage {
    /// Both, the first one first.
    pub const ALL: [Self; 2] = [Self::Vi, Self::En];

    /// The language that a code such as `vi` names.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.code() == code)
    }

    /// Its code (BCP 47).
    pub fn code(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }

    /// Its name in itself.
    pub fn title(self) -> &'static str {
        match self {
            Self::Vi => "Tiếng Việt",
            Self::En => "English",
        }
    }

    /// The sentence named `key`.
    pub fn say(self, key: &str) -> String {
        self.say_with(key, &[])
    }

    /// The sentence named `key`, with values put in. `key.attribute` names an attribute.
    pub fn say_with(self, key: &str, values: &[(&str, FluentValue<'_>)]) -> String {
        let bundle = self.bundle();
        let (name, attribute) = match key.split_once('.') {
            Some((name, attribute)) => (name, Some(attribute)),
            None => (key, None),
        };
        let pattern = bundle
            .get_message(name)
            .and_then(|message| match attribute {
                Some(attribute) => message.get_attribute(attribute).map(|found| found.value()),
                None => message.value(),
            });
        let Some(pattern) = pattern else {
            tracing::error!(key, language = self.code(), "a sentence is missing");
            return format!("⟦{key}⟧");
        };
        let args: FluentArgs<'_> = values.iter().cloned().collect();
        let mut errors = Vec::new();
        let text = bundle
            .format_pattern(pattern, Some(&args), &mut errors)
            .into_owned();
        if !errors.is_empty() {
            tracing::error!(
                key,
                language = self.code(),
                ?errors,
                "a sentence lacks a value"
            );
        }
        text
    }

    /// A number with at most so many `places`, as people write it: thousands are parted.
    pub fn number(self, number: f64, places: usize) -> String {
        let text = format!("{:.places$}", number.abs());
        let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
        let places = places.trim_end_matches('0');
        let (parting, point) = match self {
            Self::Vi => ('.', ','),
            Self::En => (',', '.'),
        };
        let negative = number < 0.0 && text.contains(|digit| ('1'..='9').contains(&digit));
        let mut written = String::from(if negative { "−" } else { "" });
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                written.push(parting);
            }
            written.push(digit);
        }
        if !places.is_empty() {
            written.push(point);
            written.push_str(places);
        }
        written
    }

    /// How many there are, as people write it.
    pub fn count(self, count: &i64) -> String {
        self.number(*count as f64, 0)
    }

    /// Whether there is a sentence named `key`.
    pub fn knows(self, key: &str) -> bool {
        let bundle = self.bundle();
        match key.split_once('.') {
            Some((name, attribute)) => bundle
                .get_message(name)
                .is_some_and(|message| message.get_attribute(attribute).is_some()),
            None => bundle
                .get_message(key)
                .is_some_and(|message| message.value().is_some()),
        }
    }

    fn bundle(self) -> &'static FluentBundle<FluentResource> {
        static VI: LazyLock<FluentBundle<FluentResource>> =
            LazyLock::new(|| bundle(PanelLanguage::Vi));
        static EN: LazyLock<FluentBundle<FluentResource>> =
            LazyLock::new(|| bundle(PanelLanguage::En));
        match self {
            Self::Vi => &VI,
            Self::En => &EN,
        }
    }
}

/// Something that a sentence can have put into it.
pub trait Value {
    /// As Fluent takes it: numbers as numbers, so that English can count.
    fn value(&self) -> FluentValue<'_>;
}

impl<T: Value + ?Sized> Value for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

impl Value for str {
    fn value(&self) -> FluentValue<'_> {
        self.into()
    }
}

impl Value for String {
    fn value(&self) -> FluentValue<'_> {
        self.as_str().into()
    }
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl Value for $kind {
            fn value(&self) -> FluentValue<'_> {
                (*self).into()
            }
        }
    )*};
}

numbers! { i32, i64, u32, u64, usize }

/// A value under the name that a sentence has for it.
pub trait NamedValue {
    /// The name.
    fn name(&self) -> &str;
    /// The value.
    fn value(&self) -> FluentValue<'_>;
}

impl<V: Value> NamedValue for (&str, V) {
    fn name(&self) -> &str {
        self.0
    }

    fn value(&self) -> FluentValue<'_> {
        self.1.value()
    }
}

/// Templates hand over references.
impl<T: NamedValue> NamedValue for &T {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

crate::rows! {
    /// Something that the database holds with a title in both languages of the panel.
    #[derive(Debug, Clone)]
    pub struct Titled {
        /// Its name for the program.
        pub code: String,
        /// In Vietnamese.
        pub title_vi: String,
        /// In English.
        pub title_en: String,
    }
}

impl Titled {
    /// Its title in a language of the panel.
    pub fn title(&self, language: PanelLanguage) -> &str {
        match language {
            PanelLanguage::Vi => &self.title_vi,
            PanelLanguage::En => &self.title_en,
        }
    }
}

/// One file per room and language.
#[derive(RustEmbed)]
#[folder = "languages"]
struct Files;

/// The text of every file of a language, each with its name.
pub fn files(language: PanelLanguage) -> Vec<(String, String)> {
    let folder = format!("{}/", language.code());
    Files::iter()
        .filter(|path| path.starts_with(&folder))
        .filter_map(|path| {
            let data = Files::get(&path)?.data.into_owned();
            Some((path.into_owned(), String::from_utf8(data).ok()?))
        })
        .collect()
}

fn bundle(language: PanelLanguage) -> FluentBundle<FluentResource> {
    // The default identifier, "und", only changes how amounts are counted in words.
    let identifier: LanguageIdentifier = language.code().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
    // Marks around values protect text that runs right to left, which neither language does.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match language {
        PanelLanguage::Vi => |value, _| number_in(PanelLanguage::Vi, value),
        PanelLanguage::En => |value, _| number_in(PanelLanguage::En, value),
    }));
    for (path, text) in files(language) {
        // What can be read is used; a test refuses files with faults.
        let resource = FluentResource::try_new(text).unwrap_or_else(|(readable, errors)| {
            tracing::error!(path, ?errors, "sentences cannot be read");
            readable
        });
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(path, ?errors, "two sentences have one name");
        }
    }
    bundle
}

/// A number within a sentence.
fn number_in(language: PanelLanguage, value: &FluentValue<'_>) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(language.number(number.value, PLACES_IN_SENTENCES)),
        FluentValue::String(_)
        | FluentValue::Custom(_)
        | FluentValue::None
        | FluentValue::Error => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_comma_of_its_language_and_no_more_places_than_it_needs() {
        let both = |number, places| PanelLanguage::ALL.map(|one| one.number(number, places));
        assert_eq!(both(-16.34, 1), ["−16,3", "−16.3"]);
        assert_eq!(both(0.04, 2), ["0,04", "0.04"]);
        assert_eq!(both(10.0, 1), ["10", "10"]);
        assert_eq!(both(100.0, 0), ["100", "100"]);
        assert_eq!(both(-0.01, 1), ["0", "0"]);
        assert_eq!(both(1_279.0, 0), ["1.279", "1,279"]);
        assert_eq!(both(-1_234_567.5, 1), ["−1.234.567,5", "−1,234,567.5"]);
    }

    #[test]
    fn thousands_are_parted_in_sentences_too() {
        let households = [("count", FluentValue::from(5_173))];
        let said = |one: PanelLanguage| one.say_with("areas-households-count", &households);
        assert_eq!(said(PanelLanguage::Vi), "5.173 hộ");
        assert_eq!(said(PanelLanguage::En), "5,173 households");
    }
}
