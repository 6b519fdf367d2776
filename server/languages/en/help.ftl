# The help page: how each job is done.
help = Help
help-lead = A few steps for each job. Mistakes do no harm: each page says what will happen before it does, and broadcasts can be cancelled.
help-jobs = Choose a job
help-others = What others do
help-where = See how it is done

help-record = Record and send for approval
help-record-1 = Press “Write a bulletin”, write a title and what is to be read, and save. A bulletin has an end: after it nothing airs.
help-record-2 = For each language press “Record”, wait for the count-down and read. Keep the phone a hand's breadth away, where it is quiet.
help-record-3 = Listen to it. The page says whether it is too quiet, too loud or noisy; if so, record it again.
help-record-4 = Send it. A lost link loses nothing: open the page again on the same phone and go on.
help-record-5 = When all languages are there, press “Submit”. If it comes back, the front page says why; change it and send it again.

help-approve = Listen and approve
help-approve-1 = The front page lists what waits for your approval. Open each.
help-approve-2 = Listen to each language to its end and read the script. What you hear is what will air.
help-approve-3 = If it is right, approve it. If not, send it back and say why, so that its author knows what to change.
help-approve-4 = If it was a mistake, withdraw it: it stops everywhere, also while it is on air.

help-schedule = Choose when it airs
help-schedule-1 = Open an approved bulletin and choose: this evening, tomorrow morning, every day, or another time.
help-schedule-2 = Choose the villages. Those that are not chosen do not hear it.
help-schedule-3 = Look first: the page says which village hears it when, and whether it clashes or lies in quiet hours.
help-schedule-4 = Save. It travels to the village by itself and airs on time, also when the network is away by then.
help-schedule-5 = The next day look at the as-run log, and say whether it was heard well in the village.

help-emergency = Order an emergency
help-emergency-1 = Only for what must be told at once: flood, fire, somebody lost. It sounds in quiet hours too.
help-emergency-2 = Set your PIN beforehand, on the page of your account. In a hurry nobody thinks of a good one.
help-emergency-3 = Choose an approved bulletin and the villages, write why, and look at the villages that will hear it.
help-emergency-4 = Type the PIN and let it sound. The page says which village has it, airs it, or has aired it.
help-emergency-5 = When it is over, cancel it: it stops in all villages. Practise it with “This is a drill”.

help-at-pc = At the village PC
help-at-pc-1 = The screen says what is on air, what comes next, and when.
help-at-pc-2 = STOP silences at once; whoever stands there may press it.
help-at-pc-3 = EMERGENCY lets sound what stands by, with your PIN, also without a network.
help-at-pc-4 = When it asks for the time, compare it with a clock that is right: until the time is known nothing airs by itself.

help-lights = What the colours of stations mean
help-lights-1 = Green, with a tick: all is well, it will air.
help-lights-2 = Yellow, with an exclamation mark: look at it. The network is away, or recordings are on their way. It may still air.
help-lights-3 = Red, with a cross: it will not air, or nobody can hear it. Open the station; it says why and what to do.
help-lights-4 = No network does not mean silence: a station airs what it holds, and reports when the network is back.

help-keep = Add people and stations
help-keep-1 = Add the areas first, then people, each with the right role in the right village.
help-keep-2 = The first password is shown once. Hand it over in person; they should change it when they first sign in.
help-keep-3 = Add a station for each village, take its code and type it at the village PC.
help-keep-4 = If a PC breaks, issue a new code for the same station: the new PC takes its place and the log goes on.
