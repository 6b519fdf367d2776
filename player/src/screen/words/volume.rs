//! The words about the volume.

use super::ScreenLanguage;
use crate::volume::Volume;

impl ScreenLanguage {
    /// That there is no more to turn, at either end.
    pub fn volume_end(self, volume: Volume) -> Option<&'static str> {
        let (part, whole) = volume.part();
        if part == whole {
            Some(self.pick("to nhất", "loudest"))
        } else if part == 0 {
            Some(self.pick("nhỏ nhất", "quietest"))
        } else {
            None
        }
    }
}
