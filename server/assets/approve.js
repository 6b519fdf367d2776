// Asks once before somebody approves what they have not listened to on this page. They may know it
// from elsewhere, so that it is a question and no bar.

const form = document.querySelector("form[data-unheard]");
const takes = [...document.querySelectorAll(".take")];
const unheard = new Set(takes);
for (const take of takes) {
  take.querySelector("audio").addEventListener("play", () => unheard.delete(take));
}

let asked = false;
form?.addEventListener("submit", (event) => {
  if (asked || unheard.size === 0) {
    return;
  }
  asked = true;
  const names = takes.filter((take) => unheard.has(take)).map((take) => take.dataset.language);
  if (!confirm(form.dataset.unheard.replace("#", names.join(", ")))) {
    event.preventDefault();
  }
});
