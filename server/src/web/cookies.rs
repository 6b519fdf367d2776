//! Cookies (RFC 6265), as few as there are.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

/// The value of the cookie `name`.
pub fn read<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// The text of a `Set-Cookie` header that scripts cannot read and other sites do not send along.
/// An age of zero removes the cookie.
pub fn write(name: &str, value: &str, max_age_seconds: u64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={max_age_seconds}; HttpOnly; SameSite=Lax{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, "xsession=no; session=yes".parse().unwrap());
        assert_eq!(read(&headers, "session"), Some("yes"));
        assert_eq!(read(&headers, "language"), None);
    }
}
