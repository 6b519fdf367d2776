// Keeps the page fresh without a flash: fetches it again and swaps its main part. STOP stands
// outside of that part, so that a press is never lost to a swap.
const EVERY_MS = 1000;

const KEYS = "a, button, input";

async function refresh() {
  const answer = await fetch("/", { cache: "no-store" });
  if (!answer.ok) throw new Error(answer.statusText);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.title = page.title;
  const [old, fresh] = [document.querySelector("main"), page.querySelector("main")];
  // A button that is being pressed stays where it is.
  if (old.outerHTML === fresh.outerHTML || old.querySelector(":active")) return;
  const at = [...old.querySelectorAll(KEYS)].indexOf(document.activeElement);
  const focused = old.querySelectorAll(KEYS)[at];
  old.replaceWith(fresh);
  // Whoever goes by the keyboard stays on the same button, if it is still there.
  const keys = [...fresh.querySelectorAll(KEYS)];
  const same = keys.filter((key) => key.outerHTML === focused?.outerHTML);
  (same.includes(keys[at]) ? keys[at] : same[0])?.focus();
}

async function keepFresh() {
  try {
    await refresh();
    document.body.classList.remove("stale");
  } catch {
    // The player is being started again; the page comes back by itself.
    document.body.classList.add("stale");
  }
  setTimeout(keepFresh, EVERY_MS);
}

setTimeout(keepFresh, EVERY_MS);
