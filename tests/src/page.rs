//! A page of the panel as a person without JavaScript has it: its words, its links and its forms.
//!
//! A form is filled in as it stands on the page. A field that the page does not offer cannot be
//! filled in, so a test notices when the page and the server no longer agree.

use std::path::{Path, PathBuf};

use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use scraper::{ElementRef, Html, Selector};

/// A page that was answered.
#[derive(Clone)]
pub struct Page {
    /// The status of the answer.
    pub status: StatusCode,
    /// The address after all redirects, from the root of the server.
    pub path: String,
    /// Whether it is a page, and not a file, a sound or a style sheet.
    pub is_html: bool,
    text: String,
}

impl Page {
    /// The page that an answer holds.
    pub async fn of(answer: reqwest::Response) -> Self {
        let url = answer.url();
        let query = url.query().map(|query| format!("?{query}"));
        let kind = answer.headers().get(CONTENT_TYPE);
        Self {
            status: answer.status(),
            path: format!("{}{}", url.path(), query.unwrap_or_default()),
            is_html: kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")),
            text: answer.text().await.expect("a page is text"),
        }
    }

    /// The size of the page, in bytes.
    pub fn size_bytes(&self) -> usize {
        self.text.len()
    }

    /// The page as it was sent.
    pub fn html(&self) -> &str {
        &self.text
    }

    /// Every address that the page leads to or is made of, as it is written there: links, files,
    /// sounds, and forms that only ask, as they stand.
    pub fn addresses(&self) -> Vec<String> {
        if !self.is_html {
            return Vec::new();
        }
        let html = Html::parse_document(&self.text);
        let mut found = Vec::new();
        for element in html.select(&selector("[href], [src]")) {
            found.extend(element.attr("href").or(element.attr("src")));
        }
        let mut found: Vec<_> = found.into_iter().map(str::to_owned).collect();
        for form in html.select(&selector("form:not([method=post])")) {
            let form = Form::read(form, &self.path);
            let empty = format!("http://page{}", form.action);
            let asked = reqwest::Url::parse_with_params(&empty, &form.fields);
            let asked = asked.unwrap_or_else(|error| panic!("{empty}: {error}"));
            let query = asked.query().unwrap_or_default();
            found.push(format!("{}?{query}", asked.path()));
        }
        found
    }

    /// The words in each element that `css` selects, in the order of the page.
    pub fn words(&self, css: &str) -> Vec<String> {
        let html = Html::parse_document(&self.text);
        html.select(&selector(css)).map(words).collect()
    }

    /// The words of the whole page.
    pub fn all_words(&self) -> String {
        self.words("body").concat()
    }

    /// Where the first link leads that `css` selects.
    pub fn link(&self, css: &str) -> String {
        self.attribute(css, "href")
    }

    /// An attribute of the first element that `css` selects.
    pub fn attribute(&self, css: &str, name: &str) -> String {
        let html = Html::parse_document(&self.text);
        let found = html
            .select(&selector(css))
            .find_map(|element| element.attr(name));
        found
            .map(str::to_owned)
            .unwrap_or_else(|| panic!("no {css} with {name} on {self:?}"))
    }

    /// The first form that `css` selects, as the page has filled it in.
    pub fn form(&self, css: &str) -> Form {
        let html = Html::parse_document(&self.text);
        let form = html.select(&selector(css)).next();
        let form = form.unwrap_or_else(|| panic!("no form {css} on {self:?}"));
        Form::read(form, &self.path)
    }
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.path, self.status, self.all_words())
    }
}

/// A form, filled in so far.
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// Whether it can carry files.
    pub with_files: bool,
    /// What is sent, in the order of the page.
    pub fields: Vec<(String, String)>,
    /// Files that go with it, by the name of their field.
    pub files: Vec<(String, PathBuf)>,
    offered: Vec<Offer>,
}

/// A field of a form.
struct Offer {
    name: String,
    /// The values to choose among; empty where one may write what one likes.
    choices: Vec<String>,
    many: bool,
    is_file: bool,
}

impl Form {
    fn read(form: ElementRef<'_>, path: &str) -> Self {
        let mut read = Self {
            action: form
                .attr("action")
                .filter(|a| !a.is_empty())
                .unwrap_or(path)
                .to_owned(),
            with_files: form.attr("enctype") == Some("multipart/form-data"),
            fields: Vec::new(),
            files: Vec::new(),
            offered: Vec::new(),
        };
        for field in form.select(&selector(
            "input[name], select[name], textarea[name], button[name]",
        )) {
            read.take(field);
        }
        read
    }

    fn take(&mut self, field: ElementRef<'_>) {
        let name = field.attr("name").unwrap_or_default().to_owned();
        let value = field.attr("value").unwrap_or_default().to_owned();
        let (mut choices, mut many, mut is_file) = (Vec::new(), false, false);
        match (field.value().name(), field.attr("type").unwrap_or("text")) {
            ("select", _) => {
                let options: Vec<_> = field.select(&selector("option")).collect();
                let is_chosen = |option: &&ElementRef<'_>| option.attr("selected").is_some();
                let chosen = options.iter().find(is_chosen).or(options.first());
                self.fields
                    .extend(chosen.map(|option| (name.clone(), value_of(*option))));
                choices = options.into_iter().map(value_of).collect();
                many = field.attr("multiple").is_some();
            }
            ("textarea", _) => self.fields.push((name.clone(), words(field))),
            (_, kind @ ("radio" | "checkbox")) => {
                let value = field.attr("value").unwrap_or("on").to_owned();
                if field.attr("checked").is_some() {
                    self.fields.push((name.clone(), value.clone()));
                }
                choices.push(value);
                many = kind == "checkbox";
            }
            // A button is sent only when it is the one that is pressed.
            ("button", _) => choices.push(value),
            (_, "file") => is_file = true,
            _ => self.fields.push((name.clone(), value)),
        }
        match self.offered.iter_mut().find(|offer| offer.name == name) {
            Some(offer) => offer.choices.extend(choices),
            None => self.offered.push(Offer {
                name,
                choices,
                many,
                is_file,
            }),
        }
    }

    /// Writes a field, or chooses one of what it offers; a box is ticked beside those that are.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let offer = self.offer(name);
        let may = offer.choices.is_empty() || offer.choices.iter().any(|choice| choice == value);
        assert!(may, "{name} offers {:?}, not {value}", offer.choices);
        if !offer.many {
            self.fields.retain(|(other, _)| other != name);
        }
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes the tick out of every box of that name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        assert!(self.offer(name).many, "{name} is no box to tick");
        self.fields.retain(|(other, _)| other != name);
        self
    }

    /// Puts a file into a field for files.
    #[must_use]
    pub fn with_file(mut self, name: &str, file: &Path) -> Self {
        assert!(
            self.offer(name).is_file && self.with_files,
            "{name} takes no file"
        );
        self.files.push((name.to_owned(), file.to_owned()));
        self
    }

    /// The values that a field offers.
    pub fn choices(&self, name: &str) -> Vec<String> {
        self.offer(name).choices.clone()
    }

    fn offer(&self, name: &str) -> &Offer {
        let offer = self.offered.iter().find(|offer| offer.name == name);
        let names: Vec<_> = self.offered.iter().map(|offer| &offer.name).collect();
        offer.unwrap_or_else(|| panic!("{} has {names:?}, not {name}", self.action))
    }
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|error| panic!("{css}: {error}"))
}

fn value_of(option: ElementRef<'_>) -> String {
    option
        .attr("value")
        .map_or_else(|| words(option), str::to_owned)
}

fn words(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
