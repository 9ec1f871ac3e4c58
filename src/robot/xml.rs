//! Reading XML so that every problem of a file is found in one pass, each with its line.

use std::path::Path;

use roxmltree::{Document, Node};

use crate::base::problem::{Problem, Problems};

/// Deeper files are not meant, or not honest.
const MAX_DEPTH: usize = 256;

/// A file as text, and as XML.
///
/// # Errors
/// The problem, with its line.
pub(super) fn text(path: &Path, bytes: Vec<u8>) -> Result<String, Problems> {
    String::from_utf8(bytes).map_err(|error| {
        let found = format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to());
        Problem::error(path, "", found, "an XML file in UTF-8", "").into()
    })
}

pub(super) fn parse<'t>(path: &Path, text: &'t str) -> Result<Document<'t>, Problems> {
    let document = Document::parse(text).map_err(|error| {
        let place = format!("line {}", error.pos().row);
        let message = error.to_string();
        let found = message.split(" at ").next().unwrap_or(&message);
        Problems::from(Problem::error(path, place, found, "well-formed XML", ""))
    })?;
    let deep = |n: &Node<'_, '_>| n.ancestors().take(MAX_DEPTH + 1).count() > MAX_DEPTH;
    if let Some(node) = document.descendants().find(deep) {
        let place = format!("line {}", line(&node));
        let found = format!("elements nested more than {MAX_DEPTH} deep");
        return Err(Problem::error(path, place, found, "fewer", "").into());
    }
    Ok(document)
}

/// 1-based.
pub(super) fn line(node: &Node<'_, '_>) -> u32 {
    node.document().text_pos_at(node.range().start).row
}

/// Collects the problems of one file.
pub(super) struct Reader<'a> {
    pub path: &'a Path,
    pub problems: Problems,
}

impl Reader<'_> {
    pub(super) fn error(
        &mut self,
        place: &str,
        found: impl Into<String>,
        expected: &str,
        remedy: &str,
    ) {
        self.problems
            .push(Problem::error(self.path, place, found, expected, remedy));
    }

    pub(super) fn warning(
        &mut self,
        place: &str,
        found: impl Into<String>,
        expected: &str,
        remedy: &str,
    ) {
        self.problems
            .push(Problem::error(self.path, place, found, expected, remedy).warning());
    }

    /// An attribute of `N` finite numbers; the default if it is not there or wrong.
    pub(super) fn numbers<const N: usize>(
        &mut self,
        node: Option<Node<'_, '_>>,
        attribute: &str,
        place: &str,
        default: [f64; N],
    ) -> [f64; N] {
        self.given(node, attribute, place).unwrap_or(default)
    }

    /// The same for one number.
    pub(super) fn number(
        &mut self,
        node: Option<Node<'_, '_>>,
        attribute: &str,
        place: &str,
        default: f64,
    ) -> f64 {
        self.numbers(node, attribute, place, [default])[0]
    }

    /// An attribute of `N` finite numbers; `None` if it is not there or wrong.
    pub(super) fn given<const N: usize>(
        &mut self,
        node: Option<Node<'_, '_>>,
        attribute: &str,
        place: &str,
    ) -> Option<[f64; N]> {
        let node = node?;
        let text = node.attribute(attribute)?;
        let numbers: Option<Vec<f64>> = text.split_whitespace().map(|w| w.parse().ok()).collect();
        let numbers = numbers.filter(|n| n.iter().all(|v| v.is_finite()));
        let array = numbers.and_then(|n| <[f64; N]>::try_from(n).ok());
        if array.is_none() {
            let expected = match N {
                1 => "a finite number".to_owned(),
                _ => format!("{N} finite numbers"),
            };
            let shown: String = text.chars().take(60).collect();
            let found = format!("{attribute}={shown:?} of <{}>", node.tag_name().name());
            self.error(place, found, &expected, "");
        }
        array
    }

    /// An attribute that has to be there.
    pub(super) fn required<'n>(
        &mut self,
        node: Node<'n, '_>,
        attribute: &str,
        place: &str,
    ) -> Option<&'n str> {
        let value = node.attribute(attribute).filter(|v| !v.is_empty());
        if value.is_none() {
            let found = format!("<{}> without {attribute}", node.tag_name().name());
            let expected = format!("{attribute}=\"…\"");
            self.error(place, found, &expected, "");
        }
        value
    }
}

/// The first child element of this name.
pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|n| n.has_tag_name(name))
}
