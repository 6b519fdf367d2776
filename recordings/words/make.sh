#!/bin/sh
# Makes every word that words.toml lists: espeak-ng reads it, ffmpeg trims the stillness around it
# and writes Ogg Opus as a station keeps it. Two high tones go before what marks a drill.
# Needs espeak-ng, ffmpeg and python3 (3.11 or later, for its TOML reader).
set -eu
cd "$(dirname "$0")"
exec python3 - <<'PYTHON'
import subprocess, tempfile, tomllib

# Brings espeak-ng's voice to about -16 LUFS, as every recording is.
GAIN = "volume=3dB,alimiter=limit=0.65:level=false"
TRIM = ("silenceremove=start_periods=1:start_threshold=-50dB,areverse,"
        "silenceremove=start_periods=1:start_threshold=-50dB,areverse")
OPUS = ["-ac", "1", "-ar", "48000", "-c:a", "libopus", "-b:a", "24k", "-application", "voip",
        "-frame_duration", "60", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
BEEPS = "aevalsrc='0.25*sin(2*PI*880*t)*(lt(mod(t,0.4),0.25))':d=0.8:s=48000"

with open("words.toml", "rb") as file:
    words = tomllib.load(file)
for name, text in words.items():
    with tempfile.NamedTemporaryFile(suffix=".wav") as speech:
        subprocess.run(["espeak-ng", "-v", "vi", "-s", "140", "-a", "100", "-w", speech.name, text],
                       check=True)
        spoken = f"aresample=48000,{TRIM},{GAIN}"
        if name == "drill":
            sound = ["-f", "lavfi", "-i", BEEPS, "-filter_complex",
                     f"[0]{spoken}[said];[1][said]concat=n=2:v=0:a=1"]
        else:
            sound = ["-af", spoken]
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", speech.name, *sound, *OPUS,
                        f"{name}.ogg"], check=True)
PYTHON
