//! The words about whether the loudspeakers were heard.

use programme::as_run::proof::{Heard, NotChecked};

use super::ScreenLanguage;

impl ScreenLanguage {
    /// Whether what was aired last was heard, in big words, and what to do or why not.
    pub fn heard(self, heard: Heard) -> (&'static str, &'static str) {
        match heard {
            Heard::Yes { .. } => (
                self.pick("CÓ TIẾNG", "HEARD"),
                self.pick(
                    "Máy đã nghe lại lần phát gần nhất từ loa.",
                    "What was aired last came from the loudspeakers.",
                ),
            ),
            Heard::No { .. } => (
                self.pick("KHÔNG CÓ TIẾNG", "NOT HEARD"),
                self.pick(
                    "Lần phát gần nhất không nghe thấy từ loa: kiểm tra âm-li.",
                    "What was aired last did not come from the loudspeakers: look at the \
                     amplifier.",
                ),
            ),
            Heard::NotChecked { why } => (
                self.pick("CHƯA KIỂM TRA", "NOT CHECKED"),
                match why {
                    NotChecked::NoInput => self.pick(
                        "Không nghe được từ micrô: kiểm tra micrô và dây.",
                        "The microphone gives nothing: look at it and at its cable.",
                    ),
                    NotChecked::TooNoisy => self.pick(
                        "Chỗ micrô ồn quá, không phân biệt được tiếng loa.",
                        "There is too much noise at the microphone to tell.",
                    ),
                    NotChecked::TooShort => self.pick(
                        "Lần phát gần nhất ngắn quá, chưa kịp nghe lại.",
                        "What was aired last was too short to tell.",
                    ),
                },
            ),
        }
    }
}
