//! MJCF → [`Draft`], by `mjcf-rs` (includes, defaults, angles, frames).
//!
//! A body is a link. Joints whose anchor is not the body's origin, and several joints in one body,
//! get links without mass between them. Positions count as MuJoCo's `qpos`: a joint's `ref` is
//! its position in the file's pose. The first body is the base if it stands alone, at the world's
//! origin and without a joint, or with a free one; else the world is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use glam::{Affine3A, DQuat, DVec3, Vec3};
use mjcf_rs::assets::Mesh;
use mjcf_rs::body::{Body, GeomType, Joint, JointType};
use mjcf_rs::{Model, ParseError};

use super::desc::{JointKind, Rigid};
use super::draft::{Draft, Geom, JointDraft, LinkDraft, Paint, Shape};
use super::mjcf_mass::{self, Meshes};
use super::xml::Reader;
use crate::base::guard::quietly;
use crate::base::problem::{Problem, Problems, did_you_mean};

pub(super) struct Mjcf<'a> {
    pub read: Reader<'a>,
    pub model: &'a Model,
    pub folder: PathBuf,
    links: Vec<LinkDraft>,
    pub joints: Vec<JointDraft>,
    /// Of the link that stands for each body.
    names: Vec<String>,
    /// Of joints of bodies: position in the file's pose.
    pub refs: BTreeMap<String, f64>,
}

/// Reads a MJCF file and what it includes. `read_mesh` gives the triangles of a mesh file.
pub(super) fn read(path: &Path, text: &str, meshes: &mut Meshes<'_>) -> (Option<Draft>, Problems) {
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    // The parser indexes what some attributes say.
    let parsed = quietly(|| Model::from_str(text, &folder));
    let model = match parsed {
        Some(Ok(model)) => model,
        Some(Err(error)) => return (None, flaw(path, &error).into()),
        None => {
            let found = "attributes that MuJoCo would refuse, such as eulerseq";
            return (
                None,
                Problem::error(path, "", found, "well-formed MJCF", "").into(),
            );
        }
    };
    let mut mjcf = Mjcf {
        read: Reader {
            path,
            problems: Problems::default(),
        },
        model: &model,
        folder,
        links: Vec::new(),
        joints: Vec::new(),
        names: names(&model),
        refs: BTreeMap::new(),
    };
    mjcf.bodies(meshes);
    mjcf.equalities();
    mjcf.actuators();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let excludes = model.contact.excludes.iter();
    let apart = excludes
        .map(|e| (e.body1.clone(), e.body2.clone()))
        .collect();
    let mut problems = mjcf.read.problems;
    problems.extend(meshes.problems(path));
    let draft = Draft {
        name: model.name.clone().unwrap_or(stem.into_owned()),
        path: path.to_path_buf(),
        links: mjcf.links,
        joints: mjcf.joints,
        apart,
        flawed: problems.has_errors(),
    };
    (Some(draft), problems)
}

fn flaw(path: &Path, error: &ParseError) -> Problem {
    let well = "well-formed MJCF";
    match error {
        ParseError::Xml(error) => {
            let found = format!("in an included file: {error}");
            Problem::error(path, "", found, well, "")
        }
        ParseError::Io { path: file, .. } => {
            let found = format!("the file {}, which cannot be read", file.display());
            Problem::error(path, "include", found, "a file", "mend the path")
        }
        ParseError::BadInclude { file, message } => {
            let found = format!("include of {}: {message}", file.display());
            Problem::error(
                path,
                "include",
                found,
                "files that include each other in no cycle",
                "",
            )
        }
        other => Problem::error(path, "", other.to_string().replace("on <_>", ""), well, ""),
    }
}

/// A name for each body: its own, or `body 3`, as MuJoCo counts them.
fn names(model: &Model) -> Vec<String> {
    let bodies = model.bodies.iter().enumerate();
    bodies
        .map(|(i, entry)| match (&entry.body.name, i) {
            (_, 0) => "world".to_owned(),
            (Some(name), _) => name.clone(),
            (None, _) => format!("body {i}"),
        })
        .collect()
}

fn rigid(pose: &mjcf_rs::Pose) -> Rigid {
    Rigid {
        rotation: DQuat::from_array(pose.rotation.to_array()).normalize(),
        translation_m: DVec3::from_array(pose.translation.to_array()),
    }
}

impl Mjcf<'_> {
    fn bodies(&mut self, meshes: &mut Meshes<'_>) {
        let model = self.model;
        let top: Vec<usize> = (1..model.bodies.len())
            .filter(|&i| model.bodies[i].parent == Some(0))
            .collect();
        let base = match top.as_slice() {
            [only] => {
                let body = &model.bodies[*only].body;
                let free = body.joints.iter().any(|j| j.type_ == JointType::Free);
                let at_origin = rigid(&body.pose) == Rigid::IDENTITY;
                (free || (body.joints.is_empty() && at_origin)).then_some(*only)
            }
            _ => None,
        };
        let world = &model.bodies[0].body;
        if base.is_some() && !world.geoms.is_empty() {
            let found = format!(
                "{} geoms of worldbody, which are left out",
                world.geoms.len()
            );
            self.read.warning(
                "worldbody",
                found,
                "a robot alone",
                "put the surroundings into a scene",
            );
        }
        for (i, entry) in model.bodies.iter().enumerate() {
            if i == 0 && base.is_some() {
                continue;
            }
            let place = if i == 0 {
                "worldbody".to_owned()
            } else {
                format!("body {:?}", self.names[i])
            };
            if i > 0 && Some(i) != base {
                let parent = entry.parent.unwrap_or(0);
                self.chain(&place, i, &entry.body, parent);
            }
            let link = self.link(place, i, &entry.body, meshes);
            self.links.push(link);
        }
    }

    /// The joints that carry a body, with links between them.
    fn chain(&mut self, place: &str, index: usize, body: &Body, parent: usize) {
        let name = self.names[index].clone();
        let mut parent = self.names[parent].clone();
        // From the latest link to where the body's frame would be without further joints.
        let mut pending = rigid(&body.pose);
        let count = body.joints.len();
        let mut carried = false;
        for (i, joint) in body.joints.iter().enumerate() {
            let own = match &joint.name {
                Some(name) => name.clone(),
                None if count == 1 => format!("{name} joint"),
                None => format!("{name} joint {i}"),
            };
            let place = format!("{place}, joint {own:?}");
            let anchor = Rigid {
                rotation: DQuat::IDENTITY,
                translation_m: joint.pos.into(),
            };
            // A slide is the same wherever its axis passes.
            let offset = joint.type_ == JointType::Hinge && anchor.translation_m.length() > 1e-12;
            let last = i + 1 == count && !offset;
            let child = if last {
                name.clone()
            } else {
                format!("{name}/{own}")
            };
            let at = if offset { pending * anchor } else { pending };
            let Some(draft) = self.joint(&place, own, joint, &parent, &child, at) else {
                continue;
            };
            self.joints.push(draft);
            if last {
                carried = true;
            } else {
                self.links.push(between(place, &child));
                parent = child;
            }
            pending = if offset {
                anchor.inverse()
            } else {
                Rigid::IDENTITY
            };
        }
        if !carried {
            self.joints.push(JointDraft {
                place: place.to_owned(),
                name: format!("{name} fixed"),
                kind: JointKind::Fixed,
                parent,
                child: name,
                parent_from_joint: pending,
                axis: DVec3::Z,
                range: (0.0, 0.0),
                max_speed: f64::INFINITY,
                max_effort: f64::INFINITY,
                damping: 0.0,
                friction: 0.0,
                armature: 0.0,
                mimic: None,
            });
        }
    }

    /// `None` where an error has been reported.
    fn joint(
        &mut self,
        place: &str,
        name: String,
        joint: &Joint,
        parent: &str,
        child: &str,
        at: Rigid,
    ) -> Option<JointDraft> {
        let kind = match joint.type_ {
            JointType::Hinge => JointKind::Revolute,
            JointType::Slide => JointKind::Prismatic,
            JointType::Ball | JointType::Free => {
                let found = match joint.type_ {
                    JointType::Ball => "a ball joint",
                    _ => "a free joint of a body that is not the only one at the top",
                };
                let remedy = "use three hinges, or take the part out of the robot";
                self.read.error(place, found, "hinges and slides", remedy);
                return None;
            }
        };
        let numbers = [
            joint.damping,
            joint.frictionloss,
            joint.armature,
            joint.ref_,
        ];
        let range = joint.range.unwrap_or([0.0; 2]);
        let all = numbers
            .iter()
            .chain(&range)
            .chain(&joint.axis)
            .chain(&joint.pos);
        self.finite(place, all.copied());
        let axis = DVec3::from(joint.axis);
        let limited = joint
            .limited
            .resolve(self.model.compiler.autolimits, joint.range.is_some());
        let range = match (limited, joint.range) {
            (true, Some([low, high])) => (low, high),
            (true, None) => {
                self.read
                    .error(place, "limited without a range", "range=\"low high\"", "");
                (0.0, 0.0)
            }
            (false, _) => (f64::NEG_INFINITY, f64::INFINITY),
        };
        if joint.stiffness != 0.0 {
            let found = format!(
                "a spring of stiffness {}, which is left out",
                joint.stiffness
            );
            self.read
                .warning(place, found, "a joint without a spring", "");
        }
        self.refs.insert(name.clone(), joint.ref_);
        let back = super::kinematics::parent_from_child(
            &super::desc::JointDesc {
                name: String::new(),
                kind,
                parent: 0,
                parent_from_joint: Rigid::IDENTITY,
                axis: axis.normalize_or(DVec3::Z),
                range,
                max_speed: 0.0,
                max_effort: 0.0,
                damping: 0.0,
                friction: 0.0,
                armature: 0.0,
                mimic: None,
            },
            -joint.ref_,
        );
        Some(JointDraft {
            place: place.to_owned(),
            name,
            kind,
            parent: parent.to_owned(),
            child: child.to_owned(),
            parent_from_joint: if joint.ref_ == 0.0 { at } else { at * back },
            axis,
            range,
            max_speed: f64::INFINITY,
            max_effort: f64::INFINITY,
            damping: joint.damping,
            friction: joint.frictionloss,
            armature: joint.armature,
            mimic: None,
        })
    }

    pub(super) fn finite(&mut self, place: &str, mut numbers: impl Iterator<Item = f64>) {
        if let Some(number) = numbers.find(|n| !n.is_finite()) {
            self.read
                .error(place, format!("the number {number}"), "finite numbers", "");
        }
    }

    fn link(
        &mut self,
        place: String,
        index: usize,
        body: &Body,
        meshes: &mut Meshes<'_>,
    ) -> LinkDraft {
        let pose = rigid(&body.pose);
        let numbers = pose
            .rotation
            .to_array()
            .into_iter()
            .chain(pose.translation_m.to_array());
        self.finite(&place, numbers);
        let (mut visuals, mut collisions) = (Vec::new(), Vec::new());
        let mut friction: Option<f64> = None;
        for (i, geom) in body.geoms.iter().enumerate() {
            let place = match &geom.name {
                Some(name) => format!("{place}, geom {name:?}"),
                None => format!("{place}, geom {i}"),
            };
            let Some(shape) = self.geom(geom, place) else {
                continue;
            };
            if geom.contype == 0 && geom.conaffinity == 0 {
                visuals.push(shape);
            } else {
                let sliding = geom.friction[0];
                friction = Some(friction.map_or(sliding, |f| f.max(sliding)));
                collisions.push(shape);
            }
        }
        if visuals.is_empty() {
            visuals.clone_from(&collisions);
        }
        LinkDraft {
            inertial: if index == 0 {
                None
            } else {
                mjcf_mass::inertial(self, &place, body, meshes)
            },
            place,
            name: self.names[index].clone(),
            visuals,
            collisions,
            friction,
            between: false,
        }
    }

    /// `None` for what is left out, which has been said.
    pub(super) fn geom(&mut self, geom: &mjcf_rs::body::Geom, place: String) -> Option<Geom> {
        let mut link_from_geom = rigid(&geom.pose);
        let mut size = DVec3::from(geom.size);
        let ends = geom.fromto.into_iter().flatten();
        let numbers = link_from_geom.translation_m.to_array().into_iter();
        self.finite(&place, numbers.chain(size.to_array()).chain(ends));
        if let Some([a, b, c, d, e, f]) = geom.fromto
            && !matches!(geom.type_, GeomType::Mesh)
        {
            let (from, to) = (DVec3::new(a, b, c), DVec3::new(d, e, f));
            let along = from - to;
            link_from_geom = Rigid {
                rotation: shortest_turn(along.normalize_or(DVec3::Z)),
                translation_m: 0.5 * (from + to),
            };
            let half = 0.5 * along.length();
            size = match geom.type_ {
                GeomType::Box | GeomType::Ellipsoid => DVec3::new(size.x, size.x, half),
                _ => DVec3::new(size.x, half, 0.0),
            };
        }
        let positive = |count: usize| size.to_array()[..count].iter().all(|v| *v > 0.0);
        let mut sized = |count: usize, shape: Shape| {
            if positive(count) {
                return Some(shape);
            }
            let found = format!(
                "size {} {} {} of a {:?}",
                size.x, size.y, size.z, geom.type_
            );
            self.read
                .error(&place, found.to_lowercase(), "lengths above 0 m", "");
            None
        };
        let shape = match geom.type_ {
            _ if geom.mesh.is_some() => self.mesh(geom, &place)?,
            GeomType::Box => sized(3, Shape::Box { half_m: size })?,
            GeomType::Ellipsoid => sized(3, Shape::Ellipsoid { radii_m: size })?,
            GeomType::Sphere => sized(1, Shape::Sphere { radius_m: size.x })?,
            GeomType::Cylinder => sized(
                2,
                Shape::Cylinder {
                    radius_m: size.x,
                    half_length_m: size.y,
                },
            )?,
            GeomType::Capsule => sized(
                2,
                Shape::Capsule {
                    radius_m: size.x,
                    half_length_m: size.y,
                },
            )?,
            GeomType::Mesh => {
                self.read
                    .error(&place, "a mesh geom without a mesh", "mesh=\"…\"", "");
                return None;
            }
            GeomType::Plane | GeomType::Hfield | GeomType::Sdf => {
                let found = format!("a {:?}, which is left out", geom.type_).to_lowercase();
                self.read.warning(&place, found, "a solid", "");
                return None;
            }
        };
        Some(Geom {
            paint: self.paint(geom, &place),
            place,
            link_from_geom,
            shape,
        })
    }

    fn mesh(&mut self, geom: &mjcf_rs::body::Geom, place: &str) -> Option<Shape> {
        let name = geom.mesh.as_deref().unwrap_or_default();
        let Some(mesh) = self.model.assets.mesh(name) else {
            let names = self
                .model
                .assets
                .meshes
                .iter()
                .filter_map(|m| m.name.as_deref());
            let remedy = did_you_mean(name, names).map(|n| format!("did you mean {n:?}?"));
            let found = format!("mesh {name:?}, which no asset has");
            self.read.error(
                place,
                found,
                "the name of a mesh asset",
                &remedy.unwrap_or_default(),
            );
            return None;
        };
        let scale = DVec3::from(mesh.scale);
        let reference = rigid(&mesh.refpose);
        self.finite(
            place,
            scale
                .to_array()
                .into_iter()
                .chain(reference.translation_m.to_array()),
        );
        if scale.abs().min_element() < 1e-12 {
            self.read.error(
                place,
                format!("mesh {name:?} with scale 0"),
                "a scale other than 0",
                "",
            );
            return None;
        }
        let unposed = reference.inverse().pose().affine();
        let geom_from_mesh = Affine3A::from_scale(scale.as_vec3()) * unposed;
        if let Some(path) = self.model.resolve_mesh_file(mesh, &self.folder) {
            return Some(Shape::File {
                path,
                geom_from_mesh,
            });
        }
        let (points, triangles) = self.inline(mesh, name, place)?;
        Some(Shape::Points {
            name: name.to_owned(),
            points,
            triangles,
            geom_from_mesh,
        })
    }

    fn inline(
        &mut self,
        mesh: &Mesh,
        name: &str,
        place: &str,
    ) -> Option<(Vec<Vec3>, Vec<[u32; 3]>)> {
        let numbers = mesh.inline_vertices.as_deref().unwrap_or_default();
        let points: Vec<Vec3> = numbers
            .chunks_exact(3)
            .map(|p| DVec3::from_slice(p).as_vec3())
            .collect();
        let faces = mesh.inline_faces.as_deref().unwrap_or_default();
        let triangles: Vec<[u32; 3]> = faces.chunks_exact(3).map(|t| [t[0], t[1], t[2]]).collect();
        let known = triangles
            .iter()
            .flatten()
            .all(|i| (*i as usize) < points.len());
        let finite = points.iter().all(|p| p.is_finite());
        if points.is_empty() || triangles.is_empty() || !known || !finite {
            let found =
                format!("mesh {name:?} without a file, or without sound vertices and faces");
            self.read
                .error(place, found, "file=\"…\", or vertex and face numbers", "");
            return None;
        }
        Some((points, triangles))
    }

    fn paint(&mut self, geom: &mjcf_rs::body::Geom, place: &str) -> Option<Paint> {
        let mut paint = Paint::new("", [0.5, 0.5, 0.5, 1.0]);
        let mut any = false;
        if let Some(name) = &geom.material {
            let Some(material) = self.model.assets.material(name) else {
                let found = format!("material {name:?}, which no asset has");
                self.read
                    .warning(place, found, "the name of a material asset", "");
                return None;
            };
            any = true;
            paint.name.clone_from(name);
            paint.rgba = material.rgba.unwrap_or([1.0; 4]);
            paint.roughness = match material.roughness {
                r if r >= 0.0 => r.min(1.0),
                _ => (1.0 - material.shininess).clamp(0.2, 1.0),
            };
            paint.metallic = material.metallic.clamp(0.0, 1.0);
            let texture = material.texture.as_deref();
            if let Some(texture) = texture.and_then(|name| self.model.assets.texture(name)) {
                if let Some(rgb) = texture.rgb1.filter(|_| texture.builtin.is_some()) {
                    for (value, factor) in paint.rgba.iter_mut().zip(rgb) {
                        *value *= factor;
                    }
                }
                // Cube maps have no place on a mesh's own coordinates.
                if texture.type_.as_deref() == Some("2d") {
                    paint.texture = self.model.resolve_texture_file(texture, &self.folder);
                }
            }
        }
        if let Some(rgba) = geom.rgba {
            any = true;
            paint.rgba = rgba;
        }
        paint.rgba = paint.rgba.map(|v| {
            if v.is_finite() {
                v.clamp(0.0, 1.0)
            } else {
                1.0
            }
        });
        any.then_some(paint)
    }
}

fn between(place: String, name: &str) -> LinkDraft {
    LinkDraft {
        place,
        name: name.to_owned(),
        inertial: None,
        visuals: Vec::new(),
        collisions: Vec::new(),
        friction: None,
        between: true,
    }
}

/// Takes Z to a unit vector.
fn shortest_turn(to: DVec3) -> DQuat {
    if to.z < -1.0 + 1e-12 {
        return DQuat::from_xyzw(1.0, 0.0, 0.0, 0.0);
    }
    let axis = DVec3::Z.cross(to);
    DQuat::from_xyzw(axis.x, axis.y, axis.z, 1.0 + to.z).normalize()
}
