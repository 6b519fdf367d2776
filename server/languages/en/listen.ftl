# Listen again.
error-listen-busy = Many people are listening at this moment
    .advice = Please try again in { $seconds } seconds.
error-listen-too-many = This page is being opened too often
    .advice = Please try again in some minutes.
listen-title = Listen again
listen-lead = What was heard from the loudspeakers in the last 30 days. Press ▶ to listen.
listen-nothing = Nothing was heard here in the last 30 days.
listen-heard = { $times ->
    [one] Heard once, at { $at }
   *[other] Heard { $times } times, last at { $at }
}
listen-not-here = Download to listen
listen-foot = Whoever has this address can listen, without signing in.
listen-closed = This page is not open
listen-closed-advice = Compare the address with the poster. If it is right, the commune has closed the page: please ask the village head or the commune.
listen-poster = Print a poster with a QR code
listen-poster-hint = Print this page on A4 and put it up at the village hall, the shop, the notice board.
listen-poster-words = Listen again to the loudspeakers
listen-poster-how = Open your phone's camera and point it at this square to hear what was announced.
listen-is-open = Open to everybody at
listen-hint = A public page lists what was heard here in the last 30 days, for whoever missed it. It names nobody of the staff. What is withdrawn, drills, and emergencies that were cancelled are not on it. Its address stays when the page is closed and opened again.
listen-open = Open the page
listen-close = Close the page
notice-listen-opened = The page is open.
notice-listen-closed = The page is closed.
audit-verb-listen-open = Open the listen-again page
audit-verb-listen-close = Close the listen-again page
