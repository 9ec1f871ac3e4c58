//! `steps.parquet`: one row a control step.

use super::table::{Column, Rows, Values};
use super::valid::pose_numbers;
use super::{DemoContact, DemoSchema, DemoStep};

/// The steps of an episode, by column; vectors one after another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepTable {
    /// Number of steps.
    pub len: usize,
    /// As many as the schema's channels a step.
    pub state: Vec<f32>,
    /// As many as the schema's channels a step.
    pub action: Vec<f32>,
    /// As many as the schema's terms a step.
    pub reward_terms: Vec<f32>,
    /// Sum of the terms.
    pub reward: Vec<f32>,
    pub stage: Vec<i64>,
    /// Seven numbers (x, y, z, qx, qy, qz, qw) an object and step.
    pub object_poses: Vec<f32>,
    /// Seven numbers a camera and step.
    pub camera_poses: Vec<f32>,
    /// Of each step.
    pub contacts: Vec<Vec<DemoContact>>,
    pub digests: Vec<[u8; 32]>,
}

impl StepTable {
    /// Of steps that agree with the schema.
    pub fn new(steps: &[DemoStep]) -> Self {
        // In order, in double precision.
        let reward = |s: &DemoStep| s.reward_terms.iter().map(|&r| f64::from(r)).sum::<f64>();
        let numbers = |of: fn(&DemoStep) -> &[f32]| steps.iter().flat_map(of).copied().collect();
        let objects = steps.iter().flat_map(|s| &s.poses);
        let cameras = steps.iter().flat_map(|s| &s.cameras);
        Self {
            len: steps.len(),
            state: numbers(|s| &s.state),
            action: numbers(|s| &s.action),
            reward_terms: numbers(|s| &s.reward_terms),
            reward: steps.iter().map(|s| reward(s) as f32).collect(),
            stage: steps.iter().map(|s| i64::from(s.stage)).collect(),
            object_poses: objects.flat_map(pose_numbers).collect(),
            camera_poses: cameras
                .flat_map(|c| pose_numbers(&c.world_from_camera))
                .collect(),
            contacts: steps.iter().map(|s| s.contacts.clone()).collect(),
            digests: steps.iter().map(|s| s.state_digest).collect(),
        }
    }

    /// The columns of the file.
    pub fn columns(&self) -> Vec<Column> {
        let vectors = |name: &str, values: &[f32]| {
            let length = values.len().checked_div(self.len).unwrap_or(0);
            Column {
                name: name.into(),
                rows: Rows::Ragged(vec![length; self.len]),
                values: Values::F32(values.to_vec()),
            }
        };
        let contacts = |name: &str, values| Column {
            name: name.into(),
            rows: Rows::Ragged(self.contacts.iter().map(Vec::len).collect()),
            values,
        };
        let all = || self.contacts.iter().flatten();
        let ids =
            |id: fn(&DemoContact) -> u32| Values::I64(all().map(|c| i64::from(id(c))).collect());
        vec![
            Column::scalars("step", Values::I64((0..self.len as i64).collect())),
            vectors("state", &self.state),
            vectors("action", &self.action),
            vectors("reward_terms", &self.reward_terms),
            Column::scalars("reward", Values::F32(self.reward.clone())),
            Column::scalars("stage", Values::I64(self.stage.clone())),
            vectors("object_poses", &self.object_poses),
            vectors("camera_poses", &self.camera_poses),
            contacts("contact_first", ids(|c| c.instances.0)),
            contacts("contact_second", ids(|c| c.instances.1)),
            contacts(
                "contact_force_n",
                Values::F32(all().map(|c| c.force_n).collect()),
            ),
            Column::scalars("state_digest", Values::Digest(self.digests.clone())),
        ]
    }

    /// Of the columns of a file.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from_columns(
        schema: &DemoSchema,
        objects: usize,
        columns: Vec<Column>,
    ) -> Result<Self, String> {
        let mut columns = Columns {
            rows: columns.first().map_or(0, |c| c.values.len()),
            rest: columns.into_iter(),
        };
        let len = columns.rows;
        if columns.i64s("step")? != (0..len as i64).collect::<Vec<_>>() {
            return Err("steps that are not numbered from 0".into());
        }
        let mut table = Self {
            len,
            state: columns.vectors("state", schema.state.len())?,
            action: columns.vectors("action", schema.action.len())?,
            reward_terms: columns.vectors("reward_terms", schema.reward_terms.len())?,
            reward: columns.f32s("reward")?,
            stage: columns.i64s("stage")?,
            object_poses: columns.vectors("object_poses", 7 * objects)?,
            camera_poses: columns.vectors("camera_poses", 7 * schema.cameras.len())?,
            ..Self::default()
        };
        let (lengths, first) = columns.lists("contact_first")?;
        let (same, second) = columns.lists("contact_second")?;
        let (same2, force) = columns.lists("contact_force_n")?;
        let (Values::I64(first), Values::I64(second), Values::F32(force)) = (first, second, force)
        else {
            return Err("contacts of another type".into());
        };
        if lengths != same || lengths != same2 {
            return Err("contacts of different lengths".into());
        }
        let id = |id: i64| u32::try_from(id).map_err(|_| format!("instance id {id}"));
        let mut all = first.iter().zip(&second).zip(&force);
        for length in lengths {
            let contact = |((&a, &b), &force_n)| {
                let instances = (id(a)?, id(b)?);
                Ok(DemoContact { instances, force_n })
            };
            let contacts = all.by_ref().take(length).map(contact);
            table
                .contacts
                .push(contacts.collect::<Result<_, String>>()?);
        }
        table.digests = match columns.scalars("state_digest")? {
            Values::Digest(digests) => digests,
            _ => return Err("state_digest of another type".into()),
        };
        Ok(table)
    }

    /// Vector of a step.
    pub fn action_of(&self, step: usize) -> &[f32] {
        let width = self.action.len() / self.len.max(1);
        &self.action[step * width..(step + 1) * width]
    }
}

/// Columns in the order in which they are written.
struct Columns {
    rest: std::vec::IntoIter<Column>,
    rows: usize,
}

impl Columns {
    fn next(&mut self, name: &str) -> Result<Column, String> {
        let column = self.rest.next().filter(|c| c.name == name);
        column.ok_or_else(|| format!("no column {name} where it belongs"))
    }

    fn scalars(&mut self, name: &str) -> Result<Values, String> {
        let column = self.next(name)?;
        if column.rows != Rows::Scalars || column.values.len() != self.rows {
            return Err(format!("{name} is not one value a row"));
        }
        Ok(column.values)
    }

    fn i64s(&mut self, name: &str) -> Result<Vec<i64>, String> {
        match self.scalars(name)? {
            Values::I64(values) => Ok(values),
            _ => Err(format!("{name} of another type")),
        }
    }

    fn f32s(&mut self, name: &str) -> Result<Vec<f32>, String> {
        match self.scalars(name)? {
            Values::F32(values) => finite(name, values),
            _ => Err(format!("{name} of another type")),
        }
    }

    fn lists(&mut self, name: &str) -> Result<(Vec<usize>, Values), String> {
        match self.next(name)? {
            Column {
                rows: Rows::Ragged(lengths),
                values,
                ..
            } if lengths.len() == self.rows => Ok((lengths, values)),
            _ => Err(format!("{name} is not a list in every row")),
        }
    }

    fn vectors(&mut self, name: &str, width: usize) -> Result<Vec<f32>, String> {
        let (lengths, values) = self.lists(name)?;
        if let Some(row) = lengths.iter().position(|&l| l != width) {
            let found = lengths[row];
            return Err(format!(
                "{name} of {found} numbers in row {row}, not {width}"
            ));
        }
        match values {
            Values::F32(values) => finite(name, values),
            _ => Err(format!("{name} of another type")),
        }
    }
}

fn finite(name: &str, values: Vec<f32>) -> Result<Vec<f32>, String> {
    match values.iter().find(|v| !v.is_finite()) {
        Some(v) => Err(format!("{v} in {name}")),
        None => Ok(values),
    }
}
