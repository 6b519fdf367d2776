//! A walk over every page that somebody reaches by links, and over the routes that the sources
//! declare, so that a page to which nothing leads is noticed.
//!
//! It says what is there. Whether that is any good is for `judges`, and for whoever asks.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::hash::{Hash, Hasher};

use reqwest::Url;
use scraper::{ElementRef, Html};

use crate::page::Page;
use crate::person::Person;
use crate::sources::{files_in, read};

/// So many pages of one kind are opened: days and bulletins go on and on.
const MOST: usize = 12;

/// The addresses that a program answers to GET, as its sources declare them: `/areas/{area}`.
pub struct Routes(Vec<String>);

impl Routes {
    /// Those that stand in the Rust files under `folder`.
    pub fn declared_in(folder: &str) -> Self {
        let files = files_in(&["rs"]);
        let files = files.iter().filter(|file| file.starts_with(folder));
        let mut found: Vec<_> = files.flat_map(|file| declared(&read(file))).collect();
        // A name stands before a variable: `/areas/new` is no area.
        found.sort_by_key(|route| (route.matches('{').count(), route.clone()));
        assert!(found.len() > 3, "the search itself finds {found:?}");
        Self(found)
    }

    /// Every one of them.
    pub fn all(&self) -> BTreeSet<String> {
        self.0.iter().cloned().collect()
    }

    /// The route that answers at `path`.
    fn of(&self, path: &str) -> Option<&String> {
        self.0.iter().find(|route| answers(route, path))
    }

    /// What kind of page an address is: its route, and what its query names.
    fn kind(&self, address: &str) -> String {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let names = query.split('&').filter_map(|pair| pair.split('=').next());
        let names: BTreeSet<_> = names.filter(|name| !name.is_empty()).collect();
        let route = self.of(path).map_or(path, String::as_str);
        let names: Vec<_> = names.into_iter().collect();
        format!("{route}?{}", names.join("&"))
    }
}

/// The routes for GET in the text of a Rust file.
fn declared(text: &str) -> Vec<String> {
    let calls = text.split(".route(").skip(1);
    let taken = calls.filter_map(|call| {
        let (route, rest) = call.trim_start().strip_prefix('"')?.split_once('"')?;
        // The call ends where its brackets do.
        let mut open = 1;
        let end = rest.find(|c: char| {
            open += i32::from(c == '(') - i32::from(c == ')');
            open == 0
        })?;
        let handlers = &rest[..end];
        let is_page = handlers.contains("get(") || handlers.contains("any(");
        is_page.then(|| route.to_owned())
    });
    taken.collect()
}

fn answers(route: &str, path: &str) -> bool {
    let (mut route, mut path) = (route.split('/'), path.split('/'));
    loop {
        match (route.next(), path.next()) {
            (None, None) => return true,
            (Some(name), Some(_)) if name.starts_with("{*") => return true,
            (Some(name), Some(part)) if name == part || is_variable(name, part) => {}
            (Some(_) | None, _) => return false,
        }
    }
}

fn is_variable(name: &str, part: &str) -> bool {
    name.starts_with('{') && !part.is_empty()
}

/// A page on the way.
pub struct Stop {
    /// Its address from the root of the server.
    pub path: String,
    /// Its route, and what its query names.
    pub kind: String,
    /// The page.
    pub page: Page,
}

/// What somebody saw.
pub struct Tour {
    /// The pages, in the order in which they were found.
    pub stops: Vec<Stop>,
    /// Links that led nowhere.
    pub broken: Vec<String>,
    /// Routes that answered.
    pub routes: BTreeSet<String>,
}

impl Tour {
    /// Follows every link from `starts` on.
    pub async fn of(person: &Person, routes: &Routes, starts: &[&str]) -> Self {
        let mut tour = Self {
            stops: Vec::new(),
            broken: Vec::new(),
            routes: BTreeSet::new(),
        };
        let start = |path: &&str| ((*path).to_owned(), None);
        let mut waiting: VecDeque<(String, Option<String>)> = starts.iter().map(start).collect();
        let mut known: HashSet<String> = starts.iter().map(|path| (*path).to_owned()).collect();
        let mut of_kind: BTreeMap<String, usize> = BTreeMap::new();
        while let Some((path, from)) = waiting.pop_front() {
            let kind = routes.kind(&path);
            let before = of_kind.entry(kind.clone()).or_default();
            *before += 1;
            if *before > MOST {
                continue;
            }
            let page = person.open(&path).await;
            let answered = page.path.split('?').next().unwrap_or_default();
            tour.routes.extend(routes.of(answered).cloned());
            if let Some(from) = from.filter(|_| !page.status.is_success()) {
                tour.broken
                    .push(format!("{path}, to which {from} leads: {}", page.status));
            }
            for link in page.addresses() {
                if let Some(next) = own(&page.path, &link).filter(|next| !known.contains(next)) {
                    known.insert(next.clone());
                    waiting.push_back((next, Some(path.clone())));
                }
            }
            if page.is_html {
                tour.stops.push(Stop { path, kind, page });
            }
        }
        tour
    }

    /// One page of each kind, and each that is made of something that no page before it was made
    /// of; `known` goes from tour to tour.
    pub fn worth_a_look(&self, known: &mut HashSet<u64>) -> Vec<&Stop> {
        let mut kinds = HashSet::new();
        let mut found = Vec::new();
        for stop in &self.stops {
            let before = known.len();
            known.extend(elements(stop.page.html()));
            let is_first = kinds.insert(&stop.kind);
            if is_first || known.len() > before {
                found.push(stop);
            }
        }
        found
    }
}

/// The address that a link on the page `here` leads to, when it is on the same server.
fn own(here: &str, link: &str) -> Option<String> {
    const HERE: &str = "http://here";
    let here = Url::parse(HERE).and_then(|server| server.join(here));
    let next = here.and_then(|here| here.join(link)).ok()?;
    let query = next.query().map(|query| format!("?{query}"));
    let is_own = next.as_str().starts_with(HERE) && !link.is_empty();
    is_own.then(|| format!("{}{}", next.path(), query.unwrap_or_default()))
}

/// What a page is made of: each element by its name, class and type and those of what it is in.
fn elements(html: &str) -> HashSet<u64> {
    let html = Html::parse_document(html);
    let mut found = HashSet::new();
    let mut waiting = vec![(html.root_element(), 0)];
    while let Some((element, above)) = waiting.pop() {
        let mut hasher = DefaultHasher::new();
        let marks = [
            element.attr("class"),
            element.attr("type"),
            element.attr("role"),
        ];
        (above, element.value().name(), marks).hash(&mut hasher);
        let own = hasher.finish();
        found.insert(own);
        waiting.extend(
            element
                .child_elements()
                .map(|child: ElementRef<'_>| (child, own)),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_read_from_the_sources_and_answers_where_it_says() {
        let text = r#"Router::new()
            .route("/areas/{area}", get(show).post(save))
            .route(
                "/areas/{area}/close",
                post(close),
            )
            .route("/areas/new", get(new))"#;
        assert_eq!(declared(text), ["/areas/{area}", "/areas/new"]);
        assert!(answers("/areas/{area}", "/areas/are_1"));
        assert!(!answers("/areas/{area}", "/areas/"));
        assert!(!answers("/areas/{area}", "/areas/are_1/edit"));
        assert!(answers("/assets/{*name}", "/assets/a/b.css"));
        let routes = Routes(vec!["/areas/new".to_owned(), "/areas/{area}".to_owned()]);
        assert_eq!(routes.kind("/areas/are_1?b=1&a=2"), "/areas/{area}?a&b");
        assert_eq!(routes.kind("/areas/new"), "/areas/new?");
    }
}
