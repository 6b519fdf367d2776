//! What each of those who ask is answered, in few words: who may, and what becomes of it.

/// What is asked (a method and an address), what is sent along, and what each is answered.
///
/// A `{word}` in it is a thing that [`super::things`] makes when it is met first; where that makes
/// none it stands for itself. Of two things of a kind one has more words: `{draft}`, `{draft 2}`.
/// Of `{each draft}` everybody who asks has another, and `{own token}` is theirs alone. `{version}`
/// is how often the bulletin was changed that was named last. What is sent is JSON to the API and
/// `name=value&name=value` to a page and about an upload; `<name` at its end is a file.
pub type Row = (&'static str, &'static str, Reached);

/// The statuses, in the order of [`WHO`]. 401 stands also for a page that leads on to the sign-in.
pub type Reached = [u16; 8];

/// Those who ask. Secretary and head are of the village and the officer and the first administrator
/// of its commune, where everything is that the rows name; the other administrator is of another
/// commune, the next head of another village of the same one; the station is that of the village.
pub const WHO: [&str; 8] = [
    "nobody",
    "secretary",
    "head",
    "officer",
    "administrator",
    "administrator elsewhere",
    "next head",
    "station",
];

// Who reaches something of the village. Whoever may see the village is told that they may not
// (403); to everybody else it is not there (404).
pub const SEE: Reached = [401, 200, 200, 200, 200, 404, 404, 401];
pub const RECORD: Reached = [401, 200, 403, 200, 403, 404, 404, 401];
pub const SCHEDULE: Reached = [401, 403, 200, 200, 403, 404, 404, 401];
pub const APPROVE: Reached = [401, 403, 403, 200, 403, 404, 404, 401];
pub const STOP: Reached = [401, 403, 200, 200, 200, 404, 404, 401];
pub const CONFIRM: Reached = [401, 200, 200, 403, 403, 404, 404, 401];
pub const WARN: Reached = [401, 403, 403, 200, 200, 404, 404, 401];
pub const KEEP: Reached = [401, 403, 403, 403, 200, 404, 404, 401];

// Who reaches what is meant for the whole commune: it is seen in each village, and kept above.
pub const MEANT: Reached = [401, 200, 200, 200, 200, 404, 200, 401];
pub const APPROVE_MEANT: Reached = [401, 403, 403, 200, 403, 404, 403, 401];
pub const WARN_MEANT: Reached = [401, 403, 403, 200, 200, 404, 403, 401];

// Who reaches what is of no area: a list of what is one's own, or an empty form.
pub const SOMEBODY: Reached = [401, 200, 200, 200, 200, 200, 200, 401];
pub const RECORD_SOMEWHERE: Reached = [401, 200, 403, 200, 403, 403, 403, 401];
pub const SCHEDULE_SOMEWHERE: Reached = [401, 403, 200, 200, 403, 403, 200, 401];
pub const STOP_SOMEWHERE: Reached = [401, 403, 200, 200, 200, 200, 200, 401];
pub const WARN_SOMEWHERE: Reached = [401, 403, 403, 200, 200, 200, 403, 401];
pub const KEEP_SOMEWHERE: Reached = [401, 403, 403, 403, 200, 200, 403, 401];

// Who reaches something of the village, where it is asked first whether they may do so anywhere.
pub const WARN_FIRST: Reached = WARN_MEANT;
pub const KEEP_FIRST: Reached = [401, 403, 403, 403, 200, 404, 403, 401];

pub const EVERYBODY: Reached = [200; 8];
pub const STATION: Reached = [401, 401, 401, 401, 401, 401, 401, 200];

/// The same, with another answer for those who may.
pub const fn done(status: u16, reached: Reached) -> Reached {
    once(status, status, reached)
}

/// The same for what only one of them can do: the first does it, those behind come too late.
pub const fn once(first: u16, late: u16, mut reached: Reached) -> Reached {
    let (mut who, mut status) = (0, first);
    while who < reached.len() {
        if reached[who] == 200 {
            reached[who] = status;
            status = late;
        }
        who += 1;
    }
    reached
}
