// What the form of a bulletin does while it is being filled in.

const form = document.querySelector("main form.fields");
const templates = document.querySelector("nav[data-ask]");

// A template must not take the place of what somebody has typed without their word.
let typed = false;
form?.addEventListener("input", () => {
  typed = true;
});
templates?.addEventListener("click", (event) => {
  const leads = event.target.closest("a");
  if (leads && typed && !confirm(templates.dataset.ask)) {
    event.preventDefault();
  }
});
