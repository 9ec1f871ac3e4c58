//! Distributions as they stand in a recipe: their reading and their JSON Schema.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use toml::de::DeValue;

use super::dist::{
    Continuous, LEAST_NORMAL_SHARE, Law, Never, Numeric, Variable, Whole, normal_share,
};
use super::reader::{At, Fields, Node, Read, Reader, shorten};

/// A distribution as it stands in the file.
#[derive(Clone, Debug)]
pub enum RawDist<T: Variable> {
    Law(Law<T>),
    Group {
        group: At<String>,
        value: At<String>,
    },
}

/// A type whose distributions stand in files.
pub trait FileValue: Variable<Spread: FileSpread> + Read + JsonSchema {
    /// For schema names: "Number".
    const NAME: &'static str;

    /// Distributions to show in the schema.
    fn examples() -> Value;

    /// The law of a group's value as a law of this type, if it is one.
    fn from_any(any: &AnyLaw) -> Option<Law<Self>>;
}

/// Reading of a spread.
pub trait FileSpread: Sized {
    /// The keys that announce one.
    const KEYS: &'static [&'static str];
    /// Reads the value of one of [`Self::KEYS`].
    fn read(key: &str, node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self>;
    /// The schemas of the tables, one for each key.
    fn schemas(generator: &mut SchemaGenerator) -> Vec<Schema>;
}

impl FileSpread for Never {
    const KEYS: &'static [&'static str] = &[];
    fn read(_: &str, _: &Node<'_>, _: &mut Reader<'_>) -> Option<Self> {
        None
    }
    fn schemas(_: &mut SchemaGenerator) -> Vec<Schema> {
        Vec::new()
    }
}

impl FileSpread for Whole {
    const KEYS: &'static [&'static str] = &["uniform"];

    fn read(_: &str, node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let [low, high] = <[i64; 2]>::read(node, reader)?;
        if low > high {
            let found = format!("from {low} to {high}");
            reader.problem(&node.place, found, "the lesser number first", "");
            return None;
        }
        Some(Self { low, high })
    }

    fn schemas(generator: &mut SchemaGenerator) -> Vec<Schema> {
        vec![bounds_schema::<i64>(
            generator,
            "uniform",
            "All whole numbers from the first to the second, both included, equally likely.",
        )]
    }
}

impl<T: Numeric + Read + JsonSchema> FileSpread for Continuous<T> {
    const KEYS: &'static [&'static str] = &["uniform", "normal", "log_uniform"];

    fn read(key: &str, node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if key == "normal" {
            return read_normal(node, reader);
        }
        let [low, high] = <[T; 2]>::read(node, reader)?;
        in_order(&low, &high, node, reader)?;
        if key == "uniform" {
            return Some(Self::Uniform { low, high });
        }
        if let Some(&least) = low.components().iter().find(|x| **x <= 0.0) {
            let found = format!("a lower bound of {least}");
            reader.problem(&node.place, found, "bounds above 0", "");
            return None;
        }
        Some(Self::LogUniform { low, high })
    }

    fn schemas(generator: &mut SchemaGenerator) -> Vec<Schema> {
        let value = generator.subschema_for::<T>();
        let normal = table_schema(
            "Of vectors, component by component. The mean and the standard deviation (0 or more) are those before values outside the bounds are redrawn.",
            &[
                ("mean", &value),
                ("std", &value),
                ("min", &value),
                ("max", &value),
            ],
            4,
        );
        vec![
            bounds_schema::<T>(
                generator,
                "uniform",
                "From the first to the second, all equally likely; of vectors, each component on its own.",
            ),
            table_schema(
                "A normal distribution, redrawn until within min and max.",
                &[("normal", &normal)],
                1,
            ),
            bounds_schema::<T>(
                generator,
                "log_uniform",
                "From the first to the second (both above 0); the logarithm is uniform.",
            ),
        ]
    }
}

fn in_order<T: Numeric>(low: &T, high: &T, node: &Node<'_>, reader: &mut Reader<'_>) -> Option<()> {
    let mut pairs = low.components().iter().zip(high.components());
    let Some((low, high)) = pairs.find(|(low, high)| low > high) else {
        return Some(());
    };
    let found = format!("from {low} to {high}");
    reader.problem(&node.place, found, "the lesser number first", "");
    None
}

fn read_normal<T: Numeric + Read>(
    node: &Node<'_>,
    reader: &mut Reader<'_>,
) -> Option<Continuous<T>> {
    let mut fields = Fields::open::<NormalTable>(node, reader)?;
    let (mean, std) = (fields.take("mean", reader), fields.take("std", reader));
    let (low, high) = (fields.take("min", reader), fields.take("max", reader));
    fields.close(reader);
    let (mean, std, low, high): (T, T, T, T) = (mean?, std?, low?, high?);
    in_order(&low, &high, node, reader)?;
    let parameters = mean.components().iter().zip(std.components());
    let bounds = low.components().iter().zip(high.components());
    for ((&mean, &std), (&low, &high)) in parameters.zip(bounds) {
        if std < 0.0 {
            let found = format!("a standard deviation of {std}");
            reader.problem(&node.place, found, "0 or more", "");
            return None;
        }
        if normal_share(mean, std, low, high) < LEAST_NORMAL_SHARE {
            let found = format!(
                "bounds {low} … {high} for a mean of {mean} and a standard deviation of {std}"
            );
            let expected =
                format!("bounds that hold at least {LEAST_NORMAL_SHARE} of the distribution");
            let remedy = "move the mean, widen the bounds, or use uniform";
            reader.problem(&node.place, found, expected, remedy);
            return None;
        }
    }
    Some(Continuous::Normal {
        mean,
        std,
        low,
        high,
    })
}

/// For the message when `normal` is no table.
struct NormalTable;

impl Read for NormalTable {
    fn expected() -> String {
        "a table { mean = …, std = …, min = …, max = … }".to_owned()
    }
    fn read(_: &Node<'_>, _: &mut Reader<'_>) -> Option<Self> {
        Some(Self)
    }
}

impl<T: FileValue> Read for RawDist<T> {
    fn expected() -> String {
        let forms = T::Spread::KEYS.iter().chain(&["choice", "group"]);
        let forms: Vec<String> = forms.map(|key| format!("{{ {key} = … }}")).collect();
        format!("{}, {}", T::expected(), forms.join(", "))
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if node.value.get("group").is_none() {
            return read_law(node, reader).map(Self::Law);
        }
        let mut fields = Fields::open::<Self>(node, reader)?;
        let group = fields.take("group", reader);
        let value = fields.take("value", reader);
        fields.close(reader);
        Some(Self::Group {
            group: group?,
            value: value?,
        })
    }
}

fn read_law<T: FileValue>(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Law<T>> {
    if !node.value.is_table() {
        return T::read(node, reader).map(Law::Constant);
    }
    let mut fields = Fields::open::<RawDist<T>>(node, reader)?;
    if fields.has("choice") {
        let values: Option<Vec<T>> = fields.take("choice", reader);
        let weights: Option<Option<At<Vec<f64>>>> = fields.take("weights", reader);
        let place = fields.place().clone();
        fields.close(reader);
        let (values, weights) = (values?, weights?);
        if values.is_empty() {
            reader.problem(&place, "a choice of nothing", "at least one value", "");
            return None;
        }
        let weights = match weights {
            None => vec![1.0; values.len()],
            Some(weights) => checked_weights(&weights, values.len(), reader)?,
        };
        return Some(Law::Choice { values, weights });
    }
    let Some(key) = T::Spread::KEYS.iter().find(|key| fields.has(key)) else {
        let keys = node.value.as_table().into_iter().flatten();
        let keys: Vec<String> = keys
            .map(|(key, _)| format!("`{}`", key.get_ref()))
            .collect();
        let found = match keys.as_slice() {
            [] => "an empty table".to_owned(),
            keys => format!("a table with {}", shorten(&keys.join(", "))),
        };
        reader.problem(&node.place, found, RawDist::<T>::expected(), "");
        return None;
    };
    let spread = fields
        .node(key, reader)
        .and_then(|node| T::Spread::read(key, &node, reader));
    fields.close(reader);
    spread.map(Law::Spread)
}

fn checked_weights(
    weights: &At<Vec<f64>>,
    values: usize,
    reader: &mut Reader<'_>,
) -> Option<Vec<f64>> {
    let given = &weights.value;
    let (found, expected) = if given.len() != values {
        (
            format!("{} weights", given.len()),
            format!("{values}: one for each choice"),
        )
    } else if let Some(weight) = given.iter().find(|w| **w < 0.0) {
        (format!("a weight of {weight}"), "0 or more".to_owned())
    } else if given.iter().all(|w| *w == 0.0) {
        let expected = "at least one weight above 0".to_owned();
        ("weights that are all 0".to_owned(), expected)
    } else if !given.iter().sum::<f64>().is_finite() {
        let expected = "weights whose sum is finite".to_owned();
        ("weights whose sum is infinite".to_owned(), expected)
    } else {
        return Some(given.clone());
    };
    reader.problem(&weights.place, found, expected, "");
    None
}

/// The law of a group's value; what it must be, those who use it say.
#[derive(Clone, Debug)]
pub enum AnyLaw {
    Number(Law<f64>),
    Pair(Law<[f64; 2]>),
    Vector(Law<[f64; 3]>),
    Text(Law<String>),
    Switch(Law<bool>),
}

impl AnyLaw {
    /// What its values are, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "numbers",
            Self::Pair(_) => "arrays of 2 numbers",
            Self::Vector(_) => "arrays of 3 numbers",
            Self::Text(_) => "texts",
            Self::Switch(_) => "true or false",
        }
    }
}

impl Read for AnyLaw {
    fn expected() -> String {
        "a number, a text, an array of 2 or 3 numbers, or a distribution of these".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        match sample_value(node.value) {
            Some(DeValue::Integer(_) | DeValue::Float(_)) => {
                read_law(node, reader).map(Self::Number)
            }
            Some(DeValue::Array(array)) if array.len() == 2 => {
                read_law(node, reader).map(Self::Pair)
            }
            Some(DeValue::Array(_)) => read_law(node, reader).map(Self::Vector),
            Some(DeValue::String(_)) => read_law(node, reader).map(Self::Text),
            Some(DeValue::Boolean(_)) => read_law(node, reader).map(Self::Switch),
            _ => {
                reader.wrong_type::<Self>(node);
                None
            }
        }
    }
}

/// A value that the distribution could draw, to see of what kind it is.
fn sample_value<'a>(value: &'a DeValue<'a>) -> Option<&'a DeValue<'a>> {
    if !value.is_table() {
        return Some(value);
    }
    let list = ["choice", "uniform", "log_uniform"]
        .iter()
        .find_map(|key| value.get(key));
    let inner = match list {
        Some(list) => list.get_ref().get(0),
        None => value.get("normal").and_then(|n| n.get_ref().get("mean")),
    };
    inner.map(|inner| inner.get_ref())
}

impl JsonSchema for AnyLaw {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "GroupValue".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut forms = law_schemas::<f64>(generator);
        forms.extend(law_schemas::<[f64; 2]>(generator));
        forms.extend(law_schemas::<[f64; 3]>(generator));
        forms.extend(law_schemas::<String>(generator));
        forms.extend(law_schemas::<bool>(generator));
        json_schema!({ "description": Self::expected(), "anyOf": forms })
    }
}

impl<T: FileValue> JsonSchema for RawDist<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("{}Distribution", T::NAME).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut forms = law_schemas::<T>(generator);
        let name = generator.subschema_for::<String>();
        forms.push(table_schema(
            "The value of a correlated group of [groups].",
            &[("group", &name), ("value", &name)],
            2,
        ));
        json_schema!({
            "description": Self::expected(),
            "oneOf": forms,
            "examples": T::examples(),
        })
    }
}

fn law_schemas<T: FileValue>(generator: &mut SchemaGenerator) -> Vec<Schema> {
    let value = generator.subschema_for::<T>();
    let mut forms = vec![value.clone()];
    forms.extend(T::Spread::schemas(generator));
    let choice = json_schema!({ "type": "array", "items": value, "minItems": 1 });
    let weights = json_schema!({
        "type": "array",
        "items": { "type": "number", "minimum": 0 },
        "minItems": 1,
    });
    forms.push(table_schema(
        "One of the values, with probability in proportion to its weight (default: all the same).",
        &[("choice", &choice), ("weights", &weights)],
        1,
    ));
    forms
}

/// The schema of `{ key = [low, high] }`.
fn bounds_schema<T: JsonSchema>(
    generator: &mut SchemaGenerator,
    key: &str,
    description: &str,
) -> Schema {
    let value = generator.subschema_for::<T>();
    let bounds = json_schema!({ "type": "array", "items": value, "minItems": 2, "maxItems": 2 });
    table_schema(description, &[(key, &bounds)], 1)
}

/// The schema of a table with these keys only, of which the first `required` must be there.
fn table_schema(description: &str, keys: &[(&str, &Schema)], required: usize) -> Schema {
    let properties: serde_json::Map<String, Value> = keys
        .iter()
        .map(|(key, schema)| ((*key).to_owned(), schema.as_value().clone()))
        .collect();
    let required: Vec<&str> = keys[..required].iter().map(|(key, _)| *key).collect();
    json_schema!({
        "description": description,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

impl FileValue for f64 {
    const NAME: &'static str = "Number";
    fn examples() -> Value {
        json!([
            0.5,
            { "uniform": [0.2, 0.8] },
            { "normal": { "mean": 0, "std": 1, "min": -2, "max": 2 } },
            { "log_uniform": [0.1, 10] },
            { "choice": [0, 90], "weights": [3, 1] },
        ])
    }
    fn from_any(any: &AnyLaw) -> Option<Law<Self>> {
        match any {
            AnyLaw::Number(law) => Some(law.clone()),
            _ => None,
        }
    }
}

impl FileValue for i64 {
    const NAME: &'static str = "Count";
    fn examples() -> Value {
        json!([3, { "uniform": [2, 5] }, { "choice": [0, 4], "weights": [1, 3] }])
    }
    fn from_any(any: &AnyLaw) -> Option<Law<Self>> {
        let whole = |x: f64| (x == libm::trunc(x)).then_some(x as i64);
        match any {
            AnyLaw::Number(Law::Spread(Continuous::Uniform { low, high })) => {
                Some(Law::Spread(Whole {
                    low: whole(*low)?,
                    high: whole(*high)?,
                }))
            }
            AnyLaw::Number(law) => law.map_choices(|x| whole(*x)),
            _ => None,
        }
    }
}

impl FileValue for [f64; 2] {
    const NAME: &'static str = "Pair";
    fn examples() -> Value {
        json!([[0.6, 0.6], { "uniform": [[0.3, 0.3], [0.6, 0.6]] }])
    }
    fn from_any(any: &AnyLaw) -> Option<Law<Self>> {
        match any {
            AnyLaw::Pair(law) => Some(law.clone()),
            _ => None,
        }
    }
}

impl FileValue for [f64; 3] {
    const NAME: &'static str = "Vector";
    fn examples() -> Value {
        json!([[0, 0, 1], { "uniform": [[-0.1, -0.1, 0], [0.1, 0.1, 0]] }])
    }
    fn from_any(any: &AnyLaw) -> Option<Law<Self>> {
        match any {
            AnyLaw::Vector(law) => Some(law.clone()),
            _ => None,
        }
    }
}

impl FileValue for String {
    const NAME: &'static str = "Text";
    fn examples() -> Value {
        json!(["a", { "choice": ["a", "b"], "weights": [3, 1] }])
    }
    fn from_any(any: &AnyLaw) -> Option<Law<Self>> {
        match any {
            AnyLaw::Text(law) => Some(law.clone()),
            _ => None,
        }
    }
}

impl FileValue for bool {
    const NAME: &'static str = "Switch";
    fn examples() -> Value {
        json!([true, { "choice": [true, false], "weights": [9, 1] }])
    }
    fn from_any(any: &AnyLaw) -> Option<Law<Self>> {
        match any {
            AnyLaw::Switch(law) => Some(law.clone()),
            _ => None,
        }
    }
}
