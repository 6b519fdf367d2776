// Plays a rehearsed day from its first sound to its last, as the station would: each sound after
// the one before it, and of the silences only as much as tells them apart. Without this each sound
// is heard by itself.

const panel = document.getElementById("rehearsal");
const sound = document.getElementById("sound");
const said = document.getElementById("said");
const named = (id) => document.getElementById(id);
const [fromStart, pauses, goesOn, next, halt] =
  ["from-start", "pause", "go-on", "next", "halt"].map(named);

// Milliseconds of silence between two sounds of a start, as the station keeps it.
const PAUSE = 1500;
// The same where a longer silence is left out: long enough to be told so.
const SKIP = 2500;

const cues = [...document.querySelectorAll("[data-cue]")];
const day = cues.flatMap(heard);

// Where the day is, what will go on by itself there, and whether somebody paused it.
let at = 0;
let waiting;

// Every sound of a start in its order, as often as it is heard.
function heard(cue) {
  const own = (kind) => [...cue.querySelectorAll(`[data-piece=${kind}]`)];
  const times = Number(cue.dataset.times);
  const chime = own("chime").map((piece) => ({ cue, piece, round: 1, again: false }));
  const rounds = Array.from({ length: times }, (_, n) => own("spoken").map((piece, place) => (
    { cue, piece, round: n + 1, again: n > 0 && place === 0 })));
  return [...chime, ...rounds.flat()];
}

// What the line says while a sound is heard.
function words({ cue, piece, round }) {
  const name = piece.querySelector(".name").textContent;
  const times = Number(cue.dataset.times);
  const which = times > 1 && piece.dataset.piece === "spoken" ? ` · ${round}/${times}` : "";
  return `${cue.dataset.time} · ${name}${which}`;
}

function mark(piece) {
  document.querySelector("[data-piece][aria-current]")?.removeAttribute("aria-current");
  piece?.setAttribute("aria-current", "true");
}

// Which buttons there are; who had pressed one that goes finds the one in its place.
function offer(...buttons) {
  const held = [fromStart, pauses, goesOn, next, halt].includes(document.activeElement);
  for (const button of [fromStart, pauses, goesOn, next, halt]) {
    button.hidden = !buttons.includes(button);
  }
  if (held && document.activeElement.hidden) {
    buttons[0].focus();
  }
}

function play(place) {
  clearTimeout(waiting);
  waiting = undefined;
  at = place;
  const { piece } = day[at];
  sound.src = piece.querySelector("audio").src;
  sound.volume = 10 ** (-Number(piece.dataset.below) / 20);
  said.textContent = words(day[at]);
  mark(piece);
  begin();
}

function begin() {
  offer(pauses, next, halt);
  // What another sound took the place of is no fault.
  sound.play().catch((error) => {
    if (error.name !== "AbortError") {
      broken();
    }
  });
}

function broken() {
  said.textContent = panel.dataset.broken;
  offer(goesOn, next, halt);
}

// Goes on to a place of the day, and says what silence is left out on the way.
function goOn(place) {
  mark();
  if (place >= day.length) {
    end(panel.dataset.done);
    return;
  }
  const { cue, again } = day[place];
  const silence = cue !== day[at].cue ? "until" : again && "gap";
  at = place;
  if (silence) {
    said.textContent = cue.dataset[silence];
  }
  offer(pauses, next, halt);
  waiting = setTimeout(() => play(at), silence ? SKIP : PAUSE);
}

function pause() {
  clearTimeout(waiting);
  sound.pause();
  said.textContent = panel.dataset.paused;
  offer(goesOn, next, halt);
}

function resume() {
  if (waiting === undefined && !sound.error && sound.readyState > 0) {
    said.textContent = words(day[at]);
    begin();
  } else {
    play(at);
  }
}

function end(line) {
  clearTimeout(waiting);
  sound.pause();
  sound.removeAttribute("src");
  mark();
  at = 0;
  waiting = undefined;
  said.textContent = line;
  offer(fromStart);
}

if (panel && day.length > 0) {
  panel.hidden = false;
  fromStart.addEventListener("click", () => play(0));
  pauses.addEventListener("click", pause);
  goesOn.addEventListener("click", resume);
  halt.addEventListener("click", () => end(""));
  next.addEventListener("click", () => {
    const { cue } = day[at];
    const place = day.findIndex((one, n) => n > at && one.cue !== cue);
    clearTimeout(waiting);
    sound.pause();
    goOn(place < 0 ? day.length : place);
  });
  sound.addEventListener("ended", () => goOn(at + 1));
  sound.addEventListener("error", () => {
    if (sound.hasAttribute("src")) {
      broken();
    }
  });
  for (const cue of cues) {
    const button = cue.querySelector(".from-here");
    button.hidden = false;
    button.addEventListener("click", () => play(day.findIndex((one) => one.cue === cue)));
  }
  // Two sounds at once are none: whichever begins ends the others.
  document.addEventListener("play", ({ target }) => {
    if (target !== sound && !pauses.hidden) {
      pause();
    }
    for (const other of document.querySelectorAll(".pieces audio")) {
      if (other !== target) {
        other.pause();
      }
    }
  }, true);
  // Some phones keep the volume to themselves.
  const levels = named("levels");
  if (levels) {
    sound.volume = 0.5;
    levels.hidden = sound.volume !== 0.5;
    sound.volume = 1;
  }
}
