// Keeps the page fresh without a flash: fetches it again and swaps its main part. STOP stands
// outside of that part, so that a press is never lost to a swap. What is pressed is sent without
// leaving the page: while the player is away there would be no way back to it.
const EVERY_MS = 1000;

// A player that says nothing for so long is away as well.
const PATIENCE_MS = 5000;

// How long the page still says that a press was not heard once it is back.
const UNHEARD_MS = 60000;

const KEYS = "a, button, input";

const unheard = document.querySelector(".unheard");

// Other pages of the player stay as they are, and have only their STOP sent from here.
const isLive = document.querySelector(".away") !== null;

// An answer that asks something back stays until it is answered or left.
let asksBack = false;
let missedAt = 0;

function ask(path, more) {
  const signal = AbortSignal.timeout?.(PATIENCE_MS);
  return fetch(path, { cache: "no-store", signal, ...more });
}

async function read(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (page.querySelector("main") === null) throw new Error(answer.statusText);
  return page;
}

function swap(page) {
  document.title = page.title;
  const [old, fresh] = [document.querySelector("main"), page.querySelector("main")];
  if (old.outerHTML === fresh.outerHTML) return;
  const at = [...old.querySelectorAll(KEYS)].indexOf(document.activeElement);
  const focused = old.querySelectorAll(KEYS)[at];
  old.replaceWith(fresh);
  // Whoever goes by the keyboard stays on the same button, if it is still there.
  const keys = [...fresh.querySelectorAll(KEYS)];
  const same = keys.filter((key) => key.outerHTML === focused?.outerHTML);
  (same.includes(keys[at]) ? keys[at] : same[0])?.focus();
}

async function refresh() {
  const answer = await ask("/");
  if (!answer.ok) throw new Error(answer.statusText);
  const page = await read(answer);
  // A button that is being pressed stays where it is.
  if (!asksBack && document.querySelector("main :active") === null) swap(page);
}

async function keepFresh() {
  const began = performance.now();
  try {
    await refresh();
    document.body.classList.remove("stale");
    if (performance.now() - missedAt > UNHEARD_MS) unheard.hidden = true;
  } catch {
    // The player is being started again; the page comes back by itself.
    document.body.classList.add("stale");
    missedAt = performance.now();
  }
  // What the answer took is not added, or the seconds that are counted down would leave some out.
  setTimeout(keepFresh, Math.max(EVERY_MS - (performance.now() - began), EVERY_MS / 4));
}

function miss() {
  missedAt = performance.now();
  unheard.hidden = false;
}

// What became of a press may stand beside a small screen; the volume is seen where it is turned.
function show(form) {
  if (form.matches(".volume form")) return;
  const answer = form.matches(".find-stick") ? ".stick" : ".stop-again";
  const main = document.querySelector("main");
  const seen = main.querySelector(answer) ?? main.querySelector(".standing");
  seen?.scrollIntoView({ block: "nearest" });
}

async function press(form, key) {
  const said = new URLSearchParams(new FormData(form));
  if (key?.name) said.append(key.name, key.value);
  const path = key?.hasAttribute("formaction") ? key.formAction : form.action;
  let page = null;
  try {
    const answer = await ask(path, { method: "POST", body: said, redirect: "manual" });
    // What was taken leads back to this page.
    if (answer.type !== "opaqueredirect") page = await read(answer);
  } catch {
    miss();
    return;
  }
  unheard.hidden = true;
  asksBack = page !== null;
  if (asksBack) swap(page);
  else if (isLive) await refresh().catch(() => {});
  else location.assign("/");
  show(form);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || !(isLive || form.matches(".stop"))) return;
  event.preventDefault();
  press(form, event.submitter);
});

document.addEventListener("click", (event) => {
  if (!document.body.classList.contains("stale") || !event.target.closest("a")) return;
  event.preventDefault();
  miss();
});

if (isLive) setTimeout(keepFresh, EVERY_MS);
