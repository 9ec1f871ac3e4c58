//! URDF → [`Draft`].
//!
//! Read: links (inertial, visual, collision, the friction of PyBullet's `<contact>`), joints with
//! limits, dynamics, mimic, and soft limits of the safety controller, materials. `package://` is
//! looked up in the folders above the file. Everything else (`<transmission>`, `<gazebo>` …) is
//! skipped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use glam::{Affine3A, DMat3, DVec3};
use roxmltree::Node;

use super::desc::{InertialDesc, JointKind, Rigid};
use super::draft::{Draft, Geom, JointDraft, LinkDraft, MimicDraft, Paint, Shape};
use super::kinematics::turn;
use super::xml::{Reader, child, line};
use crate::base::problem::Problems;

type Element<'a, 'i> = Node<'a, 'i>;

struct Urdf<'a> {
    read: Reader<'a>,
    folder: PathBuf,
    paints: BTreeMap<String, Paint>,
}

/// Reads the document of a URDF file.
pub(super) fn read(path: &Path, root: Node<'_, '_>) -> (Draft, Problems) {
    let mut urdf = Urdf {
        read: Reader {
            path,
            problems: Problems::default(),
        },
        folder: path.parent().unwrap_or(Path::new("")).to_path_buf(),
        paints: BTreeMap::new(),
    };
    let elements = |name: &'static str| root.children().filter(move |n| n.has_tag_name(name));
    for material in elements("material") {
        urdf.paint(material, &format!("line {}", line(&material)));
    }
    // Materials may be defined where they are used first, or later.
    for visual in root.descendants().filter(|n| n.has_tag_name("visual")) {
        if let Some(material) = child(visual, "material")
            && material.children().any(|n| n.is_element())
            && let Some(name) = material.attribute("name")
            && !urdf.paints.contains_key(name)
        {
            urdf.paint(material, &format!("line {}", line(&material)));
        }
    }
    let links = elements("link")
        .filter_map(|node| urdf.link(node))
        .collect();
    let joints = elements("joint")
        .filter_map(|node| urdf.joint(node))
        .collect();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let draft = Draft {
        name: root.attribute("name").unwrap_or(&stem).to_owned(),
        path: path.to_path_buf(),
        links,
        joints,
        apart: Vec::new(),
        flawed: urdf.read.problems.has_errors(),
    };
    (draft, urdf.read.problems)
}

/// Turns about the fixed axes x, y, z, in this order.
fn rpy([roll, pitch, yaw]: [f64; 3]) -> glam::DQuat {
    (turn(DVec3::Z, yaw) * turn(DVec3::Y, pitch) * turn(DVec3::X, roll)).normalize()
}

impl Urdf<'_> {
    fn origin(&mut self, owner: Element<'_, '_>, place: &str) -> Rigid {
        let origin = child(owner, "origin");
        let xyz = self.read.numbers(origin, "xyz", place, [0.0; 3]);
        let quat: Option<[f64; 4]> = self.read.given(origin, "quat_xyzw", place);
        let quat = quat
            .map(glam::DQuat::from_array)
            .filter(|q| q.length() > 1e-9);
        let angles = self.read.numbers(origin, "rpy", place, [0.0; 3]);
        Rigid {
            rotation: quat.map_or_else(|| rpy(angles), |q| q.normalize()),
            translation_m: xyz.into(),
        }
    }

    fn link(&mut self, node: Element<'_, '_>) -> Option<LinkDraft> {
        let at = format!("line {}", line(&node));
        let name = self.read.required(node, "name", &at)?.to_owned();
        let place = format!("{at}, link {name:?}");
        let inertial = child(node, "inertial").and_then(|n| self.inertial(n, &place));
        let mut geoms = |tag: &'static str| -> Vec<Geom> {
            let each = node.children().filter(|n| n.has_tag_name(tag));
            each.filter_map(|n| self.geom(n, &name)).collect()
        };
        let (visuals, collisions) = (geoms("visual"), geoms("collision"));
        let contact = child(node, "contact").and_then(|n| child(n, "lateral_friction"));
        let friction: Option<[f64; 1]> = self.read.given(contact, "value", &place);
        Some(LinkDraft {
            place,
            name,
            inertial,
            visuals,
            collisions,
            friction: friction.map(|[f]| f),
            between: false,
        })
    }

    fn inertial(&mut self, node: Element<'_, '_>, place: &str) -> Option<InertialDesc> {
        let origin = self.origin(node, place);
        let Some(mass) = child(node, "mass") else {
            self.read.error(
                place,
                "<inertial> without <mass>",
                "<mass value=\"…\"/> in kg",
                "",
            );
            return None;
        };
        self.read.required(mass, "value", place)?;
        let mass_kg = self.read.given::<1>(Some(mass), "value", place)?[0];
        let Some(inertia) = child(node, "inertia") else {
            if mass_kg > 0.0 {
                let expected = "<inertia ixx=… ixy=… ixz=… iyy=… iyz=… izz=…/> in kg m²";
                self.read
                    .error(place, "<inertial> without <inertia>", expected, "");
            }
            return None;
        };
        let mut number = |name: &str| self.read.number(Some(inertia), name, place, 0.0);
        let [xx, xy, xz] = [number("ixx"), number("ixy"), number("ixz")];
        let [yy, yz, zz] = [number("iyy"), number("iyz"), number("izz")];
        let in_frame = DMat3::from_cols_array(&[xx, xy, xz, xy, yy, yz, xz, yz, zz]);
        let turn = DMat3::from_quat(origin.rotation);
        Some(InertialDesc {
            mass_kg,
            center_m: origin.translation_m,
            inertia_kg_m2: turn * in_frame * turn.transpose(),
        })
    }

    fn geom(&mut self, node: Element<'_, '_>, link: &str) -> Option<Geom> {
        let tag = node.tag_name().name();
        let place = format!("line {}, link {link:?}, {tag}", line(&node));
        let link_from_geom = self.origin(node, &place);
        let geometry = child(node, "geometry");
        let Some(solid) = geometry.and_then(|g| g.children().find(Node::is_element)) else {
            self.read.error(
                &place,
                format!("<{tag}> without a geometry"),
                "<geometry> with a shape",
                "",
            );
            return None;
        };
        let shape = self.shape(solid, &place)?;
        let material = child(node, "material").filter(|_| tag == "visual");
        let paint = material.and_then(|material| {
            let known = material.attribute("name").and_then(|n| self.paints.get(n));
            match known {
                Some(paint) if !material.children().any(|n| n.is_element()) => Some(paint.clone()),
                _ => self.paint(material, &place),
            }
        });
        Some(Geom {
            place,
            link_from_geom,
            shape,
            paint,
        })
    }

    fn shape(&mut self, node: Element<'_, '_>, place: &str) -> Option<Shape> {
        let mut above_0 = |attribute: &str| -> Option<f64> {
            self.read.required(node, attribute, place)?;
            let [value] = self.read.given::<1>(Some(node), attribute, place)?;
            if !(value > 0.0) {
                let found = format!("{attribute} {value} of <{}>", node.tag_name().name());
                self.read.error(place, found, "a length above 0 m", "");
                return None;
            }
            Some(value)
        };
        match node.tag_name().name() {
            "box" => {
                self.read.required(node, "size", place)?;
                let size = DVec3::from(self.read.given::<3>(Some(node), "size", place)?);
                if !(size.min_element() > 0.0) {
                    let found = format!("a box of size {} {} {}", size.x, size.y, size.z);
                    self.read.error(place, found, "lengths above 0 m", "");
                    return None;
                }
                Some(Shape::Box { half_m: 0.5 * size })
            }
            "sphere" => Some(Shape::Sphere {
                radius_m: above_0("radius")?,
            }),
            name @ ("cylinder" | "capsule") => {
                let (radius_m, length) = (above_0("radius"), above_0("length"));
                let (radius_m, half_length_m) = (radius_m?, 0.5 * length?);
                Some(match name {
                    "cylinder" => Shape::Cylinder {
                        radius_m,
                        half_length_m,
                    },
                    _ => Shape::Capsule {
                        radius_m,
                        half_length_m,
                    },
                })
            }
            "mesh" => {
                let name = self.read.required(node, "filename", place)?;
                let scale = self.read.numbers(Some(node), "scale", place, [1.0; 3]);
                let scale = DVec3::from(scale);
                if scale.abs().min_element() < 1e-9 {
                    self.read
                        .error(place, "a mesh with scale 0", "a scale other than 0", "");
                    return None;
                }
                Some(Shape::File {
                    path: self.resolve(name),
                    geom_from_mesh: Affine3A::from_scale(scale.as_vec3()),
                })
            }
            other => {
                let found = format!("a shape <{other}>");
                let expected = "box, cylinder, capsule, sphere or mesh";
                self.read.error(place, found, expected, "");
                None
            }
        }
    }

    /// `package://name/rest`: the folder `name` nearest above the file, else `name/rest` or `rest`
    /// beside the file or above it. The first guess if there is none.
    fn resolve(&self, name: &str) -> PathBuf {
        let Some(in_package) = name
            .strip_prefix("package://")
            .or(name.strip_prefix("model://"))
        else {
            let plain = name.strip_prefix("file://").unwrap_or(name);
            return self.folder.join(plain);
        };
        let rest = in_package
            .split_once('/')
            .map_or(in_package, |(_, rest)| rest);
        let package = in_package.split('/').next().unwrap_or_default();
        let full = std::path::absolute(&self.folder).unwrap_or_else(|_| self.folder.clone());
        for folder in full.ancestors() {
            if folder
                .file_name()
                .is_some_and(|n| n.to_string_lossy() == package)
            {
                let path = folder.join(rest);
                if path.is_file() {
                    return path;
                }
            }
            for path in [folder.join(in_package), folder.join(rest)] {
                if path.is_file() {
                    return path;
                }
            }
        }
        self.folder.join(in_package)
    }

    /// Reads a material and remembers it under its name.
    fn paint(&mut self, node: Element<'_, '_>, place: &str) -> Option<Paint> {
        let name = node.attribute("name").unwrap_or_default().to_owned();
        let color = child(node, "color");
        let texture = child(node, "texture").and_then(|t| t.attribute("filename"));
        if color.is_none() && texture.is_none() {
            return None;
        }
        let rgba = self.read.numbers(color, "rgba", place, [1.0; 4]);
        if rgba.iter().any(|v| !(0.0..=1.0).contains(v)) {
            let found = format!("the colour {rgba:?}");
            self.read.error(place, found, "four numbers of 0 … 1", "");
        }
        let paint = Paint {
            texture: texture.map(|t| self.resolve(t)),
            ..Paint::new(&name, rgba.map(|v| v.clamp(0.0, 1.0)))
        };
        self.paints.insert(name, paint.clone());
        Some(paint)
    }

    fn joint(&mut self, node: Element<'_, '_>) -> Option<JointDraft> {
        let at = format!("line {}", line(&node));
        let name = self.read.required(node, "name", &at)?.to_owned();
        let place = format!("{at}, joint {name:?}");
        let word = self.read.required(node, "type", &place)?;
        let (kind, limited) = match word {
            "revolute" => (JointKind::Revolute, true),
            "continuous" => (JointKind::Revolute, false),
            "prismatic" => (JointKind::Prismatic, true),
            "fixed" => (JointKind::Fixed, false),
            other => {
                let found = format!("a joint of type {other:?}");
                let expected = "revolute, continuous, prismatic or fixed";
                self.read.error(&place, found, expected, "");
                (JointKind::Fixed, false)
            }
        };
        let mut end = |tag: &str| {
            let Some(end) = child(node, tag) else {
                let found = format!("a joint without <{tag}>");
                self.read
                    .error(&place, found, "a parent and a child link", "");
                return None;
            };
            self.read.required(end, "link", &place).map(str::to_owned)
        };
        let (parent, child_link) = (end("parent"), end("child"));
        let parent_from_joint = self.origin(node, &place);
        let axis = self
            .read
            .numbers(child(node, "axis"), "xyz", &place, [1.0, 0.0, 0.0]);
        let limit = child(node, "limit");
        let range = match (limited, limit) {
            (false, _) => (f64::NEG_INFINITY, f64::INFINITY),
            (true, Some(_)) => (
                self.read.number(limit, "lower", &place, 0.0),
                self.read.number(limit, "upper", &place, 0.0),
            ),
            (true, None) => {
                let found = format!("a {word} joint without <limit>");
                let expected = "<limit lower=… upper=… effort=… velocity=…/>";
                self.read
                    .error(&place, found, expected, "or make it continuous");
                (0.0, 0.0)
            }
        };
        let range = self.soft_range(node, range, &place);
        let mut bound = |attribute: &str| {
            let [value] = self.read.given::<1>(limit, attribute, &place)?;
            // 0 is what exporters write who do not know: nothing could move.
            (value != 0.0).then_some(value)
        };
        let (max_speed, max_effort) = (bound("velocity"), bound("effort"));
        let dynamics = child(node, "dynamics");
        let mimic = child(node, "mimic").and_then(|mimic| {
            let place = format!("line {}, joint {name:?}, mimic", line(&mimic));
            Some(MimicDraft {
                joint: self.read.required(mimic, "joint", &place)?.to_owned(),
                multiplier: self.read.number(Some(mimic), "multiplier", &place, 1.0),
                offset: self.read.number(Some(mimic), "offset", &place, 0.0),
                place,
            })
        });
        Some(JointDraft {
            kind,
            parent: parent?,
            child: child_link?,
            parent_from_joint,
            axis: axis.into(),
            range,
            max_speed: max_speed.unwrap_or(f64::INFINITY),
            max_effort: max_effort.unwrap_or(f64::INFINITY),
            damping: self.read.number(dynamics, "damping", &place, 0.0),
            friction: self.read.number(dynamics, "friction", &place, 0.0),
            armature: 0.0,
            mimic,
            name,
            place,
        })
    }

    /// The range within the safety controller's, which holds the joint inside.
    fn soft_range(&mut self, node: Element<'_, '_>, range: (f64, f64), place: &str) -> (f64, f64) {
        let safety = child(node, "safety_controller");
        let low = self.read.number(safety, "soft_lower_limit", place, range.0);
        let high = self.read.number(safety, "soft_upper_limit", place, range.1);
        // Both 0 is the default of the format: none.
        if safety.is_none() || (low == 0.0 && high == 0.0) || range.0 > range.1 {
            return range;
        }
        (low.max(range.0), high.min(range.1))
    }
}
