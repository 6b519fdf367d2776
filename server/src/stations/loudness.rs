//! How loud a station is: its volume, and what each class adds to it.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use programme::programme::Class;
use programme::units::Decibels;
use serde::Deserialize;

use crate::web::errors::{Error, Result};
use crate::web::shell::Shell;

/// The span of volumes that the panel sets, in decibels: louder than the recordings' own level
/// would clip, and below −30 dB nobody hears anything.
const VOLUMES_DB: RangeInclusive<f32> = -30.0..=0.0;

/// The span of what a class adds, in decibels. The player limits what exceeds full scale.
const CLASSES_DB: RangeInclusive<f32> = -12.0..=6.0;

/// How loud a station is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Loudness {
    /// The volume, relative to the recordings' own level.
    pub volume: Decibels,
    /// How much louder each class is; one that is not named is no louder.
    pub classes: BTreeMap<Class, Decibels>,
}

impl Loudness {
    /// The same without what changes nothing.
    ///
    /// # Errors
    /// 422 when a value is out of its span.
    pub fn checked(&self) -> Result<Self> {
        let fits = |db: &Decibels| CLASSES_DB.contains(&db.0);
        if !VOLUMES_DB.contains(&self.volume.0) || !self.classes.values().all(fits) {
            return Err(Error::invalid("error-station-volume"));
        }
        let mut checked = self.clone();
        checked.classes.retain(|_, db| db.0 != 0.0);
        Ok(checked)
    }

    /// What each class that is named adds, for people.
    pub fn named(&self, shell: &Shell) -> Vec<(String, String)> {
        let added = self.classes.iter();
        let named = added.map(|(class, added)| (shell.say(word(*class)), in_words(added, shell)));
        named.collect()
    }

    /// What a class adds.
    pub fn of_class(&self, class: Class) -> Decibels {
        self.classes.get(&class).copied().unwrap_or_default()
    }
}

/// The fields of the form, in whole decibels, as they were typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct LoudnessFields {
    /// The volume.
    pub volume_db: String,
    /// What ordinary bulletins add.
    pub ordinary_db: String,
    /// What priority bulletins add.
    pub priority_db: String,
    /// What emergencies add.
    pub emergency_db: String,
}

impl From<&Loudness> for LoudnessFields {
    fn from(loudness: &Loudness) -> Self {
        let class = |class| format!("{:.0}", loudness.of_class(class).0);
        Self {
            volume_db: format!("{:.0}", loudness.volume.0),
            ordinary_db: class(Class::Ordinary),
            priority_db: class(Class::Priority),
            emergency_db: class(Class::Emergency),
        }
    }
}

impl LoudnessFields {
    /// Volumes to choose from, in decibels: steps that ears tell apart.
    pub fn volumes(&self) -> [&'static str; 7] {
        ["0", "-3", "-6", "-10", "-15", "-20", "-30"]
    }

    /// What a class may add, in decibels.
    pub fn steps(&self) -> [&'static str; 6] {
        ["6", "3", "0", "-3", "-6", "-12"]
    }

    /// The classes: the name of the field, the word, and what was chosen.
    pub fn classes(&self) -> [(&'static str, &'static str, &str); 3] {
        [
            ("ordinary_db", word(Class::Ordinary), &self.ordinary_db),
            ("priority_db", word(Class::Priority), &self.priority_db),
            ("emergency_db", word(Class::Emergency), &self.emergency_db),
        ]
    }

    /// What was typed.
    ///
    /// # Errors
    /// 422 for what is no number.
    pub fn loudness(&self) -> Result<Loudness> {
        let classes = [
            (Class::Ordinary, &self.ordinary_db),
            (Class::Priority, &self.priority_db),
            (Class::Emergency, &self.emergency_db),
        ];
        // A form that was opened before this release does not ask about classes.
        let named = classes.into_iter().filter(|(_, text)| !text.is_empty());
        let classes = named.map(|(class, text)| Ok((class, decibels(text)?)));
        Ok(Loudness {
            volume: decibels(&self.volume_db)?,
            classes: classes.collect::<Result<_>>()?,
        })
    }
}

/// A volume as people read it.
pub fn in_words(volume: &Decibels, shell: &Shell) -> String {
    format!("{} dB", shell.language.number(f64::from(volume.0), 1))
}

/// The word for a class.
fn word(class: Class) -> &'static str {
    match class {
        Class::Ordinary => "class-ordinary",
        Class::Priority => "class-priority",
        Class::Emergency => "class-emergency",
    }
}

fn decibels(text: &str) -> Result<Decibels> {
    let parsed = text.trim().replace('−', "-").parse();
    parsed
        .map(Decibels)
        .map_err(|_| Error::invalid("error-station-volume"))
}
