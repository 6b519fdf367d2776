// The recorder on the page for a new recording: record, listen, send, and go on after a lost link.
// Without it the page is an ordinary form with a file in it.
//
// A take is sent while it is being recorded, and kept in the browser until the server has all of
// it. It counts only once the person presses "send": until then it can be recorded anew.

// The page names its modules itself: an address with the content's hash in it may be kept for good.
const MODULES = ["uploads", "keep", "microphone", "takes", "refused"];
const form = document.getElementById("recording");
if (form) {
  const load = (name) => import(new URL(form.dataset[name], location));
  set(...await Promise.all(MODULES.map(load)));
}

const COUNT_DOWN = [3, 2, 1];
// What is said of something that was not sent.
const NOTES = ["unsent", "without", "signed-out"];
// Half an hour as phones record it. A phone that keeps more runs out of memory.
const KEPT_MOST = 64 << 20;

function set(upload, keep, microphone, takes, refused) {
  const part = (id) => document.getElementById(id);
  const show = (id, shown = true) => { part(id).hidden = !shown; };
  const words = part("said").dataset;
  const say = (text) => { part("said").textContent = text; };
  const csrf = form.elements.namedItem("csrf");
  // Lets what belongs to the work under way stay on the screen beside the script.
  const atHand = (on) => part("at-hand").classList.toggle("bar", on);
  // Brings up what came of it, for whoever is somewhere in the script.
  const bringUp = () => part("at-hand").scrollIntoView({ block: "nearest" });
  const limit = Number(form.dataset.limit);
  // What is being recorded or was recorded last: { kept, source, sending, ending, held }.
  let take;
  let heard;
  // By their ids, what would be lost with the page: what is sure to lie in this browser goes on
  // tomorrow, and a file that is not being sent lies where it was chosen.
  const onlyHere = new Set();
  // Whether the browser promises to keep what it keeps.
  let lasting;
  let busy = false;

  addEventListener("beforeunload", (event) => {
    if (onlyHere.size > 0) {
      event.preventDefault();
    }
  });

  rest();
  // A page that is loaded anew may still have them as they were.
  lock(false);
  show("insecure-note", microphone.hindrance() === "insecure");
  show("unsupported-note", microphone.hindrance() === "unsupported");
  part("start").addEventListener("click", () => alone(start));
  part("again").addEventListener("click", () => alone(start));
  part("stop").addEventListener("click", () => heard.end());
  part("pause").addEventListener("click", () => pause(true));
  part("go-on").addEventListener("click", () => pause(false));
  part("send").addEventListener("click", () => alone(finish));
  form.addEventListener("click", takes.keepAfterAll);
  form.addEventListener("submit", (event) => {
    const inputs = [...form.querySelectorAll("input[type=file]")];
    const chosen = inputs.flatMap((input) => [...input.files])[0];
    if (chosen || busy) {
      event.preventDefault();
      alone(() => sendFile(chosen));
    }
  });
  offerUnsent();

  // One deed at a time: a second tap on a slow phone is none.
  async function alone(deed) {
    if (busy) {
      return;
    }
    lock(true);
    try {
      await deed();
    } finally {
      lock(false);
    }
  }

  function lock(on) {
    busy = on;
    form.querySelectorAll("button").forEach((button) => { button.disabled = on; });
  }

  // Shows what can be done while nothing is under way.
  function rest() {
    atHand(!microphone.hindrance() && !take);
    show("recorder");
    show("recorder-title");
    show("start", !microphone.hindrance() && !take);
    show("take", Boolean(take));
    show("file-section");
    show("unsent", part("unsent-takes").childElementCount > 0);
    show("progress", false);
    tell(take?.held);
  }

  // Says what becomes of it when the page is closed: "kept", "keptForNow" or "notKept", as it is
  // held in this browser.
  function tell(held) {
    part("safe").textContent = words[held] ?? "";
  }

  async function start() {
    lasting = keep.lasts();
    let opened;
    try {
      opened = await microphone.open();
    } catch {
      say(words.denied);
      return;
    }
    for (const id of ["recorder-title", "start", "take", "file-section", ...NOTES]) {
      show(id, false);
    }
    tell();
    atHand(true);
    part("again-asked").open = false;
    // The button is gone: who uses keys goes on from here.
    part("recorder").focus({ preventScroll: true });
    form.querySelector(".script")?.scrollIntoView();
    for (const left of COUNT_DOWN) {
      say(`${words.ready} ${left}`);
      await new Promise((resolve) => { setTimeout(resolve, 700); });
    }
    const former = take;
    try {
      await begin(opened);
    } catch {
      opened.end();
      rest();
      say(words.gone);
      return;
    }
    // What was recorded before goes once another is in its place.
    if (former) {
      forget(former);
    }
    say("");
    show("at-work");
    paused(false);
    clock();
  }

  // Records, puts the take down and sends what there is of it, without a word: a link that is lost
  // while somebody speaks is none of their business yet.
  async function begin(opened) {
    const awake = await navigator.wakeLock?.request("screen").catch(() => undefined);
    const ended = async (verdict) => {
      awake?.release();
      await recorded(verdict);
    };
    try {
      opened.begin({ piece: added, level, ended });
    } catch (error) {
      awake?.release();
      throw error;
    }
    heard = opened;
    const { kind } = heard;
    const kept = takes.noted(form, takes.fileName(kind), kind);
    onlyHere.add(kept.id);
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
    return upload.send(source, { csrf: csrf.value, says, place, hears, signal: ending.signal });
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
    } else {
      heard.goOn();
    }
    paused(on);
    part(on ? "go-on" : "pause").focus();
  }

  function paused(on) {
    show("pause", !on);
    show("go-on", on);
    show("level-line", !on);
  }

  function clock() {
    if (part("at-work").hidden) {
      return;
    }
    const state = heard.paused ? words.paused : words.recording;
    part("clock").textContent = `${state} ${takes.minutes(heard.seconds)}`;
    setTimeout(clock, 250);
  }

  async function recorded(verdict) {
    show("at-work", false);
    show("recorder-title");
    atHand(false);
    const file = take.source.file(take.kept.name, take.kept.kind);
    part("listen").src = URL.createObjectURL(file);
    part("verdict").textContent = words[verdict];
    part("verdict").className = verdict === "good" ? "notice" : "warning";
    show("take");
    say(words.recorded);
    part("recorder").focus({ preventScroll: true });
    bringUp();
    const ended = take;
    ended.held = await heldAs(await ended.safe);
    if (ended.held === "kept") {
      onlyHere.delete(ended.kept.id);
    }
    if (take === ended) {
      tell(ended.held);
    }
  }

  // How this browser holds what it keeps, or does not keep. Nobody waits for a person who has not
  // answered the browser.
  async function heldAs(isKept) {
    const lasts = isKept && await Promise.race([lasting, false]);
    return lasts ? "kept" : isKept ? "keptForNow" : "notKept";
  }

  // Drops what was recorded, here and on the server.
  async function forget({ ending, sending, safe, kept }) {
    ending.abort();
    await sending.catch(() => {});
    await safe;
    await discard(kept);
  }

  async function discard(kept) {
    onlyHere.delete(kept.id);
    await keep.drop(kept.id);
    for (const place of [kept.place, ...(kept.former ?? [])].filter(Boolean)) {
      upload.abandon(place, csrf.value);
    }
  }

  // The take counts: its length is told, and what is lacking is sent.
  async function finish() {
    const { source, ending, kept, sending } = take;
    progress(0);
    ending.abort();
    await sending.catch(() => {});
    const { says } = takes.noted(form, kept.name, kept.kind);
    // What was chosen after the recording had begun was not said when the upload began.
    if (JSON.stringify(kept.says) !== JSON.stringify(says)) {
      await change(kept, says);
    }
    await send(kept, source.file(kept.name, kept.kind), take.held);
  }

  // Lets a take say something else, which takes another upload. The sound stays kept meanwhile.
  async function change(kept, says) {
    const former = [kept.place, ...(kept.former ?? [])].filter(Boolean);
    Object.assign(kept, { says, former, place: undefined });
    await keep.put(kept);
  }

  async function sendFile(file) {
    const kept = takes.noted(form, file.name, file.type);
    lasting = keep.lasts();
    const fits = file.size <= Math.min(limit, KEPT_MOST);
    if (fits) {
      progress(0);
    }
    const here = fits && await keep.put(kept) && await keep.add(kept.id, 0, file);
    await send(kept, file, await heldAs(here));
  }

  function progress(percent) {
    show("progress");
    part("progress").value = percent;
    part("progress").className = "";
    say(`${words.sending} ${percent} %`);
  }

  // Sends what is `held` so in this browser, to its end.
  async function send(kept, file, held) {
    if (file.size > limit) {
      rest();
      say(words.large);
      return;
    }
    if (held !== "kept") {
      onlyHere.add(kept.id);
    }
    for (const id of ["recorder", "file-section", ...NOTES]) {
      show(id, false);
    }
    atHand(true);
    progress(0);
    tell(held);
    const waiting = () => {
      part("progress").className = "waiting";
      say(onlyHere.has(kept.id) ? words.waiting : words.waitingKept);
    };
    const ending = new AbortController();
    const source = upload.whole(file);
    try {
      const recording = await deliver({ kept, ending, source }, { progress, waiting });
      // The upload of this recording is whole and stays; those that it replaced go.
      await discard({ ...kept, place: undefined });
      say(words.sent);
      location.assign(`/recordings/${recording.id}?notice=notice-recording-sent`);
    } catch (error) {
      if (error.kind === "forged-form" && await refused.renewed(form)) {
        await send(kept, file, held);
        return;
      }
      rest();
      // Whatever the microphone did not record lies elsewhere still.
      if (kept.id !== take?.kept.id) {
        onlyHere.delete(kept.id);
      }
      refuse(error, kept, file, held);
    }
  }

  // Says why it was not sent, and the way on.
  function refuse(error, kept, file, held) {
    const { bulletin } = kept.says;
    say(refused.why(error, words, bulletin));
    if (refused.isSignedOut(error)) {
      // Nobody is asked whether to leave what waits here for their return.
      const leave = () => onlyHere.delete(kept.id);
      const isKept = held === "kept" || held === "keptForNow";
      refused.leadToSignIn(part("signed-out"), words, isKept, leave);
      // What becomes of it is said there.
      tell();
      show("signed-out");
    } else if (error.isOfBulletin && bulletin) {
      offerWithout(kept, file, held);
    }
    bringUp();
  }

  // The bulletin takes no recording any longer; the recording is somebody's work all the same.
  function offerWithout(kept, file, held) {
    show("without");
    part("send-without").onclick = () => alone(async () => {
      await change(kept, { ...kept.says, bulletin: "" });
      await send(kept, file, held);
    });
  }

  async function offerUnsent() {
    const held = await keep.lastsAlready() ? "kept" : "keptForNow";
    for (const kept of await keep.unsent(form.dataset.person)) {
      const { file, pieces } = await keep.sound(kept);
      if (file.size === 0) {
        await keep.drop(kept.id);
        continue;
      }
      const offer = takes.offered({ form, words, kept, file, pieces });
      const on = (answer, deed) =>
        offer.querySelector(answer).addEventListener("click", () => alone(deed));
      on(".resume", () => send(kept, file, held));
      on(".drop", async () => {
        offer.remove();
        show("unsent", part("unsent-takes").childElementCount > 0);
        part("recorder").focus({ preventScroll: true });
        await discard(kept);
      });
      part("unsent-takes").append(offer);
      show("unsent", !busy && part("at-work").hidden);
    }
  }
}
