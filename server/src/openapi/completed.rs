//! What holds for every operation of the API alike, said once: its name, whose token opens it, and
//! the refusals of the frame and of the extractors. A room names the refusals that are its own.

use axum::http::StatusCode;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, ResponseBuilder};

/// How refusals are written (RFC 9457 §3).
const PROBLEM: &str = "application/problem+json";
/// Where the API begins.
const ROOT: &str = "/api/v1/";
/// What a village PC asks for.
const STATION: &str = "/api/v1/station/";

/// The document, with all of that in each operation.
pub fn complete(mut document: OpenApi) -> OpenApi {
    for (path, item) in &mut document.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("delete", &mut item.delete),
            ("patch", &mut item.patch),
            ("head", &mut item.head),
        ];
        for (method, operation) in operations {
            let Some(operation) = operation else { continue };
            operation.operation_id = Some(name(method, path));
            if path.starts_with(STATION) && operation.security.is_none() {
                let own = SecurityRequirement::new("station", Vec::<String>::new());
                operation.security = Some(vec![own]);
            }
            for status in refusals(operation) {
                let answers = &mut operation.responses.responses;
                answers
                    .entry(status.as_str().to_owned())
                    .or_insert_with(|| RefOr::T(Response::new("")));
            }
            // An answer to HEAD has no body (RFC 9110 §9.3.2).
            if method != "head" {
                write_as_problems(operation);
            }
        }
    }
    document
}

/// The name of an operation, which no other has (OpenAPI 3.1 §4.8.10.1).
fn name(method: &str, path: &str) -> String {
    let path = path.strip_prefix(ROOT).unwrap_or(path);
    let words = path.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.fold(method.to_owned(), |name, word| format!("{name}_{word}"))
}

/// What an operation is refused with for how it is asked.
fn refusals(operation: &Operation) -> Vec<StatusCode> {
    let mut found = Vec::new();
    let everybody = [SecurityRequirement::default()];
    if operation.security.as_deref() != Some(everybody.as_slice()) {
        found.push(StatusCode::UNAUTHORIZED);
    }
    if takes(operation, &ParameterIn::Path) {
        found.push(StatusCode::NOT_FOUND);
    }
    if operation.request_body.is_some() {
        found.push(StatusCode::PAYLOAD_TOO_LARGE);
    }
    if operation.request_body.is_some() || takes(operation, &ParameterIn::Query) {
        found.extend([StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY]);
    }
    found
}

fn takes(operation: &Operation, place: &ParameterIn) -> bool {
    let mut named = operation.parameters.iter().flatten();
    named.any(|one| matches!(one, RefOr::T(one) if one.parameter_in == *place))
}

fn write_as_problems(operation: &mut Operation) {
    let answers = operation.responses.responses.iter_mut();
    for (_, answer) in answers.filter(|(status, _)| status.starts_with(['4', '5'])) {
        if let RefOr::T(said) = answer {
            let said = std::mem::take(&mut said.description);
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            let written = ResponseBuilder::new().description(said);
            *answer = written.content(PROBLEM, problem).into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_named_after_its_method_and_its_address() {
        assert_eq!(name("get", "/api/v1/areas/{area}"), "get_areas_area");
        assert_eq!(name("post", "/api/v1/area-kinds"), "post_area_kinds");
    }
}
