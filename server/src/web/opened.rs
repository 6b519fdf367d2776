//! Opening an address that takes only what a form sends. A page that answers a form keeps the
//! form's address, and a phone that wakes up opens it again: that leads to the page of the form.

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::header::ALLOW;
use axum::http::{Method, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use tower::ServiceExt;

use crate::openapi::method_refused;

/// The pages of the panel, to be asked which addresses open.
#[derive(Debug, Clone)]
pub struct Pages(Router);

impl Pages {
    /// The same pages, without what lies around them.
    pub fn of(pages: Router) -> Self {
        Self(pages.layer(from_fn(name_route)))
    }

    /// The answer to a method that an address does not take: the nearest page above it for whoever
    /// opens it, a refusal for everybody else.
    pub async fn answer(self, route: MatchedPath, method: Method, uri: Uri) -> Response {
        let (mut path, mut route) = (uri.path(), route.as_str());
        let opened = [Method::GET, Method::HEAD].contains(&method);
        while opened && !path.starts_with("/api/") {
            let (Some((above, _)), Some((route_above, _))) =
                (path.rsplit_once('/'), route.rsplit_once('/'))
            else {
                break;
            };
            (path, route) = (above, route_above);
            let page = if path.is_empty() { "/" } else { path };
            let wanted = if route.is_empty() { "/" } else { route };
            if self.opens(page, wanted).await {
                return Redirect::to(page).into_response();
            }
        }
        method_refused().into_response()
    }

    /// Whether a page of the route `wanted` opens at `path`. No page takes the method of the
    /// question, so nothing is done, and the answer names the methods that the page does take.
    async fn opens(&self, path: &str, wanted: &str) -> bool {
        let question = Request::builder().method(Method::TRACE).uri(path);
        let Ok(question) = question.body(Body::empty()) else {
            return false;
        };
        let Ok(answer) = self.0.clone().oneshot(question).await;
        let route = answer.extensions().get::<MatchedPath>();
        let takes = answer.headers().get(ALLOW);
        let takes = takes.and_then(|methods| methods.to_str().ok());
        route.is_some_and(|route| route.as_str() == wanted)
            && takes.is_some_and(|methods| methods.split(',').any(|one| one.trim() == "GET"))
    }
}

/// Says with an answer which route gave it: `/people/invitations` would open as a person's page.
async fn name_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut answer = next.run(request).await;
    if let Some(route) = route {
        answer.extensions_mut().insert(route);
    }
    answer
}
