# Emergencies.
emergencies-title = Emergencies
emergencies-lead = An emergency sounds at once, before everything else, in quiet hours too.
emergencies-order = Order an emergency
emergencies-order-lead = Tap a bulletin, type your PIN, press “{ emergencies-sound-now }”. Everything else is chosen already and can be changed right here.
emergencies-none = There was no emergency yet. In a flood, a fire or the like this page shows of each village whether it has it, airs it or has aired it.
emergencies-no-bulletins = No approved bulletin is valid. Draft one, and ask another officer to approve it.
emergencies-what = What sounds
emergencies-bulletin = Bulletin
emergencies-where = Where it sounds
emergencies-how = How it sounds
emergencies-others = Other bulletins ({ $count })
emergencies-gap-of = { $span } between
emergencies-at-most = for { $span } at most
emergencies-repeats = How often
emergencies-times = { $times ->
    [one] once
   *[other] { $times } times
}
emergencies-until-stopped = Until it is stopped
emergencies-gap = Pause between two hearings
emergencies-seconds = { $seconds } seconds
emergencies-minutes = { $minutes ->
    [one] 1 minute
   *[other] { $minutes } minutes
}
emergencies-hours = { $hours ->
    [one] 1 hour
   *[other] { $hours } hours
}
emergencies-holds-at-most = Holds at most
emergencies-expires = Ends at the latest
emergencies-why = Reason
emergencies-why-hint = In a few words, such as: flash flood at the Tòng Xành stream. Left empty, the log has the title of the bulletin.
emergencies-drill = This is a drill
emergencies-drill-tag = DRILL
emergencies-drill-hint = The loudspeakers sound all the same. The log says that it was a drill.
emergencies-look = Show which villages will hear it
emergencies-will-sound = It will sound NOW, in quiet hours too, in { $villages ->
    [one] 1 village
   *[other] { $villages } villages
}.
emergencies-silent = Without a station, and so without hearing it: { $villages }
emergencies-closed = Closed, and so without sound: { $villages }
emergencies-more = and { $count } more
emergencies-count = { $progress ->
    [stopped] Stopped at the PC
    [ended] Not heard
    [cancelled] Ended by the cancellation
    [not_held] Not received
    [fetching] Fetching recordings
    [not_enrolled] No PC
    [ready] Ready
    [on_air] On air
   *[heard] Heard
}: { $count }
emergencies-elsewhere = The numbers are of all stations; the list has those in your areas alone.
emergencies-pin = Your PIN
emergencies-pin-needed = You have no PIN yet. Set one right here; what you chose is kept.
emergencies-sound-now = SOUND IT NOW
emergencies-ordered-by = Ordered by
emergencies-holds = In force until { $until }
emergencies-expired = Ended at { $at }
emergencies-cancelled = Cancelled by { $by } at { $at }
emergencies-cancelled-restored = Cancelled at { $at }, when the server was restored from a backup
emergencies-cancel = Cancel the emergency
emergencies-cancel-hint = Every village falls silent as soon as it hears of this. A station without a connection stops when it is back, or when the emergency ends.
emergencies-cancel-everywhere = Cancel it everywhere
emergencies-stations = Village by village
emergencies-no-stations = There is no station where it sounds.
emergencies-not-held = Not received yet
emergencies-fetching = Received, fetching the recordings
emergencies-ended = Ended by the cancellation before it sounded
emergencies-ended-after = Ended by the cancellation, after { $at }
emergencies-ready = Received and ready
emergencies-on-air = On air, hearing { $number }
emergencies-heard = Heard, times: { $heard }
emergencies-heard-of = Heard { $heard } of { $of }
emergencies-stopped = Stopped by somebody at the PC; heard, times: { $heard }
emergencies-cancel-not-there = Has not received the cancellation
emergencies-made-at = As of { $at }.
emergencies-look-again = Reload
emergencies-standbys = On standby at the stations
emergencies-standbys-lead = The recordings lie ready on the village PCs. When the server cannot be reached, somebody with a PIN presses EMERGENCY on such a PC and they sound at once.
emergencies-standbys-none = Nothing stands by. Press “Order an emergency”, choose a bulletin and where, then “Let it stand by at the stations”.
emergencies-standby-when = To be used
emergencies-standby-set = set up by { $by } on { $at }
emergencies-standby-ready = Ready: { $villages }
emergencies-standby-lacking = Not ready: { $villages }
emergencies-standby-nobody = Nobody has a PIN to order it at the station: { $villages }
emergencies-standby-take-back = Take back
emergencies-standby-take-back-ends = The PC stops when the new programme reaches it; without network, STOP at the PC ends it. No village can then air it from its PC.
emergencies-standby-take-back-hint = Village PCs can then no longer air it when the server cannot be reached.
emergencies-standby-set-up = Let it stand by at the stations
emergencies-standby-set-up-hint = Nothing sounds now. The reason above is needed: it tells people at the PC when to use it.
emergencies-at-pcs = Ordered at the stations
emergencies-at-pcs-none = Nobody has ordered an emergency at the PC of a station.
emergencies-at-pc-unknown-time = the station did not know the time; told at { $at }
emergencies-at-pc-no-word = The station has not said what became of it

notice-emergency-ordered = The emergency was ordered.
notice-standby-set-up = It stands by. Stations fetch the recordings as soon as they are connected.
notice-standby-taken-back = The standby is taken back. PCs that air it now stop when the new programme reaches them; without network, STOP at the PC ends it.
notice-emergency-cancelled = The emergency was cancelled.

error-emergency-needs-bulletin = No bulletin is chosen
    .advice = Choose an approved bulletin.
error-emergency-needs-area = No place is chosen
    .advice = Choose at least one village, or the whole commune.
error-emergency-part-and-whole = Both “{ $whole }” and “{ $part }”, which lies in it, are chosen
    .advice = NOTHING has sounded. For all of “{ $whole }” untick “{ $part }”; for “{ $part }” alone untick “{ $whole }”.
error-emergency-needs-reason = The reason is missing
    .advice = Say in a few words why, in at most { $most } characters.
error-emergency-repeats = The number of hearings is out of range
    .advice = Choose from 1 to { $most }, or “until it is stopped”.
error-emergency-gap = The pause between two hearings is out of range
    .advice = Choose from 5 seconds to 10 minutes.
error-emergency-holds = The time for which it holds is out of range
    .advice = Choose from 1 minute to 24 hours.
error-emergency-bulletin-not-approved = The bulletin is not approved, or was withdrawn
    .advice = Nothing sounds. Choose another approved bulletin.
error-emergency-bulletin-expired = The bulletin “{ $title }” is no longer valid
    .advice = Nothing sounds. Choose another one, or make one that is valid for longer.
error-emergency-area-closed = The area “{ $name }” is closed
    .advice = Nothing sounds. Choose without it.
error-emergency-no-station = There is no station in the chosen place
    .advice = Nothing sounds, because no PC is there. Choose another place, or spread the word in another way.
error-emergency-form-changed = This form has ordered another emergency already
    .advice = Nothing more sounds yet. Look it over and type your PIN again to sound it; a script uses another request_key.
error-emergency-not-seen = Where it sounds was chosen anew
    .advice = Nothing sounds yet. See below which villages will hear it, type your PIN and press “{ emergencies-sound-now }”.
error-emergency-form-over = The emergency of this form was cancelled or has ended
    .advice = Nothing sounds yet. Look it over and type your PIN again to sound it; a script uses another request_key.
error-emergency-over = This emergency has ended already
    .advice = It sounds nowhere any more, so there is nothing to cancel.

audit-verb-standby-set-up = Let an emergency stand by
audit-verb-standby-take-back = Took a standby back
audit-verb-emergency-order = Ordered an emergency
audit-verb-emergency-cancel = Cancelled an emergency
audit-detail-drill = Drill
