//! The form by which somebody asks for a recording: its fields as they were typed, and what they
//! mean.

use jiff::civil::Date;
use programme::ids::AreaId;

use super::request::Wish;
use crate::web::errors::{Error, Result};

/// The fields as they were typed.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// Made with the form, so that a form sent twice asks once.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// What is to be read out.
    pub script: String,
    /// The body for which it is to speak.
    pub on_behalf_of: String,
    /// A row of `topics`.
    pub topic: String,
    /// The last day on which it helps.
    pub due_day: String,
    /// Names of areas.
    pub areas: Vec<String>,
}

impl Fields {
    /// The fields of a form.
    pub fn of(pairs: Vec<(String, String)>) -> Self {
        let mut fields = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "id" => fields.id = value,
                "title" => fields.title = value,
                "script" => fields.script = value.replace("\r\n", "\n"),
                "on_behalf_of" => fields.on_behalf_of = value,
                "topic" => fields.topic = value,
                "due_day" => fields.due_day = value,
                "area" => fields.areas.push(value),
                _ => {}
            }
        }
        fields
    }

    /// What is asked.
    ///
    /// # Errors
    /// 422 for a day that is none.
    pub fn wish(&self) -> Result<Wish> {
        Ok(Wish {
            title: self.title.clone(),
            script: self.script.clone(),
            on_behalf_of: self.on_behalf_of.clone(),
            topic: Some(self.topic.clone()).filter(|topic| !topic.is_empty()),
            due_day: day(&self.due_day)?,
        })
    }

    /// The areas that are asked.
    ///
    /// # Errors
    /// 404 for a name that is none.
    pub fn areas(&self) -> Result<Vec<AreaId>> {
        let areas = self.areas.iter().map(|area| area.parse());
        areas
            .collect::<Result<_, _>>()
            .map_err(|_| Error::not_found())
    }
}

/// A day as forms and scripts write it.
///
/// # Errors
/// 422 for a text that is none.
pub fn day(text: &str) -> Result<Date> {
    text.parse()
        .map_err(|_| Error::invalid("error-request-due-day"))
}
