//! How long something sounds, as people say it: the one way in which the panel writes a length.
//!
//! In words and not as `1:20`, which beside the hours of broadcasts would be read as one of them.

use std::time::Duration;

use super::language::PanelLanguage;

impl PanelLanguage {
    /// A length to the nearest second: `45 giây`, `2 phút`, `1 phút 20 giây`.
    pub fn length(self, span: Duration) -> String {
        let seconds = span.saturating_add(Duration::from_millis(500)).as_secs();
        let (minutes, rest) = (seconds / 60, seconds % 60);
        let key = match (minutes, rest) {
            (0, _) => "length-seconds",
            (_, 0) => "length-minutes",
            _ => "length-both",
        };
        let (minutes, rest) = (minutes.to_string(), rest.to_string());
        let values = [
            ("minutes", minutes.as_str().into()),
            ("seconds", rest.as_str().into()),
        ];
        self.say_with(key, &values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_said_as_people_say_it() {
        let said = |ms| PanelLanguage::Vi.length(Duration::from_millis(ms));
        assert_eq!(said(45_000), "45 giây");
        assert_eq!(said(59_600), "1 phút");
        assert_eq!(said(80_400), "1 phút 20 giây");
        assert_eq!(said(125_000), "2 phút 5 giây");
        assert_eq!(said(5_400_000), "90 phút");
        let said = PanelLanguage::En.length(Duration::from_secs(80));
        assert_eq!(said, "1 min 20 s");
    }
}
