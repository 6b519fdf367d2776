//! The words about standbys: what may be ordered here, the PIN, and the last press.

use super::ScreenLanguage;
use crate::daemon::Hindrance;

/// Words of the page.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "each is named after the word that it is")]
pub struct StandbyWords {
    pub title: &'static str,
    pub lead: &'static str,
    pub nothing: &'static str,
    pub nobody: &'static str,
    pub not_ready: &'static str,
    pub who: &'static str,
    pub pin: &'static str,
    pub drill: &'static str,
    pub drill_tag: &'static str,
    pub go_on: &'static str,
    pub will: &'static str,
    pub on_record: &'static str,
    pub sound_now: &'static str,
    pub back: &'static str,
    pub wrong_pin: &'static str,
    pub stale: &'static str,
    pub not_taken: &'static str,
    pub stuck: &'static str,
    pub choose: &'static str,
}

impl ScreenLanguage {
    /// The fixed words about standbys.
    pub fn standby_words(self) -> StandbyWords {
        StandbyWords {
            title: self.pick("KHẨN CẤP", "EMERGENCY"),
            lead: self.pick(
                "Bấm vào thông báo cần phát. Máy hỏi mã PIN rồi mới phát.",
                "Press what is to be heard. A PIN is asked for before anything sounds.",
            ),
            nothing: self.pick(
                "Xã chưa đặt sẵn thông báo khẩn cấp nào cho trạm này. Hãy gọi cho xã.",
                "The commune has let no emergency stand by for this station. Call the commune.",
            ),
            nobody: self.pick(
                "Chưa ai có mã PIN để phát tại trạm này. Trưởng thôn đặt mã PIN trên trang của xã, \
                 mục tài khoản.",
                "Nobody has a PIN to order here. The village head sets one on the commune's page, \
                 under the account.",
            ),
            not_ready: self.pick("chưa tải xong", "not here yet"),
            who: self.pick("Bạn là ai?", "Who are you?"),
            pin: self.pick("Mã PIN của bạn", "Your PIN"),
            drill: self.pick("Đây là diễn tập", "This is a drill"),
            drill_tag: self.pick("DIỄN TẬP", "DRILL"),
            go_on: self.pick("TIẾP TỤC", "GO ON"),
            will: self.pick(
                "Loa sẽ phát NGAY, kể cả giờ yên lặng:",
                "This will sound NOW, in quiet hours too:",
            ),
            on_record: self.pick("Nhật ký ghi người ra lệnh:", "On record as ordered by:"),
            sound_now: self.pick("PHÁT NGAY", "SOUND NOW"),
            back: self.pick("Quay lại", "Back"),
            wrong_pin: self.pick(
                "Mã PIN không đúng. Hãy nhập lại.",
                "This PIN is not right. Type it again.",
            ),
            stale: self.pick(
                "Đã quá lâu từ khi nhập mã PIN. Hãy chọn lại; chưa có gì được phát.",
                "The PIN was typed too long ago. Choose again; nothing sounds yet.",
            ),
            not_taken: self.pick(
                "Máy chưa nhận lệnh; chưa có gì được phát. Hãy bấm lại.",
                "The PC has not taken the order; nothing sounds yet. Press again.",
            ),
            stuck: self.pick(
                "Máy đang gặp sự cố nên không phát khẩn cấp được. Hãy xem lỗi ở trang chính, \
                 khởi động lại máy, rồi gọi xã.",
                "The PC is in trouble and cannot sound an emergency. See the fault on the front \
                 page, restart the PC, and call the commune.",
            ),
            choose: self.pick(
                "Hãy chọn tên của bạn và nhập mã PIN.",
                "Choose your name and type your PIN.",
            ),
        }
    }

    /// Why a standby is not ordered, and what to do.
    pub fn hindrance(self, hindrance: Hindrance) -> String {
        let text = match hindrance {
            Hindrance::Wait(left) => {
                let minutes = left.as_secs().div_ceil(60);
                let (before, after) = (
                    self.pick(
                        "Nhập sai mã PIN quá nhiều lần. Hãy chờ ",
                        "Too many wrong PINs. Wait ",
                    ),
                    self.pick(" phút rồi nhập lại.", " min, then type it again."),
                );
                return format!("{before}{minutes}{after}");
            }
            Hindrance::NoKeeper => self.pick(
                "Người này không còn quyền phát tại trạm. Hãy gọi cho xã.",
                "This person may not order here any more. Call the commune.",
            ),
            Hindrance::NotOffered => self.pick(
                "Xã đã bỏ thông báo này. Hãy chọn thông báo khác.",
                "The commune has taken this one back. Choose another.",
            ),
            Hindrance::Sounds => {
                self.pick("Thông báo này đang phát rồi.", "This one sounds already.")
            }
        };
        text.to_owned()
    }
}
