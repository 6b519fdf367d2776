// Something was not sent: why, in a sentence for a person, and the way on.

// Whether nobody is signed in any longer, or somebody else.
export function isSignedOut(error) {
  return error.status === 401 || error.kind === "forged-form";
}

// Why, in the `words` of the page; `bulletin` is what it was for.
export function why(error, words, bulletin) {
  if (isSignedOut(error)) {
    return words.signedOut;
  }
  const missing = bulletin ? words.bulletinGone : words.notAllowed;
  const known = { 403: words.notAllowed, 404: missing };
  return known[error.status] ?? `${words.failed} ${error.message}`;
}

// Takes the secret of a session that the same person began beside this page. Whether there is one.
export async function renewed(form) {
  const answer = await fetch("/recordings/new").then((came) => came.text()).catch(() => "");
  const page = new DOMParser().parseFromString(answer, "text/html");
  const fresh = page.getElementById("recording");
  const secret = fresh?.querySelector("[name=csrf]").value;
  const held = form.elements.namedItem("csrf");
  const isNew = fresh?.dataset.person === form.dataset.person && secret !== held.value;
  if (isNew) {
    held.value = secret;
  }
  return isNew;
}

// Leads to the page for signing in and from there back to this one, where what is kept in this
// browser is offered. What is not kept lies in this page alone, which then stays open beside it.
export function leadToSignIn(section, words, isKept, leave) {
  const [hint, link] = section.querySelectorAll("p, a");
  hint.textContent = isKept ? words.signIn : words.signInApart;
  link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.target = isKept ? "" : "_blank";
  link.onclick = () => {
    if (isKept) {
      leave();
    }
  };
}
