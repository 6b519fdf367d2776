// Once something in the form of a broadcast is changed, what villages would hear was not looked at:
// the button that keeps it goes, and the one that looks again takes its place. Without this the
// server notices, and shows it again.

const form = document.querySelector("form.order");
const keep = form.querySelector("button[value=save]");
const look = form.querySelector("button[value=preview]");
const changed = document.getElementById("changed");

form.addEventListener("input", (event) => {
  // What is asked beside what they would hear is answered after looking.
  if (!event.target.closest(".looked")) {
    keep?.remove();
    look.classList.remove("second");
    changed.hidden = false;
  }
});
