//! What a page of the panel becomes on paper.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::browser::Browser;

/// A page as it is printed.
pub struct Paper {
    /// The document, whose structure is plain text.
    text: String,
}

impl Browser {
    /// Prints the page on the paper that it asks for.
    pub async fn printed(&self) -> Paper {
        let printed = json!({ "preferCSSPageSize": true, "printBackground": true });
        let printed = self.devtools("Page.printToPDF", printed).await;
        let printed = printed["data"].as_str().expect("a document");
        let bytes = STANDARD.decode(printed).expect("a document in base 64");
        Paper {
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Shows the page as it is when it is printed, in whatever colours its reader wishes for.
    pub async fn show_as_on_paper(&self) {
        let wish = json!({ "name": "prefers-color-scheme", "value": "dark" });
        let paper = json!({ "media": "print", "features": [wish] });
        self.devtools("Emulation.setEmulatedMedia", paper).await;
    }
}

impl Paper {
    /// How many sheets it takes.
    pub fn sheets(&self) -> usize {
        self.text.matches("/Type /Page").count() - self.text.matches("/Type /Pages").count()
    }

    /// The size of its sheets in millimetres, as they lie.
    pub fn size_mm(&self) -> (u32, u32) {
        let (_, size) = self.text.split_once("/MediaBox [").expect("a size");
        let size = size.split(']').next().unwrap_or_default();
        // Points of 1/72 inch: two corners.
        let points: Vec<f64> = size.split_whitespace().flat_map(str::parse).collect();
        let mm = |place: usize| {
            let points = points.get(place).expect("a size has four numbers");
            (points * 25.4 / 72.0).round() as u32
        };
        (mm(2), mm(3))
    }
}
