//! Help: how each kind of work is done, in few words and with a picture. It keeps nothing, asks no
//! room, and is there for whoever cannot sign in too.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;

use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::shell::{Shell, page};

/// `/help`
pub fn routes() -> Router<State> {
    Router::new().route("/help", get(show))
}

/// A kind of work: its title is `help-NAME`, its steps are `help-NAME-1` and so on.
struct Topic {
    name: &'static str,
    steps: u8,
    /// Whose work it is: of those who hold this right anywhere. `None`: everybody's.
    right: Option<Right>,
    /// The first parts of the addresses at which one asks for it.
    rooms: &'static [&'static str],
}

/// All of them, in the order of a bulletin's life.
static TOPICS: [Topic; 9] = [
    Topic {
        name: "record",
        steps: 5,
        right: Some(Right::Record),
        rooms: &["recordings", "bulletins", "requests"],
    },
    Topic {
        name: "approve",
        steps: 4,
        right: Some(Right::Approve),
        rooms: &["bulletins"],
    },
    Topic {
        name: "schedule",
        steps: 5,
        right: Some(Right::Schedule),
        rooms: &["broadcasts"],
    },
    Topic {
        name: "stop",
        steps: 3,
        right: Some(Right::Stop),
        rooms: &["stops"],
    },
    Topic {
        name: "emergency",
        steps: 5,
        right: Some(Right::Emergency),
        rooms: &["emergencies"],
    },
    Topic {
        name: "at-pc",
        steps: 4,
        right: Some(Right::OrderAtPc),
        rooms: &[],
    },
    Topic {
        name: "heard",
        steps: 3,
        right: None,
        rooms: &["reports", "as-run"],
    },
    Topic {
        name: "lights",
        steps: 4,
        right: None,
        rooms: &["stations"],
    },
    Topic {
        name: "keep",
        steps: 5,
        right: Some(Right::ManageStations),
        rooms: &["areas", "people"],
    },
];

#[derive(Template)]
#[template(path = "help/show.html")]
struct HelpPage {
    shell: Shell,
    /// The reader's own work.
    own: Vec<&'static Topic>,
    /// That of others.
    others: Vec<&'static Topic>,
}

async fn show(shell: Shell) -> Result<Response> {
    let (own, others) = TOPICS.iter().partition(|topic| topic.is_own(&shell));
    page(&HelpPage { shell, own, others })
}

/// Where help for the page that `shell` stands around begins: at the reader's own work there.
pub fn address(shell: &Shell) -> String {
    let room = shell.here.split(['/', '?']).nth(1).unwrap_or_default();
    let here = |topic: &&Topic| topic.rooms.contains(&room) && topic.is_own(shell);
    // Who approves comes to bulletins for that, although they may record too.
    match TOPICS.iter().rfind(here) {
        Some(topic) => format!("/help#{}", topic.name),
        None => "/help".to_owned(),
    }
}

impl Topic {
    fn is_own(&self, shell: &Shell) -> bool {
        match (&shell.actor, self.right) {
            (Some(actor), Some(right)) => actor.may_somewhere(right),
            (None, _) | (_, None) => true,
        }
    }

    fn is(&self, name: &str) -> bool {
        self.name == name
    }

    fn title(&self, shell: &Shell) -> String {
        shell.say(&format!("help-{}", self.name))
    }

    fn steps(&self, shell: &Shell) -> Vec<String> {
        let step = |number| shell.say(&format!("help-{}-{number}", self.name));
        (1..=self.steps).map(step).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::language::{PanelLanguage, files};

    #[test]
    fn each_step_has_words_in_both_languages_and_no_words_are_left_over() {
        for language in PanelLanguage::ALL {
            for topic in &TOPICS {
                let name = topic.name;
                assert!(language.knows(&format!("help-{name}")), "{name}");
                for number in 1..=topic.steps {
                    let key = format!("help-{name}-{number}");
                    assert!(language.knows(&key), "{key}");
                }
                let more = format!("help-{name}-{}", topic.steps + 1);
                assert!(!language.knows(&more), "{more} is shown nowhere");
            }
        }
    }

    #[test]
    fn whatever_help_puts_in_quotes_is_the_text_of_something_on_the_panel() {
        for language in PanelLanguage::ALL {
            let files = files(language);
            let help = files.iter().find(|(path, _)| path.ends_with("/help.ftl"));
            let quoted = help.unwrap().1.split('“').skip(1);
            let quoted: Vec<_> = quoted.filter_map(|rest| rest.split_once('”')).collect();
            assert!(
                quoted.len() > 30,
                "the search itself finds {}",
                quoted.len()
            );
            for (name, _) in quoted {
                let key = name
                    .strip_prefix("{ ")
                    .and_then(|name| name.strip_suffix(" }"));
                let key = key.unwrap_or_else(|| panic!("“{name}” stands there by itself"));
                assert!(language.knows(key), "{key}");
                assert!(
                    !language.say(key).contains(['{', '$']),
                    "{key} lacks a value"
                );
            }
        }
    }
}
