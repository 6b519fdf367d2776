# As-run.
as-run-title = As-run log

error-as-run-sequence = A line of the journal has no number
    .advice = Numbers start at 1.
error-as-run-journal = This journal belongs to another station
    .advice = Enrol the PC again with a new code, so that it starts a journal of its own.
