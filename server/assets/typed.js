// Puts what somebody typed back into the form in which they typed it, so that all of it can be
// changed there, choices too. Without this the page offers what was written, and sends the rest
// along as it was.

const kept = document.getElementById("typed");
// What was sent, by the name of its field, in its order.
const sent = new Map();
for (const [name, value] of new FormData(kept)) {
  sent.set(name, [...sent.get(name) ?? [], value]);
}
// Whoever has begun to change it here goes on here.
let touched = false;
kept.addEventListener("input", () => {
  touched = true;
});

// The form of this session to which what is kept belongs; none unless there is just one.
async function original() {
  const answer = await fetch(kept.dataset.page);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const action = kept.getAttribute("action");
  const forms = [...page.querySelectorAll("main form[method=post]")]
    .filter((form) => form.getAttribute("action") === action);
  return answer.ok && !answer.redirected && forms.length === 1 ? { page, form: forms[0] } : null;
}

function fill(form) {
  for (const field of form.elements) {
    const values = sent.get(field.name) ?? [];
    if (field.name === "csrf" || ["submit", "file", "password"].includes(field.type)) {
      continue;
    }
    if (["checkbox", "radio"].includes(field.type)) {
      field.checked = values.includes(field.value);
    } else if (values.length > 0) {
      field.value = values.shift();
    }
  }
  // What the page says of its own choices is not true of these.
  form.querySelectorAll("[data-said]").forEach((said) => said.replaceChildren());
  form.append(kept.elements.kept);
}

// The looks that the page of the form has and this one lacks.
function dress(page) {
  for (const sheet of page.querySelectorAll("head link[rel=stylesheet]")) {
    const href = sheet.getAttribute("href");
    if (!document.querySelector(`head link[href="${href}"]`)) {
      document.head.append(document.importNode(sheet));
    }
  }
}

// A page that does not come leaves what is there.
const found = await original().catch(() => null);
if (found && !touched) {
  const form = document.importNode(found.form, true);
  fill(form);
  dress(found.page);
  kept.replaceWith(form);
}
