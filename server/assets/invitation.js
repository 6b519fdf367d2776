// The code of a link stands behind its #, which browsers send to no server: it is put into the form
// here, and sent as if it had been typed. Without this the same code is typed by hand.

const field = document.querySelector("input[name=invitation]");
const code = location.hash.slice(1);
if (field && code) {
  field.value = code;
  // Neither the history of the phone nor a second look needs it.
  history.replaceState(null, "", location.pathname);
  field.form.requestSubmit();
}
