// A page that answers a form stands at the address of the form. Whoever comes back to it later, by
// the keys of the browser, is shown that page anew and not the question whether to send again.

history.replaceState(history.state, "", location.href);
