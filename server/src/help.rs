//! Help: how each job is done, in few words and with a picture. It keeps nothing, asks no room, and
//! is there for whoever cannot sign in too.

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

/// A job: its title is `help-NAME`, its steps are `help-NAME-1` and so on.
struct Topic {
    name: &'static str,
    steps: u8,
    /// Whose job it is: of those who hold this right anywhere. `None`: everybody's.
    right: Option<Right>,
}

/// All of them, in the order of a bulletin's life.
const TOPICS: [Topic; 7] = [
    Topic {
        name: "record",
        steps: 5,
        right: Some(Right::Record),
    },
    Topic {
        name: "approve",
        steps: 4,
        right: Some(Right::Approve),
    },
    Topic {
        name: "schedule",
        steps: 5,
        right: Some(Right::Schedule),
    },
    Topic {
        name: "emergency",
        steps: 5,
        right: Some(Right::Emergency),
    },
    Topic {
        name: "at-pc",
        steps: 4,
        right: Some(Right::OrderAtPc),
    },
    Topic {
        name: "lights",
        steps: 4,
        right: None,
    },
    Topic {
        name: "keep",
        steps: 4,
        right: Some(Right::ManageStations),
    },
];

#[derive(Template)]
#[template(path = "help/show.html")]
struct HelpPage {
    shell: Shell,
    /// The reader's own jobs.
    own: Vec<&'static Topic>,
    /// Those of others.
    others: Vec<&'static Topic>,
}

async fn show(shell: Shell) -> Result<Response> {
    let is_own = |topic: &&Topic| match (&shell.actor, topic.right) {
        (Some(actor), Some(right)) => actor.may_somewhere(right),
        (None, _) | (_, None) => true,
    };
    let (own, others) = TOPICS.iter().partition(is_own);
    page(&HelpPage { shell, own, others })
}

impl Topic {
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
    use crate::web::language::PanelLanguage;

    #[test]
    fn each_step_of_each_job_has_words_in_both_languages() {
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
}
