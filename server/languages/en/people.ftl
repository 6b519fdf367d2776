# Signing in, people, roles.
sign-in = Sign in
sign-out = Sign out
sign-in-lead = Loa Bản lets a village record once, approve, choose the hour and play it on its loudspeakers.
sign-in-name = Name
sign-in-password = Password
sign-in-forgotten = Forgotten your password? The commune's administrator can set a new one.
notice-signed-out = You have signed out.

role-secretary = Youth union secretary
role-head = Village head
role-officer = Approving officer
role-admin = Administrator

error-wrong-password = The name or the password is wrong
    .advice = Check capitals and the Vietnamese keyboard, and try again. If you have forgotten it, ask the commune's administrator.
error-too-many-attempts = Too many attempts
    .advice = Try again in { $minutes } minutes.
error-password-too-short = The password is too short
    .advice = It needs at least { $shortest } characters. A short sentence that you remember is best.
error-password-too-long = The password is too long
    .advice = At most { $longest } characters.
error-password-is-name = The password is the same as the name
    .advice = Choose another one.
error-person-needs-full-name = The full name is missing
    .advice = Write the full name, at most 100 characters.
error-name-cannot-be = That cannot be a name for signing in
    .advice = Use 2 to 40 characters: letters without accents, digits, dots or dashes.
error-name-is-taken = The name “{ $name }” is taken
    .advice = Choose another one, for example with the village's name.
