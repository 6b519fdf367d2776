//! Every sentence stands in both languages, and every sentence that is named is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use loaban_server::audit::words::KINDS;
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
fn no_advice_about_an_area_leaves_open_who_is_above_it() {
    for (path, text) in files(PanelLanguage::Vi) {
        let advices = text
            .lines()
            .filter(|line| line.trim_start().starts_with(".advice"));
        let vague: Vec<&str> = advices.filter(|line| line.contains("cấp trên")).collect();
        assert!(vague.is_empty(), "{path}: {vague:?}");
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
    let named = ["say(", "say1(", "say2(", "say_with(", "key:"];
    let (mut used, mut missing) = (0, BTreeSet::new());
    for (path, text) in sources("templates", ".html")
        .into_iter()
        .chain(sources("src", ".rs"))
    {
        let mut keys: Vec<String> = named
            .iter()
            .flat_map(|opening| literals(&text, opening))
            .collect();
        keys.extend(
            text.split('"')
                .skip(1)
                .step_by(2)
                .filter(|text| is_key(text))
                .map(str::to_owned),
        );
        for key in keys {
            used += 1;
            if !known.contains(&key) {
                missing.insert(format!("{}: {key}", path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "no sentence for {missing:#?}");
    assert!(used > 50, "the search itself finds {used} names");
}

/// Whether a literal of the program can only be the name of a sentence.
fn is_key(literal: &str) -> bool {
    let prefixed = ["error-", "notice-", "role-"].iter().any(|prefix| {
        literal
            .strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty())
    });
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    prefixed && literal.bytes().all(letters)
}

#[test]
fn every_verb_of_the_audit_trail_has_words() {
    let known = sentences(PanelLanguage::Vi);
    let (mut found, mut missing) = (0, BTreeSet::new());
    for (path, text) in sources("src", ".rs") {
        for call in text.split("audit::record(").skip(1) {
            let call = call.split(".await").next().unwrap_or_default();
            for verb in call
                .split('"')
                .skip(1)
                .step_by(2)
                .filter(|literal| is_verb(literal))
            {
                found += 1;
                let key = format!("audit-verb-{}", verb.replace(['.', '_'], "-"));
                if !known.contains(&key) {
                    missing.insert(format!("{}: {key}", path.display()));
                }
            }
        }
    }
    // Whoever searches the trail chooses from what verbs begin with.
    for key in known
        .iter()
        .filter_map(|key| key.strip_prefix("audit-verb-"))
    {
        let kind = key.split('-').next().unwrap_or_default();
        if !KINDS.contains(&kind) || !known.contains(&format!("audit-kind-{kind}")) {
            missing.insert(format!("audit-kind-{kind}"));
        }
    }
    assert!(missing.is_empty(), "no words for {missing:#?}");
    assert!(found > 5, "the search itself finds {found} verbs");
}

#[test]
fn every_field_of_the_audit_trail_has_a_label() {
    let known = sentences(PanelLanguage::Vi);
    let (mut found, mut missing) = (0, BTreeSet::new());
    for (path, text) in sources("src", ".rs") {
        let details = text.split("json!({").skip(1);
        for detail in details.filter(|_| text.contains("audit::")) {
            let detail = detail.split("})").next().unwrap_or_default();
            let names = detail.split('"').skip(1).step_by(2);
            let rests = detail.split('"').skip(2).step_by(2);
            for (name, _) in names.zip(rests).filter(|(_, rest)| rest.starts_with(':')) {
                found += 1;
                let key = format!("audit-detail-{}", name.replace('_', "-"));
                if !known.contains(&key) && !["hash", "journal", "key", "part"].contains(&name) {
                    missing.insert(format!("{}: {key}", path.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "no label for {missing:#?}");
    assert!(found > 20, "the search itself finds {found} fields");
}

fn is_verb(literal: &str) -> bool {
    let word = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    literal
        .split_once('.')
        .is_some_and(|(noun, verb)| word(noun) && word(verb))
}
