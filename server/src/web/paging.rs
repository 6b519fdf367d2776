//! A list that is longer than a page of it.

/// Rows on one page.
pub const PAGE: u32 = 30;

/// Where the pages before and behind this one are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around {
    /// The page with newer rows, if this is not the first.
    pub newer: Option<String>,
    /// The page with older rows, if there are any.
    pub older: Option<String>,
}

impl Around {
    /// Cuts `rows`, of which one more was asked for than a page holds, and says where their
    /// neighbours are. `skip` rows stand before them in the list, whose `address` has a question in
    /// it already.
    pub fn of<T>(rows: &mut Vec<T>, skip: u32, address: &str) -> Self {
        let more = rows.len() > PAGE as usize;
        rows.truncate(PAGE as usize);
        let at = |skip: u32| format!("{address}&skip={skip}");
        Self {
            newer: (skip > 0).then(|| at(skip.saturating_sub(PAGE))),
            older: more.then(|| at(skip.saturating_add(PAGE))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_leads_to_its_neighbours_and_nowhere_else() {
        let around = |rows: usize, skip: u32| {
            let mut rows = vec![(); rows];
            let around = Around::of(&mut rows, skip, "/list?own=true");
            (rows.len(), around.newer, around.older)
        };
        let at = |skip: u32| Some(format!("/list?own=true&skip={skip}"));
        assert_eq!(around(30, 0), (30, None, None));
        assert_eq!(around(31, 0), (30, None, at(30)));
        assert_eq!(around(31, 30), (30, at(0), at(60)));
        assert_eq!(around(1, 40), (1, at(10), None));
        assert_eq!(around(1, 10), (1, at(0), None));
    }
}
