// Keeps the page fresh without a flash: fetches it again and swaps its main part. STOP stands
// outside of that part, so that a press is never lost to a swap.
const EVERY_MS = 1000;

async function refresh() {
  // A button that is being pressed stays where it is.
  if (document.querySelector("main :active")) return;
  const answer = await fetch("/", { cache: "no-store" });
  if (!answer.ok) throw new Error(answer.statusText);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.title = page.title;
  document.querySelector("main").replaceWith(page.querySelector("main"));
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
