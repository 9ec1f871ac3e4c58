//! Mesh files (STL, OBJ with MTL, MSH, glTF) → surfaces.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use glam::{Affine3A, Vec2, Vec3};

use super::draft::Paint;
use super::primitives::shaded;
use crate::base::guard::quietly;
use crate::base::ids::{MaterialId, MeshId};
use crate::base::problem::Problem;
use crate::scene::builder::SceneBuilder;
use crate::scene::mesh::Mesh;

/// Nothing is farther from the origin of its file.
const MAX_COORDINATE: f32 = 1e6;

/// Part of a mesh file.
#[derive(Clone)]
pub(super) struct Piece {
    pub mesh: MeshId,
    /// If the file has one.
    pub look: Option<Look>,
    pub file_from_mesh: Affine3A,
}

#[derive(Clone)]
pub(super) enum Look {
    Material(MaterialId),
    Paint(Paint),
}

/// What a mesh file is made of.
#[derive(Clone)]
pub(super) struct File {
    pub pieces: Vec<Piece>,
    /// All of it as one, for collision.
    pub whole: MeshId,
}

/// Mesh files, each read once.
#[derive(Default)]
pub(super) struct Meshes {
    files: BTreeMap<PathBuf, Option<File>>,
}

/// Triangles without a place in the scene yet.
struct Raw {
    mesh: Mesh,
    paint: Option<Paint>,
}

/// Reads a file's bytes; what is wrong with them, in words.
type FromBytes = fn(&mut SceneBuilder, &Path, &[u8]) -> Result<Vec<Raw>, String>;

impl Meshes {
    /// The file's surfaces; `None` where a problem has been reported. `user` and `place` say who
    /// wants it.
    pub(super) fn load(
        &mut self,
        builder: &mut SceneBuilder,
        path: &Path,
        user: &Path,
        place: &str,
    ) -> Option<File> {
        if let Some(known) = self.files.get(path) {
            return known.clone();
        }
        let file = read(builder, path, user, place);
        self.files.insert(path.to_path_buf(), file.clone());
        file
    }
}

pub(super) fn push(builder: &mut SceneBuilder, mesh: Mesh) -> MeshId {
    let meshes = &mut builder.desc_mut().meshes;
    meshes.push(mesh);
    MeshId(meshes.len() as u32 - 1)
}

fn read(builder: &mut SceneBuilder, path: &Path, user: &Path, place: &str) -> Option<File> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    let extension = extension.unwrap_or_default();
    let shown = path.display();
    if !path.is_file() {
        builder.problems().push(Problem::error(
            user,
            place,
            format!("the mesh file {shown}, which does not exist"),
            "a file",
            "mend the path, or put the file there",
        ));
        return None;
    }
    if extension == "gltf" || extension == "glb" {
        return gltf(builder, path);
    }
    let readers: [(&str, FromBytes); 3] = [("stl", stl), ("obj", obj), ("msh", msh)];
    let Some((_, reader)) = readers.iter().find(|(name, _)| *name == extension) else {
        let problem = Problem::error(
            user,
            place,
            format!("the mesh file {shown}, of a format that is not read"),
            "STL, OBJ, MSH, glTF or GLB",
            "convert it; Blender reads COLLADA and writes glTF",
        );
        builder.problems().push(problem.warning());
        return None;
    };
    let bytes = builder.read(path);
    let raws = bytes
        .and_then(|bytes| reader(builder, path, &bytes))
        .and_then(checked);
    match raws {
        Ok(raws) => Some(place_pieces(builder, raws)),
        Err(found) => {
            let expected = format!("a sound .{extension} file with triangles");
            builder
                .problems()
                .push(Problem::error(path, "", found, expected, ""));
            None
        }
    }
}

fn checked(raws: Vec<Raw>) -> Result<Vec<Raw>, String> {
    let raws: Vec<Raw> = raws
        .into_iter()
        .filter(|raw| !raw.mesh.triangles.is_empty())
        .collect();
    if raws.is_empty() {
        return Err("no triangle with an area".into());
    }
    for raw in &raws {
        let far = |p: &&Vec3| !p.is_finite() || p.abs().max_element() > MAX_COORDINATE;
        if let Some(p) = raw.mesh.positions.iter().find(far) {
            return Err(format!("a vertex at {p}"));
        }
    }
    Ok(raws)
}

fn place_pieces(builder: &mut SceneBuilder, raws: Vec<Raw>) -> File {
    let whole =
        (raws.len() > 1).then(|| merged(raws.iter().map(|raw| (&raw.mesh, Affine3A::IDENTITY))));
    let pieces: Vec<Piece> = raws
        .into_iter()
        .map(|raw| Piece {
            mesh: push(builder, raw.mesh),
            look: raw.paint.map(Look::Paint),
            file_from_mesh: Affine3A::IDENTITY,
        })
        .collect();
    let whole = match whole {
        Some(mesh) => push(builder, mesh),
        None => pieces[0].mesh,
    };
    File { pieces, whole }
}

/// Positions and triangles of all.
fn merged<'a>(meshes: impl Iterator<Item = (&'a Mesh, Affine3A)>) -> Mesh {
    let mut all = Mesh::default();
    for (mesh, placed) in meshes {
        let first = all.positions.len() as u32;
        all.name.clone_from(&mesh.name);
        let at = |p: &Vec3| placed.transform_point3(*p);
        all.positions.extend(mesh.positions.iter().map(at));
        all.normals.extend(&mesh.normals);
        all.triangles
            .extend(mesh.triangles.iter().map(|t| t.map(|i| i + first)));
    }
    all
}

fn gltf(builder: &mut SceneBuilder, path: &Path) -> Option<File> {
    let surfaces = builder.add_surfaces(path)?;
    if surfaces.is_empty() {
        builder.problems().push(Problem::error(
            path,
            "",
            "a file without meshes",
            "something to be seen",
            "",
        ));
        return None;
    }
    let meshes = &builder.desc().meshes;
    let placed = surfaces
        .iter()
        .map(|s| (&meshes[s.mesh.index()], s.object_from_mesh));
    let whole = merged(placed);
    let whole = push(builder, whole);
    let pieces = surfaces.into_iter().map(|surface| Piece {
        mesh: surface.mesh,
        look: Some(Look::Material(surface.material)),
        file_from_mesh: surface.object_from_mesh,
    });
    Some(File {
        pieces: pieces.collect(),
        whole,
    })
}

fn name_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

fn floats<const N: usize>(bytes: &[u8]) -> [f32; N] {
    std::array::from_fn(|i| {
        let b = &bytes[4 * i..4 * i + 4];
        f32::from_le_bytes([b[0], b[1], b[2], b[3]])
    })
}

/// Binary or text; which of them, its length says, for binary files may begin with "solid" too.
fn stl(_: &mut SceneBuilder, path: &Path, bytes: &[u8]) -> Result<Vec<Raw>, String> {
    let count = bytes
        .get(80..84)
        .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let binary = count.filter(|n| 84 + 50 * u64::from(*n) == bytes.len() as u64);
    let points: Vec<Vec3> = if binary.is_some() {
        bytes[84..]
            .chunks_exact(50)
            .flat_map(|t| [0, 1, 2].map(|i| Vec3::from(floats::<3>(&t[12 + 12 * i..]))))
            .collect()
    } else {
        let text = std::str::from_utf8(bytes)
            .ok()
            .filter(|t| t.trim_start().starts_with("solid"))
            .ok_or("neither a binary STL file of the length it says nor text")?;
        let mut words = text.split_ascii_whitespace();
        let mut points = Vec::new();
        while let Some(word) = words.next() {
            if word == "vertex" {
                let mut number = || words.next()?.parse::<f32>().ok();
                let point = (|| Some(Vec3::new(number()?, number()?, number()?)))();
                points.push(point.ok_or("a vertex that is not three numbers")?);
            }
        }
        points
    };
    // Corners at the same place are one vertex.
    let mut known: BTreeMap<[u32; 3], u32> = BTreeMap::new();
    let mut positions = Vec::new();
    let corners: Vec<u32> = points
        .iter()
        .map(|p| {
            let bits = p.to_array().map(|v| (v + 0.0).to_bits());
            *known.entry(bits).or_insert_with(|| {
                positions.push(*p);
                positions.len() as u32 - 1
            })
        })
        .collect();
    let triangles: Vec<[u32; 3]> = corners
        .chunks_exact(3)
        .map(|t| [t[0], t[1], t[2]])
        .collect();
    Ok(vec![Raw {
        mesh: shaded(&name_of(path), &positions, &[], &triangles),
        paint: None,
    }])
}

/// MuJoCo's own format: counts, then positions, normals, texture coordinates, faces.
fn msh(_: &mut SceneBuilder, path: &Path, bytes: &[u8]) -> Result<Vec<Raw>, String> {
    let count = |i: usize| {
        let b = bytes.get(4 * i..4 * i + 4)?;
        usize::try_from(i32::from_le_bytes([b[0], b[1], b[2], b[3]])).ok()
    };
    let header = || Some([count(0)?, count(1)?, count(2)?, count(3)?]);
    let [points, normals, uvs, faces] = header().ok_or("a broken header")?;
    let wanted = 16 + 12 * (points + normals + faces) + 8 * uvs;
    if wanted != bytes.len() {
        return Err(format!(
            "{} bytes where its header says {wanted}",
            bytes.len()
        ));
    }
    let (at, rest) = bytes[16..].split_at(12 * points);
    let positions: Vec<Vec3> = at.chunks_exact(12).map(|b| floats::<3>(b).into()).collect();
    let rest = &rest[12 * normals..];
    let (uv, rest) = rest.split_at(8 * uvs);
    let uv: Vec<Vec2> = uv.chunks_exact(8).map(|b| floats::<2>(b).into()).collect();
    let uv = if uvs == points { uv } else { Vec::new() };
    let triangles = rest
        .chunks_exact(12)
        .map(|b| floats::<3>(b).map(f32::to_bits));
    let triangles: Vec<[u32; 3]> = triangles.collect();
    if triangles.iter().flatten().any(|i| *i as usize >= points) {
        return Err("a face with a vertex that does not exist".into());
    }
    Ok(vec![Raw {
        mesh: shaded(&name_of(path), &positions, &uv, &triangles),
        paint: None,
    }])
}

fn obj(builder: &mut SceneBuilder, path: &Path, bytes: &[u8]) -> Result<Vec<Raw>, String> {
    let options = tobj::LoadOptions {
        triangulate: true,
        single_index: true,
        ignore_points: true,
        ignore_lines: true,
    };
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let shared = RefCell::new(builder);
    let library = |name: &Path| {
        let bytes = shared.borrow_mut().read(&folder.join(name));
        let bytes = bytes.map_err(|_| tobj::LoadError::OpenFileFailed)?;
        tobj::load_mtl_buf(&mut bytes.as_slice())
    };
    // The parser indexes what the file says.
    let parsed = quietly(|| tobj::load_obj_buf(&mut &bytes[..], &options, library));
    let (models, materials) = parsed
        .ok_or_else(|| "indices that lead nowhere".to_owned())?
        .map_err(|error| error.to_string())?;
    // A missing library leaves the default colour: such files are common.
    let materials = materials.unwrap_or_default();
    let mut raws = Vec::new();
    for model in models {
        let from = &model.mesh;
        let positions: Vec<Vec3> = from
            .positions
            .chunks_exact(3)
            .map(Vec3::from_slice)
            .collect();
        // Images begin at the top, V at the bottom.
        let uvs = from
            .texcoords
            .chunks_exact(2)
            .map(|uv| Vec2::new(uv[0], 1.0 - uv[1]));
        let uvs: Vec<Vec2> = uvs.collect();
        let uvs = if uvs.len() == positions.len() {
            uvs
        } else {
            Vec::new()
        };
        let triangles: Vec<[u32; 3]> = from
            .indices
            .chunks_exact(3)
            .map(|t| [t[0], t[1], t[2]])
            .collect();
        if triangles
            .iter()
            .flatten()
            .any(|i| *i as usize >= positions.len())
        {
            return Err("a face with a vertex that does not exist".into());
        }
        let paint = from
            .material_id
            .and_then(|id| materials.get(id))
            .map(|material| {
                let [r, g, b] = material.diffuse.unwrap_or([0.8; 3]).map(f64::from);
                let alpha = material.dissolve.map_or(1.0, f64::from);
                Paint {
                    texture: material.diffuse_texture.as_ref().map(|t| folder.join(t)),
                    ..Paint::new(&material.name, [r, g, b, alpha])
                }
            });
        let mut mesh = shaded(&model.name, &positions, &uvs, &triangles);
        if from.normals.len() == from.positions.len() {
            let given: Vec<Vec3> = from.normals.chunks_exact(3).map(Vec3::from_slice).collect();
            let sound = given.iter().all(|n| n.is_finite() && n.length() > 0.1);
            if sound {
                let area = |t: &[u32; 3]| {
                    let [a, b, c] = t.map(|i| positions[i as usize].as_dvec3());
                    (b - a).cross(c - a)
                };
                mesh = Mesh {
                    normals: given.iter().map(|n| n.normalize()).collect(),
                    triangles: triangles
                        .into_iter()
                        .filter(|t| area(t) != glam::DVec3::ZERO)
                        .collect(),
                    positions,
                    uvs: [uvs, Vec::new()],
                    ..mesh
                };
            }
        }
        raws.push(Raw { mesh, paint });
    }
    Ok(raws)
}
