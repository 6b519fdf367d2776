//! Roles on areas, and what each of them may do there and in everything below.

use serde::{Deserialize, Serialize};

/// What a person is in an area.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Records and drafts: the secretary of a village's youth union branch.
    Secretary,
    /// Chooses the hour for the village, stops, sets the volume: the village head.
    Head,
    /// Approves, orders an emergency: the officer of the commune.
    Officer,
    /// Keeps areas, people, stations and settings; orders an emergency where no officer can, and
    /// stops what sounds.
    Admin,
}

/// Something that one may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// See what concerns the area.
    View,
    /// Ask villages for a recording.
    Ask,
    /// Record, upload, draft and submit bulletins.
    Record,
    /// Approve, reject and withdraw bulletins.
    Approve,
    /// Make broadcasts.
    Schedule,
    /// Stop what is on the air and set the volume.
    Stop,
    /// Say from the village how something was heard there.
    Confirm,
    /// Order an emergency.
    Emergency,
    /// Order at a station's own PC what stands by there.
    OrderAtPc,
    /// Carry programmes to a village by hand, and its log back.
    Carry,
    /// Keep areas.
    ManageAreas,
    /// Keep people, their roles and passwords.
    ManagePeople,
    /// Keep stations.
    ManageStations,
    /// Open to everybody what aired in a village.
    OpenToPublic,
    /// Read the audit trail.
    ReadAudit,
}

impl Role {
    /// All of them, the narrowest first.
    pub const ALL: [Self; 4] = [Self::Secretary, Self::Head, Self::Officer, Self::Admin];

    /// Its name in the database, in addresses and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Secretary => "secretary",
            Self::Head => "head",
            Self::Officer => "officer",
            Self::Admin => "admin",
        }
    }

    /// The role that a name names.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Names its title among the sentences.
    pub fn key(self) -> &'static str {
        match self {
            Self::Secretary => "role-secretary",
            Self::Head => "role-head",
            Self::Officer => "role-officer",
            Self::Admin => "role-admin",
        }
    }

    /// The names of the roles that hold `right`, for a question to the database; empty texts for
    /// the others.
    pub fn names_with(right: Right) -> [&'static str; 4] {
        Self::ALL.map(|role| if role.may(right) { role.name() } else { "" })
    }

    /// What it may do in its area and below.
    pub fn may(self, right: Right) -> bool {
        match right {
            Right::View | Right::Ask => true,
            Right::Record => matches!(self, Self::Secretary | Self::Officer),
            Right::Schedule => matches!(self, Self::Head | Self::Officer),
            Right::Confirm => matches!(self, Self::Secretary | Self::Head),
            Right::Approve => self == Self::Officer,
            Right::Emergency | Right::OpenToPublic => matches!(self, Self::Officer | Self::Admin),
            Right::Stop | Right::OrderAtPc | Right::Carry => self != Self::Secretary,
            Right::ManageAreas | Right::ManagePeople | Right::ManageStations => self == Self::Admin,
            Right::ReadAudit => matches!(self, Self::Officer | Self::Admin),
        }
    }
}
