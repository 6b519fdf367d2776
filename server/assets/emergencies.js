// Keeps the list of stations of an emergency or of a stop fresh while somebody looks at it, and the
// page of a broadcast.

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

function show(html, name) {
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  const parts = [...fresh.querySelectorAll("[data-part]")];
  const all = parts.length > 0
    ? parts.map((part) => put(list.querySelector(`[data-part="${part.dataset.part}"]`), part))
    : [put(list, fresh)];
  // What was left as it was is sent again.
  etag = all.every(Boolean) && name || "";
}

// What somebody is about to press stays where it is, as does what says the same. Says whether the
// page has what is fresh.
function put(old, fresh) {
  if (old.contains(document.activeElement) || old.querySelector("details[open]")) {
    return false;
  }
  if (fresh.innerHTML !== old.innerHTML) {
    old.replaceChildren(...fresh.childNodes);
    // What was sent off is said until the page has something newer to say.
    document.querySelector("main > .notice")?.remove();
  }
  return true;
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
