//! Which villages would not understand a bulletin.

use std::collections::{BTreeMap, BTreeSet};

use programme::ids::AreaId;

use crate::database::Connection;
use crate::web::errors::Result;

/// A language that villages speak and a bulletin does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The language.
    pub language: String,
    /// Names of the villages that speak it.
    pub villages: Vec<String>,
    /// Those of them to whom the bulletin says nothing in any of their languages.
    pub left_out: Vec<String>,
}

crate::rows! {
    struct Row {
        area_id: String,
        name: String,
        languages: Option<String>,
    }
}

/// Languages spoken in `area` and below in which nothing is `spoken`.
///
/// # Errors
/// The database failed.
pub async fn missing(
    connection: &mut Connection,
    area: &AreaId,
    spoken: &BTreeSet<String>,
) -> Result<Vec<Missing>> {
    // Every place that contains no other, with what is said of its languages, the nearest first.
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT v.id AS area_id, v.name, a.languages FROM area_lines d \
         JOIN areas v ON v.id = d.area_id JOIN area_lines u ON u.area_id = v.id \
         JOIN areas a ON a.id = u.above_id \
         WHERE d.above_id = $1 AND v.closed_at_ms IS NULL AND NOT EXISTS \
         (SELECT 1 FROM areas c WHERE c.parent_id = v.id AND c.closed_at_ms IS NULL) \
         ORDER BY v.created_at_ms, v.id, u.distance",
    )
    .bind(area.as_str())
    .fetch_all(connection)
    .await?;
    let mut villages: Vec<(String, String, Option<Vec<String>>)> = Vec::new();
    for row in rows {
        let said = row
            .languages
            .as_deref()
            .map(serde_json::from_str)
            .transpose()?;
        match villages.last_mut() {
            Some((id, _, languages)) if *id == row.area_id => {
                *languages = languages.take().or(said);
            }
            Some(_) | None => villages.push((row.area_id, row.name, said)),
        }
    }
    let villages = villages
        .into_iter()
        .map(|(_, name, said)| (name, said.unwrap_or_else(|| vec!["vi".to_owned()])));
    Ok(lacking(villages.collect(), spoken))
}

fn lacking(villages: Vec<(String, Vec<String>)>, spoken: &BTreeSet<String>) -> Vec<Missing> {
    let mut found: BTreeMap<String, Missing> = BTreeMap::new();
    for (name, languages) in villages {
        let hears_something = languages.iter().any(|language| spoken.contains(language));
        for language in languages
            .into_iter()
            .filter(|language| !spoken.contains(language))
        {
            let missing = found.entry(language.clone()).or_insert_with(|| Missing {
                language,
                villages: Vec::new(),
                left_out: Vec::new(),
            });
            missing.villages.push(name.clone());
            if !hears_something {
                missing.left_out.push(name.clone());
            }
        }
    }
    found.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_village_that_understands_one_language_is_not_left_out() {
        let villages = vec![
            (
                "Tòng Xành".to_owned(),
                vec!["pcc".to_owned(), "vi".to_owned()],
            ),
            ("Ún Tà".to_owned(), vec!["pcc".to_owned()]),
        ];
        let found = lacking(villages, &BTreeSet::from(["vi".to_owned()]));
        assert_eq!(
            found,
            [Missing {
                language: "pcc".to_owned(),
                villages: vec!["Tòng Xành".to_owned(), "Ún Tà".to_owned()],
                left_out: vec!["Ún Tà".to_owned()],
            }]
        );
    }
}
