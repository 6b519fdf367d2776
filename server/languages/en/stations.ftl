# Stations.
stations-title = Stations

error-station-unknown = This PC is not the station that is in use
    .advice = The station may have been set up on another PC. Issue a new code on the station's page and run: loaban-player enrol.
error-station-nonce = The question for the time is not valid
    .advice = nonce must be { $digits } hexadecimal digits.
error-station-range = The wanted part lies outside the recording
    .advice = Download it again from the start.
error-station-needs-name = The station needs a name
    .advice = At most 100 characters.
error-station-clusters = The list of loudspeaker clusters is not valid
    .advice = One cluster per line, at most { $most } lines of at most 100 characters.
error-station-volume = The volume is out of range
    .advice = Choose from −30 to 0 dB.

error-enrolment-code-wrong = The enrolment code is wrong
    .advice = Compare it letter by letter with the station's page and type it again. O and 0, I and 1 count as the same.
error-enrolment-code-used = This enrolment code has been used
    .advice = A code works once. Issue a new one on the station's page and type that.
error-enrolment-code-replaced = This enrolment code was replaced by a newer one
    .advice = Open the station's page and type the code that is shown there.
error-enrolment-code-expired = The enrolment code has expired
    .advice = A code works for { $days } days. Issue a new one on the station's page and type that.
error-enrolment-too-many = Too many attempts to enrol
    .advice = Compare the code with the station's page and try again in { $minutes } minutes.
