//! Dates and times as people in Viet Nam write them, dd/mm/yyyy hh:mm, and as they are read.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use programme::units::WallTime;

/// `at` in `zone`, as `23/11/2026 19:08`.
pub fn day_and_time(at: WallTime, zone: &TimeZone) -> String {
    at.timestamp()
        .to_zoned_datetime(zone.clone())
        .strftime("%d/%m/%Y %H:%M")
        .to_string()
}

/// The date of `at` in `zone`, as `23/11/2026`.
pub fn day(at: WallTime, zone: &TimeZone) -> String {
    at.timestamp()
        .to_zoned_datetime(zone.clone())
        .strftime("%d/%m/%Y")
        .to_string()
}

/// The time that a text says: `17:00`, as browsers send it; also `17h00` and `17.00`, as people
/// write it where there is no picker.
pub fn read_time(text: &str) -> Option<Time> {
    let plain = text.to_lowercase().replace(['h', '.'], ":");
    let (hour, minute) = plain.split_once(':').unwrap_or((&plain, ""));
    let minute = if minute.is_empty() { "0" } else { minute };
    let read = |text: &str| text.trim().parse::<i8>().ok();
    Time::new(read(hour)?, read(minute)?, 0, 0).ok()
}

/// The date that a text says: `2026-11-25`, as browsers send it; also `25/11/2026`, as people write
/// it.
pub fn read_date(text: &str) -> Option<Date> {
    let as_people_write = || Date::strptime("%d/%m/%Y", text).ok();
    text.parse().ok().or_else(as_people_write)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_read_as_browsers_send_and_as_people_write_them() {
        assert_eq!(read_date("25/11/2026"), read_date("2026-11-25"));
        for written in ["17:00", "17h00", "17h", "17.00"] {
            let five = Some(Time::constant(17, 0, 0, 0));
            assert_eq!(read_time(written), five, "{written}");
        }
        assert_eq!((read_time("25:00"), read_date("31/02/2026")), (None, None));
    }

    #[test]
    fn midnight_in_viet_nam_is_five_in_the_afternoon_of_the_day_before_in_greenwich() {
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
        let at = WallTime::from("2026-11-22T17:00:00Z".parse::<jiff::Timestamp>().unwrap());
        assert_eq!(day_and_time(at, &zone), "23/11/2026 00:00");
        assert_eq!(day(at, &zone), "23/11/2026");
    }
}
