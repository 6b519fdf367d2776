#!/bin/sh
# Makes every sample sound that samples.toml lists: espeak-ng reads its text, ffmpeg writes the
# format that its file name asks for, the way phones and browsers send it.
# Needs espeak-ng, ffmpeg and python3 (3.11 or later, for its TOML reader).
set -eu
cd "$(dirname "$0")"
exec python3 - <<'PYTHON'
import subprocess, tempfile, tomllib

# One voice per bulletin, so that the samples do not all sound alike; one for all stand-ins.
VOICES = {"health-book.vi.ogg": "vi-vn-x-central", "online-services.vi.webm": "vi-vn-x-south"}
CODECS = {
    "m4a": ["-ar", "44100", "-c:a", "aac", "-b:a", "40k", "-movflags", "+faststart"],
    "mp3": ["-ar", "24000", "-c:a", "libmp3lame", "-b:a", "32k"],
    "ogg": ["-ar", "24000", "-c:a", "libvorbis", "-q:a", "1"],
    # As MediaRecorder writes it: a stream of unknown length.
    "webm": ["-ar", "48000", "-c:a", "libopus", "-b:a", "32k", "-f", "webm", "-live", "1"],
}
with open("samples.toml", "rb") as file:
    bulletins = tomllib.load(file)["bulletin"]
for recording in (r for bulletin in bulletins for r in bulletin["recording"]):
    name = recording["file"]
    voice = VOICES.get(name, "vi" if recording["language"] == "vi" else "sw")
    with tempfile.NamedTemporaryFile(suffix=".wav") as speech:
        subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "-a", "70", "-w", speech.name,
                        recording["text"]], check=True)
        # Half a second of stillness around the speech, as between pressing the button and talking.
        quiet = ["-af", "adelay=500,apad=pad_dur=0.7"]
        codec = CODECS[name.rsplit(".", 1)[1]]
        encode = ["ffmpeg", "-v", "error", "-y", "-i", speech.name, *quiet, "-ac", "1",
                  "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", *codec]
        if "-live" in codec:
            written = subprocess.run([*encode, "-"], check=True, stdout=subprocess.PIPE).stdout
            with open(name, "wb") as out:
                out.write(written)
        else:
            subprocess.run([*encode, name], check=True)
PYTHON
