//! The words of the page, in both languages, beside each other so that neither is forgotten.

pub mod countdown;
mod faults;
pub mod health;
pub mod heard;
pub mod standby;
pub mod stick;
pub mod time;
pub mod volume;

use std::str::FromStr;

use programme::enrolment::ParseCodeError;
use programme::programme::Class;
use serde::{Deserialize, Serialize};

use crate::daemon::{ServerTrouble, Standing};

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScreenLanguage {
    /// Vietnamese.
    #[serde(rename = "vi")]
    Vietnamese,
    /// English.
    #[serde(rename = "en")]
    English,
}

/// A text that names no language of the page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the page speaks vi and en")]
pub struct UnknownLanguage;

impl FromStr for ScreenLanguage {
    type Err = UnknownLanguage;
    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        match text {
            "vi" => Ok(Self::Vietnamese),
            "en" => Ok(Self::English),
            _ => Err(UnknownLanguage),
        }
    }
}

impl ScreenLanguage {
    /// Its tag (BCP 47).
    pub fn code(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        }
    }

    /// The one to change to, and its own name for itself.
    pub fn other(self) -> (Self, &'static str) {
        match self {
            Self::Vietnamese => (Self::English, "English"),
            Self::English => (Self::Vietnamese, "Tiếng Việt"),
        }
    }

    /// The first text in Vietnamese, the second in English.
    fn pick(self, vietnamese: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Vietnamese => vietnamese,
            Self::English => english,
        }
    }

    /// What stands before the titles of what waits.
    pub fn stop_waits(self) -> &'static str {
        self.pick(
            "Bấm DỪNG thì cũng bỏ, không phát:",
            "STOP leaves this out too:",
        )
    }

    /// The fixed words.
    pub fn words(self) -> Words {
        Words {
            product: "Loa Bản",
            stop: self.pick("DỪNG", "STOP"),
            stop_why: self.pick("Tắt tiếng ngay", "Silence now"),
            stop_again: self.pick(
                "Bấm DỪNG lần nữa để tắt thông báo khẩn cấp.",
                "Press STOP once more to silence the emergency.",
            ),
            stopped: self.pick("Đã dừng", "Stopped"),
            left_out: self.pick("Đang chờ, nay bỏ không phát:", "Waited, and is left out:"),
            stopped_then: self.pick(
                "Máy không tự phát lại. Lịch sau đó vẫn phát đúng giờ.",
                "It does not come back by itself. What is planned after it airs on time.",
            ),
            again: self.pick("PHÁT LẠI", "PLAY AGAIN"),
            ordered: self.pick("Người ra lệnh", "Ordered by"),
            at_pc: self.pick("tại máy này", "at this PC"),
            urgent: self.pick("KHẨN CẤP", "EMERGENCY"),
            now: self.pick("Đang phát", "On air"),
            next: self.pick("Sắp phát", "Next"),
            later: self.pick("Sau đó", "After that"),
            nothing: self.pick("Chưa có lịch phát", "Nothing is planned"),
            nothing_yet: self.pick(
                "Biết giờ rồi mới hiện lịch.",
                "What is planned shows once the time is known.",
            ),
            ask: self.pick("Trưởng thôn quyết định", "The village head decides"),
            ask_why: self.pick(
                "Bản tin này đã lỡ giờ. Phát bây giờ không?",
                "This one missed its time. Air it now?",
            ),
            air: self.pick("PHÁT", "AIR"),
            leave: self.pick("BỎ QUA", "LEAVE OUT"),
            server: self.pick("Máy chủ", "Server"),
            server_up: self.pick("có kết nối", "connected"),
            server_unasked: self.pick("đang tìm…", "being looked for…"),
            programme: self.pick("Chương trình số", "Programme no."),
            published: self.pick("công bố", "published"),
            no_programme: self.pick("Chưa có chương trình", "No programme yet"),
            ready: self.pick("Bản ghi sẵn sàng", "Recordings ready"),
            damaged: self.pick(
                "Tệp cài đặt của trạm bị hỏng: xin xã mã cài đặt mới rồi cài lại.",
                "This PC's enrolment is damaged: ask the commune for a code and enrol again.",
            ),
            speaks: self.pick(
                "Mỗi sáng máy tự nói tình trạng lúc",
                "Each morning the PC says how it is at",
            ),
            speaks_not: self.pick(
                "Máy không nói tình trạng mỗi sáng.",
                "The PC does not say each morning how it is.",
            ),
            away: self.pick("PHẦN MỀM CHƯA TRẢ LỜI", "THE PROGRAM DOES NOT ANSWER"),
            away_why: self.pick(
                "Đang chờ mở lại… Nếu loa vẫn kêu, hãy tắt âm-li.",
                "Waiting for it to come back… If the loudspeakers still sound, switch the \
                 amplifier off.",
            ),
            unheard: self.pick(
                "Máy KHÔNG nhận được nút vừa bấm. Khi trang hiện lại, hãy bấm lần nữa.",
                "That press was NOT heard. When the page is back, press again.",
            ),
            volume: self.pick("Âm lượng", "Volume"),
            louder: self.pick("To hơn", "Louder"),
            quieter: self.pick("Nhỏ hơn", "Quieter"),
            clock: self.pick("Giờ trạm", "Station time"),
            clock_unknown: self.pick("chưa rõ", "unknown"),
        }
    }

    /// The whole in big words, and what it means.
    pub fn standing(self, standing: Standing) -> (&'static str, &'static str) {
        match standing {
            Standing::NotEnrolled => (
                self.pick("CHƯA ĐĂNG KÝ", "NOT ENROLLED"),
                self.pick(
                    "Máy này chưa là trạm. Chạy: loaban-player enrol ĐỊA-CHỈ MÃ",
                    "This PC is no station yet. Run: loaban-player enrol URL CODE",
                ),
            ),
            Standing::Held => (
                self.pick("CHƯA PHÁT: CHƯA BIẾT GIỜ", "NOTHING AIRS: TIME UNKNOWN"),
                self.pick(
                    "Từ khi bật máy chưa ai xác nhận giờ. Hãy nối mạng Internet, hoặc xem đồng hồ \
                     rồi xác nhận giờ ở dưới.",
                    "Since this PC was switched on nobody has said what time it is. Connect it to \
                     the internet, or look at a watch and confirm the time below.",
                ),
            ),
            Standing::Unwritable => (
                self.pick(
                    "KHÔNG PHÁT: KHÔNG GHI ĐƯỢC Ổ ĐĨA",
                    "NOTHING AIRS: THE DISK CANNOT BE WRITTEN",
                ),
                self.pick(
                    "Khi ghi lại được, máy tự phát tiếp; không phải bấm gì.",
                    "When it can be written again the PC goes on by itself; press nothing.",
                ),
            ),
            Standing::Stuck => (
                self.pick(
                    "KHÔNG PHÁT: PHẦN MỀM GẶP LỖI",
                    "NOTHING AIRS: THE PROGRAM FAILED",
                ),
                self.pick(
                    "Máy tự thử lại. Hãy đọc dòng dưới đây cho xã.",
                    "It tries again by itself. Read the line below to the commune.",
                ),
            ),
            Standing::Trouble => (
                self.pick("CÓ SỰ CỐ", "TROUBLE"),
                self.pick("Loa chưa phát được.", "Nothing can be heard."),
            ),
            Standing::Lacking => (
                self.pick("CHƯA CÓ BẢN GHI", "A RECORDING IS MISSING"),
                self.pick(
                    "Bản ghi của bản tin sắp phát chưa về máy. Hãy xem mạng Internet, hoặc mang \
                     USB của xã đến trước giờ phát.",
                    "The recording of what airs soon has not come. Look at the internet, or bring \
                     a stick from the commune before it is due.",
                ),
            ),
            Standing::OnAir => (self.pick("ĐANG PHÁT", "ON AIR"), ""),
            Standing::Ready => (
                self.pick("SẴN SÀNG", "READY"),
                self.pick("Máy tự phát đúng giờ.", "It airs by itself, on time."),
            ),
        }
    }

    /// An emergency has the air, sounding or between two hearings.
    pub fn emergency(self, drill: bool) -> (&'static str, &'static str) {
        if drill {
            (
                self.pick("DIỄN TẬP KHẨN CẤP", "EMERGENCY DRILL"),
                self.pick(
                    "Đây là diễn tập. Lịch phát thường lệ chờ đến khi xong.",
                    "This is a drill. What is planned waits until it is over.",
                ),
            )
        } else {
            (
                self.pick("KHẨN CẤP", "EMERGENCY"),
                self.pick(
                    "Lịch phát thường lệ chờ đến khi xong.",
                    "What is planned waits until it is over.",
                ),
            )
        }
    }

    /// As [`Self::standing`], of a sound station that no programme has reached yet.
    pub fn waiting(self) -> (&'static str, &'static str) {
        (
            self.pick("CHỜ CHƯƠNG TRÌNH", "NO PROGRAMME YET"),
            self.pick(
                "Trạm chưa nhận được chương trình nào của xã nên chưa phát gì.",
                "No programme of the commune has come yet, so nothing airs.",
            ),
        )
    }

    /// How the server is missed, and what it means to a station that holds a programme or not, and
    /// knows the time or not.
    pub fn server_trouble(
        self,
        trouble: ServerTrouble,
        has_programme: bool,
        knows_time: bool,
    ) -> &'static str {
        match trouble {
            ServerTrouble::Away if has_programme && !knows_time => self.pick(
                "mất kết nối – có giờ đúng là phát theo chương trình đã lưu",
                "not connected – the kept programme airs as soon as the time is known",
            ),
            ServerTrouble::Away if has_programme => self.pick(
                "mất kết nối – vẫn phát theo chương trình đã lưu",
                "not connected – the kept programme airs all the same",
            ),
            ServerTrouble::Away => self.pick(
                "mất kết nối – hãy nối mạng để nhận chương trình",
                "not connected – connect this PC to the internet to get a programme",
            ),
            ServerTrouble::Refused => self.pick(
                "không nhận máy này là trạm nữa – xin xã mã cài đặt mới",
                "this PC is not the station any more – ask the commune for a new code",
            ),
        }
    }

    /// A class.
    pub fn class(self, class: Class) -> &'static str {
        match class {
            Class::Ordinary => self.pick("Thông thường", "Ordinary"),
            Class::Priority => self.pick("Ưu tiên", "Priority"),
            Class::Emergency => self.pick("Khẩn cấp", "Emergency"),
        }
    }

    /// What is wrong with a code as it was typed, and what to do.
    pub fn mistyped(self, slip: &ParseCodeError) -> &'static str {
        match slip {
            ParseCodeError::Shape => self.pick(
                "Mã cài đặt có 24 chữ và số. Hãy gõ lại đúng như trên trang của trạm.",
                "An enrolment code has 24 letters and digits. Type it again as the panel shows it.",
            ),
            ParseCodeError::Check => self.pick(
                "Mã cài đặt bị gõ sai một chữ. Hãy so với trang của trạm rồi gõ lại.",
                "One letter of the code is wrong. Compare it with the panel and type it again.",
            ),
        }
    }

    /// A day of the week, Monday being 1.
    pub fn weekday(self, monday_one: i8) -> &'static str {
        match monday_one {
            1 => self.pick("Thứ Hai", "Monday"),
            2 => self.pick("Thứ Ba", "Tuesday"),
            3 => self.pick("Thứ Tư", "Wednesday"),
            4 => self.pick("Thứ Năm", "Thursday"),
            5 => self.pick("Thứ Sáu", "Friday"),
            6 => self.pick("Thứ Bảy", "Saturday"),
            _ => self.pick("Chủ Nhật", "Sunday"),
        }
    }
}

/// Words that are always the same.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "each is named after the word that it is")]
pub struct Words {
    pub product: &'static str,
    pub stop: &'static str,
    pub stop_why: &'static str,
    pub stop_again: &'static str,
    pub stopped: &'static str,
    pub left_out: &'static str,
    pub stopped_then: &'static str,
    pub again: &'static str,
    pub ordered: &'static str,
    pub at_pc: &'static str,
    pub urgent: &'static str,
    pub now: &'static str,
    pub next: &'static str,
    pub later: &'static str,
    pub nothing: &'static str,
    pub nothing_yet: &'static str,
    pub ask: &'static str,
    pub ask_why: &'static str,
    pub air: &'static str,
    pub leave: &'static str,
    pub server: &'static str,
    pub server_up: &'static str,
    pub server_unasked: &'static str,
    pub programme: &'static str,
    pub published: &'static str,
    pub no_programme: &'static str,
    pub ready: &'static str,
    pub damaged: &'static str,
    pub speaks: &'static str,
    pub speaks_not: &'static str,
    pub away: &'static str,
    pub away_why: &'static str,
    pub unheard: &'static str,
    pub volume: &'static str,
    pub louder: &'static str,
    pub quieter: &'static str,
    pub clock: &'static str,
    pub clock_unknown: &'static str,
}
