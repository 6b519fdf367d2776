// Says who will hear an emergency as soon as it is chosen where it sounds. Without it a button
// asks; what was not seen is never ordered.

const form = document.getElementById("warning");
const PARTS = ["outlook", "outlook-stations", "where", "how"];
const SHOWN = ["area", "repeats", "gap", "holds"];
const SECRETS = ["pin", "password", "new_pin", "new_pin_again"];
let asked = 0;

form.addEventListener("change", (event) => {
  if (event.target.name === "area") {
    leaveOthers(event.target);
  }
  if (SHOWN.includes(event.target.name)) {
    look();
  }
});

// Nothing sounds, and no try of the PIN is spent, because somebody ended a line.
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input:not([type=password])")) {
    event.preventDefault();
  }
});

// Whoever chooses a part no longer means the whole, nor the other way round.
function leaveOthers(chosen) {
  for (const other of form.querySelectorAll("[name=area]")) {
    if (chosen.checked && (liesIn(other, chosen) || liesIn(chosen, other))) {
      other.checked = false;
    }
  }
}

function liesIn(part, whole) {
  const { within } = part.dataset;
  const above = within && form.querySelector(`[name=area][value="${within}"]`);
  return Boolean(above) && (above === whole || liesIn(above, whole));
}

// A network that fails for a moment leaves what was shown, and the server asks to look again.
async function look() {
  asked += 1;
  const mine = asked;
  const fields = new URLSearchParams(new FormData(form));
  SECRETS.forEach((name) => fields.delete(name));
  fields.set("step", "look");
  try {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: fields });
    if (answer.redirected) {
      // The session is over: what is chosen so far is kept, and is there after signing in.
      location.assign(answer.url);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine === asked) {
      PARTS.forEach((id) => put(document.getElementById(id), page.getElementById(id)));
    }
  } catch {
    // The next choice looks again.
  }
}

function put(old, fresh) {
  if (fresh) {
    old.replaceChildren(...fresh.childNodes);
  }
}
