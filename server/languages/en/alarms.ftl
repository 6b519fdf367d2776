# Alarms about stations and who knows of them.
alarms-title = Alarms
alarms-hint = What goes wrong at a station stands here: since when, and who knows of it. Whoever opens this page knows. Call those who do not, then press “Told”.
alarms-none = There is no alarm now. When a station fails or is silent, this page keeps since when, and whom to call.
alarms-over = Over, in the last 30 days
alarms-away = The station is not heard of: the PC is off, without power or without internet. If it has power, it airs what it has received.
alarms-since = Since { $at }
alarms-from-until = From { $from } until { $until }
alarms-nobody-knows = Nobody knows yet.
alarms-nobody-knew = Nobody knew of it.
alarms-saw = { $name } saw it, { $at }
alarms-was-told = { $name } was told ({ $by })
alarms-does-not-know = { $name } does not know
alarms-call = Call { $name }: { $phone }
error-alarm-over = This alarm is over
    .advice = Nobody needs to be told any more. Open the page of alarms again to see what is left.
alarms-tell = Told { $name }
alarms-unseen = { $count ->
    [one] One alarm about a station that you have not seen.
   *[other] { $count } alarms about stations that you have not seen.
}
alarms-see = See them, and whom to tell
notice-alarm-told = It is noted that they were told.

audit-verb-alarm-tell = Told somebody of an alarm
