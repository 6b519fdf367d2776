//! An hour costs no more memory than a minute, or nearly.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;

use recordings::encode::Coding;
use recordings::ingest::{Settings, ingest};

use crate::Outcome;
use crate::files::{Folder, decode, write_wav};

/// Tells the child, which is this test once more, what to ingest.
const CHILD: &str = "LONG_CHILD_FOLDER";

#[test]
fn an_hour_of_speech_is_ingested_in_bounded_memory() -> Outcome {
    if let Some(folder) = std::env::var_os(CHILD) {
        return ingest_and_tell(Path::new(&folder));
    }
    let folder = Folder::new();
    let voice = decode(&folder.voice(16_000, 1))?.samples;
    let hour = voice.iter().copied().cycle().take(16_000 * 3_600);
    write_wav(&folder.path("hour.wav"), 16_000, hour);
    let output = Command::new(std::env::current_exe()?)
        .args([
            "--exact",
            "long::an_hour_of_speech_is_ingested_in_bounded_memory",
            "--nocapture",
        ])
        .env(CHILD, folder.path(""))
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let told = text
        .split("peak memory ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    let peak_kb: u64 = told.ok_or_else(|| text.to_string())?.parse()?;
    // 14 MB of it are the hour's packets; the hour as samples would be 690 MB.
    assert!(peak_kb < 48_000, "{peak_kb} kB");
    Ok(())
}

fn ingest_and_tell(folder: &Path) -> Outcome {
    // Memory does not depend on how hard the encoder tries, and the test's time does.
    let coding = Coding {
        complexity: 0,
        ..Coding::default()
    };
    let settings = Settings {
        coding,
        ..Settings::default()
    };
    let source = fs::File::open(folder.join("hour.wav"))?;
    let go_on = |_| ControlFlow::Continue(());
    let ingested = ingest(source, &settings, folder, &folder.join("hour.opus"), &go_on)?;
    assert!(ingested.duration_ms > 3_590_000, "{ingested:?}");
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .ok_or("no VmHWM")?;
    println!("peak memory {}", peak.trim());
    Ok(())
}
