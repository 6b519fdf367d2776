//! The words beside the signs: as few as can be read from afar. What to do stands below, where
//! something is wrong.

use programme::clock::Voucher;
use programme::wire::Fault;

use super::ScreenLanguage;

/// How something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// As it should be.
    Fine,
    /// Nobody can say.
    Unknown,
    /// There is none yet.
    Missing,
    /// With this fault.
    Ill(Fault),
    /// The time, as somebody vouched for it.
    Vouched(Voucher),
    /// The server answers.
    Answers,
    /// It does not.
    Away,
    /// It does not take this PC for the station.
    Refused,
    /// The programme was published so many days ago.
    Published {
        /// Whole days.
        days: u64,
    },
}

impl ScreenLanguage {
    /// What there is a line for: clock, disk, sound, server and programme.
    pub fn health(self) -> [&'static str; 5] {
        [
            self.pick("Giờ", "Clock"),
            self.pick("Ổ đĩa", "Disk"),
            self.pick("Đường ra loa", "Sound output"),
            self.pick("Máy chủ", "Server"),
            self.pick("Chương trình", "Programme"),
        ]
    }

    /// How it was found.
    pub fn finding(self, finding: Finding) -> String {
        let words = match finding {
            Finding::Fine => self.pick("tốt", "fine"),
            Finding::Unknown => self.pick("chưa rõ", "not known"),
            Finding::Missing => self.pick("chưa có", "none yet"),
            Finding::Ill(fault) => self.in_short(fault),
            Finding::Vouched(by) => self.voucher(by),
            Finding::Answers => self.pick("có kết nối", "connected"),
            Finding::Away => self.pick("mất kết nối", "not connected"),
            Finding::Refused => self.pick("không nhận máy này", "refuses this PC"),
            Finding::Published { days: 0 } => self.pick("mới hôm nay", "of today"),
            Finding::Published { days } => return self.published(days),
        };
        words.to_owned()
    }

    fn published(self, days: u64) -> String {
        let unit = if days == 1 { "day" } else { "days" };
        match self {
            Self::Vietnamese => format!("từ {days} ngày trước"),
            Self::English => format!("{days} {unit} old"),
        }
    }

    fn in_short(self, fault: Fault) -> &'static str {
        match fault {
            Fault::ClockUnknown => self.pick("chưa rõ", "unknown"),
            Fault::HardwareClockBad => self.pick("pin CMOS yếu", "flat battery"),
            Fault::ClockWrong => self.pick("giờ máy tính lệch", "the PC's own is off"),
            Fault::DiskUnwritable => self.pick("không ghi được", "cannot be written"),
            Fault::StateDamaged => self.pick("bị hỏng", "damaged"),
            Fault::DiskLow => self.pick("gần đầy", "nearly full"),
            Fault::OutputLost => self.pick("không mở được", "does not open"),
            Fault::NotHeard => self.pick("không có tiếng", "not heard"),
            Fault::Amplifier => self.pick("tăng âm bị lỗi", "the amplifier fails"),
            Fault::DataSpent => self.pick("hết dung lượng", "data used up"),
            Fault::ProgrammeRefused => self.pick("bản mới bị lỗi", "the new one is bad"),
            Fault::ProgrammePast => self.pick("nhận phải bản cũ", "an old one came"),
            Fault::ProgrammeOld
            | Fault::RecordingRefused
            | Fault::ItemNotUnderstood
            | Fault::SettingsRefused
            | Fault::PageShut
            | Fault::Stuck
            | Fault::UpgradeFailed => self.pick("có lỗi", "has a fault"),
        }
    }
}
