// Keeps what somebody types into the form of a bulletin in this browser until it is saved: a phone
// whose battery dies offers it again. Only to whoever typed it.

const PAUSE = 300;
// What belongs to the page and not to the person.
const OWN = ["csrf", "id", "recording"];
const form = document.querySelector("form[data-begun]");
const offer = document.getElementById("begun");
const saved = document.querySelector("[data-saved]");
// What of another bulletin was begun before, and what changed the one that is there.
const name = ({ person }, bulletin) => `loa-ban begun ${person} ${bulletin}`;

// A browser that keeps nothing only loses the comfort.
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(key, begun) {
  try {
    if (begun) {
      localStorage.setItem(key, JSON.stringify(begun));
    } else {
      localStorage.removeItem(key);
    }
  } catch {
    // Full, or forbidden.
  }
}

function typed() {
  const fields = [...new FormData(form)].filter(([field]) => !OWN.includes(field));
  return fields.filter(([, value]) => typeof value === "string");
}

const lines = (fields) => JSON.stringify(fields).replaceAll("\\r\\n", "\\n");

// The version comes along, so that who was overtaken meanwhile is told.
function fill(fields) {
  for (const [field, value] of fields) {
    const there = form.elements[field];
    if (there) {
      there.value = value;
      there.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}

function offerAgain(key, begun) {
  const at = new Date(begun.at);
  offer.querySelector(".at").textContent = at.toLocaleString(document.documentElement.lang, {
    day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit",
  });
  const [take, drop] = offer.querySelectorAll("button");
  take.addEventListener("click", () => {
    offer.hidden = true;
    fill(begun.fields);
    form.elements.title.focus();
  });
  drop.addEventListener("click", () => {
    offer.hidden = true;
    write(key, null);
    form.elements.title.focus();
  });
  offer.hidden = false;
}

if (form) {
  const key = name(form.dataset, form.dataset.begun);
  const begun = read(key);
  if (begun && lines(begun.fields) !== lines(typed())) {
    offerAgain(key, begun);
  }
  let waiting;
  const keep = () => {
    clearTimeout(waiting);
    waiting = undefined;
    write(key, { id: form.elements.id.value, at: Date.now(), fields: typed() });
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(keep, PAUSE);
  });
  // Who is faster than the pause loses nothing either.
  addEventListener("pagehide", () => waiting && keep());
}

// The page to which saving leads.
if (saved) {
  const { saved: bulletin } = saved.dataset;
  if (new URLSearchParams(location.search).get("notice") === "notice-bulletin-saved") {
    write(name(saved.dataset, bulletin), null);
  }
  if (read(name(saved.dataset, "new"))?.id === bulletin) {
    write(name(saved.dataset, "new"), null);
  }
}
