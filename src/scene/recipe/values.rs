//! Reading of plain values, lists and tables.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::reader::{At, Node, Read, Reader, Salvaged, child, describe};

impl Read for f64 {
    fn expected() -> String {
        "a number".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let number = match node.value {
            DeValue::Float(float) => float.as_str().parse().ok(),
            DeValue::Integer(_) => i64::read(node, reader).map(|i| i as f64),
            _ => {
                reader.wrong_type::<Self>(node);
                return None;
            }
        }?;
        if !f64::is_finite(number) {
            reader.problem(&node.place, describe(node.value), "a finite number", "");
            return None;
        }
        Some(number)
    }
}

impl Read for i64 {
    fn expected() -> String {
        "a whole number".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::Integer(integer) = node.value else {
            reader.wrong_type::<Self>(node);
            return None;
        };
        // Beyond 2⁵³ an f64 cannot tell neighbours apart.
        let number = i64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .filter(|n| n.unsigned_abs() <= 1 << 53);
        if number.is_none() {
            let found = describe(node.value);
            reader.problem(&node.place, found, "a number within ±2^53", "");
        }
        number
    }
}

impl Read for bool {
    fn expected() -> String {
        "true or false".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let value = node.value.as_bool();
        if value.is_none() {
            reader.wrong_type::<Self>(node);
        }
        value
    }
}

impl Read for String {
    fn expected() -> String {
        "a text".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(text) = node.value.as_str() else {
            reader.wrong_type::<Self>(node);
            return None;
        };
        if text.is_empty() {
            reader.problem(&node.place, "an empty text", Self::expected(), "");
            return None;
        }
        Some(text.to_owned())
    }
}

impl<T: Read, const N: usize> Read for [T; N] {
    fn expected() -> String {
        format!("an array of {N}: each {}", T::expected())
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(nodes) = node.elements(reader).filter(|nodes| nodes.len() == N) else {
            reader.wrong_type::<Self>(node);
            return None;
        };
        read_all(&nodes, reader)?.try_into().ok()
    }
}

impl<T: Read> Read for Vec<T> {
    fn expected() -> String {
        format!("an array: each {}", T::expected())
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(nodes) = node.elements(reader) else {
            reader.wrong_type::<Self>(node);
            return None;
        };
        read_all(&nodes, reader)
    }

    fn absent() -> Option<Self> {
        Some(Vec::new())
    }
}

impl<T: Read> Read for BTreeMap<String, T> {
    fn expected() -> String {
        format!("a table: each value {}", T::expected())
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let salvaged = Salvaged::<Self>::read(node, reader)?;
        (!salvaged.broken).then_some(salvaged.value)
    }

    fn absent() -> Option<Self> {
        Some(BTreeMap::new())
    }
}

impl<T: Read> Read for Option<T> {
    fn expected() -> String {
        T::expected()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(node, reader).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Read> Read for Box<T> {
    fn expected() -> String {
        T::expected()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(node, reader).map(Box::new)
    }
}

impl<T: Read> Read for At<T> {
    fn expected() -> String {
        T::expected()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let place = node.place.clone();
        T::read(node, reader).map(|value| At { value, place })
    }
}

impl<T: Read> Read for Salvaged<Option<T>> {
    fn expected() -> String {
        T::expected()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let value = T::read(node, reader);
        let broken = value.is_none();
        Some(Self { value, broken })
    }

    fn absent() -> Option<Self> {
        Some(Self {
            value: None,
            broken: false,
        })
    }
}

impl<T: Read> Read for Salvaged<Vec<T>> {
    fn expected() -> String {
        "tables in double brackets".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(nodes) = node.elements(reader) else {
            reader.wrong_type::<Self>(node);
            return Some(Self {
                value: Vec::new(),
                broken: true,
            });
        };
        let value: Vec<T> = nodes
            .iter()
            .filter_map(|node| T::read(node, reader))
            .collect();
        let broken = value.len() < nodes.len();
        Some(Self { value, broken })
    }

    fn absent() -> Option<Self> {
        Some(Self {
            value: Vec::new(),
            broken: false,
        })
    }
}

impl<T: Read> Read for Salvaged<BTreeMap<String, T>> {
    fn expected() -> String {
        BTreeMap::<String, T>::expected()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(table) = node.value.as_table() else {
            reader.wrong_type::<Self>(node);
            return Some(Self {
                value: BTreeMap::new(),
                broken: true,
            });
        };
        let mut value = BTreeMap::new();
        for (key, entry) in table {
            let node = Node {
                value: entry.get_ref(),
                place: child(&node.place, key.get_ref(), reader.line(key.span().start)),
            };
            if let Some(entry) = T::read(&node, reader) {
                value.insert(key.get_ref().to_string(), entry);
            }
        }
        let broken = value.len() < table.len();
        Some(Self { value, broken })
    }

    fn absent() -> Option<Self> {
        Some(Self {
            value: BTreeMap::new(),
            broken: false,
        })
    }
}

/// Reads every element before giving up, so that all problems are reported.
pub fn read_all<T: Read>(nodes: &[Node<'_>], reader: &mut Reader<'_>) -> Option<Vec<T>> {
    let values: Vec<Option<T>> = nodes.iter().map(|node| T::read(node, reader)).collect();
    values.into_iter().collect()
}
