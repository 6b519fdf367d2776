//! Texts to begin with: what villages announce again and again, with blanks for what differs.
//!
//! They are read out in Vietnamese, whatever the language of the panel; only their titles in the
//! chooser are sentences of the panel, `template-CODE`. Class, topic and body are suggestions.

use programme::programme::Class;

/// What stands where something is to be filled in.
pub const BLANK: char = '…';

/// A text to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadyText {
    /// Names it in an address and among the sentences.
    pub code: &'static str,
    /// How urgent such a bulletin is.
    pub class: Class,
    /// A row of `topics`.
    pub topic: &'static str,
    /// What the bulletin is called, with blanks.
    pub title: &'static str,
    /// The body for which it speaks, mostly.
    pub on_behalf_of: &'static str,
    /// What is read out, with blanks.
    pub script: &'static str,
}

macro_rules! templates {
    ($($code:literal: $class:ident, $topic:literal, $body:literal, $title:literal;)*) => {
        /// All of them, those that are wanted most often first.
        pub const ALL: &[ReadyText] = &[$(ReadyText {
            code: $code,
            class: Class::$class,
            topic: $topic,
            title: $title,
            on_behalf_of: $body,
            script: include_str!(concat!("templates/", $code, ".txt")),
        }),*];
    };
}

templates! {
    "village-meeting": Ordinary, "village", "Trưởng thôn",
        "Họp thôn ngày …";
    "power-cut": Ordinary, "power-water", "Điện lực",
        "Mất điện ngày …";
    "vaccination": Ordinary, "vaccination", "Trạm Y tế xã",
        "Tiêm chủng ngày …";
    "allowance": Ordinary, "benefits", "Ủy ban nhân dân xã",
        "Chi trả chế độ tháng …";
    "weather": Priority, "weather", "Ủy ban nhân dân xã",
        "Thời tiết nguy hiểm: …";
    "vneid-day": Ordinary, "vneid", "Công an xã",
        "Làm VNeID ngày …";
    "vssid-day": Ordinary, "vssid", "Bảo hiểm xã hội",
        "Cài đặt VssID ngày …";
    "health-insurance-day": Ordinary, "health-insurance", "Ủy ban nhân dân xã",
        "Làm thẻ bảo hiểm y tế ngày …";
    "health-book": Ordinary, "health-book", "Trạm Y tế xã",
        "Lập sổ sức khoẻ điện tử ngày …";
    "online-services": Ordinary, "online-services", "Trung tâm Phục vụ hành chính công xã",
        "Hướng dẫn dịch vụ công trực tuyến ngày …";
    "fees": Ordinary, "benefits", "Trưởng thôn",
        "Thu … năm …";
    "lost-found": Ordinary, "lost-found", "",
        "Tìm …";
}

impl ReadyText {
    /// The template that a code names.
    pub fn named(code: &str) -> Option<&'static Self> {
        ALL.iter().find(|template| template.code == code)
    }

    /// Names its title among the sentences.
    pub fn key(&self) -> String {
        format!("template-{}", self.code)
    }
}

/// A script whose people are those of the place with this name, where it greets those of a village.
pub fn addressed(script: &str, place: &str) -> String {
    let mut letters = place.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_lowercase().to_string());
    let place = first.unwrap_or_default() + letters.as_str();
    script.replace("bà con thôn …", &format!("bà con {place}"))
}

/// Whether something in `text` is still to be filled in. Whoever has no key for the blank types
/// dots, and more of them than a sentence ends with.
pub fn has_blanks(text: &str) -> bool {
    text.contains(BLANK) || text.contains("....")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::language::PanelLanguage;

    #[test]
    fn each_template_says_when_where_and_whom_to_ask_and_has_a_title_in_both_languages() {
        for template in ALL {
            let (code, script) = (template.code, template.script);
            assert_eq!(
                ReadyText::named(code),
                Some(template),
                "two are named {code}"
            );
            assert!(has_blanks(script) && has_blanks(template.title), "{code}");
            assert!(
                script.contains("… giờ …, ngày … tháng …") || code == "weather",
                "{code}"
            );
            assert!(
                script.contains("số điện thoại …"),
                "{code} names nobody to ask"
            );
            assert!(
                script.chars().count() < 1_500,
                "{code} is too long to listen to"
            );
            for language in PanelLanguage::ALL {
                assert!(
                    language.knows(&template.key()),
                    "{code}: {}",
                    language.code()
                );
            }
        }
        assert_eq!(ReadyText::named("x"), None);
    }

    #[test]
    fn a_village_is_greeted_by_its_name() {
        let script = "Kính mời bà con thôn … chú ý. Gia đình … ở thôn … cần tìm.";
        assert_eq!(
            addressed(script, "Thôn Tòng Xành"),
            "Kính mời bà con thôn Tòng Xành chú ý. Gia đình … ở thôn … cần tìm."
        );
    }

    #[test]
    fn a_blank_is_found_and_the_end_of_a_sentence_is_none() {
        assert!(has_blanks("Họp lúc … giờ") && has_blanks("Họp lúc .... giờ"));
        assert!(!has_blanks(
            "Mang theo căn cước, sổ hộ khẩu v.v... Xin cảm ơn."
        ));
    }
}
