//! Instants as people in Viet Nam write them: dd/mm/yyyy hh:mm.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_in_viet_nam_is_five_in_the_afternoon_of_the_day_before_in_greenwich() {
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
        let at = WallTime::from("2026-11-22T17:00:00Z".parse::<jiff::Timestamp>().unwrap());
        assert_eq!(day_and_time(at, &zone), "23/11/2026 00:00");
        assert_eq!(day(at, &zone), "23/11/2026");
    }
}
