//! Choosing what a task's names stand for.

use std::collections::{BTreeMap, BTreeSet};

use super::desc::{ObjectBinding, Phrase, PhrasePart, SlotPick, Source, TaskDesc};
use super::goal::{Episode, GOAL_SCHEMA, GoalObject, GoalRecord, Unbound};
use super::regions::{RegionNode, region_nodes};
use crate::base::ids::InstanceId;
use crate::base::pose::Pose;
use crate::base::seed::SeedPath;
use crate::episode::spec::{ObjectSpec, Role};
use crate::world::state::WorldState;

/// An object lies in a slot if its origin is this near to the box: things sink and lean a little.
const SLOT_SLACK_M: f64 = 0.003;

/// Everything that is chosen, in the order of the task's objects.
pub fn record(
    task: &TaskDesc,
    episode: Episode<'_>,
    start: &WorldState,
    stream: &SeedPath,
) -> Result<GoalRecord, Unbound> {
    let mut binder = Binder {
        task,
        episode,
        start,
        nodes: region_nodes(episode.scene, episode.spec),
        chosen: Vec::new(),
        taken: BTreeSet::new(),
        taken_slots: BTreeSet::new(),
    };
    for binding in &task.objects {
        let stream = stream.child("object").child(&binding.name);
        let object = binder.choose(binding, &stream).map_err(|reason| {
            let object = binding.name.clone();
            Unbound::NoCandidate { object, reason }
        })?;
        binder.chosen.push(object);
    }
    let mut rng = stream.child("instruction").rng();
    let phrase = rng.integer(0, task.instructions.len() as i64 - 1) as usize;
    let instruction = say(&task.instructions[phrase], &binder.chosen);
    let names = task.objects.iter().map(|binding| binding.name.clone());
    let robots = start.robots.iter();
    Ok(GoalRecord {
        schema: GOAL_SCHEMA,
        instruction,
        objects: names.zip(binder.chosen).collect(),
        tools: robots.map(|robot| robot.world_from_tool).collect(),
    })
}

/// An attribute that is not there is said by its name.
pub fn say(phrase: &Phrase, objects: &[GoalObject]) -> String {
    let words = phrase.0.iter().map(|part| match part {
        PhrasePart::Text(text) => text.clone(),
        PhrasePart::Attribute(object, name) => {
            let value = objects[*object].attributes.get(name);
            value.unwrap_or(name).clone()
        }
    });
    words.collect()
}

struct Binder<'a> {
    task: &'a TaskDesc,
    episode: Episode<'a>,
    start: &'a WorldState,
    nodes: Vec<RegionNode>,
    chosen: Vec<GoalObject>,
    /// No object has two names, nor has a slot.
    taken: BTreeSet<usize>,
    taken_slots: BTreeSet<usize>,
}

impl Binder<'_> {
    fn choose(&mut self, binding: &ObjectBinding, stream: &SeedPath) -> Result<GoalObject, String> {
        match &binding.source {
            Source::Scene { object } => {
                let objects = self.episode.spec.objects.iter();
                let found = objects
                    .enumerate()
                    .find(|(_, o)| o.role == Role::Scene && o.name == *object);
                let (index, _) = found.ok_or("no such object in the scene")?;
                Ok(self.object(index, binding))
            }
            Source::Spawn { .. } => self.item(binding, stream),
            Source::Slot {
                region,
                pick,
                owner,
                numbers,
            } => self.slot(binding, region, (*pick, *owner, *numbers), stream),
        }
    }

    fn item(&mut self, binding: &ObjectBinding, stream: &SeedPath) -> Result<GoalObject, String> {
        let Source::Spawn {
            spawn,
            index,
            with,
            unique,
            inside,
            object,
        } = &binding.source
        else {
            unreachable!("called for spawns only");
        };
        let scene = self.episode.scene;
        let all = self.episode.spec.objects.iter().enumerate();
        let of_entry = all.filter(|(_, o)| o.spawn.as_ref() == Some(spawn));
        let items: Vec<(usize, &ObjectSpec)> = of_entry
            .filter(|(_, o)| {
                let name = &scene.objects[o.object.index()].name;
                object.as_ref().is_none_or(|wanted| wanted == name)
            })
            .collect();
        let mut why = format!("`{spawn}` has none here");
        let mut left = items.clone();
        let mut keep = |what: String, test: &dyn Fn(usize, &ObjectSpec) -> bool| {
            if left.is_empty() {
                return;
            }
            left.retain(|(i, o)| test(*i, o));
            if left.is_empty() {
                why = what;
            }
        };
        keep("all have another name already".into(), &|i, _| {
            !self.taken.contains(&i)
        });
        for (key, value) in with {
            keep(format!("none has {key} = {value}"), &|_, o| {
                o.attributes.get(key) == Some(value)
            });
        }
        if let Some(key) = unique {
            let alike = |value: &str| {
                let others = items.iter();
                let of = others.filter(|(_, o)| o.attributes.get(key).is_some_and(|v| v == value));
                of.count()
            };
            keep(format!("none has a {key} of its own"), &|_, o| {
                o.attributes.get(key).is_some_and(|v| alike(v) == 1)
            });
        }
        if let Some(region) = inside {
            keep(format!("none is in `{region}`"), &|i, _| {
                let mut nodes = self.nodes.iter().filter(|n| n.name == *region);
                nodes.any(|node| self.lies_in(i, node))
            });
        }
        keep(format!("none within {} m", binding.reach_m), &|i, _| {
            self.near(self.start.bodies[i].world_from_object, binding.reach_m)
        });
        let at = match index {
            None if left.is_empty() => None,
            None => Some(stream.rng().integer(0, left.len() as i64 - 1) as usize),
            Some(index) => {
                why = format!("there are {}, no number {index}", left.len());
                Some(*index as usize)
            }
        };
        let found = at.and_then(|at| left.get(at)).map(|(i, _)| *i).ok_or(why)?;
        Ok(self.object(found, binding))
    }

    fn slot(
        &mut self,
        binding: &ObjectBinding,
        region: &str,
        (pick, owner, numbers): (SlotPick, Option<usize>, Option<(u32, u32)>),
        stream: &SeedPath,
    ) -> Result<GoalObject, String> {
        let owner = owner.map(|index| self.chosen[index].instance);
        let named: Vec<usize> = (0..self.nodes.len())
            .filter(|&i| self.nodes[i].name == region)
            .collect();
        let of_owner = |i: &usize| match owner {
            Some(owner) => self.nodes[*i].owner.map(|id| id.0) == owner,
            None => true,
        };
        let numbered = |i: &usize| {
            numbers.is_none_or(|(first, last)| {
                let owner = self.nodes[*i].owner;
                let before = named.iter().filter(|j| **j <= *i);
                let number = before.filter(|j| self.nodes[**j].owner == owner).count();
                (first as usize..=last as usize).contains(&number)
            })
        };
        let slots = named.iter().copied();
        let slots: Vec<usize> = slots.filter(of_owner).filter(numbered).collect();
        let within = |i: &usize| {
            let floor = self.nodes[*i].world_from_floor(self.start);
            floor.is_some_and(|floor| self.near(floor.pose(), binding.reach_m))
        };
        let open = |i: &usize| !self.taken_slots.contains(i) && within(i);
        let free = |i: &usize| {
            let bodies = 0..self.start.bodies.len();
            open(i) && !bodies.into_iter().any(|b| self.lies_in(b, &self.nodes[*i]))
        };
        let draw = |from: Vec<usize>| {
            let last = from.len() as i64 - 1;
            (last >= 0).then(|| from[stream.rng().integer(0, last) as usize])
        };
        let found = match pick {
            SlotPick::Random => draw(slots.iter().copied().filter(open).collect()),
            SlotPick::RandomFree => draw(slots.iter().copied().filter(free).collect()),
            SlotPick::FirstFree => slots.iter().copied().find(free),
            SlotPick::Index(index) => slots.get(index as usize).copied().filter(open),
            SlotPick::Opposite(of) => self.across(&slots, of).filter(free),
        };
        let found = found.ok_or_else(|| match (slots.is_empty(), pick) {
            (true, _) => format!("there is no slot `{region}`"),
            (_, SlotPick::Opposite(of)) => {
                let of = &self.task.objects[of].name;
                format!("the slot of `{region}` across from `{of}` is not free")
            }
            (_, SlotPick::Index(index)) => format!("no free number {index} in reach"),
            _ => "no slot is free and in reach".to_owned(),
        })?;
        self.taken_slots.insert(found);
        let node = &self.nodes[found];
        let floor = node
            .world_from_floor(self.start)
            .expect("its owner is in the episode");
        let number = named.iter().position(|i| *i == found).expect("one of them") as u32;
        let mut attributes = BTreeMap::from([
            ("name".to_owned(), region.to_owned()),
            ("number".to_owned(), (number + 1).to_string()),
        ]);
        if let Some(owner) = node.owner.and_then(InstanceId::object_index) {
            let name = self.episode.spec.objects[owner].name.clone();
            attributes.insert("owner".to_owned(), name);
        }
        for (name, table) in &binding.words {
            if let Some(word) = table.look_up(&attributes) {
                attributes.insert(name.clone(), word);
            }
        }
        Ok(GoalObject {
            name: region.to_owned(),
            instance: node.owner.map(|owner| owner.0),
            slot: Some(number),
            world_from_object: floor.pose(),
            attributes,
        })
    }

    /// The slot nearest to the mirror image of an object in the middle of all slots.
    fn across(&self, slots: &[usize], of: usize) -> Option<usize> {
        let positions = slots
            .iter()
            .map(|&i| Some(self.nodes[i].world_from_floor(self.start)?.translation_m));
        let positions: Vec<glam::DVec3> = positions.collect::<Option<_>>()?;
        let middle = positions.iter().sum::<glam::DVec3>() / positions.len().max(1) as f64;
        let from = self.chosen[of].world_from_object.translation_m.as_dvec3();
        let image = 2.0 * middle - from;
        let distance = |i: &usize| (positions[*i] - image).length();
        let nearest = (0..slots.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
        Some(slots[nearest])
    }

    fn object(&mut self, index: usize, binding: &ObjectBinding) -> GoalObject {
        self.taken.insert(index);
        let spec = &self.episode.spec.objects[index];
        let class = self.episode.scene.taxonomy.get(spec.class);
        let class = class.map_or("", |class| &class.name);
        let mut attributes = spec.attributes.clone();
        attributes.insert("name".to_owned(), spec.name.clone());
        attributes.insert("class".to_owned(), class.to_owned());
        for (name, table) in &binding.words {
            if let Some(word) = table.look_up(&attributes) {
                attributes.insert(name.clone(), word);
            }
        }
        GoalObject {
            name: spec.name.clone(),
            instance: Some(InstanceId::of_index(index).0),
            slot: None,
            world_from_object: self.start.bodies[index].world_from_object,
            attributes,
        }
    }

    fn lies_in(&self, body: usize, node: &RegionNode) -> bool {
        let spec = &self.episode.spec.objects[body];
        if spec.role == Role::Robot || node.owner == Some(InstanceId::of_index(body)) {
            return false;
        }
        let origin = self.start.bodies[body].world_from_object.translation_m;
        let region = node.world_box(self.start);
        region.is_some_and(|region| region.grown(SLOT_SLACK_M).contains(origin.as_dvec3()))
    }

    fn near(&self, pose: Pose, reach_m: f64) -> bool {
        let base = self.episode.spec.robots.first();
        base.is_none_or(|robot| {
            let between = pose.translation_m - robot.world_from_base.translation_m;
            f64::from(between.length()) <= reach_m
        })
    }
}
