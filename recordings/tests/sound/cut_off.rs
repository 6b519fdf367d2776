//! Files that do not promise their length and were cut off: told by how they end, as far as that
//! can be known.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use ogg::{PacketReader, PacketWriteEndInfo, PacketWriter};
use recordings::error::{Damage, Error};
use recordings::quality::Finding;

use crate::Outcome;
use crate::files::{Folder, decode, sample};

/// As Chrome records: no duration, lengths left open.
const LIVE: [&str; 6] = ["-c:a", "libopus", "-f", "webm", "-live", "1"];
/// A stream without a head that says how many frames follow.
const HEADLESS: [&str; 8] = [
    "-b:a",
    "64k",
    "-write_xing",
    "0",
    "-id3v2_version",
    "0",
    "-f",
    "mp3",
];
const ADTS: [&str; 4] = ["-c:a", "aac", "-f", "adts"];

/// As Safari records: fragments of a second, of which none says how many follow.
const FRAGMENTS: [&str; 8] = [
    "-c:a",
    "aac",
    "-movflags",
    "frag_keyframe+empty_moov+default_base_moof",
    "-frag_duration",
    "1000000",
    "-f",
    "mp4",
];

fn streams(folder: &Folder) -> [PathBuf; 4] {
    let voice = folder.voice(48_000, 1);
    [
        folder.piped(&voice, &LIVE, "chrome.webm"),
        folder.piped(&voice, &HEADLESS, "headless.mp3"),
        folder.piped(&voice, &ADTS, "voice.aac"),
        folder.piped(&voice, &FRAGMENTS, "safari.mp4"),
    ]
}

fn is_cut_off(path: &Path) -> bool {
    match decode(path).map(drop) {
        Err(Error::Unreadable(Damage::Truncated { present_ms, .. })) => present_ms > 1_000,
        Ok(()) => false,
        Err(error) => panic!("{path:?}: {error}"),
    }
}

#[test]
fn a_stream_cut_within_a_frame_or_an_element_is_said_to_be_cut_off() -> Outcome {
    let folder = Folder::new();
    for stream in streams(&folder) {
        let bytes = fs::read(&stream)?;
        assert!(!is_cut_off(&stream), "{stream:?} is whole");
        let places = bytes.len() / 2..bytes.len() / 2 + 12;
        let told = places.filter(|place| is_cut_off(&folder.keep("cut", &bytes[..*place])));
        // Of neighbouring bytes one at most is the first of a frame.
        let told = told.count();
        assert!(told >= 11, "{stream:?}: told of {told} in 12");
    }
    Ok(())
}

#[test]
fn what_stands_behind_the_last_frame_is_no_frame_that_was_cut() -> Outcome {
    let folder = Folder::new();
    let [_, mp3, aac, _] = streams(&folder);
    let title = [b"TAG".as_slice(), &[b' '; 125]].concat();
    for stream in [mp3, aac] {
        for behind in [title.as_slice(), &[0; 300], b"APETAGEX\xD0\x07\0\0"] {
            let bytes = [fs::read(&stream)?.as_slice(), behind].concat();
            assert!(!is_cut_off(&folder.keep("tagged", &bytes)), "{stream:?}");
        }
    }
    Ok(())
}

#[test]
fn a_fragment_of_which_only_the_head_is_there_was_cut_off() -> Outcome {
    let folder = Folder::new();
    let [.., safari] = streams(&folder);
    let bytes = fs::read(&safari)?;
    let mut heads = bytes.windows(4);
    let head = heads.rposition(|name| name == b"moof").expect("a fragment");
    let length = bytes[head - 4..head].first_chunk().expect("its length");
    let whole = u32::from_be_bytes(*length) as usize - 4;
    for within in [8, 40, whole, whole + 6] {
        let cut = folder.keep("cut.mp4", &bytes[..head + within]);
        assert!(is_cut_off(&cut), "{within} bytes of the last fragment");
    }
    // Between two of them nothing says that more would have come.
    assert!(!is_cut_off(&folder.keep("between.mp4", &bytes[..head - 4])));
    Ok(())
}

#[test]
fn a_long_wav_is_missed_the_seconds_that_it_lost() -> Outcome {
    let folder = Folder::new();
    let voice = folder.voice(8_000, 1);
    let long = [
        "-af",
        "aloop=loop=-1:size=40000",
        "-t",
        "600",
        "-c:a",
        "pcm_s16le",
    ];
    let bytes = fs::read(folder.made(&voice, &long, "long.wav"))?;
    let four_seconds = 4 * 8_000 * 2;
    let cut = folder.keep("cut.wav", &bytes[..bytes.len() - four_seconds]);
    assert!(is_cut_off(&cut));
    Ok(())
}

/// Where the last page of an Ogg file begins.
fn last_page(ogg: &[u8]) -> usize {
    let mut places = ogg.windows(4);
    places.rposition(|bytes| bytes == b"OggS").expect("a page")
}

#[test]
fn an_ogg_file_that_lost_its_last_page_is_remarked_on() -> Outcome {
    let folder = Folder::new();
    let voice = folder.voice(48_000, 1);
    for coding in ["libvorbis", "libopus"] {
        let whole = folder.made(&voice, &["-c:a", coding], "whole.ogg");
        let (ingested, _) = folder.ingest(&whole)?;
        assert_eq!(ingested.findings, [], "{coding}");
        let mut bytes = fs::read(&whole)?;
        for pages in 1..3 {
            bytes.truncate(last_page(&bytes));
            let (ingested, _) = folder.ingest(&folder.keep("cut.ogg", &bytes))?;
            assert_eq!(
                ingested.findings,
                [Finding::MaybeCutOff],
                "{coding}, {pages} lost"
            );
        }
    }
    Ok(())
}

#[test]
fn what_android_records_as_ogg_is_taken_though_its_end_is_never_marked() -> Outcome {
    let folder = Folder::new();
    let voice = folder.voice(48_000, 1);
    let marked = folder.made(&voice, &["-c:a", "libopus"], "marked.ogg");
    let mut packets = PacketReader::new(Cursor::new(fs::read(&marked)?));
    let mut writer = PacketWriter::new(Vec::new());
    // Each packet in a page of its own, and no last one.
    let mut granule = 0;
    while let Some(packet) = packets.read_packet()? {
        let is_sound = !packet.data.starts_with(b"Opus");
        granule += if is_sound { 960 } else { 0 };
        let end = PacketWriteEndInfo::EndPage;
        writer.write_packet(packet.data, 1, end, granule)?;
    }
    let phone = folder.keep("phone.ogg", &writer.into_inner());
    let (theirs, _) = folder.ingest(&phone)?;
    let (whole, _) = folder.ingest(&marked)?;
    assert_eq!(theirs.findings, [Finding::MaybeCutOff]);
    assert!(theirs.duration_ms.abs_diff(whole.duration_ms) < 50);
    Ok(())
}

#[test]
fn a_recording_of_a_browser_is_whole() -> Outcome {
    let found = fs::read_dir(sample(""))?;
    let paths = found.map(|entry| entry.map(|entry| entry.path()));
    let mut tried = 0;
    for path in paths.collect::<Result<Vec<_>, _>>()? {
        if path.extension().is_some_and(|kind| kind == "webm") {
            assert!(!is_cut_off(&path), "{path:?}");
            tried += 1;
        }
    }
    assert!(tried > 0, "the samples are gone");
    Ok(())
}
