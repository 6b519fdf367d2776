//! The publisher: what the database says becomes each station's signed programme.
//!
//! A programme is built whole from what is in force, compared with what the station was given last,
//! and published as the next generation only when it differs. Whoever changes something that airs
//! calls [`publish::to_areas`] after the commit, or announces the subject on the wake bus; the duty
//! of this room hears it, and looks at everything once in a while for what nobody announced.

pub mod build;
pub mod publish;
pub mod chime;
pub mod duty;
