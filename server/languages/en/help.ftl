# The help page: how each kind of work is done. The name of a button comes from that button.
help = Help
help-lead = A few steps for each kind of work. Each page says what will sound before it does, and broadcasts can be cancelled, so just try.
help-jobs = Choose what to do
help-others = What others do
help-where = See how it is done

help-record = Record and send for approval
help-record-1 = On the front page press “{ bulletins-new }”. Write a title, what is to be read and until when it holds, and press “{ bulletins-save-draft }”.
help-record-2 = Tap the language to record, press “{ recorder-start }”, wait for the count-down and read. Keep the phone a hand’s breadth away, where it is quiet.
help-record-3 = Press “{ recorder-stop }” and listen. The page says whether it is too quiet, too loud or noisy; if so, press “{ recorder-again }”.
help-record-4 = Press “{ recorder-send }”. A lost link loses nothing: open the page again on this phone and press “{ recorder-resume }”.
help-record-5 = When all languages are there, press “{ bulletins-submit }”. If it comes back, the front page says why: press “{ bulletins-edit }” or “{ bulletins-record-again }” and send it again.

help-approve = Listen and approve
help-approve-1 = The front page lists what waits for you. Press “{ front-listen }”.
help-approve-2 = Listen to each language to its end and read the script. What you hear is what will air.
help-approve-3 = If it is right, press “{ bulletins-approve }”. If not, write why and press “{ bulletins-reject }”.
help-approve-4 = If it was a mistake, open it and press “{ bulletins-withdraw }”: it stops everywhere, also while it is on air.

help-schedule = Choose when it airs
help-schedule-1 = On the front page, beside an approved bulletin, press “{ choose-when }”.
help-schedule-2 = Tap one of the hours, or “{ choose-in-calendar }”, or “{ choose-other }”. For what repeats, better choose a session: its hour follows the seasons.
help-schedule-3 = Choose the villages and press “{ broadcasts-look }”: the page says which village hears it when, and whether it clashes or lies in quiet hours.
help-schedule-4 = Press “{ broadcasts-place }”. It travels to the village by itself and airs on time, also when the network is away by then. In the calendar, “{ rehearsal-title }” lets you hear what the village will hear.
help-schedule-5 = If you change your mind, open the broadcast and press “{ broadcasts-move }” or “{ broadcasts-cancel }”.

help-stop = Silence the loudspeakers now
help-stop-1 = While something sounds, the front page has a red button “{ stops-press }”. Press it.
help-stop-2 = The page says which stations have stopped. Where the network is away, call somebody there to press “{ stops-press }” on the PC.
help-stop-3 = What was stopped does not come back; later starts air as scheduled. To end those too, press “{ broadcasts-cancel }” on the broadcast.

help-emergency = Order an emergency
help-emergency-1 = Only for what must be told at once: flood, fire, somebody lost. It sounds in quiet hours too.
help-emergency-2 = Beforehand: tap your name at the top, go to your account and press “{ account-pin-set }”.
help-emergency-3 = Open “{ emergencies-title }” and press “{ emergencies-order }”. Tap an approved bulletin; where, how often and why are chosen already and can be changed.
help-emergency-4 = See which villages will hear it, type the PIN and press “{ emergencies-sound-now }”. The page says which village has it, airs it, or has aired it.
help-emergency-5 = When it is over, press “{ emergencies-cancel-everywhere }”. Practise it with “{ emergencies-drill }”.

help-at-pc = At the village PC
help-at-pc-1 = The screen says what is on air, what comes next, and when.
help-at-pc-2 = “{ stops-press }” silences at once; whoever stands there may press it.
help-at-pc-3 = EMERGENCY lets sound what stands by: choose it, choose your name, type your PIN. It works without a network.
help-at-pc-4 = When it asks for the time, compare it with a clock that is right: until the time is known nothing airs by itself.

help-heard = Do people hear it?
help-heard-1 = Open “{ reports-title }”: what is to come, which village will not hear it, why, and what to do.
help-heard-2 = Open “{ as-run-title }” to see each start that aired, was cut or missed, and why.
help-heard-3 = Under “{ reports-how-heard }” somebody in the village says by one tap how it was.

help-lights = What the colours of stations mean
help-lights-1 = Green: all is well, it will air.
help-lights-2 = Yellow: look at it. The network is away, or recordings are on their way. It may still air.
help-lights-3 = Red: it will not air, or nobody can hear it. Open the station; it says why and what to do.
help-lights-4 = No network does not mean silence: a station airs what it holds, and reports when the network is back.

help-keep = Add people and stations
help-keep-1 = Areas first: open the commune and press “{ areas-add-below }”.
help-keep-2 = Open “{ people-title }”, press “{ people-add }” and choose the right role and village. The temporary password is shown once: hand it over in person.
help-keep-3 = For a forgotten password open the person and press “{ people-password-reset }”.
help-keep-4 = Open “{ stations-title }”, press “{ stations-add }” and type the enrolment code at the village PC.
help-keep-5 = If a PC breaks, press “{ stations-code-issue }” on the same station: the new PC takes its place and the log goes on.
