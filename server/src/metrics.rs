//! Numbers for a monitor, in the text format that Prometheus reads (version 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the classes of answer times, in milliseconds: the budget of a page is 50.
const BOUNDS_MS: [u64; 7] = [5, 10, 25, 50, 100, 500, 2_000];

/// Counts since the start of the process.
#[derive(Debug, Default)]
pub struct Metrics {
    answers: Mutex<BTreeMap<(String, u16), Answers>>,
    counts: Mutex<BTreeMap<&'static str, u64>>,
    requests: AtomicU64,
}

#[derive(Debug, Default, Clone, Copy)]
struct Answers {
    count: u64,
    sum: Duration,
    within: [u64; BOUNDS_MS.len()],
}

impl Metrics {
    /// Notes that `route` (its pattern, never its path) answered with `status` after `took`.
    pub fn answered(&self, route: &str, status: u16, took: Duration) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let class = answers.entry((route.to_owned(), status)).or_default();
        class.count += 1;
        class.sum += took;
        for (within, bound_ms) in class.within.iter_mut().zip(BOUNDS_MS) {
            *within += u64::from(took <= Duration::from_millis(bound_ms));
        }
    }

    /// Names a request of this process, for its log.
    pub fn next_request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("{}-{number}", std::process::id())
    }

    /// Adds one to the counter `name`, which ends in `_total`.
    pub fn count(&self, name: &'static str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(name).or_default() += 1;
    }

    /// All of it as text; `gauges` are values read just then, each with its name.
    pub fn text(&self, gauges: &[(&str, i64)]) -> String {
        let mut text = String::new();
        for (name, value) in gauges {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "# TYPE loaban_{name} gauge\nloaban_{name} {value}");
        }
        for (name, value) in self
            .counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
        {
            let _ = writeln!(text, "# TYPE loaban_{name} counter\nloaban_{name} {value}");
        }
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        text.push_str("# TYPE loaban_answer_seconds histogram\n");
        for ((route, status), class) in answers.iter() {
            let labels = format!("route=\"{route}\",status=\"{status}\"");
            let name = "loaban_answer_seconds";
            for (within, bound_ms) in class.within.iter().zip(BOUNDS_MS) {
                let bound = Duration::from_millis(bound_ms).as_secs_f64();
                let _ = writeln!(text, "{name}_bucket{{{labels},le=\"{bound}\"}} {within}");
            }
            let _ = writeln!(
                text,
                "{name}_bucket{{{labels},le=\"+Inf\"}} {}",
                class.count
            );
            let _ = writeln!(text, "{name}_sum{{{labels}}} {}", class.sum.as_secs_f64());
            let _ = writeln!(text, "{name}_count{{{labels}}} {}", class.count);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_in_every_class_that_it_keeps_within() {
        let metrics = Metrics::default();
        metrics.answered("/areas", 200, Duration::from_millis(30));
        metrics.count("sign_ins_total");
        let text = metrics.text(&[("stations_online", 3)]);
        assert!(text.contains("loaban_stations_online 3\n"), "{text}");
        assert!(text.contains("loaban_sign_ins_total 1\n"), "{text}");
        assert!(text.contains("status=\"200\",le=\"0.025\"} 0\n"), "{text}");
        assert!(text.contains("status=\"200\",le=\"0.05\"} 1\n"), "{text}");
    }
}
