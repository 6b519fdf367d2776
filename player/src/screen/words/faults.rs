//! The words about what is wrong with a station.

use programme::wire::Fault;

use super::ScreenLanguage;

impl ScreenLanguage {
    /// What is wrong with a station that holds a programme or not, and what to do.
    pub fn fault(self, fault: Fault, has_programme: bool) -> &'static str {
        match fault {
            Fault::HardwareClockBad => self.pick(
                "Đồng hồ của máy chạy sai khi mất điện: hãy thay pin CMOS.",
                "This PC's clock goes wrong without power: replace its CMOS battery.",
            ),
            Fault::ClockUnknown => self.pick(
                "Chưa biết giờ đúng: hãy nối mạng hoặc xác nhận giờ.",
                "The time is unknown: connect this PC to the internet, or confirm the time.",
            ),
            Fault::ClockWrong => self.pick(
                "Đồng hồ của máy tính sai. Trạm vẫn phát đúng giờ; hãy chỉnh lại giờ máy.",
                "This PC's own clock is wrong. The station keeps right time; set the PC's clock.",
            ),
            Fault::OutputLost => self.pick(
                "Không mở được loa: kiểm tra dây và cạc âm thanh.",
                "The sound card does not open: look at its cable and its socket.",
            ),
            Fault::DiskLow => self.pick(
                "Ổ đĩa gần đầy: hãy xóa bớt tệp.",
                "The disk is nearly full: remove files that nobody needs.",
            ),
            Fault::DataSpent => self.pick(
                "Đã hết dung lượng mạng của tháng: chỉ tải bản ghi sắp phát. Báo cho xã.",
                "The data for this month is used up: only what airs soon comes. Tell the commune.",
            ),
            Fault::RecordingRefused => self.pick(
                "Có bản ghi bị lỗi: báo cho xã.",
                "A recording is damaged: tell the commune.",
            ),
            Fault::ProgrammeRefused => self.refused(has_programme),
            Fault::ItemNotUnderstood => self.pick(
                "Có mục mà bản phần mềm này không hiểu: hãy cập nhật phần mềm.",
                "This release does not understand an item of the programme: update it.",
            ),
            Fault::StateDamaged => self.pick(
                "Ổ đĩa làm hỏng một phần dữ liệu. Trạm vẫn phát tiếp: báo cho xã để thay ổ đĩa.",
                "The disk damaged what this PC keeps. It goes on: tell the commune of the disk.",
            ),
            Fault::Amplifier => self.pick(
                "Không bật tắt được tăng âm hoặc máy phát: hãy kiểm tra nguồn và dây điều khiển.",
                "The amplifier cannot be switched as it should: look at its power and its cable.",
            ),
            Fault::NotHeard => self.pick(
                "Loa không có tiếng: kiểm tra âm-li, dây loa và micrô nghe lại.",
                "The loudspeakers were not heard: look at the amplifier, the cables to the horns \
                 and the microphone that listens.",
            ),
            Fault::UpgradeFailed => self.pick(
                "Bản phần mềm mới cài không chạy được hoặc không đọc được dữ liệu của trạm. Trạm \
                 vẫn phát bằng bản cũ: đừng tắt máy, báo cho xã.",
                "The new release does not run or cannot read what this PC keeps, and the old one \
                 airs on: leave this PC on, and tell the commune.",
            ),
            Fault::SettingsRefused => self.settings_refused(),
            Fault::PageShut => self.page_shut(),
            Fault::ProgrammeOld => self.old(),
            Fault::ProgrammePast => self.past(),
            Fault::Stuck => self.pick(
                "Phần mềm không chạy được nên loa không phát gì: báo cho xã.",
                "The player cannot go on, so nothing airs: tell the commune.",
            ),
            Fault::DiskUnwritable => self.pick(
                "Nếu đĩa đầy thì xóa bớt tệp, nếu không thì khởi động lại máy. Vẫn thế thì báo \
                 xã thay ổ đĩa.",
                "If the disk is full, remove files. Otherwise restart this PC. If that does not \
                 help, tell the commune to replace the disk.",
            ),
        }
    }

    fn old(self) -> &'static str {
        self.pick(
            "Đã hơn hai tuần không có tin từ xã. Trạm vẫn phát theo chương trình cũ: hãy nối mạng \
             Internet hoặc mang USB của xã đến.",
            "Nothing was heard of the commune for more than two weeks. The old programme airs on: \
             connect this PC to the internet, or bring a stick from the commune.",
        )
    }

    fn past(self) -> &'static str {
        self.pick(
            "Máy không nhận một chương trình cũ vừa gửi đến. Trạm vẫn phát chương trình mới hơn \
             đang giữ: báo cho xã.",
            "An old programme came and was refused. The newer one that this PC holds airs on: \
             tell the commune.",
        )
    }

    fn settings_refused(self) -> &'static str {
        self.pick(
            "Tệp cấu hình có lỗi nên trạm chạy theo cấu hình dùng được gần nhất: báo cho xã.",
            "The configuration has a mistake, and what was understood last holds: tell the \
             commune.",
        )
    }

    fn page_shut(self) -> &'static str {
        self.pick(
            "Chương trình khác chiếm địa chỉ của trang này. Trạm vẫn phát: báo cho xã.",
            "Another program has the address of this page. The station airs on: tell the \
             commune.",
        )
    }

    fn refused(self, has_programme: bool) -> &'static str {
        if has_programme {
            self.pick(
                "Chương trình mới không hợp lệ, trạm phát theo chương trình cũ: báo cho xã.",
                "The new programme was refused and the old one airs: tell the commune.",
            )
        } else {
            self.pick(
                "Chương trình nhận được không hợp lệ nên chưa phát được gì: báo cho xã.",
                "The programme that came was refused, so nothing airs: tell the commune.",
            )
        }
    }
}
