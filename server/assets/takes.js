// What is known of a take, and how one that waits is offered to be sent: by its bulletin, its
// language and its length, as somebody remembers it the next day.

// A take as it is kept, by what the form says now.
export function noted(form, name, kind) {
  const says = { filename: name, filetype: kind };
  for (const key of ["area", "language", "bulletin"]) {
    says[key] = form.elements.namedItem(key)?.value ?? "";
  }
  const id = crypto.getRandomValues(new Uint32Array(2)).join("-");
  const title = form.elements.namedItem("bulletin")?.dataset.title;
  return { id, person: form.dataset.person, name, kind, says, title, begun: Date.now() };
}

// What a recording of the microphone is called.
export function fileName(kind) {
  const ending = /mp4/.test(kind) ? "m4a" : /ogg/.test(kind) ? "ogg" : "webm";
  const now = new Date();
  // The clock of the phone: whoever looks for the file remembers the hour on the wall.
  now.setMinutes(now.getMinutes() - now.getTimezoneOffset());
  return `ghi-am-${now.toISOString().slice(0, 19).replace(/[T:]/g, "-")}.${ending}`;
}

// What has been recorded so far, as a clock shows it that runs.
export function minutes(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// A length in the words of the page, as the server says it.
function length(seconds, words) {
  const whole = Math.round(seconds);
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  const said = minutes === 0 ? words.seconds : rest === 0 ? words.minutes : words.both;
  return said.replace("{m}", minutes).replace("{s}", rest);
}

// The offer to send a take, or to throw it away; `file` is its sound, kept in so many `pieces`.
export function offered({ form, words, kept, file, pieces }) {
  const offer = document.getElementById("unsent-take").content.cloneNode(true).firstElementChild;
  const audio = offer.querySelector("audio");
  const known = offer.querySelector(".known");
  const spoken = [...form.elements.namedItem("language").options];
  const language = spoken.find((one) => one.value === kept.says.language)?.textContent;
  const to = { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" };
  const begun = new Date(kept.begun)
    .toLocaleString(document.documentElement.lang, { ...to, year: "numeric" });
  const say = (seconds) => {
    const lasts = seconds && `${words.lasts} ${length(seconds, words)}`;
    known.textContent = [language, lasts, begun].filter(Boolean).join(" · ");
  };
  offer.querySelector(".title").textContent = kept.title ?? "";
  // What the microphone gave came in a piece a second, and does not say itself how long it is.
  say(pieces > 1 && pieces);
  audio.addEventListener("loadedmetadata", () => {
    if (Number.isFinite(audio.duration)) {
      say(audio.duration);
    }
  });
  audio.src = URL.createObjectURL(file);
  return offer;
}

// What was to be thrown away stays: the question about it closes.
export function keepAfterAll({ target }) {
  const question = target.closest(".keep")?.closest("details");
  if (question) {
    question.open = false;
    question.querySelector("summary").focus();
  }
}
