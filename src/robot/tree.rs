//! Names looked up, everything checked, links in order from the base outwards.

use std::collections::{BTreeMap, BTreeSet};

use glam::{DMat3, DVec3};

use super::desc::{InertialDesc, JointDesc, JointKind, LinkDesc, Mimic};
use super::draft::{Draft, JointDraft, LinkDraft};
use crate::base::problem::{Problem, Problems, did_you_mean};

/// Relative; published inertias are rounded.
const INERTIA_TOLERANCE: f64 = 1e-3;

/// A draft without flaws.
pub(super) struct Tree {
    /// By link: its index in the draft.
    pub drafts: Vec<usize>,
    /// Without objects.
    pub links: Vec<LinkDesc>,
    pub joints: Vec<JointDesc>,
    pub no_contact: Vec<(usize, usize)>,
}

struct Checker<'a> {
    draft: &'a Draft,
    link_names: BTreeMap<&'a str, usize>,
    joint_names: BTreeMap<&'a str, usize>,
    /// By joint: parent and child, as indices into the draft's links.
    ends: Vec<(Option<usize>, Option<usize>)>,
    problems: Problems,
}

/// The tree, or all that is wrong with it.
pub(super) fn check(draft: &Draft) -> (Option<Tree>, Problems) {
    let mut checker = Checker {
        draft,
        link_names: BTreeMap::new(),
        joint_names: BTreeMap::new(),
        ends: Vec::new(),
        problems: Problems::default(),
    };
    checker.names();
    checker.joints();
    let order = checker.order();
    let masters = checker.mimics();
    if let Some(order) = &order {
        checker.masses(order);
    }
    let problems = checker.problems;
    let tree = match (order, masters) {
        (Some(order), Some(masters)) if !problems.has_errors() => Some(build(
            draft,
            &order,
            &masters,
            &checker.ends,
            &checker.link_names,
        )),
        _ => None,
    };
    (tree, problems)
}

/// Indices into the draft: the base, then (joint, child) with parents first.
struct Order {
    base: usize,
    rest: Vec<(usize, usize)>,
}

impl<'a> Checker<'a> {
    fn error(
        &mut self,
        place: &str,
        found: impl Into<String>,
        expected: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let problem = Problem::error(&self.draft.path, place, found, expected, remedy);
        self.problems.push(problem);
    }

    fn warning(&mut self, place: &str, found: impl Into<String>, expected: &str, remedy: &str) {
        let problem = Problem::error(&self.draft.path, place, found, expected, remedy);
        self.problems.push(problem.warning());
    }

    fn names(&mut self) {
        let draft = self.draft;
        for (i, link) in draft.links.iter().enumerate() {
            if self.link_names.insert(&link.name, i).is_some() {
                let found = format!("a second link {:?}", link.name);
                self.error(&link.place, found, "a name of its own for each link", "");
            }
        }
        for (i, joint) in draft.joints.iter().enumerate() {
            if self.joint_names.insert(&joint.name, i).is_some() {
                let found = format!("a second joint {:?}", joint.name);
                self.error(&joint.place, found, "a name of its own for each joint", "");
            }
        }
        if draft.links.is_empty() {
            self.error("", "no link", "at least one", "");
        }
    }

    fn joints(&mut self) {
        let draft = self.draft;
        for joint in &draft.joints {
            let mut end = |name: &str, what: &str| {
                let found = self.link_names.get(name).copied();
                if found.is_none() {
                    let remedy = meant(name, self.link_names.keys().copied());
                    let found = format!("{what} link {name:?}, which does not exist");
                    self.error(&joint.place, found, "the name of a link", remedy);
                }
                found
            };
            let ends = (end(&joint.parent, "parent"), end(&joint.child, "child"));
            self.ends.push(ends);
            self.joint(joint);
        }
    }

    fn joint(&mut self, joint: &JointDraft) {
        if joint.kind == JointKind::Fixed {
            return;
        }
        if joint.axis.length() < 1e-9 {
            let found = format!(
                "the axis {} {} {}",
                joint.axis.x, joint.axis.y, joint.axis.z
            );
            self.error(&joint.place, found, "a direction", "");
        }
        let (low, high) = joint.range;
        if low > high {
            self.error(
                &joint.place,
                format!("limits from {low} to {high}"),
                "the lower limit below the upper one",
                "swap them",
            );
        }
        for (what, value) in [
            ("speed limit", joint.max_speed),
            ("effort limit", joint.max_effort),
            ("damping", joint.damping),
            ("friction", joint.friction),
            ("armature", joint.armature),
        ] {
            if value < 0.0 {
                let found = format!("{what} {value}");
                self.error(&joint.place, found, "0 or more", "");
            }
        }
    }

    /// From the only root outwards, children in the order of the file.
    fn order(&mut self) -> Option<Order> {
        let draft = self.draft;
        let mut carried_by: Vec<Option<usize>> = vec![None; draft.links.len()];
        let mut sound = true;
        for (i, (parent, child)) in self.ends.clone().into_iter().enumerate() {
            sound &= parent.is_some();
            let Some(child) = child else {
                sound = false;
                continue;
            };
            let joint = &draft.joints[i];
            if let Some(first) = carried_by[child] {
                let found = format!(
                    "link {:?}, which joint {:?} carries already",
                    joint.child, draft.joints[first].name
                );
                self.error(&joint.place, found, "a tree: one joint to each link", "");
                sound = false;
            } else {
                carried_by[child] = Some(i);
            }
        }
        // Names that lead nowhere, or twice, would show up again as loose ends.
        if !sound || self.link_names.len() < draft.links.len() || draft.links.is_empty() {
            return None;
        }
        let roots: Vec<usize> = (0..draft.links.len())
            .filter(|&l| carried_by[l].is_none())
            .collect();
        if let [_, second, ..] = roots.as_slice() {
            let names: Vec<&str> = roots
                .iter()
                .map(|&r| draft.links[r].name.as_str())
                .collect();
            self.error(
                &draft.links[*second].place,
                format!(
                    "{} links that no joint carries: {}",
                    roots.len(),
                    names.join(", ")
                ),
                "one base, and a joint to every other link",
                "join them with a joint of type fixed",
            );
        }
        let mut children: Vec<Vec<(usize, usize)>> = vec![Vec::new(); draft.links.len()];
        for (joint, ends) in self.ends.iter().enumerate() {
            if let (Some(parent), Some(child)) = *ends {
                children[parent].push((joint, child));
            }
        }
        let mut reached: BTreeSet<usize> = roots.iter().copied().collect();
        let mut rest = Vec::new();
        let mut open: Vec<(usize, usize)> = Vec::new();
        for &root in &roots {
            open.extend(children[root].iter().rev());
            while let Some((joint, child)) = open.pop() {
                rest.push((joint, child));
                reached.insert(child);
                open.extend(children[child].iter().rev());
            }
        }
        if let Some(lost) = (0..draft.links.len()).find(|l| !reached.contains(l)) {
            let mut ring = vec![draft.links[lost].name.as_str()];
            let mut at = lost;
            // Upwards from any link of a cycle, or below one, one comes to the cycle.
            let mut seen = BTreeSet::from([lost]);
            while let Some(joint) = carried_by[at] {
                at = self.ends[joint].0.unwrap_or(lost);
                ring.push(&draft.links[at].name);
                if !seen.insert(at) {
                    break;
                }
            }
            ring.reverse();
            self.error(
                &draft.links[lost].place,
                format!("a cycle of joints: {}", ring.join(" → ")),
                "a tree with one base",
                "remove a joint of the cycle",
            );
            return None;
        }
        match roots.as_slice() {
            [base] => Some(Order { base: *base, rest }),
            _ => None,
        }
    }

    /// By joint: the joint it follows, through chains of them.
    fn mimics(&mut self) -> Option<Vec<Option<Mimic>>> {
        let draft = self.draft;
        let mut direct: Vec<Option<usize>> = vec![None; draft.joints.len()];
        let mut sound = true;
        for (i, joint) in draft.joints.iter().enumerate() {
            let Some(mimic) = &joint.mimic else { continue };
            let Some(&master) = self.joint_names.get(mimic.joint.as_str()) else {
                let remedy = meant(&mimic.joint, self.joint_names.keys().copied());
                let found = format!("mimics joint {:?}, which does not exist", mimic.joint);
                self.error(&mimic.place, found, "the name of a joint", remedy);
                sound = false;
                continue;
            };
            if draft.joints[master].kind == JointKind::Fixed || joint.kind == JointKind::Fixed {
                let found = format!(
                    "joint {:?} mimics {:?}, one of them fixed",
                    joint.name, mimic.joint
                );
                self.error(&mimic.place, found, "two joints that move", "");
                sound = false;
            }
            direct[i] = Some(master);
        }
        let mut resolved = vec![None; draft.joints.len()];
        for (i, joint) in draft.joints.iter().enumerate() {
            let Some(mimic) = joint.mimic.as_ref() else {
                continue;
            };
            let (mut multiplier, mut offset) = (mimic.multiplier, mimic.offset);
            let mut names = vec![joint.name.as_str()];
            let mut master = i;
            while let Some(next) = direct[master] {
                if master != i
                    && let Some(further) = &draft.joints[master].mimic
                {
                    offset += multiplier * further.offset;
                    multiplier *= further.multiplier;
                }
                master = next;
                names.push(&draft.joints[master].name);
                if names.len() > draft.joints.len() {
                    break;
                }
            }
            if direct[master].is_some() {
                let ring: Vec<&str> = names.iter().copied().take(8).collect();
                self.error(
                    &mimic.place,
                    format!("joints that mimic each other: {}", ring.join(" → ")),
                    "a joint at the end that moves by itself",
                    "",
                );
                sound = false;
            }
            resolved[i] = Some(Mimic {
                joint: master,
                multiplier,
                offset,
            });
        }
        sound.then_some(resolved)
    }

    /// What moves has a mass, and inertias are possible.
    fn masses(&mut self, order: &Order) {
        let draft = self.draft;
        let mut moving = vec![false; draft.links.len()];
        // Of the links that move as one with a link and are below it; and of all below it.
        let mut body = vec![0.0; draft.links.len()];
        let mut below = vec![0.0; draft.links.len()];
        for (i, link) in draft.links.iter().enumerate() {
            let mass = link.inertial.map_or(0.0, |i| i.mass_kg.max(0.0));
            (body[i], below[i]) = (mass, mass);
        }
        for &(joint, child) in &order.rest {
            let Some(parent) = self.ends[joint].0 else {
                continue;
            };
            moving[child] = moving[parent] || draft.joints[joint].kind != JointKind::Fixed;
        }
        for &(joint, child) in order.rest.iter().rev() {
            let Some(parent) = self.ends[joint].0 else {
                continue;
            };
            below[parent] += below[child];
            if draft.joints[joint].kind == JointKind::Fixed {
                body[parent] += body[child];
            }
        }
        for &(joint, child) in &order.rest {
            if draft.joints[joint].kind == JointKind::Fixed || body[child] > 0.0 {
                continue;
            }
            let link = &draft.links[child];
            let given = link.inertial.is_some_and(|i| i.mass_kg < 0.0);
            // Its shape, which would have made its mass, may be what is wrong.
            if given || (draft.flawed && link.inertial.is_none()) {
                continue;
            }
            let expected = "a mass above 0 kg for what moves";
            let remedy = "give it an inertial element with a mass";
            let found = match link.inertial {
                Some(_) => format!("mass 0 kg of link {:?}, which a joint moves", link.name),
                None => format!("no mass of link {:?}, which a joint moves", link.name),
            };
            if below[child] <= 0.0 || (link.inertial.is_some() && !link.between) {
                self.error(&link.place, found, expected, remedy);
            } else if !link.between {
                self.warning(&link.place, found, expected, remedy);
            }
        }
        for (i, link) in draft.links.iter().enumerate() {
            self.inertial(link, moving[i]);
        }
    }

    fn inertial(&mut self, link: &LinkDraft, moving: bool) {
        let Some(inertial) = &link.inertial else {
            return;
        };
        let mass = inertial.mass_kg;
        if mass < 0.0 {
            let found = format!("mass {mass} kg of link {:?}", link.name);
            self.error(&link.place, found, "a mass above 0 kg", "");
            return;
        }
        if mass == 0.0 || !moving {
            return;
        }
        let [a, b, c] = principal(&inertial.inertia_kg_m2);
        let shown = format!(
            "principal inertias {a:.3e}, {b:.3e}, {c:.3e} kg m² of link {:?}",
            link.name
        );
        if !(a > 0.0) {
            self.error(
                &link.place,
                shown,
                "all above 0",
                "compute them from the shape: of a box, m/12 · (a² + b²)",
            );
        } else if a + b < c * (1.0 - INERTIA_TOLERANCE) {
            self.error(
                &link.place,
                shown,
                "none larger than the other two together: no body has such ones",
                "check order and signs of the six numbers",
            );
        }
    }
}

fn meant<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    did_you_mean(name, names).map_or(String::new(), |n| format!("did you mean {n:?}?"))
}

/// Eigenvalues of a symmetric matrix, ascending: Jacobi's rotations.
pub(super) fn principal(matrix: &DMat3) -> [f64; 3] {
    let mut m = matrix.to_cols_array_2d();
    for _ in 0..32 {
        let pairs = [(0, 1), (0, 2), (1, 2)];
        let rest: f64 = pairs.iter().map(|&(p, q)| m[p][q] * m[p][q]).sum();
        let size: f64 = (0..3).map(|i| m[i][i] * m[i][i]).sum();
        if rest <= 1e-30 * size {
            break;
        }
        for (p, q) in pairs {
            if m[p][q] == 0.0 {
                continue;
            }
            let theta = (m[q][q] - m[p][p]) / (2.0 * m[p][q]);
            let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let cos = 1.0 / (t * t + 1.0).sqrt();
            let sin = t * cos;
            let turned = |m: [[f64; 3]; 3]| {
                let mut out = m;
                for k in 0..3 {
                    out[k][p] = cos * m[k][p] - sin * m[k][q];
                    out[k][q] = sin * m[k][p] + cos * m[k][q];
                }
                out
            };
            let half = turned(m);
            let flipped = DMat3::from_cols_array_2d(&half)
                .transpose()
                .to_cols_array_2d();
            m = turned(flipped);
        }
    }
    let mut values = [m[0][0], m[1][1], m[2][2]];
    values.sort_by(f64::total_cmp);
    values
}

fn build(
    draft: &Draft,
    order: &Order,
    masters: &[Option<Mimic>],
    ends: &[(Option<usize>, Option<usize>)],
    link_names: &BTreeMap<&str, usize>,
) -> Tree {
    let mut drafts = vec![order.base];
    drafts.extend(order.rest.iter().map(|(_, child)| *child));
    let mut link_of = vec![0; draft.links.len()];
    for (new, &old) in drafts.iter().enumerate() {
        link_of[old] = new;
    }
    let mut joint_of = vec![0; draft.joints.len()];
    for (new, &(old, _)) in order.rest.iter().enumerate() {
        joint_of[old] = new;
    }
    let links = drafts.iter().map(|&old| {
        let link = &draft.links[old];
        LinkDesc {
            name: link.name.clone(),
            inertial: link.inertial.filter(|i: &InertialDesc| i.mass_kg > 0.0),
            object: None,
        }
    });
    let joints = order.rest.iter().map(|&(old, _)| {
        let joint = &draft.joints[old];
        let fixed = joint.kind == JointKind::Fixed;
        JointDesc {
            name: joint.name.clone(),
            kind: joint.kind,
            parent: link_of[ends[old].0.unwrap_or(order.base)],
            parent_from_joint: joint.parent_from_joint,
            axis: if fixed {
                DVec3::Z
            } else {
                joint.axis.normalize()
            },
            range: if fixed { (0.0, 0.0) } else { joint.range },
            max_speed: joint.max_speed,
            max_effort: joint.max_effort,
            damping: joint.damping,
            friction: joint.friction,
            armature: joint.armature,
            mimic: masters[old].map(|mimic| Mimic {
                joint: joint_of[mimic.joint],
                ..mimic
            }),
        }
    });
    let links: Vec<LinkDesc> = links.collect();
    let joints: Vec<JointDesc> = joints.collect();
    let mut no_contact = neighbours(&joints);
    for (a, b) in &draft.apart {
        if let (Some(&a), Some(&b)) = (link_names.get(a.as_str()), link_names.get(b.as_str())) {
            let (a, b) = (link_of[a], link_of[b]);
            no_contact.insert((a.min(b), a.max(b)));
        }
    }
    no_contact.retain(|(a, b)| a != b);
    Tree {
        no_contact: no_contact.into_iter().collect(),
        drafts,
        links,
        joints,
    }
}

/// Pairs of links that fixed joints, or they and one that moves, connect.
fn neighbours(joints: &[JointDesc]) -> BTreeSet<(usize, usize)> {
    // By link: the first of those that move as one with it.
    let mut body: Vec<usize> = vec![0];
    for (i, joint) in joints.iter().enumerate() {
        let fixed = joint.kind == JointKind::Fixed;
        body.push(if fixed { body[joint.parent] } else { i + 1 });
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (link, &body) in body.iter().enumerate() {
        members.entry(body).or_default().push(link);
    }
    let mut pairs = BTreeSet::new();
    for (&first, links) in &members {
        let parent = first.checked_sub(1).map(|joint| body[joints[joint].parent]);
        let near = links.iter().chain(parent.iter().flat_map(|p| &members[p]));
        for &b in near {
            pairs.extend(links.iter().map(|&a| (a.min(b), a.max(b))));
        }
    }
    pairs
}
