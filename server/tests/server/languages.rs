use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use loaban_server::web::language::{PanelLanguage, files};

/// `key` and `key.attribute` of every sentence of a language.
fn sentences(language: PanelLanguage) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, text) in files(language) {
        let mut message = String::new();
        for line in text.lines() {
            if let Some((name, _)) = line
                .trim_start()
                .strip_prefix('.')
                .and_then(|rest| rest.split_once(" ="))
            {
                assert!(
                    found.insert(format!("{message}.{name}")),
                    "{path}: {message}.{name} twice"
                );
            } else if let Some((name, _)) = line.split_once(" =")
                && !line.starts_with([' ', '#'])
            {
                name.clone_into(&mut message);
                assert!(found.insert(message.clone()), "{path}: {message} twice");
            }
        }
    }
    found
}

fn sources(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if path.to_string_lossy().ends_with(ending) {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

/// Literals that stand right behind `opening`.
fn literals(text: &str, opening: &str) -> Vec<String> {
    text.split(opening)
        .skip(1)
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split_once('"'))
        .map(|(literal, _)| literal.to_owned())
        .collect()
}

#[test]
fn each_sentence_stands_in_both_languages_and_each_error_has_an_advice() {
    let (vi, en) = (sentences(PanelLanguage::Vi), sentences(PanelLanguage::En));
    let missing: Vec<_> = vi.symmetric_difference(&en).collect();
    assert!(missing.is_empty(), "in one language only: {missing:?}");
    for key in vi
        .iter()
        .filter(|key| key.starts_with("error-") && !key.contains('.'))
    {
        // The line with the number of the request is no error.
        let advised = vi.contains(&format!("{key}.advice"));
        assert!(advised || key == "error-request-id", "{key} has no advice");
    }
}

#[test]
fn every_sentence_can_be_read_by_the_program() {
    for language in PanelLanguage::ALL {
        for key in sentences(language) {
            assert!(
                language.knows(&key),
                "{}: {key} cannot be read",
                language.code()
            );
        }
    }
}

#[test]
fn each_sentence_that_a_page_or_the_program_names_is_there() {
    let known = sentences(PanelLanguage::Vi);
    let named = ["say(", "say1(", "say2(", "say_with("];
    let mut used = BTreeSet::new();
    for (path, text) in sources("templates", ".html")
        .into_iter()
        .chain(sources("src", ".rs"))
    {
        for key in named.iter().flat_map(|opening| literals(&text, opening)) {
            assert!(
                known.contains(&key),
                "{}: {key} is no sentence",
                path.display()
            );
            used.insert(key);
        }
        if path.extension().is_some_and(|ending| ending == "rs") {
            for literal in text.split('"').skip(1).step_by(2) {
                let prefixes = ["error-", "notice-", "role-"];
                let is_key = prefixes.iter().any(|prefix| literal.starts_with(prefix))
                    && literal.len() > 7
                    && literal.bytes().all(|byte| {
                        byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit()
                    });
                if is_key && !literal.ends_with('-') {
                    assert!(
                        known.contains(literal),
                        "{}: {literal} is no sentence",
                        path.display()
                    );
                    used.insert(literal.to_owned());
                }
            }
            for key in literals(&text, "key:") {
                assert!(
                    known.contains(&key),
                    "{}: {key} is no sentence",
                    path.display()
                );
                used.insert(key);
            }
        }
    }
    assert!(
        used.len() > 50,
        "the search itself finds {} sentences",
        used.len()
    );
}

#[test]
fn every_verb_of_the_audit_trail_has_words() {
    let known = sentences(PanelLanguage::Vi);
    let word = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let mut found = 0;
    for (path, text) in sources("src", ".rs") {
        for call in text.split("audit::record(").skip(1) {
            let call = call.split(".await").next().unwrap_or_default();
            for literal in call.split('"').skip(1).step_by(2) {
                let verb = literal.split_once('.');
                if verb.is_some_and(|(noun, verb)| word(noun) && word(verb)) {
                    let key = format!("audit-verb-{}", literal.replace(['.', '_'], "-"));
                    assert!(
                        known.contains(&key),
                        "{}: {key} has no words",
                        path.display()
                    );
                    found += 1;
                }
            }
        }
    }
    assert!(found > 5, "the search itself finds {found} verbs");
}
