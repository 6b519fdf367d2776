// Keeps the list of stations of an emergency fresh while somebody looks at it.

const PAUSE = 2000;
const list = document.getElementById("stations");

// A network that fails for a moment leaves what was shown; its own line says when that was.
async function refresh() {
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch(list.dataset.fetch);
      if (answer.ok && !answer.redirected) {
        show(await answer.text());
      }
    } catch {
      // The next look follows anyway.
    }
  }
  setTimeout(refresh, PAUSE);
}

// What somebody is about to press stays where it is.
function show(html) {
  if (!list.contains(document.activeElement)) {
    list.innerHTML = html;
  }
}

if (list) {
  setTimeout(refresh, PAUSE);
}
