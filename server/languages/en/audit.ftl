# The audit trail. Each verb is an attribute of audit-verb, its dot written as a dash.
audit-title = Audit trail
audit-lead = Who changed what, and when. Entries are added, never changed, never removed.
audit-none = Nothing yet.
audit-older = Older
audit-verb = Change
    .session-open = Signed in
    .person-add = Added a person
    .person-password = Set a password
    .person-close = Closed a person out
    .person-reopen = Let a person in again
    .role-give = Gave a role
    .role-take = Took a role away
    .token-create = Created a token
    .token-revoke = Revoked a token
    .area-add = Added an area
    .area-change = Changed an area
    .server-restore = Restored the server from a backup
