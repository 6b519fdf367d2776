//! Words that a village PC says by itself: they lie in the program, so that none can be missing,
//! and sentences are put together from them. Whether and when anything is said is decided
//! elsewhere.
//!
//! The voice is synthetic; `words/README.md` says how it is made, and by what to replace it.

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use hound::WavWriter;
use programme::emergency::drill_mark;
use programme::ids::ContentHash;

use crate::durable::Writer;
use crate::error::Error;
use crate::pcm::{self, frames_in_millis};
use crate::wav::{OpusFile, SPEC, wav_fault};

/// Silence between two words of a sentence.
const WORD_MS: u64 = 60;

/// Silence after a sentence.
const SENTENCE_MS: u64 = 450;

/// Something that the PC can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phrase {
    /// All is well.
    Ready,
    /// Something is wrong.
    Trouble,
    /// Today there are so many announcements, and the first of them is at this time.
    Today {
        /// How many: at most 99 are said.
        count: u32,
        /// The hour of the first one.
        hour: u8,
        /// The minute of the first one; a full hour says none.
        minute: u8,
    },
    /// Nothing is planned for the rest of the day.
    NothingToday,
    /// The server has not answered for so many days.
    AwayFor {
        /// How many: at most 99 are said.
        days: u32,
    },
    /// No programme has come yet.
    NoProgramme,
    /// Recordings of the programme are not ready.
    NotReady,
    /// The disk is nearly full.
    DiskLow,
    /// The battery of the hardware clock is flat.
    FlatBattery,
    /// What aired last did not come from the loudspeakers.
    NotHeard,
    /// The amplifier is not switched as it should be.
    Amplifier,
    /// The screen says more.
    Look,
}

macro_rules! word {
    ($text:literal, $file:literal) => {
        Word {
            text: $text,
            opus: include_bytes!(concat!("../words/", $file, ".ogg")),
        }
    };
}

/// A word, and how it sounds: Ogg Opus.
#[derive(Debug, Clone, Copy)]
struct Word {
    text: &'static str,
    opus: &'static [u8],
}

const NUMBERS: [Word; 11] = [
    word!("không", "n0"),
    word!("một", "n1"),
    word!("hai", "n2"),
    word!("ba", "n3"),
    word!("bốn", "n4"),
    word!("năm", "n5"),
    word!("sáu", "n6"),
    word!("bảy", "n7"),
    word!("tám", "n8"),
    word!("chín", "n9"),
    word!("mười", "n10"),
];
const TENS: Word = word!("mươi", "tens");
const ONE_AFTER_TENS: Word = word!("mốt", "one-after-tens");
const FIVE_AFTER_TENS: Word = word!("lăm", "five-after-tens");
const READY: Word = word!("Trạm loa đã sẵn sàng.", "ready");
const TROUBLE: Word = word!("Trạm loa có sự cố.", "trouble");
const TODAY: Word = word!("Hôm nay có", "today");
const AIRINGS: Word = word!("lượt phát, lượt đầu lúc", "airings-first-at");
const HOUR: Word = word!("giờ", "hour");
const MINUTE: Word = word!("phút", "minute");
const NOTHING_TODAY: Word = word!("Hôm nay không có lượt phát nào.", "nothing-today");
const AWAY_FOR: Word = word!("Máy mất kết nối với xã đã", "away-for");
const DAYS: Word = word!("ngày.", "days");
const NO_PROGRAMME: Word = word!("Chưa nhận được chương trình của xã.", "no-programme");
const NOT_READY: Word = word!("Có bản ghi chưa sẵn sàng.", "not-ready");
const DISK_LOW: Word = word!("Ổ đĩa gần đầy.", "disk-low");
const FLAT_BATTERY: Word = word!("Pin đồng hồ của máy đã hết, cần thay pin.", "flat-battery");
const NOT_HEARD: Word = word!(
    "Lần phát trước loa không có tiếng, hãy kiểm tra tăng âm.",
    "not-heard"
);
const AMPLIFIER: Word = word!("Tăng âm không bật tắt được.", "amplifier");
const LOOK: Word = word!("Xin xem màn hình của máy.", "look");
const DRILL: &[u8] = include_bytes!("../words/drill.ogg");

/// The greatest number that is said.
const MOST: u32 = 99;

/// The recording of that name, when it lies in the program: the one that marks a drill.
pub fn held(hash: &ContentHash) -> Option<&'static [u8]> {
    (*hash == drill_mark().hash).then_some(DRILL)
}

/// What `phrases` say, in writing.
pub fn text(phrases: &[Phrase]) -> String {
    let sentence = |phrase: &Phrase| {
        let words: Vec<_> = words(*phrase).iter().map(|word| word.text).collect();
        let mut sentence = words.join(" ");
        if !sentence.ends_with('.') {
            sentence.push('.');
        }
        sentence
    };
    let sentences: Vec<_> = phrases.iter().map(sentence).collect();
    sentences.join(" ")
}

/// Writes what `phrases` say into a WAV file at `wav`, as a ready recording is, and says how long
/// it is.
///
/// # Errors
/// [`Error::Storage`].
pub fn say(phrases: &[Phrase], wav: &Path) -> Result<Duration, Error> {
    let mut writer = Writer::create(wav)?;
    let mut wav_writer = WavWriter::new(&mut writer, SPEC).map_err(wav_fault)?;
    let mut frames = 0;
    for phrase in phrases {
        for word in words(*phrase) {
            let mut decoding = OpusFile::open(Cursor::new(word.opus))?;
            while let Some(block) = decoding.next_block()? {
                for &sample in block {
                    wav_writer.write_sample(sample).map_err(wav_fault)?;
                }
                frames += block.len() as u64;
            }
            frames += silence(&mut wav_writer, WORD_MS)?;
        }
        frames += silence(&mut wav_writer, SENTENCE_MS)?;
    }
    wav_writer.finalize().map_err(wav_fault)?;
    writer.commit()?;
    Ok(pcm::duration(frames))
}

fn silence<W: std::io::Write + std::io::Seek>(
    wav: &mut WavWriter<W>,
    millis: u64,
) -> Result<u64, Error> {
    let frames = frames_in_millis(millis);
    for _ in 0..frames {
        wav.write_sample(0_i16).map_err(wav_fault)?;
    }
    Ok(frames)
}

fn words(phrase: Phrase) -> Vec<Word> {
    match phrase {
        Phrase::Ready => vec![READY],
        Phrase::Trouble => vec![TROUBLE],
        Phrase::Today {
            count,
            hour,
            minute,
        } => {
            let mut words = vec![TODAY];
            words.extend(number(count));
            words.push(AIRINGS);
            words.extend(number(hour.into()));
            words.push(HOUR);
            if minute > 0 {
                words.extend(number(minute.into()));
                words.push(MINUTE);
            }
            words
        }
        Phrase::NothingToday => vec![NOTHING_TODAY],
        Phrase::AwayFor { days } => {
            let mut words = vec![AWAY_FOR];
            words.extend(number(days));
            words.push(DAYS);
            words
        }
        Phrase::NoProgramme => vec![NO_PROGRAMME],
        Phrase::NotReady => vec![NOT_READY],
        Phrase::DiskLow => vec![DISK_LOW],
        Phrase::FlatBattery => vec![FLAT_BATTERY],
        Phrase::NotHeard => vec![NOT_HEARD],
        Phrase::Amplifier => vec![AMPLIFIER],
        Phrase::Look => vec![LOOK],
    }
}

/// A number as it is read in Vietnamese: after the tens one and five have words of their own.
fn number(number: u32) -> Vec<Word> {
    let number = number.min(MOST);
    let digit = |digit: u32| NUMBERS[(digit % 10) as usize];
    let (tens, ones) = (number / 10, number % 10);
    let mut words = match tens {
        0 => return vec![digit(ones)],
        1 => vec![NUMBERS[10]],
        _ => vec![digit(tens), TENS],
    };
    match ones {
        0 => {}
        1 if tens > 1 => words.push(ONE_AFTER_TENS),
        5 => words.push(FIVE_AFTER_TENS),
        ones => words.push(digit(ones)),
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wav::Reader;

    /// Where this fails the mark was made anew: its hash, size and length in
    /// `programme::emergency::drill_mark` are to be those of the new one.
    #[test]
    fn the_mark_of_a_drill_is_the_one_that_plans_name() {
        let mark = drill_mark();
        assert_eq!(ContentHash::of(DRILL), mark.hash);
        assert_eq!(DRILL.len() as u64, mark.size_bytes);
        let folder = tempfile::tempdir().unwrap();
        let opus = folder.path().join("opus");
        crate::durable::write(&opus, DRILL).unwrap();
        let ready = crate::wav::ready(&opus, &mark.hash, &folder.path().join("wav")).unwrap();
        assert_eq!(ready.duration.as_millis(), mark.duration.as_millis());
        assert_eq!(held(&mark.hash), Some(DRILL));
    }

    #[test]
    fn numbers_are_read_as_people_read_them() {
        let read = |read| {
            let words: Vec<_> = number(read).iter().map(|word| word.text).collect();
            words.join(" ")
        };
        let wanted = [
            (0, "không"),
            (1, "một"),
            (5, "năm"),
            (10, "mười"),
            (11, "mười một"),
            (15, "mười lăm"),
            (17, "mười bảy"),
            (20, "hai mươi"),
            (21, "hai mươi mốt"),
            (34, "ba mươi bốn"),
            (55, "năm mươi lăm"),
            (1_000, "chín mươi chín"),
        ];
        for (number, words) in wanted {
            assert_eq!(read(number), words);
        }
    }

    #[test]
    fn a_sentence_is_written_and_sounds_as_long_as_it_says() {
        let phrases = [
            Phrase::Ready,
            Phrase::Today {
                count: 3,
                hour: 17,
                minute: 0,
            },
        ];
        assert_eq!(
            text(&phrases),
            "Trạm loa đã sẵn sàng. Hôm nay có ba lượt phát, lượt đầu lúc mười bảy giờ."
        );
        let folder = tempfile::tempdir().unwrap();
        let wav = folder.path().join("said.wav");
        let length = say(&phrases, &wav).unwrap();
        let mut reader = Reader::open(&wav).unwrap();
        assert_eq!(pcm::duration(reader.frames()), length);
        assert!((4..12).contains(&length.as_secs()), "{length:?}");
        let mut samples = vec![0.0; reader.frames() as usize];
        reader.read(&mut samples).unwrap();
        let loudest = samples
            .iter()
            .fold(0.0_f32, |most, one| most.max(one.abs()));
        assert!((0.3..1.0).contains(&loudest), "{loudest}");
    }

    #[test]
    fn every_word_can_be_said() {
        let all = [
            Phrase::Ready,
            Phrase::Trouble,
            Phrase::NothingToday,
            Phrase::AwayFor { days: 98 },
            Phrase::NoProgramme,
            Phrase::NotReady,
            Phrase::DiskLow,
            Phrase::FlatBattery,
            Phrase::NotHeard,
            Phrase::Amplifier,
            Phrase::Look,
            Phrase::Today {
                count: 46,
                hour: 21,
                minute: 35,
            },
            Phrase::Today {
                count: 72,
                hour: 10,
                minute: 0,
            },
        ];
        let folder = tempfile::tempdir().unwrap();
        let length = say(&all, &folder.path().join("said.wav")).unwrap();
        assert!(length > Duration::from_secs(20), "{length:?}");
    }
}
