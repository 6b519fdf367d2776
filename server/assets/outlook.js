// Says who will hear an emergency as soon as it is chosen where it sounds. Without it a button
// asks; what was not seen is never ordered.

const form = document.getElementById("warning");
const PARTS = ["outlook", "where"];
const SECRETS = ["pin", "password", "new_pin", "new_pin_again"];
let asked = 0;

form.addEventListener("change", (event) => {
  if (event.target.name === "area") {
    look();
  }
});

// A network that fails for a moment leaves what was shown, and the server asks to look again.
async function look() {
  asked += 1;
  const mine = asked;
  const fields = new URLSearchParams(new FormData(form));
  SECRETS.forEach((name) => fields.delete(name));
  fields.set("step", "look");
  try {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: fields });
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
