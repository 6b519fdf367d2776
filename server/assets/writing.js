// What the form of a bulletin does while it is being filled in.

const form = document.querySelector("main form.fields");
const templates = document.querySelector("nav[data-ask]");

// A template must not take the place of what somebody has typed without their word.
let typed = false;
form?.addEventListener("input", () => {
  typed = true;
});
templates?.addEventListener("click", (event) => {
  const leads = event.target.closest("a");
  if (leads && typed && !confirm(templates.dataset.ask)) {
    event.preventDefault();
  }
});

// How long it takes to read the script out. The server counts, so that the form and the page of
// the bulletin say the same; a link that is away leaves what was said last.
const PAUSE = 600;
const reading = document.getElementById("reading");
const script = form?.elements.script;
let waiting;
// Answers may overtake each other: only the newest question counts.
let asked = 0;

async function ask() {
  asked += 1;
  const question = asked;
  const body = JSON.stringify({ script: script.value, area_id: form.elements.area?.value || null });
  const headers = {
    "Content-Type": "application/json",
    "X-CSRF-Token": form.elements.csrf.value,
    // The language of the page, not that of the phone.
    "Accept-Language": document.documentElement.lang,
  };
  try {
    const answer = await fetch(reading.dataset.ask, { method: "POST", headers, body });
    if (answer.ok && question === asked) {
      show(await answer.json());
    }
  } catch {
    // The next letter asks again.
  }
}

function show(said) {
  const [text, warning] = reading.querySelectorAll("p");
  text.textContent = said.text;
  warning.textContent = said.warning || "";
  warning.hidden = !said.warning;
}

function askSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(ask, PAUSE);
}

if (reading && script) {
  script.addEventListener("input", askSoon);
  form.elements.area?.addEventListener?.("change", askSoon);
}
