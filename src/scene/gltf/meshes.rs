//! glTF meshes → [`Mesh`], one for each primitive with triangles, turned to Z up.

use std::collections::BTreeMap;
use std::rc::Rc;

use glam::{Vec2, Vec3, Vec4};

use super::accessors::{Accessors, Component, Format};
use super::nodes::{MAX_COORDINATE, z_up};
use super::report::At;
use super::topology::{self, Mode};
use super::{extras, materials::Materials};
use crate::base::ids::MeshId;
use crate::scene::desc::Bounds;
use crate::scene::mesh::Mesh;

const FLOAT: Format = (Component::F32, false);
const U8N: Format = (Component::U8, true);
const U16N: Format = (Component::U16, true);
const I8N: Format = (Component::I8, true);
const I16N: Format = (Component::I16, true);
/// TEXCOORD and COLOR of core glTF.
const UNIT: [Format; 3] = [FLOAT, U8N, U16N];
/// Normals and tangents with KHR_mesh_quantization.
const SIGNED: [Format; 3] = [FLOAT, I8N, I16N];
/// Positions and UVs with KHR_mesh_quantization.
const QUANTIZED: [Format; 9] = [
    FLOAT,
    U8N,
    U16N,
    I8N,
    I16N,
    (Component::U8, false),
    (Component::U16, false),
    (Component::I8, false),
    (Component::I16, false),
];

/// Indices into the file's materials: the primitive's own, and those of variants.
type PieceMaterials = (Option<usize>, Vec<(u32, usize)>);

/// One primitive of a mesh.
#[derive(Clone)]
pub(super) struct Piece<'a> {
    pub at: At<'a>,
    pub mesh: MeshId,
    /// Index into the file's materials.
    pub material: Option<usize>,
    /// (variant, index into the file's materials).
    pub variants: Vec<(u32, usize)>,
}

/// The primitives of a mesh that have triangles.
#[derive(Default)]
pub(super) struct ReadMesh<'a> {
    pub pieces: Vec<Piece<'a>>,
    /// An error has been reported.
    pub flawed: bool,
}

/// The meshes of one file, read when a node asks for them, each once.
pub(super) struct Meshes<'a> {
    list: Vec<At<'a>>,
    quantized: bool,
    variant_count: usize,
    material_count: usize,
    read: BTreeMap<usize, Rc<ReadMesh<'a>>>,
    mirrored: BTreeMap<MeshId, MeshId>,
    merged: BTreeMap<usize, MeshId>,
}

impl<'a> Meshes<'a> {
    pub(super) fn new(
        root: &At<'a>,
        quantized: bool,
        variant_count: usize,
        materials: &Materials,
    ) -> Self {
        Self {
            list: root.items_of("meshes"),
            quantized,
            variant_count,
            material_count: materials.len(),
            read: BTreeMap::new(),
            mirrored: BTreeMap::new(),
            merged: BTreeMap::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Mesh `index`; appends its primitives to `table` the first time.
    pub(super) fn read(
        &mut self,
        index: usize,
        accessors: &Accessors<'a>,
        table: &mut Vec<Mesh>,
    ) -> Rc<ReadMesh<'a>> {
        if let Some(read) = self.read.get(&index) {
            return Rc::clone(read);
        }
        let read = Rc::new(self.read_mesh(index, accessors, table));
        self.read.insert(index, Rc::clone(&read));
        read
    }

    fn read_mesh(
        &self,
        index: usize,
        accessors: &Accessors<'a>,
        table: &mut Vec<Mesh>,
    ) -> ReadMesh<'a> {
        let at = &self.list[index];
        extras::warn_misplaced(at, "mesh");
        let name = at.get("name").and_then(|name| name.text());
        let name = name.map_or(format!("mesh_{index}"), str::to_owned);
        let (mut pieces, mut flawed, mut had_triangles) = (Vec::new(), false, false);
        let Some(primitives) = at.require("primitives") else {
            flawed = true;
            return ReadMesh { pieces, flawed };
        };
        for primitive in primitives.items() {
            let mode = match mode(&primitive) {
                Ok(Some(mode)) => mode,
                Ok(None) => continue,
                Err(Flawed) => {
                    flawed = true;
                    continue;
                }
            };
            had_triangles = true;
            let Some(mesh) = self.read_primitive(&primitive, mode, &name, accessors) else {
                flawed = true;
                continue;
            };
            let Some((material, variants)) = self.read_materials(&primitive) else {
                flawed = true;
                continue;
            };
            if mesh.triangles.is_empty() {
                continue;
            }
            table.push(mesh);
            pieces.push(Piece {
                at: primitive,
                mesh: MeshId(table.len() as u32 - 1),
                material,
                variants,
            });
        }
        if pieces.is_empty() && !flawed && had_triangles {
            at.error(
                "a mesh without area: every triangle is degenerate",
                "at least one triangle with an area",
                "delete it, or apply the scale that flattens it",
            );
            flawed = true;
        }
        ReadMesh { pieces, flawed }
    }

    /// `None` where an error has been reported.
    fn read_primitive(
        &self,
        at: &At<'a>,
        mode: Mode,
        name: &str,
        accessors: &Accessors<'a>,
    ) -> Option<Mesh> {
        let attributes = at.require("attributes")?;
        let positions = self.positions(&attributes, accessors)?;
        let count = positions.len();
        let indices: Vec<u32> = match at.get("indices") {
            Some(reference) => {
                let indices = accessors.indices(&reference)?;
                if let Some(i) = indices.iter().position(|v| *v as usize >= count) {
                    let found = format!("index {} as number {i}", indices[i]);
                    let expected = format!("indices below {count}, the number of vertices");
                    reference.error(found, &expected, "");
                    return None;
                }
                indices
            }
            None => {
                accessors.charge(4 * count as u64, at)?;
                (0..count as u32).collect()
            }
        };
        // A strip has as many triangles as indices.
        accessors.charge(12 * indices.len() as u64, at)?;
        let mut triangles = topology::triangles(mode, &indices);
        topology::drop_degenerate(&positions, &mut triangles);

        let texcoord: &[Format] = if self.quantized { &QUANTIZED } else { &UNIT };
        let signed: &[Format] = if self.quantized { &SIGNED } else { &[FLOAT] };
        let uv = |key| match attribute::<2>(&attributes, key, texcoord, count, accessors)? {
            Some(uvs) => Some(uvs.into_iter().map(Vec2::from).collect()),
            None => Some(Vec::new()),
        };
        let mut mesh = Mesh {
            name: name.to_owned(),
            positions,
            normals: Vec::new(),
            tangents: Vec::new(),
            uvs: [uv("TEXCOORD_0")?, uv("TEXCOORD_1")?],
            colors: colors(&attributes, count, accessors)?,
            triangles,
        };
        let normals = attribute::<3>(&attributes, "NORMAL", signed, count, accessors)?;
        let tangents = attribute::<4>(&attributes, "TANGENT", signed, count, accessors)?;
        match normals {
            Some(normals) => {
                mesh.normals = normals.into_iter().map(|n| z_up(n.into())).collect();
                repair_normals(&attributes, &mut mesh);
                if let Some(tangents) = tangents {
                    mesh.tangents = tangents.into_iter().map(tangent_z_up).collect();
                    repair_tangents(&attributes, &mut mesh);
                }
            }
            None => {
                // Three vertices for each triangle, of at most 56 bytes each.
                accessors.charge(168 * mesh.triangles.len() as u64, at)?;
                topology::make_flat(&mut mesh);
            }
        }
        if at.get("targets").is_some() {
            at.warn(
                "morph targets, which are ignored",
                "a mesh without them",
                "",
            );
        }
        Some(mesh)
    }

    fn positions(&self, attributes: &At<'a>, accessors: &Accessors<'a>) -> Option<Vec<Vec3>> {
        let at = attributes.require("POSITION")?;
        let formats: &[Format] = if self.quantized { &QUANTIZED } else { &[FLOAT] };
        let positions = accessors.vectors::<3>(&at, formats)?;
        let far = |p: &[f32; 3]| p.iter().any(|c| f64::from(c.abs()) > MAX_COORDINATE);
        if let Some(i) = positions.iter().position(far) {
            at.error(
                format!("{:?} as position {i}", positions[i]),
                "numbers within ±1e6",
                "",
            );
            return None;
        }
        Some(positions.into_iter().map(|p| z_up(p.into())).collect())
    }

    /// The material, and those of the variants. `None` where an error has been reported.
    fn read_materials(&self, at: &At<'a>) -> Option<PieceMaterials> {
        let material = match at.get("material") {
            Some(at) => Some(at.index("materials", self.material_count)?),
            None => None,
        };
        let mut variants: BTreeMap<u32, usize> = BTreeMap::new();
        if let Some(extension) = at.extension("KHR_materials_variants") {
            for mapping in extension.require("mappings")?.items() {
                let material = mapping.require("material")?;
                let material = material.index("materials", self.material_count)?;
                for variant in mapping.require("variants")?.items() {
                    let table = "KHR_materials_variants.variants";
                    let index = variant.index(table, self.variant_count)?;
                    if variants.insert(index as u32, material).is_some() {
                        variant.wrong("one material for each variant");
                        return None;
                    }
                }
            }
        }
        Some((material, variants.into_iter().collect()))
    }

    /// The mirror image of `mesh` across its plane x = 0; made once.
    pub(super) fn mirrored(
        &mut self,
        mesh: MeshId,
        at: &At<'_>,
        accessors: &Accessors<'a>,
        table: &mut Vec<Mesh>,
    ) -> Option<MeshId> {
        if let Some(id) = self.mirrored.get(&mesh) {
            return Some(*id);
        }
        accessors.charge(bytes_of(&table[mesh.index()]), at)?;
        table.push(topology::mirrored(&table[mesh.index()]));
        let id = MeshId(table.len() as u32 - 1);
        self.mirrored.insert(mesh, id);
        Some(id)
    }

    /// All triangles of mesh `index` as one, for collision shapes; made once.
    pub(super) fn merged(
        &mut self,
        index: usize,
        accessors: &Accessors<'a>,
        table: &mut Vec<Mesh>,
    ) -> Option<MeshId> {
        if let Some(id) = self.merged.get(&index) {
            return Some(*id);
        }
        let read = self.read(index, accessors, table);
        let id = match read.pieces.as_slice() {
            [] => return None,
            [one] => one.mesh,
            many => {
                let parts: Vec<&Mesh> = many.iter().map(|p| &table[p.mesh.index()]).collect();
                let bytes = parts.iter().map(|m| bytes_of(m)).sum();
                accessors.charge(bytes, &self.list[index])?;
                let mesh = topology::merged(&parts);
                table.push(mesh);
                MeshId(table.len() as u32 - 1)
            }
        };
        self.merged.insert(index, id);
        Some(id)
    }

    /// The box around all positions of mesh `index`, whatever its primitives are.
    pub(super) fn bounds(&self, index: usize, accessors: &Accessors<'a>) -> Option<Bounds> {
        let mut bounds = Bounds::EMPTY;
        for primitive in self.list[index].require("primitives")?.items() {
            let attributes = primitive.require("attributes")?;
            let before = accessors.budget();
            for position in self.positions(&attributes, accessors)? {
                bounds.include(position);
            }
            accessors.refund(before);
        }
        (bounds.min.x <= bounds.max.x).then_some(bounds)
    }
}

fn bytes_of(mesh: &Mesh) -> u64 {
    let vertex = 24
        + 16 * usize::from(!mesh.tangents.is_empty())
        + 16 * usize::from(!mesh.uvs[0].is_empty() || !mesh.uvs[1].is_empty())
        + 16 * usize::from(!mesh.colors.is_empty());
    (vertex * mesh.positions.len() + 12 * mesh.triangles.len()) as u64
}

/// A primitive whose error has been reported.
struct Flawed;

/// `None` for points and lines, with a warning.
fn mode(primitive: &At<'_>) -> Result<Option<Mode>, Flawed> {
    let Some(at) = primitive.get("mode") else {
        return Ok(Some(Mode::Triangles));
    };
    match at.integer(u64::from(u16::MAX)).ok_or(Flawed)? {
        0..=3 => {
            at.warn("points or lines, which are not drawn", "triangles", "");
            Ok(None)
        }
        4 => Ok(Some(Mode::Triangles)),
        5 => Ok(Some(Mode::Strip)),
        6 => Ok(Some(Mode::Fan)),
        _ => {
            at.wrong("a mode of 0 … 6");
            Err(Flawed)
        }
    }
}

/// A vertex attribute: outer `None` where an error has been reported, inner `None` if absent.
#[allow(clippy::option_option)]
fn attribute<const N: usize>(
    attributes: &At<'_>,
    key: &str,
    formats: &[Format],
    count: usize,
    accessors: &Accessors<'_>,
) -> Option<Option<Vec<[f32; N]>>> {
    let Some(at) = attributes.get(key) else {
        return Some(None);
    };
    let vectors = accessors.vectors::<N>(&at, formats)?;
    check_count(&at, vectors.len(), count)?;
    Some(Some(vectors))
}

fn check_count(at: &At<'_>, found: usize, positions: usize) -> Option<()> {
    if found != positions {
        let expected = format!("{positions}, as many as positions");
        at.error(format!("{found} elements"), &expected, "");
    }
    (found == positions).then_some(())
}

/// COLOR_0 as RGBA; empty if absent.
fn colors(attributes: &At<'_>, count: usize, accessors: &Accessors<'_>) -> Option<Vec<Vec4>> {
    let Some(at) = attributes.get("COLOR_0") else {
        return Some(Vec::new());
    };
    let colors: Vec<Vec4> = if accessors.width(&at)? == 3 {
        let rgb = accessors.vectors::<3>(&at, &UNIT)?;
        rgb.into_iter().map(|c| Vec3::from(c).extend(1.0)).collect()
    } else {
        let rgba = accessors.vectors::<4>(&at, &UNIT)?;
        rgba.into_iter().map(Vec4::from).collect()
    };
    check_count(&at, colors.len(), count)?;
    Some(colors)
}

/// Makes normals unit. Exporters leave zeros at vertices that belong to no face; those that a
/// face does use get that face's normal, with a warning.
fn repair_normals(attributes: &At<'_>, mesh: &mut Mesh) {
    let mut zeros = 0;
    for t in &mesh.triangles {
        for i in t {
            let normal = &mut mesh.normals[*i as usize];
            if *normal == Vec3::ZERO {
                zeros += 1;
                *normal = topology::area_vector(&mesh.positions, *t)
                    .normalize()
                    .as_vec3();
            }
        }
    }
    for normal in &mut mesh.normals {
        *normal = normal.as_dvec3().normalize_or(glam::DVec3::Z).as_vec3();
    }
    if zeros > 0 {
        let found = format!("{zeros} normals of length 0; the faces' normals are used");
        attributes.warn(found, "unit normals", "");
    }
}

fn tangent_z_up([x, y, z, w]: [f32; 4]) -> Vec4 {
    z_up(Vec3::new(x, y, z)).extend(w)
}

/// Makes tangents unit. Where UVs are degenerate exporters leave zeros: any direction
/// perpendicular to the normal will do there.
fn repair_tangents(attributes: &At<'_>, mesh: &mut Mesh) {
    if mesh.tangents.iter().any(|t| t.w.abs() != 1.0) {
        let expected = "a handedness (w) of 1 or −1";
        let found = "tangents with another w; they are ignored";
        attributes.warn(found, expected, "");
        mesh.tangents = Vec::new();
    }
    for (tangent, normal) in mesh.tangents.iter_mut().zip(&mesh.normals) {
        let direction = tangent.truncate().as_dvec3();
        let any = normal.any_orthonormal_vector().as_dvec3();
        *tangent = direction.normalize_or(any).as_vec3().extend(tangent.w);
    }
}
