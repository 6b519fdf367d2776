//! The description of the API is whole: what the server answers under `/api` is described, what is
//! described is answered, and what people do on the panel scripts do too.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use reqwest::header::ALLOW;

use crate::support::Server;

/// What is taken beside what is described: HEAD with each GET, and OPTIONS by uploads.
const COMES_ALONG: [&str; 2] = ["HEAD", "OPTIONS"];

/// Where the description itself lies.
pub const DESCRIPTION: &str = "/api/openapi.json";

/// What forms of the panel send, and by which operation of the API a script does the same.
const BY_SCRIPT: &[(&str, &[&str])] = &[
    ("/account/pin", &["put_me_pin"]),
    ("/account/sessions/end", &["delete_me_sessions"]),
    (
        "/account/sessions/{session}/end",
        &["delete_me_sessions_session"],
    ),
    ("/account/tokens", &["post_me_tokens"]),
    (
        "/account/tokens/{token}/revoke",
        &["delete_me_tokens_token"],
    ),
    ("/alarms/{alarm}/told", &["post_alarms_alarm_told"]),
    ("/areas/new", &["post_areas"]),
    ("/areas/{area}/close", &["put_areas_area_closed"]),
    ("/areas/{area}/edit", &["put_areas_area"]),
    ("/areas/{area}/listen", &["put_areas_area_listen"]),
    ("/areas/{area}/policy", &["put_areas_area_policy"]),
    ("/areas/{area}/reopen", &["delete_areas_area_closed"]),
    ("/areas/{area}/timetable", &["put_areas_area_timetable"]),
    (
        "/broadcasts/new",
        &[
            "post_broadcasts_preview",
            "post_broadcasts",
            "post_broadcasts_broadcast_move",
        ],
    ),
    (
        "/broadcasts/{broadcast}/cancel",
        &["post_broadcasts_broadcast_cancel"],
    ),
    (
        "/bulletins/new",
        &[
            "post_bulletins",
            "put_bulletins_bulletin_recordings_language",
        ],
    ),
    (
        "/bulletins/{bulletin}/delete",
        &["delete_bulletins_bulletin"],
    ),
    (
        "/bulletins/{bulletin}/detach",
        &["delete_bulletins_bulletin_recordings_language"],
    ),
    ("/bulletins/{bulletin}/edit", &["put_bulletins_bulletin"]),
    (
        "/bulletins/{bulletin}/reject",
        &["post_bulletins_bulletin_reject"],
    ),
    (
        "/bulletins/{bulletin}/{step}",
        &[
            "post_bulletins_bulletin_submit",
            "post_bulletins_bulletin_retract",
            "post_bulletins_bulletin_approve",
            "post_bulletins_bulletin_withdraw",
        ],
    ),
    ("/bundles/parcel", &["post_bundles_as_run"]),
    ("/bundles/zip", &["post_bundles"]),
    ("/emergencies/new", &["post_emergencies", "post_standbys"]),
    (
        "/emergencies/standby/{bulletin}/take-back",
        &["delete_standbys_bulletin"],
    ),
    (
        "/emergencies/{emergency}/cancel",
        &["post_emergencies_emergency_cancel"],
    ),
    (
        "/people/invitations/{invitation}/renew",
        &["post_invitations_invitation_code"],
    ),
    (
        "/people/invitations/{invitation}/withdraw",
        &["delete_invitations_invitation"],
    ),
    ("/people/new", &["post_invitations", "post_people"]),
    ("/people/{person}/close", &["put_people_person_closed"]),
    (
        "/people/{person}/password",
        &["post_people_person_password"],
    ),
    ("/people/{person}/reopen", &["delete_people_person_closed"]),
    ("/people/{person}/roles", &["post_people_person_roles"]),
    (
        "/people/{person}/roles/take",
        &["delete_people_person_roles_area_role"],
    ),
    (
        "/people/{person}/sessions/end",
        &["delete_people_person_sessions"],
    ),
    ("/recordings", &["post_uploads", "patch_uploads_upload"]),
    (
        "/recordings/{recording}/cut",
        &["post_recordings_recording_cut"],
    ),
    (
        "/recordings/{recording}/delete",
        &["delete_recordings_recording"],
    ),
    (
        "/recordings/{recording}/try-again",
        &["post_recordings_recording_try_again"],
    ),
    (
        "/recordings/{recording}/uncut",
        &["delete_recordings_recording_cut"],
    ),
    ("/reports/confirm", &["post_confirmations"]),
    ("/requests/new", &["post_requests"]),
    (
        "/requests/{request}/cancel",
        &["post_requests_request_cancel"],
    ),
    (
        "/requests/{request}/decline",
        &["post_requests_request_areas_area_decline"],
    ),
    (
        "/requests/{request}/document",
        &["put_requests_request_document"],
    ),
    (
        "/requests/{request}/take",
        &["post_requests_request_areas_area_take"],
    ),
    ("/stations/new", &["post_stations"]),
    (
        "/stations/{station}/close",
        &["put_stations_station_closed"],
    ),
    ("/stations/{station}/code", &["post_stations_station_code"]),
    (
        "/stations/{station}/edit",
        &["put_stations_station", "put_stations_station_loudness"],
    ),
    ("/stops", &["post_stops"]),
];

/// What only a person in a browser does: a script has a token, and neither a password nor a
/// language of its own nor forms that were kept for it.
const BY_PERSON: &[&str] = &[
    "/account/password",
    "/invitation",
    "/invitation/take-up",
    "/language",
    "/sign-in",
    "/sign-out",
    "/typed/{id}/discard",
];

#[tokio::test]
async fn the_description_of_the_api_names_every_path_that_answers() {
    let server = Server::start().await;
    let document = server.visitor().get(DESCRIPTION).await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let scheme = &document["components"]["securitySchemes"]["token"];
    assert_eq!(scheme["scheme"], "bearer");
    let described = described(&document);
    let mut wrong = Vec::new();
    let under_api = routes(&server).into_iter();
    let under_api = under_api.filter(|route| route.starts_with("/api/") && route != DESCRIPTION);
    let answered: Vec<String> = under_api.collect();
    for route in &answered {
        let said = described.get(route);
        let taken = taken(&server, route).await;
        if said.is_none() || taken.as_ref().is_some_and(|taken| Some(taken) != said) {
            wrong.push(format!("{route} takes {taken:?}, described are {said:?}"));
        }
    }
    let gone = described.keys().filter(|path| !answered.contains(path));
    wrong.extend(gone.map(|path| format!("{path} is described, and nothing answers")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_forms_of_the_panel_do_scripts_do_too() {
    let server = Server::start().await;
    let document = server.visitor().get(DESCRIPTION).await.json();
    let mut operations = BTreeSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        let named = item.as_object().unwrap().values();
        operations.extend(named.filter_map(|one| one["operationId"].as_str()));
    }
    let by_script: BTreeMap<&str, &[&str]> = BY_SCRIPT.iter().copied().collect();
    let mut forms = BTreeSet::new();
    for route in routes(&server) {
        let taken = taken(&server, &route).await.unwrap_or_default();
        if !route.starts_with("/api/") && taken.iter().any(|method| method != "GET") {
            forms.insert(route);
        }
    }
    let known = by_script.keys().chain(BY_PERSON).copied();
    let known: BTreeSet<String> = known.map(str::to_owned).collect();
    assert_eq!(
        forms, known,
        "each form is done by scripts, or by people alone"
    );
    for name in by_script.values().copied().flatten() {
        assert!(operations.contains(name), "{name}");
    }
}

/// The methods that the description names, by path.
pub fn described(document: &serde_json::Value) -> BTreeMap<String, BTreeSet<String>> {
    let paths = document["paths"].as_object().unwrap().iter();
    let methods = |item: &serde_json::Value| {
        let methods = item.as_object().unwrap().keys();
        let methods = methods.map(|method| method.to_uppercase());
        let methods = methods.filter(|method| !COMES_ALONG.contains(&&**method));
        methods.collect()
    };
    let named = paths.map(|(path, item)| (path.clone(), methods(item)));
    named.collect()
}

/// Every route of the server. A router tells them to nobody but whoever debugs it; should it one
/// day tell them otherwise, none are found and the stories above fail.
pub fn routes(server: &Server) -> BTreeSet<String> {
    let router = format!("{:?}", loaban_server::router(server.state.clone()));
    let words = router.split('"').skip(1).step_by(2);
    let paths = words.filter(|word| word.starts_with('/') && !word.contains("__private"));
    paths.map(str::to_owned).collect()
}

/// The methods that a route takes, as it says itself to a method that none takes. `None` where its
/// handler sorts them: in an upload one may stand for another.
pub async fn taken(server: &Server, route: &str) -> Option<BTreeSet<String>> {
    let words = route.split('/');
    let words = words.map(|word| if word.starts_with('{') { "x" } else { word });
    let path = words.collect::<Vec<_>>().join("/");
    let mut visitor = server.visitor();
    let answer = visitor.send(Method::TRACE, &path, &[], String::new()).await;
    let methods = answer.headers.get(ALLOW)?.to_str().unwrap().split(',');
    let methods = methods.map(|method| method.trim().to_owned());
    Some(
        methods
            .filter(|method| !COMES_ALONG.contains(&&**method))
            .collect(),
    )
}
