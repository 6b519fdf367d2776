//! How many syllables a number is read as in Vietnamese: 2026 is *hai nghìn không trăm hai mươi
//! sáu*. Dates, hours and amounts are told apart by what stands between their digits.

/// Longer rows of digits are the numbers of phones and papers, read digit by digit.
const AMOUNT_DIGITS: usize = 11;

/// What the number at the start of `text` is read as, and how many bytes of `text` it has. `text`
/// starts with a digit.
pub fn spoken(text: &str) -> (u64, usize) {
    let length = length(text);
    let number = text.get(..length).unwrap_or_default();
    let ends: Vec<&str> = number.split('-').collect();
    // A dash is *đến*.
    let between = ends.len() as u64 - 1;
    let count = ends.into_iter().map(one).sum::<u64>();
    (count + between, length)
}

fn one(number: &str) -> u64 {
    date(number)
        .or_else(|| hour(number))
        .unwrap_or_else(|| amounts(number))
}

/// A number goes on over single signs, as long as a digit follows: `1.500.000`, `25/11/2026`,
/// `7h30`. The `h` of an hour belongs to it also where no minutes follow.
fn length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let behind = |at: usize| text.get(at..).unwrap_or_default();
    let letter = |at: usize| behind(at).starts_with(char::is_alphabetic);
    let mut end = 0;
    loop {
        let sign = bytes.get(end).copied().unwrap_or_default();
        let goes_on = digit(end)
            || (b".,/:-".contains(&sign) && digit(end + 1))
            || (b"hH".contains(&sign) && !letter(end + 1));
        if !goes_on {
            return end;
        }
        end += 1;
    }
}

/// `25/11/2026`, `25/11` and `11/2026`: *ngày* is written, *tháng* and *năm* are not.
fn date(number: &str) -> Option<u64> {
    let parts: Vec<&str> = number.split('/').collect();
    let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    let fits = |part: &&str| (1..=4).contains(&part.len()) && digits(part);
    let is_date = (2..=3).contains(&parts.len()) && parts.iter().all(fits);
    let between = parts.len() as u64 - 1;
    is_date.then(|| parts.iter().map(|part| value(part)).sum::<u64>() + between)
}

/// `7h30`, `17:00`, `8h`: *giờ* is spoken, minutes unless there are none.
fn hour(number: &str) -> Option<u64> {
    let (hours, minutes) = number.split_once(['h', 'H', ':'])?;
    let digits = |text: &str| text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
    if hours.is_empty() || !digits(hours) || !digits(minutes) {
        return None;
    }
    let none = minutes.bytes().all(|digit| digit == b'0');
    Some(value(hours) + 1 + if none { 0 } else { value(minutes) })
}

/// Amounts and rows of digits. Dots part thousands, a comma is *phẩy*.
fn amounts(number: &str) -> u64 {
    let mut count = 0;
    for (place, part) in number.split([':', '/', 'h', 'H']).enumerate() {
        let (whole, broken) = part.split_once(',').unwrap_or((part, ""));
        let pieces: Vec<&str> = whole.split('.').collect();
        let thousands = pieces.iter().skip(1).all(|piece| piece.len() == 3);
        count += u64::from(place > 0 && !part.is_empty());
        count += if thousands {
            value(&pieces.concat())
        } else {
            pieces.iter().map(|piece| value(piece)).sum()
        };
        if !broken.is_empty() {
            count += 1 + broken.bytes().filter(u8::is_ascii_digit).count() as u64;
        }
    }
    count
}

/// How many syllables a row of digits is read as.
fn value(digits: &str) -> u64 {
    let by_digit = digits.len() > AMOUNT_DIGITS || (digits.len() > 2 && digits.starts_with('0'));
    match digits.parse::<u64>() {
        _ if by_digit => digits.len() as u64,
        Ok(0) => u64::from(!digits.is_empty()),
        Ok(amount) => whole(amount),
        Err(_) => digits.len() as u64,
    }
}

/// An amount above nought, three digits at a time: *tỷ*, *triệu* and *nghìn* between them.
fn whole(amount: u64) -> u64 {
    let (mut rest, mut count, mut place) = (amount, 0, 0);
    while rest > 0 {
        let (above, three) = (rest / 1_000, rest % 1_000);
        if three > 0 {
            count += hundreds(three, above > 0) + u64::from(place > 0);
        }
        (rest, place) = (above, place + 1);
    }
    count
}

/// Three digits that are not all nought; where something stands before them, *không trăm* and
/// *linh* are read too.
fn hundreds(three: u64, follows: bool) -> u64 {
    let (hundred, ten, one) = (three / 100, three / 10 % 10, three % 10);
    let head = if hundred > 0 || follows { 2 } else { 0 };
    let tens = match (ten, one) {
        (0, 0) => 0,
        (0, _) => u64::from(head > 0) + 1,
        (1, _) => 1 + u64::from(one > 0),
        (_, _) => 2 + u64::from(one > 0),
    };
    head + tens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(text: &str, words: &str) {
        let count = words.split_whitespace().count() as u64;
        assert_eq!(spoken(text), (count, text.len()), "{text}: {words}");
    }

    #[test]
    fn amounts_are_read_as_people_say_them() {
        reads("7", "bảy");
        reads("10", "mười");
        reads("15", "mười lăm");
        reads("20", "hai mươi");
        reads("21", "hai mươi mốt");
        reads("105", "một trăm linh năm");
        reads("110", "một trăm mười");
        reads("1000", "một nghìn");
        reads("1005", "một nghìn không trăm linh năm");
        reads("2026", "hai nghìn không trăm hai mươi sáu");
        reads("1.500.000", "một triệu năm trăm nghìn");
        reads("500.000", "năm trăm nghìn");
        reads("1,5", "một phẩy năm");
        reads("6-8", "sáu đến tám");
        reads("05", "năm");
        reads("00", "không");
    }

    #[test]
    fn dates_and_hours_are_read_with_the_words_that_are_not_written() {
        reads("25/11", "hai mươi lăm tháng mười một");
        reads(
            "25/11/2026",
            "hai mươi lăm tháng mười một năm hai nghìn không trăm hai mươi sáu",
        );
        reads("11/2026", "mười một năm hai nghìn không trăm hai mươi sáu");
        reads("7h30", "bảy giờ ba mươi");
        reads("19:30", "mười chín giờ ba mươi");
        reads("17:00", "mười bảy giờ");
        reads("8h", "tám giờ");
        reads("8h-11h", "tám giờ đến mười một giờ");
    }

    #[test]
    fn phones_and_papers_are_read_digit_by_digit() {
        reads("0912345678", "không chín một hai ba bốn năm sáu bảy tám");
        reads("0912.345.678", "không chín một hai ba bốn năm sáu bảy tám");
        reads(
            "001234567890",
            "không không một hai ba bốn năm sáu bảy tám chín không",
        );
    }

    #[test]
    fn a_number_ends_where_another_word_begins() {
        assert_eq!(spoken("30 phút"), (2, 2));
        assert_eq!(spoken("7. Xin"), (1, 1));
        assert_eq!(spoken("3hộ"), (1, 1));
        assert_eq!(spoken("5/"), (1, 1));
    }
}
