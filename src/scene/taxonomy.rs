//! `taxonomy.toml`: classes with stable ids, parents and overlay colours.

use crate::base::ids::ClassId;

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
