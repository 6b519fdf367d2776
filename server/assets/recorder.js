// The recorder on the page for a new recording: record, listen, send, and go on after a lost link.
// Without it the page is an ordinary form with a file in it.
//
// A take is sent while it is being recorded, and kept in the browser until the server has all of
// it. It counts only once the person presses "send": until then it can be recorded anew.

// The page names its modules itself: an address with the content's hash in it may be kept for good.
const form = document.getElementById("recording");
if (form) {
  const load = (name) => import(new URL(form.dataset[name], location));
  set(...await Promise.all(["uploads", "keep", "microphone"].map(load)));
}

const COUNT_DOWN = [3, 2, 1];
// Half an hour as phones record it. A phone that keeps more runs out of memory.
const KEPT_MOST = 64 << 20;

function set(upload, keep, microphone) {
  const part = (id) => document.getElementById(id);
  const show = (id, shown = true) => { part(id).hidden = !shown; };
  const words = part("said").dataset;
  const say = (text) => { part("said").textContent = text; };
  const field = (name) => form.elements.namedItem(name)?.value ?? "";
  const limit = Number(form.dataset.limit);
  // What is being recorded or was recorded last: { kept, source, sending, ending }.
  let take;
  let heard;
  let unsafe = false;

  addEventListener("beforeunload", (event) => {
    if (unsafe) {
      event.preventDefault();
    }
  });

  show("recorder");
  show("insecure-note", !microphone.mayRecord());
  show("start", microphone.mayRecord());
  part("start").addEventListener("click", start);
  part("again").addEventListener("click", () => forget().then(start));
  part("stop").addEventListener("click", () => heard.end());
  part("pause").addEventListener("click", () => pause(true));
  part("go-on").addEventListener("click", () => pause(false));
  part("send").addEventListener("click", finish);
  form.addEventListener("submit", (event) => {
    const inputs = [...form.querySelectorAll("input[type=file]")];
    const chosen = inputs.flatMap((input) => [...input.files])[0];
    if (chosen) {
      event.preventDefault();
      sendFile(chosen);
    }
  });
  offerUnsent();

  async function start() {
    show("start", false);
    try {
      heard = await microphone.open();
    } catch {
      show("start");
      say(words.denied);
      return;
    }
    for (const id of ["take", "file-section", "unsent"]) {
      show(id, false);
    }
    for (const left of COUNT_DOWN) {
      say(`${words.ready} ${left}`);
      await new Promise((resolve) => { setTimeout(resolve, 700); });
    }
    const awake = await navigator.wakeLock?.request("screen").catch(() => undefined);
    unsafe = true;
    begin();
    heard.begin({
      piece: added,
      level,
      ended: async (verdict) => {
        awake?.release();
        await recorded(verdict);
      },
    });
    show("at-work");
    pause(false);
    clock();
  }

  // Puts the take down and sends what there is of it, without a word: a link that is lost while
  // somebody speaks is none of their business yet.
  function begin() {
    const kind = heard.kind;
    const kept = noted(fileName(kind), kind);
    const ending = new AbortController();
    take = { kept, ending, source: new upload.Growing(), number: 0, safe: keep.put(kept) };
    take.sending = deliver(take, { progress: () => {}, waiting: () => {} });
    // Whoever wants to know how it ended asks when it is to be sent.
    take.sending.catch(() => {});
  }

  function deliver({ kept, source, ending }, { progress, waiting }) {
    const placed = (place) => {
      kept.place = place;
      return keep.put(kept);
    };
    const hears = { placed, progress, waiting };
    const { says, place } = kept;
    const csrf = field("csrf");
    return upload.send(source, { csrf, says, place, hears, signal: ending.signal });
  }

  function added(piece) {
    const number = take.number;
    take.number += 1;
    take.source.add(piece);
    const { safe, kept } = take;
    // Each after the one before, so that what is kept has no hole.
    take.safe = safe.then(async (is) => is && keep.add(kept.id, number, piece));
  }

  function level(percent, word) {
    part("level").value = percent;
    const spoken = words[word];
    if (part("level-said").textContent !== spoken) {
      part("level-said").textContent = spoken;
    }
  }

  function pause(on) {
    if (on) {
      heard.pause();
    } else if (heard.paused) {
      heard.goOn();
    }
    show("pause", !on);
    show("go-on", on);
    show("level-line", !on);
  }

  function clock() {
    if (part("at-work").hidden) {
      return;
    }
    const seconds = heard.seconds;
    const shown = String(seconds % 60).padStart(2, "0");
    say(`${heard.paused ? words.paused : words.recording} ${Math.floor(seconds / 60)}:${shown}`);
    setTimeout(clock, 250);
  }

  async function recorded(verdict) {
    show("at-work", false);
    const file = take.source.file(take.kept.name, take.kept.kind);
    part("listen").src = URL.createObjectURL(file);
    part("verdict").textContent = words[verdict];
    part("verdict").className = verdict === "good" ? "notice" : "warning";
    part("safe").textContent = "";
    show("take");
    say(words.recorded);
    const ended = take;
    const safe = await ended.safe;
    if (take === ended) {
      // What lies in this browser goes on tomorrow; anything else is lost with the page.
      unsafe = !safe;
      part("safe").textContent = safe ? words.kept : words.notKept;
    }
  }

  // Drops what was recorded, here and on the server.
  async function forget() {
    take.ending.abort();
    await take.sending.catch(() => {});
    await keep.drop(take.kept.id);
    if (take.kept.place) {
      await upload.abandon(take.kept.place, field("csrf"));
    }
  }

  // The take counts: its length is told, and what is lacking is sent.
  async function finish() {
    const { source, ending, kept } = take;
    const file = source.file(kept.name, kept.kind);
    const { says } = noted(kept.name, kept.kind);
    // What was chosen after the recording had begun was not said when the upload began.
    if (JSON.stringify(kept.says) !== JSON.stringify(says)) {
      await forget();
      await sendFile(file);
      return;
    }
    ending.abort();
    await take.sending.catch(() => {});
    await send(kept, file);
  }

  async function sendFile(file) {
    const kept = noted(file.name, file.type);
    const fits = file.size <= Math.min(limit, KEPT_MOST);
    unsafe = !(fits && await keep.put(kept) && await keep.add(kept.id, 0, file));
    await send(kept, file);
  }

  // A take as it is kept.
  function noted(name, kind) {
    const says = { filename: name, filetype: kind };
    for (const key of ["area", "language", "bulletin"]) {
      says[key] = field(key);
    }
    const id = crypto.getRandomValues(new Uint32Array(2)).join("-");
    return { id, person: form.dataset.person, name, kind, says, begun: Date.now() };
  }

  async function send(kept, file) {
    if (file.size > limit) {
      say(words.large);
      return;
    }
    for (const id of ["recorder", "file-section", "unsent"]) {
      show(id, false);
    }
    show("progress");
    const ending = new AbortController();
    const sent = deliver({ kept, ending, source: upload.whole(file) }, {
      progress: (percent) => {
        part("progress").value = percent;
        say(`${words.sending} ${percent} %`);
      },
      waiting: () => say(unsafe ? words.waiting : words.waitingKept),
    });
    try {
      const recording = await sent;
      unsafe = false;
      await keep.drop(kept.id);
      say(words.sent);
      location.assign(`/recordings/${recording.id}?notice=notice-recording-sent`);
    } catch (error) {
      show("progress", false);
      show("recorder");
      show("file-section");
      say(`${words.failed} ${error.message}`);
    }
  }

  async function offerUnsent() {
    for (const kept of await keep.unsent(form.dataset.person)) {
      const file = await keep.sound(kept);
      if (file.size === 0) {
        await keep.drop(kept.id);
        continue;
      }
      const offer = part("unsent-take").content.cloneNode(true).firstElementChild;
      offer.querySelector("audio").src = URL.createObjectURL(file);
      const begun = new Date(kept.begun).toLocaleString(document.documentElement.lang);
      offer.querySelector(".begun").textContent = begun;
      const [resume, drop] = offer.querySelectorAll("button");
      resume.addEventListener("click", () => send(kept, file));
      drop.addEventListener("click", async () => {
        offer.remove();
        show("unsent", part("unsent-takes").childElementCount > 0);
        await keep.drop(kept.id);
        if (kept.place) {
          await upload.abandon(kept.place, field("csrf"));
        }
      });
      part("unsent-takes").append(offer);
      show("unsent");
    }
  }
}

function fileName(kind) {
  const ending = /mp4/.test(kind) ? "m4a" : /ogg/.test(kind) ? "ogg" : "webm";
  const now = new Date();
  // The clock of the phone: whoever looks for the file remembers the hour on the wall.
  now.setMinutes(now.getMinutes() - now.getTimezoneOffset());
  return `ghi-am-${now.toISOString().slice(0, 19).replace(/[T:]/g, "-")}.${ending}`;
}
