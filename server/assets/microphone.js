// The microphone: records in pieces, shows how loud it is, and knows afterwards whether it was well
// recorded. It knows nothing of the page and of the server.

// What browsers record, the best first: Chrome and Firefox the first, iPhones the second.
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

const PIECE_MS = 1_000;
const LOOK_MS = 50;
// A syllable or two: shorter spans jump, longer ones hide a shout.
const SPAN_LOOKS = 8;

// Decibels of full scale. The server brings speech to one loudness; beyond these it cannot help:
// what is quieter drowns in the noise of the phone, what reaches the top is broken.
const DEAF = -65;
const QUIET = -42;
const FULL = -0.2;
// What the server calls cut off too: this many samples in a row at the top, for so many
// milliseconds of each minute.
const CUT_FROM = 0.985;
const CUT_RUN = 3;
const CUT_MS_PER_MINUTE = 20;
// Speech is as much louder than its pauses, or there is a fan, a motor or a crowd beside it.
const ABOVE_NOISE = 12;
// The scale of the meter.
const LOWEST = -60;

// Why a page cannot record here: "insecure", "unsupported", or nothing at all.
export function hindrance() {
  // From such a page browsers hide the microphone too, so this is asked first.
  if (!window.isSecureContext) {
    return "insecure";
  }
  const can = navigator.mediaDevices?.getUserMedia && window.MediaRecorder;
  return can ? undefined : "unsupported";
}

// Asks for the microphone and gives back a recorder that has not begun. Throws what the browser
// says when the person or the browser refuses.
export async function open() {
  // Loudness is the server's work: a phone that pumps its gain makes it harder.
  const sound = { channelCount: 1, echoCancellation: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: sound });
  try {
    return new Microphone(stream);
  } catch (error) {
    release(stream);
    throw error;
  }
}

function release(stream) {
  stream.getTracks().forEach((source) => source.stop());
}

class Microphone {
  #stream;
  #recorder;
  #ear;
  #spent = 0;
  #since = undefined;

  constructor(stream) {
    this.#stream = stream;
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    this.#recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
    this.#ear = new Ear(stream);
  }

  // Records from here on. `hears` is told: piece(blob), level(percent, word), ended(verdict).
  // Throws when the microphone has gone since it was opened.
  begin(hears) {
    const recorder = this.#recorder;
    if (!this.#stream.active) {
      throw new Error("the microphone is gone");
    }
    recorder.start(PIECE_MS);
    recorder.addEventListener("dataavailable", ({ data }) => data.size && hears.piece(data));
    recorder.addEventListener("stop", () => {
      this.#ear.close();
      release(this.#stream);
      hears.ended(this.#ear.verdict());
    });
    // A call, or a headset that is pulled out: what was said until then is a recording.
    const over = () => this.end();
    this.#stream.getTracks().forEach((source) => source.addEventListener("ended", over));
    this.#since = performance.now();
    this.#ear.listen((percent, word) => hears.level(percent, word));
  }

  get kind() {
    return this.#recorder.mimeType;
  }

  get paused() {
    return this.#recorder.state === "paused";
  }

  // Whole seconds that were recorded, without pauses.
  get seconds() {
    const running = this.#since === undefined ? 0 : performance.now() - this.#since;
    return Math.floor((this.#spent + running) / 1_000);
  }

  pause() {
    this.#recorder.pause();
    this.#spent += performance.now() - this.#since;
    this.#since = undefined;
    this.#ear.deaf = true;
  }

  goOn() {
    this.#recorder.resume();
    this.#since = performance.now();
    this.#ear.deaf = false;
  }

  // Ends it, also when it has not begun.
  end() {
    if (this.#recorder.state === "inactive") {
      this.#ear.close();
      release(this.#stream);
    } else {
      this.#recorder.stop();
    }
  }
}

// Listens beside the recorder.
class Ear {
  deaf = false;
  #context;
  #analyser;
  #timer;
  #levels = [];
  #looks = [];
  #peaks = [];
  #cut = 0;
  #listened = 0;
  #heard = false;

  constructor(stream) {
    this.#context = new AudioContext();
    this.#analyser = this.#context.createAnalyser();
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
  }

  listen(tell) {
    // Some browsers let a page hear only once it has asked.
    this.#context.resume().catch(() => {});
    const block = new Float32Array(this.#analyser.fftSize);
    let span = [];
    this.#timer = setInterval(() => {
      if (this.deaf) {
        return;
      }
      this.#analyser.getFloatTimeDomainData(block);
      this.#heard ||= this.#context.state === "running";
      const peak = decibels(block.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0));
      const power = block.reduce((sum, sample) => sum + sample * sample, 0) / block.length;
      this.#cut += cutOff(block);
      this.#listened += block.length;
      this.#looks.push(decibels(Math.sqrt(power)));
      span.push(power);
      if (span.length === SPAN_LOOKS) {
        const mean = span.reduce((sum, one) => sum + one, 0) / span.length;
        this.#levels.push(decibels(Math.sqrt(mean)));
        span = [];
      }
      this.#peaks = [...this.#peaks, peak].slice(-3 * SPAN_LOOKS);
      tell(percent(peak), word(Math.max(...this.#peaks)));
    }, LOOK_MS);
  }

  close() {
    clearInterval(this.#timer);
    this.#context.close().catch(() => {});
  }

  // What a person should know before it is sent: "deaf", "quiet", "clipped", "noisy" or "good".
  verdict() {
    // Who could not listen accuses nobody.
    if (this.#levels.length === 0 || !this.#heard) {
      return "good";
    }
    const speech = share(this.#levels, 0.9);
    // Between two words, and not between two sentences: some people speak without a pause.
    const noise = share(this.#looks, 0.1);
    if (speech < DEAF) {
      return "deaf";
    }
    // A single click is no harm.
    if (this.#cut * 60000 > this.#listened * CUT_MS_PER_MINUTE) {
      return "clipped";
    }
    if (speech < QUIET) {
      return "quiet";
    }
    return this.#levels.length > 10 && speech - noise < ABOVE_NOISE ? "noisy" : "good";
  }
}

// How many samples of a block a recorder cut off: a clean peak is at the top for one or two.
function cutOff(block) {
  let all = 0;
  let run = 0;
  for (const sample of block) {
    run = Math.abs(sample) >= CUT_FROM ? run + 1 : 0;
    all += run === CUT_RUN ? CUT_RUN : Number(run > CUT_RUN);
  }
  return all;
}

// Below which such a share of `levels` lies.
function share(levels, part) {
  const sorted = [...levels].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * part)];
}

function word(peak) {
  if (peak >= FULL) {
    return "loud";
  }
  return peak < QUIET + 12 ? "low" : "right";
}

function percent(peak) {
  return Math.round(Math.min(1, Math.max(0, 1 - peak / LOWEST)) * 100);
}

function decibels(amplitude) {
  return 20 * Math.log10(Math.max(amplitude, 1e-6));
}
