// Copies what a field holds at one press. Without this the field is selected and copied by hand.

for (const button of document.querySelectorAll("button[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    // Over plain HTTP browsers give scripts no clipboard, and still copy what is selected.
    const copied = navigator.clipboard
      ? await navigator.clipboard.writeText(field.value).then(() => true, () => false)
      : document.execCommand("copy");
    if (copied) {
      button.textContent = button.dataset.done;
    }
  });
}
