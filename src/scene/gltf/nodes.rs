//! The node hierarchy: who is below whom, and every frame turned to Z up.
//!
//! glTF is Y up. With C: (x, y, z) → (x, −z, y), points become C·p and transforms C·M·C⁻¹, in
//! every frame alike, so that the local and world numbers are those that Blender shows.

use glam::{DAffine3, DMat3, DQuat, DVec3, Quat, Vec3};

use super::extras::{self, Labels};
use super::report::At;
use crate::base::pose::Pose;
use crate::scene::taxonomy::Taxonomy;

/// Positions and scales beyond this are errors: single precision has no millimetres there.
pub(super) const MAX_COORDINATE: f64 = 1e6;
/// Frames whose axes are this far from right angles (cosine) have shear.
const MAX_SHEAR: f64 = 1e-4;
/// Smaller scales are taken for zero.
const MIN_SCALE: f64 = 1e-9;

/// One node of the loaded scene.
pub(super) struct Node<'a> {
    pub at: At<'a>,
    /// As in the file, or `node_12`.
    pub name: String,
    pub labels: Labels,
    /// Index into [`Tree::nodes`]; parents come before their children.
    pub parent: Option<usize>,
    pub has_children: bool,
    pub parent_from_node: DAffine3,
    pub world_from_node: DAffine3,
    /// Signs of the node's own scale: where to put back a mirroring.
    pub signs: DVec3,
}

/// The nodes of the default scene, depth first, in the order of the file's lists.
pub(super) struct Tree<'a> {
    pub nodes: Vec<Node<'a>>,
}

/// A frame taken apart; `rotation · diag(scale)` is the whole linear part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub rotation: DQuat,
    pub translation: DVec3,
    /// Negative along mirrored axes.
    pub scale: DVec3,
}

impl Frame {
    /// Without the scale.
    pub(super) fn pose(&self) -> Pose {
        pose(self.rotation, self.translation)
    }
}

/// To single precision.
pub(super) fn pose(rotation: DQuat, translation: DVec3) -> Pose {
    let q: Quat = rotation.normalize().as_quat();
    Pose::new(q.normalize(), translation.as_vec3())
}

/// Separates rotation, translation and scale. If the frame is mirrored, the axes that `signs`
/// has negative get negative scales; if that is not enough, all three change their sign.
///
/// # Errors
/// What is wrong, in words: scale 0, or shear.
pub(super) fn decompose(frame: &DAffine3, signs: DVec3) -> Result<Frame, &'static str> {
    let m = frame.matrix3;
    let lengths = DVec3::new(m.x_axis.length(), m.y_axis.length(), m.z_axis.length());
    if lengths.min_element() < MIN_SCALE {
        return Err("a frame with scale 0");
    }
    let mut scale = lengths * signs;
    let axes =
        |scale: DVec3| DMat3::from_cols(m.x_axis / scale.x, m.y_axis / scale.y, m.z_axis / scale.z);
    let mut rotation = axes(scale);
    if rotation.determinant() < 0.0 {
        scale = -scale;
        rotation = axes(scale);
    }
    let (x, y, z) = (rotation.x_axis, rotation.y_axis, rotation.z_axis);
    let shear = x.dot(y).abs().max(y.dot(z).abs()).max(z.dot(x).abs());
    if shear > MAX_SHEAR {
        return Err("a frame with shear");
    }
    Ok(Frame {
        rotation: DQuat::from_mat3(&rotation).normalize(),
        translation: frame.translation,
        scale,
    })
}

/// C·p of a point or direction.
pub(super) fn z_up(p: Vec3) -> Vec3 {
    // Subtraction, for no −0.
    Vec3::new(p.x, 0.0 - p.z, p.y)
}

fn z_up_f64([x, y, z]: [f64; 3]) -> DVec3 {
    DVec3::new(x, 0.0 - z, y)
}

/// C·M·C⁻¹ of a translation, rotation (x, y, z, w) and scale; `None` if the rotation is not unit.
pub(super) fn trs_z_up(t: [f64; 3], q: [f64; 4], s: [f64; 3]) -> Option<DAffine3> {
    let axis = z_up_f64([q[0], q[1], q[2]]);
    let q = DQuat::from_xyzw(axis.x, axis.y, axis.z, q[3]);
    if (q.length() - 1.0).abs() > 0.01 {
        return None;
    }
    let scale = DVec3::new(s[0], s[2], s[1]);
    Some(DAffine3::from_scale_rotation_translation(
        scale,
        q.normalize(),
        z_up_f64(t),
    ))
}

/// Whether a frame is finite and of a size that single precision can bear.
pub(super) fn is_bounded(frame: &DAffine3) -> bool {
    let all = frame.to_cols_array();
    // NaN fails the comparison.
    all.iter().all(|v| v.abs() <= MAX_COORDINATE)
}

impl<'a> Tree<'a> {
    /// Reads the nodes below the default scene (else the first scene, else all roots).
    pub(super) fn load(root: &At<'a>, taxonomy: &Taxonomy) -> Self {
        let list = root.items_of("nodes");
        let children: Vec<Vec<At<'a>>> = list.iter().map(|n| n.items_of("children")).collect();
        let parents = check_parents(&list, &children);
        root.report().set_parents(parents.clone());

        let mut tree = Self { nodes: Vec::new() };
        // (index in the file, index of the parent in `tree.nodes`), last first.
        let mut stack: Vec<(usize, Option<usize>)> = roots(root, &parents)
            .into_iter()
            .rev()
            .map(|i| (i, None))
            .collect();
        while let Some((i, parent)) = stack.pop() {
            let Some(node) = tree.read(&list[i], i, parent, !children[i].is_empty(), taxonomy)
            else {
                continue;
            };
            tree.nodes.push(node);
            let this = tree.nodes.len() - 1;
            let below = children[i]
                .iter()
                .rev()
                .filter_map(|c| child_index(c, list.len()));
            stack.extend(
                below
                    .filter(|c| parents[*c] == Some(i))
                    .map(|c| (c, Some(this))),
            );
        }
        tree
    }

    fn read(
        &self,
        at: &At<'a>,
        index: usize,
        parent: Option<usize>,
        has_children: bool,
        taxonomy: &Taxonomy,
    ) -> Option<Node<'a>> {
        let name = match at.get("name").and_then(|name| name.text()) {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => format!("node_{index}"),
        };
        let labels = extras::read(at, &name, taxonomy);
        let (parent_from_node, signs) = local_frame(at)?;
        let world_from_node = match parent {
            Some(parent) => self.nodes[parent].world_from_node * parent_from_node,
            None => parent_from_node,
        };
        if !is_bounded(&world_from_node) {
            at.error(
                "a world transform with numbers beyond ±1e6",
                "a transform in metres, all finite",
                "",
            );
            return None;
        }
        Some(Node {
            at: at.clone(),
            name,
            labels,
            parent,
            has_children,
            parent_from_node,
            world_from_node,
            signs,
        })
    }
}

/// The node's transform in its parent, and the signs of its scale.
fn local_frame(at: &At<'_>) -> Option<(DAffine3, DVec3)> {
    let trs = ["translation", "rotation", "scale"].map(|key| at.get(key));
    if let Some(matrix) = at.get("matrix") {
        if trs.iter().any(Option::is_some) {
            let expected = "one or the other";
            matrix.error(
                "`matrix` beside `translation`, `rotation` or `scale`",
                expected,
                "",
            );
            return None;
        }
        let m = matrix.numbers::<16>()?;
        if [m[3], m[7], m[11], m[15]] != [0.0, 0.0, 0.0, 1.0] {
            matrix.wrong("an affine matrix: last row 0, 0, 0, 1");
            return None;
        }
        let column = |i: usize| z_up_f64([m[i], m[i + 1], m[i + 2]]);
        // C·M·C⁻¹: C⁻¹ takes x, y, z of the new frame to x, −z, y of the old one.
        let linear = DMat3::from_cols(column(0), -column(8), column(4));
        let frame = DAffine3::from_mat3_translation(linear, column(12));
        return Some((frame, DVec3::ONE));
    }
    let [t, q, s] = trs;
    let t = t.map_or(Some([0.0; 3]), |at| at.numbers())?;
    let s = s.map_or(Some([1.0; 3]), |at| at.numbers())?;
    let rotation = q
        .as_ref()
        .map_or(Some([0.0, 0.0, 0.0, 1.0]), |at| at.numbers())?;
    let Some(frame) = trs_z_up(t, rotation, s) else {
        if let Some(q) = &q {
            q.wrong("a unit quaternion");
        }
        return None;
    };
    let sign = |v: f64| if v < 0.0 { -1.0 } else { 1.0 };
    Some((frame, DVec3::new(sign(s[0]), sign(s[2]), sign(s[1]))))
}

/// An index that has been checked before; wrong ones are skipped.
fn child_index(at: &At<'_>, len: usize) -> Option<usize> {
    let index = usize::try_from(at.value().as_u64()?).ok()?;
    (index < len).then_some(index)
}

/// Each node's parent, the first if there are two; every cycle is broken.
fn check_parents(list: &[At<'_>], children: &[Vec<At<'_>>]) -> Vec<Option<usize>> {
    let mut parents: Vec<Option<usize>> = vec![None; list.len()];
    for (i, children) in children.iter().enumerate() {
        for child in children {
            let Some(c) = child.index("nodes", list.len()) else {
                continue;
            };
            match parents[c] {
                Some(first) => child.error(
                    format!("node {c}, which is a child of node {first} already"),
                    "one parent for each node",
                    "",
                ),
                None => parents[c] = Some(i),
            }
        }
    }
    // Colours of a walk upwards: 0 unseen, 1 on this walk, 2 known to end at a root.
    let mut colour = vec![0_u8; list.len()];
    for start in 0..list.len() {
        let mut walk = Vec::new();
        let mut next = Some(start);
        while let Some(i) = next
            && colour[i] == 0
        {
            colour[i] = 1;
            walk.push(i);
            next = parents[i];
        }
        if let Some(i) = next
            && colour[i] == 1
        {
            parents[i] = None;
            list[i].error("a node that is its own ancestor", "a tree of nodes", "");
        }
        for i in walk {
            colour[i] = 2;
        }
    }
    parents
}

/// The root nodes of the scene to load.
fn roots(root: &At<'_>, parents: &[Option<usize>]) -> Vec<usize> {
    let scenes = root.items_of("scenes");
    for scene in &scenes {
        extras::warn_misplaced(scene, "scene");
    }
    let chosen = match root.get("scene") {
        Some(at) => match at.index("scenes", scenes.len()) {
            Some(index) => &scenes[index],
            None => return Vec::new(),
        },
        None => match scenes.first() {
            Some(first) => first,
            None => {
                return (0..parents.len())
                    .filter(|i| parents[*i].is_none())
                    .collect();
            }
        },
    };
    if scenes.len() > 1 {
        let found = format!("{} scenes, of which one is loaded", scenes.len());
        let remedy = "export each scene to a file of its own";
        root.warn(found, "one scene", remedy);
    }
    let mut seen = vec![false; parents.len()];
    let mut roots = Vec::new();
    for at in chosen.items_of("nodes") {
        let Some(i) = at.index("nodes", parents.len()) else {
            continue;
        };
        if let Some(parent) = parents[i] {
            let found = format!("node {i}, which is a child of node {parent}");
            at.error(found, "a node without a parent", "");
        } else if std::mem::replace(&mut seen[i], true) {
            at.error(format!("node {i} again"), "each node once", "");
        } else {
            roots.push(i);
        }
    }
    roots
}
