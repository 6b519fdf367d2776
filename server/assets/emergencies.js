// Keeps the list of stations of an emergency or of a stop fresh while somebody looks at it.

const list = document.getElementById("stations");
const PAUSE = Number(list?.dataset.pause) || 2000;
// Names what is shown, so that the same is not sent again.
let etag = "";

// A network that fails for a moment leaves what was shown; its own line says when that was.
async function refresh() {
  if (document.visibilityState === "visible") {
    try {
      const headers = etag ? { "If-None-Match": etag } : {};
      const answer = await fetch(list.dataset.fetch, { headers });
      if (answer.status === 304) {
        stillTrueAt(answer.headers.get("x-made-at"));
      } else if (answer.ok && !answer.redirected) {
        show(await answer.text(), answer.headers.get("etag"));
      }
    } catch {
      // The next look follows anyway.
    }
  }
  setTimeout(refresh, PAUSE);
}

// What somebody is about to press stays where it is.
function show(html, name) {
  if (!list.contains(document.activeElement)) {
    list.innerHTML = html;
    etag = name || "";
  }
}

function stillTrueAt(at) {
  const line = document.getElementById("made-at");
  if (at && line) {
    line.textContent = line.textContent.replace(line.dataset.at, at);
    line.dataset.at = at;
  }
}

if (list) {
  setTimeout(refresh, PAUSE);
}
