//! `taxonomy.toml`: classes with stable ids, parents and overlay colours.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::files;
use crate::base::ids::ClassId;
use crate::base::problem::{Problem, Problems, did_you_mean};

/// The only `version` of the file there is.
const VERSION: u32 = 1;

/// All classes, in order of id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taxonomy {
    pub classes: Vec<Class>,
}

/// One class.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// 1 … 65,535, stable for ever.
    pub id: ClassId,
    pub name: String,
    pub parent: Option<ClassId>,
    /// Groups others; no object may have it.
    pub is_abstract: bool,
    /// sRGB, for overlays.
    pub color: [u8; 3],
}

impl Taxonomy {
    /// Reads and checks a file; also gives its bytes, for its digest.
    ///
    /// # Errors
    /// All of: unreadable file, TOML syntax, unknown keys, wrong types, ids outside 1 … 65,535,
    /// ids or names used twice, unknown parents, parents that form a cycle. Each with its line.
    pub fn load(path: &Path) -> Result<(Self, Vec<u8>), Problems> {
        let bytes = files::read(path)
            .map_err(|found| Problem::error(path, "", found, "a readable taxonomy file", ""))?;
        let text = std::str::from_utf8(&bytes).map_err(|e| {
            let found = format!("not UTF-8 at byte {}", e.valid_up_to());
            Problem::error(path, "", found, "a TOML file, which is UTF-8", "")
        })?;
        let taxonomy = Self::parse(path, text)?;
        Ok((taxonomy, bytes))
    }

    /// Checks the text of a file; `path` is for the messages.
    ///
    /// # Errors
    /// As [`Taxonomy::load`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, Problems> {
        let raw: RawTaxonomy = toml::from_str(text).map_err(|e| {
            let place = e.span().map_or(String::new(), |s| line(text, s.start));
            let found = e.message().trim().replace('\n', ", ");
            let expected = "`version = 1` and [[class]] tables with `id`, `name`, `color` and \
                            perhaps `parent`, `abstract`";
            Problem::error(path, place, found, expected, "")
        })?;
        check(path, text, raw)
    }

    /// The class of this id.
    pub fn get(&self, id: ClassId) -> Option<&Class> {
        let i = self.classes.binary_search_by_key(&id, |c| c.id).ok()?;
        Some(&self.classes[i])
    }

    /// The class of this name.
    pub fn by_name(&self, name: &str) -> Option<&Class> {
        self.classes.iter().find(|c| c.name == name)
    }

    /// Names from the root down to the class itself.
    pub fn lineage(&self, id: ClassId) -> Vec<&str> {
        let mut names = Vec::new();
        let mut next = self.get(id);
        while let Some(class) = next {
            names.push(class.name.as_str());
            next = class.parent.and_then(|p| self.get(p));
        }
        names.reverse();
        names
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTaxonomy {
    version: Spanned<u32>,
    #[serde(default)]
    class: Vec<RawClass>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClass {
    id: Spanned<i64>,
    name: Spanned<String>,
    parent: Option<Spanned<String>>,
    #[serde(default, rename = "abstract")]
    is_abstract: bool,
    color: [u8; 3],
}

/// `line 12` of a byte offset.
fn line(text: &str, offset: usize) -> String {
    let before = text.as_bytes().iter().take(offset);
    format!("line {}", 1 + before.filter(|b| **b == b'\n').count())
}

fn check(path: &Path, text: &str, raw: RawTaxonomy) -> Result<Taxonomy, Problems> {
    let mut problems = Problems::default();
    let mut report = |offset: usize, found: String, expected: &str, remedy: String| {
        problems.push(Problem::error(
            path,
            line(text, offset),
            found,
            expected,
            remedy,
        ));
    };
    if *raw.version.get_ref() != VERSION {
        let found = format!("version = {}", raw.version.get_ref());
        report(
            raw.version.span().start,
            found,
            "version = 1",
            String::new(),
        );
    }
    if raw.class.is_empty() {
        report(
            0,
            "no [[class]]".into(),
            "at least one class",
            String::new(),
        );
    }

    let mut ids: BTreeMap<i64, usize> = BTreeMap::new();
    let mut names: BTreeMap<&str, (usize, ClassId)> = BTreeMap::new();
    for class in &raw.class {
        let (id, name) = (*class.id.get_ref(), class.name.get_ref().as_str());
        let (id_at, name_at) = (class.id.span().start, class.name.span().start);
        if !(1..=65_535).contains(&id) {
            let remedy = "0 is background; take the next free number".into();
            report(id_at, format!("id = {id}"), "an id of 1 … 65535", remedy);
        } else if let Some(first) = ids.insert(id, id_at) {
            let found = format!("id = {id} again, as on {}", line(text, first));
            report(
                id_at,
                found,
                "an id of its own for each class",
                String::new(),
            );
        }
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            let expected = "lower-case letters, digits and underscores";
            report(name_at, format!("name = {name:?}"), expected, String::new());
        }
        let value = (name_at, ClassId(id as u32));
        if let Some((first, _)) = names.insert(name, value) {
            let found = format!("name = {name:?} again, as on {}", line(text, first));
            report(
                name_at,
                found,
                "a name of its own for each class",
                String::new(),
            );
        }
    }

    let mut classes = Vec::with_capacity(raw.class.len());
    for class in &raw.class {
        let parent = class.parent.as_ref().and_then(|parent| {
            let known = names.get(parent.get_ref().as_str());
            if known.is_none() {
                let remedy = did_you_mean(parent.get_ref(), names.keys().copied())
                    .map_or(String::new(), |n| format!("did you mean {n:?}?"));
                let found = format!("parent = {:?}", parent.get_ref());
                report(
                    parent.span().start,
                    found,
                    "the name of a class in this file",
                    remedy,
                );
            }
            known.map(|(_, id)| *id)
        });
        classes.push(Class {
            id: ClassId(*class.id.get_ref() as u32),
            name: class.name.get_ref().clone(),
            parent,
            is_abstract: class.is_abstract,
            color: class.color,
        });
    }
    if problems.has_errors() {
        return Err(problems);
    }
    for (i, class) in raw.class.iter().enumerate() {
        if let Some(parent) = &class.parent
            && is_own_ancestor(&classes, &names, i)
        {
            let place = line(text, parent.span().start);
            let found = format!("{:?} is its own ancestor", class.name.get_ref());
            let expected = "parents that end at a root";
            problems.push(Problem::error(path, place, found, expected, ""));
        }
    }
    if problems.has_errors() {
        return Err(problems);
    }
    classes.sort_by_key(|c| c.id);
    Ok(Taxonomy { classes })
}

/// Whether going up from class `start` comes back to it. Bounded: a cycle elsewhere ends the walk.
fn is_own_ancestor(
    classes: &[Class],
    names: &BTreeMap<&str, (usize, ClassId)>,
    start: usize,
) -> bool {
    let by_id: BTreeMap<ClassId, &Class> = classes.iter().map(|c| (c.id, c)).collect();
    let mut next = classes[start].parent;
    for _ in 0..=names.len() {
        match next {
            None => return false,
            Some(id) if id == classes[start].id => return true,
            Some(id) => next = by_id.get(&id).and_then(|c| c.parent),
        }
    }
    false
}
