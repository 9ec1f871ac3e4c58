//! As much of JSON Schema 2020-12 as the recipe's schema uses.

use serde_json::Value;

/// Where `value` is not as `schema` has it; `None` if it is.
pub fn mismatch(root: &Value, schema: &Value, value: &Value, path: &str) -> Option<String> {
    let known = [
        "$schema",
        "$defs",
        "title",
        "description",
        "default",
        "examples",
        "format",
    ];
    let rules = schema.as_object()?;
    rules.iter().find_map(|(rule, want)| {
        let fault = |ok: bool| (!ok).then(|| format!("{path}: {rule} {want}, found {value}"));
        match rule.as_str() {
            "$ref" => {
                let pointer = want.as_str()?.trim_start_matches('#');
                let target = root.pointer(pointer).expect("a reference leads somewhere");
                mismatch(root, target, value, path)
            }
            "type" => {
                let is = |name: &str| match name {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "number" => value.is_number(),
                    other => panic!("no type {other}"),
                };
                let names = want.as_array().cloned();
                let names = names.unwrap_or_else(|| vec![want.clone()]);
                fault(
                    names
                        .iter()
                        .any(|n| is(n.as_str().expect("a type is a name"))),
                )
            }
            "properties" => want.as_object()?.iter().find_map(|(key, schema)| {
                mismatch(root, schema, value.get(key)?, &format!("{path}.{key}"))
            }),
            "required" => {
                let there = |key: &Value| value.get(key.as_str().unwrap_or_default()).is_some();
                fault(!value.is_object() || want.as_array()?.iter().all(there))
            }
            "additionalProperties" => value.as_object()?.iter().find_map(|(key, inner)| {
                if rules.get("properties").and_then(|p| p.get(key)).is_some() {
                    return None;
                }
                match want {
                    Value::Bool(true) => None,
                    Value::Bool(false) => Some(format!("{path}: no key {key} is known")),
                    schema => mismatch(root, schema, inner, &format!("{path}.{key}")),
                }
            }),
            "items" => {
                let items = value.as_array()?.iter().enumerate();
                let mut faults =
                    items.map(|(i, item)| mismatch(root, want, item, &format!("{path}[{i}]")));
                faults.find_map(|fault| fault)
            }
            "minItems" => fault(
                value
                    .as_array()
                    .is_none_or(|a| a.len() as u64 >= num(want) as u64),
            ),
            "maxItems" => fault(
                value
                    .as_array()
                    .is_none_or(|a| a.len() as u64 <= num(want) as u64),
            ),
            "minimum" => fault(value.as_f64().is_none_or(|x| x >= num(want))),
            "maximum" => fault(value.as_f64().is_none_or(|x| x <= num(want))),
            "const" => fault(value == want),
            "enum" => fault(want.as_array()?.contains(value)),
            "oneOf" | "anyOf" => {
                let fits = |schema: &&Value| mismatch(root, schema, value, path).is_none();
                let count = want.as_array()?.iter().filter(fits).count();
                fault(count == 1 || rule == "anyOf" && count > 1)
            }
            other => {
                assert!(
                    known.contains(&other),
                    "a rule this validator does not know: {other}"
                );
                None
            }
        }
    })
}

fn num(value: &Value) -> f64 {
    value.as_f64().expect("a bound is a number")
}
