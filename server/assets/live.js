// Keeps what a page says of how things stand fresh while somebody looks at it: the same page is
// fetched again, and its part with the attribute data-live takes the place of what is shown.

const part = document.querySelector("[data-live]");
const PAUSE = Number(part?.dataset.live) || 20000;
// So long after the last touch nobody looks: the page is left as it is, and keeps nobody signed in.
const LOOKED_AT = 30 * 60 * 1000;
let touched = Date.now();

for (const sign of ["pointerdown", "keydown", "wheel", "touchmove"]) {
  addEventListener(sign, () => { touched = Date.now(); }, { passive: true });
}

// The same page without what was said once, when it was opened.
function address() {
  const url = new URL(location.href);
  url.searchParams.delete("notice");
  url.hash = "";
  return url;
}

// A network that fails for a moment leaves what was shown.
async function refresh() {
  if (document.visibilityState === "visible" && Date.now() - touched < LOOKED_AT && !isInUse()) {
    try {
      const answer = await fetch(address());
      if (answer.ok && !answer.redirected) {
        show(await answer.text());
      }
    } catch {
      // The next look follows anyway.
    }
  }
  setTimeout(refresh, PAUSE);
}

// What somebody is about to press, reads folded out or listens to stays where it is. A browser may
// give what is pressed no focus, so a touch alone counts for a moment.
const PRESSING = 2000;

function isInUse() {
  const listens = [...part.querySelectorAll("audio")].some((audio) => !audio.paused);
  const unfolded = [...part.querySelectorAll("details")].some((one) => one.open !== isOpen(one));
  const pressing = Date.now() - touched < PRESSING;
  return listens || unfolded || pressing || part.contains(document.activeElement);
}

// Whether the page came with it folded out.
function isOpen(details) {
  return folds.get(details) ?? details.open;
}

let folds = new Map();

function noteFolds() {
  folds = new Map([...part.querySelectorAll("details")].map((one) => [one, one.open]));
}

function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-live]");
  if (fresh && !isInUse() && fresh.innerHTML !== part.innerHTML) {
    part.replaceChildren(...fresh.childNodes);
    noteFolds();
  }
}

if (part) {
  noteFolds();
  setTimeout(refresh, PAUSE);
}
