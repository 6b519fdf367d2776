//! The square that leads a phone to an address (ISO/IEC 18004), drawn here.

use qrcodegen::{QrCode, QrCodeEcc};

use crate::web::errors::Result;

/// Light squares around the code, without which phones do not find it.
const MARGIN: i32 = 4;

/// A QR code as an SVG picture, and how many squares wide it is.
///
/// # Errors
/// The address is too long for a code.
pub fn drawn(address: &str) -> Result<(String, i32)> {
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
        let (path, wide) = drawn("https://loa.example/nghe/7k2m9qxd").unwrap();
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
