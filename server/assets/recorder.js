// The recorder on the page for a new recording: record, listen, send, and go on after a lost link.
// Without it the page is an ordinary form with a file in it.

// The page names its modules itself: an address with the content's hash in it may be kept for good.
const form = document.getElementById("recording");
if (form) {
  const [upload, keep] = await Promise.all([
    import(new URL(form.dataset.uploads, location.href)),
    import(new URL(form.dataset.keep, location.href)),
  ]);
  set(upload, keep);
}

// What browsers record, the best first: Chrome and Firefox the first, iPhones the second.
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

function set(upload, keep) {
  const part = (id) => document.getElementById(id);
  const show = (id, shown = true) => { part(id).hidden = !shown; };
  const words = part("said").dataset;
  const say = (text) => { part("said").textContent = text; };
  const field = (name) => form.elements.namedItem(name)?.value ?? "";
  const limit = Number(form.dataset.limit);
  let recorder;
  let file;
  let unsent = false;

  addEventListener("beforeunload", (event) => {
    if (unsent) {
      event.preventDefault();
    }
  });

  show("recorder");
  const mayRecord = window.isSecureContext && navigator.mediaDevices?.getUserMedia
    && window.MediaRecorder;
  show("insecure-note", !mayRecord);
  show("start", Boolean(mayRecord));

  part("start").addEventListener("click", start);
  part("again").addEventListener("click", start);
  part("stop").addEventListener("click", () => recorder.stop());
  part("send").addEventListener("click", () => send(file, sayings(file.name)));
  form.addEventListener("submit", (event) => {
    const inputs = [...form.querySelectorAll("input[type=file]")];
    const chosen = inputs.flatMap((input) => [...input.files])[0];
    if (chosen) {
      event.preventDefault();
      send(chosen, sayings(chosen.name));
    }
  });
  offerKept();

  async function start() {
    let stream;
    try {
      // Loudness is the server's work: a phone that pumps its gain makes it harder.
      const sound = { channelCount: 1, echoCancellation: false, autoGainControl: false };
      stream = await navigator.mediaDevices.getUserMedia({ audio: sound });
    } catch {
      say(words.denied);
      return;
    }
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
    const pieces = [];
    recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    recorder.addEventListener("stop", () => {
      stream.getTracks().forEach((source) => source.stop());
      recorded(new Blob(pieces, { type: recorder.mimeType }));
    });
    // In pieces of a second, so that a browser that is closed in the middle loses little memory.
    recorder.start(1_000);
    const began = performance.now();
    const clock = () => {
      if (recorder.state === "recording") {
        const seconds = Math.floor((performance.now() - began) / 1_000);
        const shown = String(seconds % 60).padStart(2, "0");
        say(`${words.recording} ${Math.floor(seconds / 60)}:${shown}`);
        setTimeout(clock, 250);
      }
    };
    clock();
    const awake = await navigator.wakeLock?.request("screen").catch(() => undefined);
    recorder.addEventListener("stop", () => awake?.release());
    show("start", false);
    show("take", false);
    show("stop");
    show("file-section", false);
  }

  async function recorded(blob) {
    const ending = /mp4/.test(blob.type) ? "m4a" : /ogg/.test(blob.type) ? "ogg" : "webm";
    const now = new Date();
    // The clock of the phone: whoever looks for the file remembers the hour on the wall.
    now.setMinutes(now.getMinutes() - now.getTimezoneOffset());
    const stamp = now.toISOString().slice(0, 19).replace(/[T:]/g, "-");
    file = new File([blob], `ghi-am-${stamp}.${ending}`, { type: blob.type });
    unsent = true;
    await keep.put({ file, says: sayings(file.name) });
    part("listen").src = URL.createObjectURL(file);
    show("stop", false);
    show("take");
    say(words.recorded);
  }

  function sayings(name) {
    const says = { filename: name, filetype: file?.type };
    for (const key of ["area", "language", "bulletin"]) {
      says[key] = field(key);
    }
    return says;
  }

  async function send(chosen, says, place) {
    if (chosen.size > limit) {
      say(words.large);
      return;
    }
    unsent = true;
    for (const id of ["recorder", "file-section", "kept"]) {
      show(id, false);
    }
    show("progress");
    const hears = {
      placed: (address) => keep.put({ file: chosen, says, place: address }),
      progress: (percent) => {
        part("progress").value = percent;
        say(`${words.sending} ${percent} %`);
      },
      waiting: () => say(words.waiting),
    };
    try {
      const recording = await upload.send(chosen, { csrf: field("csrf"), says, place, hears });
      unsent = false;
      await keep.clear();
      say(words.sent);
      location.assign(`/recordings/${recording.id}?notice=notice-recording-sent`);
    } catch (error) {
      show("progress", false);
      show("recorder");
      show("file-section");
      say(`${words.failed} ${error.message}`);
    }
  }

  async function offerKept() {
    const kept = await keep.get();
    if (!kept) {
      return;
    }
    part("kept-name").textContent = kept.file.name;
    show("kept");
    part("resume").addEventListener("click", () => send(kept.file, kept.says, kept.place));
    part("forget").addEventListener("click", async () => {
      show("kept", false);
      await keep.clear();
      if (kept.place) {
        await upload.abandon(kept.place, field("csrf"));
      }
    });
  }
}
