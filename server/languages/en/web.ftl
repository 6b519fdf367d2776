# The shell of every page, and errors that any of them may meet.
product = Loa Bản
skip-to-content = Skip to content
navigation = Sections
to-front-page = To the front page
save = Save
cancel = Cancel
copied = Copied
back = Back

error-request-id = Request: { $id }
error-not-found = Not found
    .advice = There is nothing at this address, or you may not see it. Check the address, or start from the front page.
error-forbidden = You may not do this
    .advice = It needs another role in this area. Ask the commune's administrator.
error-sign-in-needed = Please sign in
    .advice = Your session has ended, or you have not signed in yet. Sign in and try again; what you just sent was not saved.
error-forged-form = This form is out of date
    .advice = The page was opened before you signed in, or the request came from another site. Open the page again and send it again.
error-internal = The server failed
    .advice = The fault is ours, not yours. Try again in a few minutes; if it persists, give your administrator the request number below.
error-unreadable-request = What was sent cannot be read
    .advice = Go back, check what you filled in, and send it again. Detail: { $reason }
error-request-too-large = What was sent is too large
    .advice = Make it shorter and send it again. Sound files belong on the page for recordings.
error-request-cut-off = The connection broke off while sending
    .advice = Nothing was saved. Send it again when the connection is steady.
error-method = This address does not take that kind of request
    .advice = Open the page again from the front page. For programs that call the API: see /api/openapi.json.
error-nul-character = There is an invisible character (NUL) in the text
    .advice = Delete what you pasted, type it by hand and send it again.
    .api = In the API: leave out U+0000.
error-changed-meanwhile = Somebody else has just changed this
    .advice = Look at it as it is now, then try again.
    .api = For the API: read it again, and send the new version along.
error-changed-while-open = { $who } saved a change on { $at }, after you opened this page
    .advice = Nothing of yours was saved, and what you typed is still below. Compare the two, change yours if need be, then press “Save mine all the same” if it is to take the place of what is there.
overtaken-title = What differs
overtaken-there = There now
overtaken-typed = You typed
overtaken-save = Save mine all the same
overtaken-leave = Leave mine, open it as it is now

front-title = What needs you
front-idle = Nothing waits for you.
front-submitted = Wait for your approval
front-listen = Listen and approve
front-unscheduled = Approved, not scheduled yet
front-rejected = Sent back, to be changed
front-mend = Listen and change
upcoming-title = Scheduled next
front-reason = Reason:
front-drafts = Your drafts
front-interrupted = Cut short, and will not air again by itself
front-interrupted-again = Order it again
front-lapsed = Broadcasts that will not air any more
front-lapsed-withdrawn = The bulletin was withdrawn.
front-lapsed-quiet = All starts to come lie in quiet hours.
front-taken-back = Bulletins that were taken back to be changed
front-withdrawn = Bulletins that were withdrawn
front-approved = Your approved bulletins
front-approved-waits = Waiting for somebody to choose the time
front-approved-untold = Scheduled, no word yet from the stations
front-approved-unheard = Scheduled, but no start will be heard: they lie in quiet hours or after the bulletin expires
front-password-temporary = Somebody else set your password. Please change it to one that only you know.
front-pending = Waiting for approval
front-pending-since = Submitted { $when }
front-misses-today = { $count ->
    [one] Today { $count } village will not hear everything.
   *[other] Today { $count } villages will not hear everything.
}
front-misses-yesterday = { $count ->
    [one] Yesterday { $count } village did not hear everything, or has not reported.
   *[other] Yesterday { $count } villages did not hear everything, or have not reported.
}
front-silent = no sound at { $when } in “{ $title }”.
front-silent-see = See the log
front-misses-see = See which, and why
front-stations = Stations to look at
front-more-stations = { $count ->
    [one] { $count } more station to look at
   *[other] { $count } more stations to look at
}
length-seconds = { $seconds } s
length-minutes = { $minutes } min
length-both = { $minutes } min { $seconds } s
printed-at = Loa Bản, as of { $at }
list-newer = Newer
list-older = Older
address-out-of-reach = This address opens on the server itself alone. Before you print it or send it, ask whoever set the server up to write the address that others can open into public_url, then open this page again.
