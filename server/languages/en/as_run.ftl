# As-run.
as-run-title = As-run log

error-as-run-line = The server does not understand a line of the journal ({ $why })
    .advice = Update the server: the station may run a later release. The station keeps the line and sends it again.
error-as-run-broken = The as-run that came does not hold together: { as-run-break }
    .advice = The lines before it are kept. The station begins another journal by itself; see whether somebody tampered with the PC.
error-as-run-journal = This journal belongs to another station
    .advice = Enrol the PC again with a new code, so that it starts a journal of its own.

as-run-day = Day
as-run-village = Village
as-run-all-villages = All
as-run-show = Show
as-run-day-before = Day before
as-run-day-after = Day after
as-run-no-stations = There is no station in your area yet.
as-run-nothing = Nothing was planned on this day.
as-run-csv-head = Day,Time,Village,Station,Bulletin,Outcome,Attempts,On behalf of,Confirmation
error-as-run-day = “{ $day }” is not a day
    .advice = Choose one from the calendar.
    .api = In the API: 2026-11-23.

as-run-on-air = On air
as-run-to-come = To come
as-run-unreported = The station has not reported yet; the power or the network may be out
as-run-aired = Aired
as-run-cut = Cut after { $at }: { $why }
as-run-cut-at-once = Cut as it began: { $why }
as-run-missed = Missed: { $why }
as-run-suppressed = Not aired: { $why }
as-run-hindered = Will not air: { $why }
as-run-attempt = Attempt { $number }
as-run-attempt-open = on air
as-run-attempt-unreported = its end has not been reported yet
as-run-attempt-whole = heard to the end, { $length }
as-run-attempt-cut = ended after { $at }: { $why }
as-run-attempt-cut-at-once = ended as it began: { $why }
as-run-level-right = the PC gave sound to the amplifier
as-run-level-low = the PC gave very little sound to the amplifier: look at the volume at the station
as-run-level-none = the PC gave no sound to the amplifier: look at the volume, then at the sound card
as-run-heard-yes = Heard
as-run-heard-no = Not heard: look at the amplifier
as-run-heard-off = Not checked: the station has no microphone to listen with
as-run-heard-no-input = Not checked: the station's microphone gives nothing
as-run-heard-too-noisy = Not checked: too much noise at the station's microphone
as-run-heard-too-short = Not checked: too short

as-run-why-power-lost = the power went
as-run-why-operator = somebody pressed STOP
as-run-stopped-at-pc = STOP was pressed at the station's PC
as-run-stopped-from-panel = { $by } pressed STOP on the panel
as-run-why-output-lost = the sound output was lost
as-run-why-quiet-hours-began = quiet hours began
as-run-why-withdrawn = it was cancelled or withdrawn
as-run-why-emergency = an emergency took the air
as-run-why-shut-down = the PC was shut down
as-run-why-power-off = the PC was off
as-run-why-disk-unwritable = the station's disk could not be written
as-run-why-clock-unknown = the PC did not know the time
as-run-why-not-ready = a recording was not ready
as-run-why-late-programme = the programme came too late
as-run-why-output-failed = the sound output could not be opened
as-run-why-overrun = what came before took too long
as-run-why-not-answered = the village head did not answer
as-run-why-quiet-hours = it lies in quiet hours
as-run-why-expired = the bulletin is no longer valid
as-run-why-newer = a newer start airs
as-run-why-head = the village head said no

as-run-whole = The log is unbroken and signed
as-run-broken = The log is broken, found { $at }: { as-run-break }. See whether somebody tampered with the PC; the alarm ends when the PC is enrolled anew.
as-run-altered = The log stored here is not what the station wrote, found { $at }: { as-run-break }. See who was at the database and compare it with a backup; the alarm ends when the look of a night finds it right again.
as-run-break = { $why ->
    [unreadable] what follows line { $line } cannot be read
    [order] lines are missing, doubled or moved behind line { $line }
    [unlinked] line { $line } does not carry the hash of the line before it
    [rewritten] line { $line } was another one when it was first sent
    [end] what the station signed is not the last line, { $line }
    [key] the journal's key is not the one on record from the enrolment
    [missing] a journal of the station is not there
   *[signature] the signature is not the station's
}
as-run-in-quiet-hours = in quiet hours
as-run-emergency-ordered = Emergency, ordered by { $by }: { $why }
as-run-drill-ordered = DRILL, ordered by { $by }: { $why }
as-run-emergency-ordered-at-pc = Emergency on standby, ordered at the station by { $by }: { $why }
as-run-drill-ordered-at-pc = DRILL of a standby, ordered at the station by { $by }: { $why }
# Who vouched for a station's time.
as-run-status-spoken = { $at }: the station said of itself over the loudspeakers: “{ $said }”
as-run-clock-began = { $at }: the station knows the time { $by }, within { $within }
as-run-clock-moved = { $at }: station time was set { $by }, { $moved }, within { $within }
as-run-clock-forward = { $span } forward
as-run-clock-back = { $span } back
as-run-clock-days = { $days ->
    [one] { $days } day { $rest }
   *[other] { $days } days { $rest }
}
as-run-clock-server = from the server
as-run-clock-ntp = from the network (NTP)
as-run-clock-person = from a person at the PC
as-run-clock-hardware = from the PC's own clock

outcomes-count = { $all } starts have their outcome; { $aired } of them were heard to the end
outcomes-older = Older ones
outcomes-newest = The newest
outcomes-cut-off = More villages had one at these times. See day by day in
