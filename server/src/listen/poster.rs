//! The poster that leads to a page: the name of the village, the address, and the square that a
//! phone reads it from (ISO/IEC 18004), drawn here.

use askama::Template;
use axum::http::HeaderMap;
use axum::response::Response;
use programme::ids::AreaId;
use qrcodegen::{QrCode, QrCodeEcc};

use super::door;
use crate::areas::area;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::Path;
use crate::web::frame::own_address;
use crate::web::shell::{Shell, page};

/// Light squares around the code, without which phones do not find it.
const MARGIN: i32 = 4;

#[derive(Template)]
#[template(path = "listen/poster.html")]
struct PosterPage {
    shell: Shell,
    village: String,
    area: AreaId,
    address: String,
    /// The dark squares as a path, and how many squares the picture is wide.
    path: String,
    wide: i32,
}

/// `/areas/…/poster`
pub(super) async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    headers: HeaderMap,
    Path(id): Path<AreaId>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let area = area::find(&state, &mut connection, &id).await?;
    actor.require(Right::View, &area)?;
    let door = door::of(&mut connection, &id).await?;
    let door = door.filter(|door| door.open).ok_or_else(Error::not_found)?;
    let address = format!("{}{}", own_address(&state, &headers), door.path());
    let (path, wide) = drawn(&address)?;
    page(&PosterPage {
        village: area.name,
        area: area.id,
        address,
        path,
        wide,
        shell,
    })
}

/// A QR code as a path of an SVG picture, and how many squares the picture is wide.
fn drawn(address: &str) -> Result<(String, i32)> {
    // A quarter of a poster may be torn off or wet.
    let code = QrCode::encode_text(address, QrCodeEcc::Quartile);
    let code = code.map_err(|_| anyhow::anyhow!("an address that no code holds: {address}"))?;
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        for x in 0..size {
            if code.get_module(x, y) {
                path.push_str(&format!("M{} {}h1v1h-1z", x + MARGIN, y + MARGIN));
            }
        }
    }
    Ok((path, size + 2 * MARGIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners_and_a_light_margin() {
        let (path, wide) = drawn("https://loa.example/nghe/7k2m9qxd4t").unwrap();
        for corner in [
            "M4 4h1",
            &format!("M{} 4h1", wide - 5),
            &format!("M4 {}h1", wide - 5),
        ] {
            assert!(path.contains(corner), "{corner}");
        }
        assert!(!path.contains("M3 "), "nothing is dark in the margin");
        assert!(drawn(&"x".repeat(5_000)).is_err());
    }
}
