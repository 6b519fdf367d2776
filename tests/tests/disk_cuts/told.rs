//! What a player has told the world: its server, whoever looks at its page, and the terminal.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What it has told.
#[derive(Debug, Default)]
pub struct Told {
    /// How often it became a station.
    pub enrolled: usize,
    /// The highest line of each journal.
    pub lines: BTreeMap<String, u64>,
    /// The journal that it told of first.
    pub first: Option<String>,
    /// The newest programme of this station.
    pub generation: u64,
    /// How many recordings are ready.
    pub ready: u64,
    /// The volumes that it told of, one after another.
    pub volumes_db: Vec<f64>,
    /// The emergencies that it holds for this station.
    pub emergencies: BTreeSet<String>,
    /// Whether an emergency has the air.
    pub sounds: bool,
    /// Whether one had it, and has it no more.
    pub silenced: bool,
    /// The stops that it was given from the panel.
    pub stops: BTreeSet<String>,
}

impl Told {
    /// What it says next.
    pub fn hear(&mut self, said: &[u8]) {
        let said = String::from_utf8_lossy(said);
        // `loaban-player enrol` says so on the terminal.
        if said.starts_with("This PC is ") {
            let (lines, first) = (std::mem::take(&mut self.lines), self.first.take());
            *self = Self {
                enrolled: self.enrolled + 1,
                lines,
                first,
                ..Self::default()
            };
        }
        self.hear_of_state(&said);
        let Some((_, batch)) = said.split_once(r#"{"journal":""#) else {
            return;
        };
        let journal: String = batch.chars().take_while(|letter| *letter != '"').collect();
        self.first.get_or_insert_with(|| journal.clone());
        let highest = self.lines.entry(journal).or_default();
        // A batch carries its lines as texts, in which quotation marks are escaped.
        for number in batch.split(r#"\"sequence\":"#).skip(1) {
            let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
            *highest = digits
                .parse()
                .map_or(*highest, |number: u64| number.max(*highest));
        }
    }

    /// What it tells of itself to the server and on its page: both name the same things alike.
    fn hear_of_state(&mut self, said: &str) {
        let body = said.split_once("\r\n\r\n").map_or(said, |(_, body)| body);
        let Ok(state) = serde_json::from_str::<Value>(body) else {
            return;
        };
        // A page that is opened before the player has read its disk tells of no station.
        if state.get("station").is_some_and(Value::is_null) {
            return;
        }
        let Some(volume_db) = state["volume_db"].as_f64() else {
            return;
        };
        if self.volumes_db.last() != Some(&volume_db) {
            self.volumes_db.push(volume_db);
        }
        let number = |name: &str| state[name].as_u64().unwrap_or(0);
        self.generation = self.generation.max(number("generation"));
        self.ready = number("ready");
        if let Some(emergency) = state.get("emergency") {
            let sounds = !emergency.is_null();
            self.silenced |= self.sounds && !sounds;
            self.sounds = sounds;
        }
        let names = |list: &str| {
            let list = state[list].as_array().into_iter().flatten();
            list.filter_map(|one| Some(one.get("id").unwrap_or(one).as_str()?.to_owned()))
                .collect::<Vec<_>>()
        };
        self.emergencies.extend(names("emergencies"));
        self.stops.extend(names("stops"));
    }
}
