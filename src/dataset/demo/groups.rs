//! Channels by what they are of: `fr3_joint1.position` … `fr3_joint7.position` are the slice
//! `fr3_joint_position`.

use std::ops::Range;

use super::Channel;

/// Neighbouring channels whose names differ in digits alone, with a name of letters, digits and
/// `_` that no other slice of the vector has.
pub fn groups(channels: &[Channel]) -> Vec<(String, Range<usize>)> {
    let mut groups: Vec<(String, Range<usize>)> = Vec::new();
    let mut last_key = String::new();
    for (i, channel) in channels.iter().enumerate() {
        let (of, what) = channel.name.rsplit_once('.').unwrap_or((&channel.name, ""));
        let of = of.trim_end_matches(|c: char| c.is_ascii_digit());
        let of = of.trim_end_matches(['_', '-', '.']);
        let key = match (of, what) {
            ("", what) => what.to_string(),
            (of, "") => of.to_string(),
            (of, what) => format!("{of}_{what}"),
        };
        let key = key.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        match groups.last_mut() {
            Some((_, range)) if key == last_key => range.end = i + 1,
            _ => {
                let is_taken = |name: &str| groups.iter().any(|g| g.0 == name);
                let numbered = (2..).map(|n| format!("{key}_{n}"));
                let mut names = std::iter::once(key.clone()).chain(numbered);
                let name = names.find(|n| !is_taken(n)).expect("numbers do not end");
                groups.push((name, i..i + 1));
            }
        }
        last_key = key;
    }
    groups
}
