//! The words about the time: what is asked, and what is wrong with an answer.

use programme::clock::Voucher;
use programme::clock::person::Doubt;

use super::ScreenLanguage;
use crate::screen::time::Slip;

/// Words of the question and of its page.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "each is named after the word that it is")]
pub struct TimeWords {
    pub is_it: &'static str,
    pub yes: &'static str,
    pub another: &'static str,
    pub wrong: &'static str,
    pub title: &'static str,
    pub why: &'static str,
    pub date: &'static str,
    pub time: &'static str,
    pub set: &'static str,
    pub sure: &'static str,
    pub back: &'static str,
}

impl ScreenLanguage {
    /// The fixed words about the time.
    pub fn time_words(self) -> TimeWords {
        TimeWords {
            is_it: self.pick("Có phải bây giờ là", "Is it now"),
            yes: self.pick("ĐÚNG", "YES"),
            another: self.pick("Không, giờ khác", "No, it is another time"),
            wrong: self.pick("Giờ sai?", "Is this wrong?"),
            title: self.pick("Bây giờ là mấy giờ?", "What time is it?"),
            why: self.pick(
                "Trạm phát đúng theo giờ này. Hãy xem đồng hồ và lịch rồi mới đặt.",
                "The station airs by this time. Look at a watch and at a calendar first.",
            ),
            date: self.pick("Ngày/tháng/năm", "Day/month/year"),
            time: self.pick("Giờ:phút", "Hour:minute"),
            set: self.pick("ĐẶT GIỜ NÀY", "SET THIS TIME"),
            sure: self.pick("CHẮC CHẮN ĐÚNG", "I AM SURE"),
            back: self.pick("Quay lại", "Back"),
        }
    }

    /// Who vouched for the time.
    pub fn voucher(self, by: Voucher) -> &'static str {
        match by {
            Voucher::HardwareClock => self.pick("theo đồng hồ của máy", "by this PC's own clock"),
            Voucher::Person => self.pick("do người xác nhận", "confirmed by a person"),
            Voucher::Ntp => self.pick("theo giờ mạng (NTP)", "by the network (NTP)"),
            Voucher::Server => self.pick("theo máy chủ", "by the server"),
        }
    }

    /// That a person set the time, and the PC's own clock is so far ahead of it or behind: either
    /// can be the wrong one.
    pub fn set_apart(self, error_ms: i64) -> String {
        let minutes = error_ms.unsigned_abs().saturating_add(30_000) / 60_000;
        let unit = if minutes == 1 { "minute" } else { "minutes" };
        match self {
            Self::Vietnamese => format!(
                "Giờ đã đặt lệch {minutes} phút so với đồng hồ máy tính. Hãy xem cái nào đúng."
            ),
            Self::English => format!(
                "The time that was set is {minutes} {unit} off this PC's own clock. See which of \
                 them is right."
            ),
        }
    }

    /// What is wrong with an answer, and what to do.
    pub fn slip(self, slip: Slip) -> &'static str {
        match slip {
            Slip::Date => self.pick(
                "Không đọc được ngày này. Hãy viết ngày như 25/11/2026.",
                "This is not a date. Write it like 25/11/2026.",
            ),
            Slip::Time => self.pick(
                "Không đọc được giờ này. Hãy viết giờ như 17:05.",
                "This is not a time of day. Write it like 17:05.",
            ),
            Slip::Stale => self.pick(
                "Câu hỏi đã hiện quá lâu. Hãy xem đồng hồ lại rồi trả lời.",
                "The question is too old. Look at a watch again, and answer then.",
            ),
            Slip::KnownBetter => self.pick(
                "Giờ trạm đang theo máy chủ hoặc giờ mạng (NTP), không chỉnh bằng tay được. \
                 Nếu giờ ấy sai, hãy báo cho xã.",
                "Station time comes from the server or from NTP, and nobody sets it by hand. \
                 If it is wrong, tell the commune.",
            ),
            Slip::NoStation => self.pick(
                "Máy này chưa là trạm nên chưa cần giờ. Hãy đăng ký trạm trước.",
                "This PC is no station yet and needs no time. Enrol it first.",
            ),
        }
    }

    /// Why an answer is asked about once more; `at` is the time in the doubt.
    pub fn doubt(self, doubt: &Doubt, at: &str) -> String {
        let (before, after) = match doubt {
            Doubt::BeforeNewest(_) => (
                self.pick("Trạm đã ghi nhật ký lúc ", "The station wrote its log at "),
                self.pick(", sau giờ vừa đặt.", ", which is after this time."),
            ),
            Doubt::BeforeProgramme(_) => (
                self.pick(
                    "Chương trình đang giữ được công bố lúc ",
                    "The programme that it holds was published at ",
                ),
                self.pick(", sau giờ vừa đặt.", ", which is after this time."),
            ),
            Doubt::LongAfter(_) => (
                self.pick(
                    "Lần cuối trạm biết giờ là ",
                    "The station last knew the time at ",
                ),
                self.pick(
                    ", trước giờ vừa đặt hơn hai tháng.",
                    ", more than two months before this time.",
                ),
            ),
        };
        let advice = self.pick(
            " Giờ sai thì loa phát sai giờ. Hãy xem lại đồng hồ và lịch; nếu chắc chắn đúng, hãy \
             xác nhận lần nữa.",
            " With a wrong time the loudspeakers sound at a wrong hour. Look at a watch and at a \
             calendar again; if you are sure, confirm once more.",
        );
        format!("{before}{at}{after}{advice}")
    }
}
