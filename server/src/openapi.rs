//! The description of the API, put together from what each room says of its own part.

mod completed;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, SecurityRequirement,
};
use utoipa_axum::router::OpenApiRouter;

use crate::state::State;
use crate::web::errors::Error;

/// The empty description that rooms are merged into.
pub fn document() -> OpenApiRouter<State> {
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "A personal token: `loaban-server token create`, or the panel.",
        ))
        .build();
    let station = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("What a village PC was given when it was enrolled."))
        .build();
    let document = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Loa Bản")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "Instants are milliseconds since 1970 in fields that end in `_ms`. \
                     Errors are problem+json (RFC 9457).",
                ))
                .build(),
        )
        .components(Some(
            ComponentsBuilder::new()
                .security_scheme("token", SecurityScheme::Http(token))
                .security_scheme("station", SecurityScheme::Http(station))
                .build(),
        ))
        .security(Some([SecurityRequirement::new(
            "token",
            Vec::<String>::new(),
        )]))
        .build();
    OpenApiRouter::with_openapi(document)
}

/// `/api/openapi.json`
pub fn routes(document: OpenApi) -> Router<State> {
    let document = completed::complete(document);
    Router::new().route("/api/openapi.json", get(async || axum::Json(document)))
}

/// The answer to a method that an address does not take.
pub fn method_refused() -> Error {
    Error::refused(StatusCode::METHOD_NOT_ALLOWED, "error-method")
}
