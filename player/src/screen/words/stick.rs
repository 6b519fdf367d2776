//! The words about sticks: what became of one, and what to do.

use super::ScreenLanguage;
use crate::bundle::{Log, Stage, StickReport, Unseen};

impl ScreenLanguage {
    /// What became of a stick, in big words.
    pub fn stick(self, report: &StickReport) -> &'static str {
        match report.stage {
            Stage::Copying => self.pick("ĐANG CHÉP TỪ USB", "COPYING FROM THE STICK"),
            Stage::InForce => self.pick("ĐÃ NHẬN CHƯƠNG TRÌNH", "THE PROGRAMME IS TAKEN OVER"),
            Stage::Same => self.pick("CHƯƠNG TRÌNH NÀY ĐÃ CÓ", "THIS PROGRAMME IS HERE ALREADY"),
            Stage::Older => self.pick("USB CŨ HƠN CHƯƠNG TRÌNH ĐANG CÓ", "THIS STICK IS OLDER"),
            Stage::NoRoom => self.pick("Ổ ĐĨA ĐẦY, CHƯA NHẬN ĐƯỢC", "THERE IS NO ROOM FOR IT"),
            Stage::Foreign => self.pick("USB CỦA THÔN KHÁC", "THIS STICK IS FOR ANOTHER VILLAGE"),
            Stage::Refused => self.pick("USB KHÔNG DÙNG ĐƯỢC", "THIS STICK CANNOT BE USED"),
            Stage::PulledOut => self.pick("USB BỊ RÚT QUÁ SỚM", "PULLED OUT TOO EARLY"),
            Stage::NoBundle => self.no_bundle(report.unseen.as_ref()),
            Stage::LogOnly => self.pick("NHẬT KÝ PHÁT", "THE LOG"),
        }
    }

    /// The same in sentences; `date` is the day on which the bundle was put together.
    pub fn stick_lines(self, report: &StickReport, date: Option<&str>) -> Vec<String> {
        let mut lines = vec![self.stick_meaning(report, date)];
        if report.unfinished {
            let text = self.pick(
                "USB chưa được chép xong ở xã. Hãy chép lại cho đủ.",
                "The copying onto the stick was cut off. Copy it again to have all of it.",
            );
            lines.push(text.to_owned());
        }
        if report.spoiled > 0 {
            let text = self.pick(
                "bản ghi trên USB bị thiếu hoặc hỏng, chưa có trên máy.",
                "recordings are missing or damaged on the stick and are not on this PC.",
            );
            lines.push(format!("{} {text}", report.spoiled));
        }
        if report.no_room && report.stage != Stage::NoRoom {
            let text = self.pick(
                "Ổ đĩa của máy gần đầy nên chưa chép hết: hãy xóa bớt tệp rồi cắm USB lại.",
                "This PC's disk is nearly full, so not all was copied: remove files, then plug \
                 the stick in again.",
            );
            lines.push(text.to_owned());
        }
        lines.extend(self.stick_log(report.log).map(str::to_owned));
        lines.extend(self.stick_out(report).map(str::to_owned));
        lines.retain(|line| !line.is_empty());
        lines
    }

    fn stick_meaning(self, report: &StickReport, date: Option<&str>) -> String {
        let of_day = |vietnamese, english| {
            let text = self.pick(vietnamese, english);
            date.map_or_else(String::new, |date| format!("{text} {date}."))
        };
        match report.stage {
            Stage::Copying => {
                let text = self.pick("Đừng rút USB.", "Leave the stick in.");
                format!("{text} {}/{}", report.copied, report.wanted)
            }
            Stage::InForce => of_day("Chương trình xã chép ngày", "The programme of"),
            Stage::Same => of_day("USB chép ngày", "The stick was made on"),
            Stage::Older => {
                let made = of_day("USB chép ngày", "The stick was made on");
                let text = self.pick(
                    "Trạm vẫn phát theo chương trình mới hơn đang có.",
                    "The newer programme that is here airs on.",
                );
                format!("{made} {text}").trim().to_owned()
            }
            Stage::NoRoom => self
                .pick(
                    "Ổ đĩa của máy gần đầy nên chưa chép hết. Trạm vẫn phát theo chương trình cũ, \
                     phần đã chép được giữ lại. Hãy xóa bớt tệp trên máy rồi cắm USB lại để chép \
                     tiếp.",
                    "This PC's disk is nearly full, so not all was copied. The old programme airs \
                     on, and what was copied is kept. Remove files from this PC, then plug the \
                     stick in again to go on.",
                )
                .to_owned(),
            Stage::Foreign => {
                let text = self.pick("USB này chép cho:", "It was made for:");
                format!("{text} {}.", report.villages.join(", "))
            }
            Stage::Refused => self
                .pick(
                    "Dữ liệu bị sửa, bị hỏng hoặc không phải của xã. Trạm vẫn phát theo chương \
                     trình đang có. Hãy chép lại USB ở xã.",
                    "What is on it was altered, is damaged, or is not the commune's. The programme \
                     that is here airs on. Copy the stick again at the commune.",
                )
                .to_owned(),
            Stage::PulledOut => self
                .pick(
                    "Trạm vẫn phát theo chương trình cũ. Phần đã chép được giữ lại: cắm USB lại để \
                     chép tiếp.",
                    "The old programme airs on. What was copied is kept: plug the stick in again \
                     to go on.",
                )
                .to_owned(),
            Stage::NoBundle => self.what_to_do(report.unseen.as_ref()),
            Stage::LogOnly => String::new(),
        }
    }

    fn no_bundle(self, unseen: Option<&Unseen>) -> &'static str {
        match unseen {
            None => self.pick("USB KHÔNG CÓ CHƯƠNG TRÌNH", "NO PROGRAMME IS THERE"),
            Some(Unseen::NotPlugged) => self.pick("KHÔNG THẤY USB", "NO STICK IS PLUGGED IN"),
            Some(Unseen::NotMounted { .. }) => {
                self.pick("CÓ USB NHƯNG MÁY CHƯA MỞ", "THE STICK IS NOT OPENED")
            }
            Some(Unseen::NotReadable { .. }) => self.pick(
                "CÓ USB NHƯNG PHẦN MỀM KHÔNG ĐƯỢC ĐỌC",
                "THE STICK IS CLOSED TO THE PLAYER",
            ),
        }
    }

    fn what_to_do(self, unseen: Option<&Unseen>) -> String {
        let (partition, first) = match unseen {
            None => {
                let text = self.pick(
                    "Hãy chép USB từ trang USB của xã.",
                    "Copy the stick from the page USB of the commune's panel.",
                );
                return text.to_owned();
            }
            Some(Unseen::NotPlugged) => {
                let text = self.pick(
                    "Hãy cắm USB vào máy này, chờ mười giây rồi bấm TÌM USB lần nữa.",
                    "Plug it into this PC, wait ten seconds, and press the button again.",
                );
                return text.to_owned();
            }
            Some(Unseen::NotMounted { partition }) => (partition, String::new()),
            Some(Unseen::NotReadable { partition }) => {
                (partition, format!("sudo umount /dev/{partition} && "))
            }
        };
        let why = self.pick(
            "Cứ để USB cắm đó. Nhờ người biết máy tính mở cửa sổ lệnh trên máy này và gõ:",
            "Leave the stick in. Ask somebody who knows PCs to type in a terminal of this one:",
        );
        let mount = "sudo systemd-mount --collect --owner=loaban-player";
        format!("{why} {first}{mount} /dev/{partition} /media/{partition}")
    }

    /// What looks for a stick at once.
    pub fn look_for_stick(self) -> &'static str {
        self.pick("TÌM USB", "LOOK FOR A STICK")
    }

    fn stick_log(self, log: Log) -> Option<&'static str> {
        Some(match log {
            Log::Kept => return None,
            Log::Written => self.pick(
                "Nhật ký phát đã ghi vào USB: hãy mang về xã.",
                "The log is on the stick: take it back to the commune.",
            ),
            Log::ReadOnly => self.pick(
                "USB không cho ghi nên chưa lấy được nhật ký phát.",
                "The stick cannot be written, so the log is not on it.",
            ),
            Log::NoRoom => self.pick(
                "USB đầy nên chưa lấy được nhật ký phát.",
                "The stick is full, so the log is not on it.",
            ),
            Log::Failed => self.pick(
                "USB bị lỗi khi ghi nhật ký phát: hãy dùng USB khác.",
                "The stick failed while the log was written: use another one.",
            ),
        })
    }

    fn stick_out(self, report: &StickReport) -> Option<&'static str> {
        let busy = matches!(
            report.stage,
            Stage::Copying | Stage::PulledOut | Stage::NoBundle
        );
        let text = self.pick("Rút USB được rồi.", "You can take the stick out.");
        (!busy && !report.out).then_some(text)
    }
}
