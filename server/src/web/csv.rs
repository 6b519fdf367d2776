//! Tables for spreadsheets, as RFC 4180 writes them.

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// A table as text. The mark at its start tells spreadsheets that this is UTF-8.
#[derive(Debug, Clone)]
pub struct Table(String);

impl Default for Table {
    fn default() -> Self {
        Self("\u{feff}".to_owned())
    }
}

impl Table {
    /// A line that is written already, such as the names of columns out of the sentences.
    pub fn head(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push_str("\r\n");
    }

    /// A line of fields.
    pub fn row<F: AsRef<str>>(&mut self, fields: impl IntoIterator<Item = F>) {
        let fields: Vec<String> = fields
            .into_iter()
            .map(|field| quoted(field.as_ref()))
            .collect();
        self.head(&fields.join(","));
    }

    /// The table as a file that is saved under `name`.
    pub fn file(self, name: &str) -> Response {
        file(name, self.0)
    }

    /// What was written so far; what follows goes on behind it.
    pub fn piece(&mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

/// A table, whole or in pieces, as a file that is saved under `name`.
pub fn file(name: &str, table: impl Into<Body>) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, table.into()).into_response()
}

/// A field as RFC 4180 quotes it. A leading sign is disarmed, so that no spreadsheet takes a title
/// for a formula.
fn quoted(field: &str) -> String {
    let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", field.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_become_a_formula_or_break_the_table() {
        assert_eq!(quoted("Họp \"gấp\", 17:00"), "\"Họp \"\"gấp\"\", 17:00\"");
        for sign in ["=1+1", "+84", "-1", "@SUM(A1)", "\tx", "\rx"] {
            assert_eq!(quoted(sign), format!("\"'{sign}\""));
        }
    }
}
