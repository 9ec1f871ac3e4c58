//! A COCO file, read as a stream: any number of annotations in little memory.

use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::coco::{Annotation, Category, Image};
use crate::base::problem::{Problem, Problems};

/// Takes what a file has, in its order.
pub trait Sink {
    fn categories(&mut self, _categories: Vec<Category>) {}
    fn images(&mut self, _images: Vec<Image>) {}
    fn annotation(&mut self, annotation: Annotation);
}

/// Reads a file.
///
/// # Errors
/// If it cannot be read, or is not COCO as we write it.
pub fn read(path: &Path, sink: &mut impl Sink) -> Result<(), Problems> {
    let problem = |place: String, found: String| {
        let expected = "COCO annotations as this version of benchside writes them";
        let remedy = "remove summary.json and run the same command with --resume";
        Problem::error(path, place, found, expected, remedy)
    };
    let file = File::open(path).map_err(|e| problem(String::new(), e.to_string()))?;
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(file));
    let result = json.deserialize_map(Top(sink)).and_then(|()| json.end());
    result.map_err(|e| {
        let place = format!("line {}, column {}", e.line(), e.column());
        problem(place, e.to_string()).into()
    })
}

/// The top level.
struct Top<'a, S>(&'a mut S);

impl<'de, S: Sink> Visitor<'de> for Top<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a COCO object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "categories" => self.0.categories(map.next_value()?),
                "images" => self.0.images(map.next_value()?),
                "annotations" => map.next_value_seed(Annotations(self.0))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The list of annotations.
struct Annotations<'a, S>(&'a mut S);

impl<'de, S: Sink> DeserializeSeed<'de> for Annotations<'_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_seq(self)
    }
}

impl<'de, S: Sink> Visitor<'de> for Annotations<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of annotations")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(annotation) = list.next_element()? {
            self.0.annotation(annotation);
        }
        Ok(())
    }
}
