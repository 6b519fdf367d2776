// Says on the front page that a recording waits in this browser to be sent.

const note = document.getElementById("unsent");
if (note) {
  const keep = await import(new URL(note.dataset.keep, location));
  note.hidden = (await keep.unsent(note.dataset.person)).length === 0;
}
