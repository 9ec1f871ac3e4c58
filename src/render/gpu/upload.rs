//! Scene memory on the GPU, made once: trees, triangles, vertices, textures, tables.

use glam::{Vec2, Vec3, Vec4};

use super::{GpuDevice, GpuError};
use crate::base::{color, tone};
use crate::render::Renderer;
use crate::render::bsdf::INTERFACE_ALBEDOS;
use crate::render::bvh::Bvh;
use crate::render::cpu::sample_points;
use crate::render::geometry::MeshTree;
use crate::render::latlong::Lobes;
use crate::render::texture::MipTexture;
use crate::scene::material::{Texture, Wrap};
use crate::scene::mesh::Mesh;

/// No node, no texture, no draw.
pub const NONE: u32 = u32::MAX;
/// Vectors of four words a node.
pub const NODE_SIZE: u32 = 4;

/// What the shaders are told of places in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    pub albedos: u32,
    pub srgb: u32,
    pub samples: u32,
    pub encode: u32,
    pub textures: u32,
    /// Room for the table that only paths read.
    pub interfaces: u32,
}

/// Where one mesh is.
#[derive(Clone, Copy, Debug)]
pub struct MeshPlace {
    /// Of its record in the words.
    pub words: u32,
    /// First node, in vectors; [`NONE`] if it has no triangles.
    pub nodes: u32,
    /// First corner, in vectors.
    pub corners: u32,
}

/// The scene's data as it goes into buffers.
#[derive(Default)]
pub struct SceneData {
    pub nodes: Vec<[u32; 4]>,
    pub corners: Vec<[u32; 4]>,
    pub words: Vec<u32>,
    pub texels: Vec<u32>,
    pub meshes: Vec<MeshPlace>,
    /// Of each panorama, by level: first word among the texels, width, height.
    pub panoramas: Vec<Vec<[u32; 3]>>,
    /// Most stack entries that a walk through any one mesh's tree needs.
    pub stack: u32,
}

impl SceneData {
    /// Lays out everything that does not change.
    pub fn new(renderer: &Renderer<'_>) -> (Self, Places) {
        let mut data = Self::default();
        let albedos = data.table(renderer.albedos.table().as_flattened());
        let srgb: Vec<f32> = (0..=255)
            .map(|i| color::linear_from_srgb(i as f32 / 255.0))
            .collect();
        let srgb = data.table(&srgb);
        let samples = data.table(&sample_table());
        let encode = data.words.len() as u32;
        data.words.extend(encode_table());
        // All that shaders know the places of comes first, so that every scene has the same shaders:
        // drivers keep those that they have compiled.
        let interfaces = data.words.len() as u32;
        data.words
            .resize(interfaces as usize + INTERFACE_ALBEDOS, 0);
        let textures = data.words.len() as u32;
        let count = renderer.textures.len();
        data.words.resize(data.words.len() + 4 * count, 0);
        for (mesh, tree) in renderer.scene.meshes.iter().zip(&renderer.trees) {
            data.mesh(mesh, tree);
        }
        let sources = renderer.textures.iter().zip(&renderer.scene.textures);
        let headers: Vec<[u32; 4]> = sources.map(|(t, source)| data.texture(t, source)).collect();
        for lobes in &renderer.environments {
            let levels = data.panorama(lobes);
            data.panoramas.push(levels);
        }
        let at = textures as usize;
        data.words[at..at + 4 * headers.len()].copy_from_slice(headers.as_flattened());
        let places = Places {
            albedos,
            srgb,
            samples,
            encode,
            textures,
            interfaces,
        };
        (data, places)
    }

    /// Bytes of (nodes, corners, words, texels).
    pub fn sizes(&self) -> [u64; 4] {
        let words = [
            self.nodes.len() * 4,
            self.corners.len() * 4,
            self.words.len(),
            self.texels.len(),
        ];
        words.map(|n| 4 * n as u64)
    }

    /// Refuses a scene that does not fit the adapter.
    pub fn check(&self, device: &GpuDevice) -> Result<(), GpuError> {
        let [nodes, corners, words, texels] = self.sizes();
        device.fits("the scene's tree nodes", nodes)?;
        device.fits("the scene's triangles", corners)?;
        device.fits("the scene's vertices", words)?;
        device.fits("the scene's textures and panoramas", texels)
    }

    fn table(&mut self, numbers: &[f32]) -> u32 {
        let at = self.words.len() as u32;
        self.words.extend(numbers.iter().map(|v| v.to_bits()));
        at
    }

    fn mesh(&mut self, mesh: &Mesh, tree: &MeshTree) {
        let optional = |data: &mut Self, numbers: Vec<f32>| {
            if numbers.is_empty() {
                0
            } else {
                data.table(&numbers)
            }
        };
        let triangles = self.words.len() as u32;
        self.words.extend_from_slice(mesh.triangles.as_flattened());
        let positions = self.table(&numbers(&mesh.positions, Vec3::to_array));
        let normals = self.table(&numbers(&mesh.normals, Vec3::to_array));
        let tangents = optional(self, numbers(&mesh.tangents, Vec4::to_array));
        let [uv0, uv1] = [0, 1].map(|set| optional(self, numbers(&mesh.uvs[set], Vec2::to_array)));
        let colors = optional(self, numbers(&mesh.colors, Vec4::to_array));
        let words = self.words.len() as u32;
        self.words
            .extend([triangles, positions, normals, tangents, uv0, uv1, colors, 0]);

        let corners = self.corners.len() as u32;
        for &triangle in &tree.bvh().order {
            let points = match mesh.triangles.get(triangle as usize) {
                Some(t) if triangle != Bvh::PADDING => t.map(|i| mesh.positions[i as usize]),
                _ => [Vec3::ZERO; 3],
            };
            for p in points {
                let [x, y, z] = p.to_array().map(f32::to_bits);
                self.corners.push([x, y, z, triangle]);
            }
        }
        let nodes = if tree.bvh().nodes().len() == 0 {
            NONE
        } else {
            self.nodes.len() as u32
        };
        self.nodes.extend(packed_nodes(tree.bvh(), |leaf| leaf));
        self.stack = self.stack.max(stack_need(tree.bvh()));
        self.meshes.push(MeshPlace {
            words,
            nodes,
            corners,
        });
    }

    fn panorama(&mut self, lobes: &Lobes) -> Vec<[u32; 3]> {
        let level = |(width, height, rgb): (usize, usize, &[[f32; 3]])| {
            let start = self.texels.len() as u32;
            let numbers = rgb.as_flattened().iter();
            self.texels.extend(numbers.map(|v| v.to_bits()));
            [start, width as u32, height as u32]
        };
        lobes.levels().map(level).collect()
    }

    fn texture(&mut self, texture: &MipTexture, source: &Texture) -> [u32; 4] {
        let levels = self.words.len() as u32;
        for (width, height, rgba) in texture.levels() {
            let start = self.texels.len() as u32;
            self.words.extend([start, width as u32, height as u32]);
            self.texels
                .extend(rgba.iter().map(|&texel| u32::from_le_bytes(texel)));
        }
        let wrap = |w| match w {
            Wrap::Repeat => 0,
            Wrap::ClampToEdge => 1,
            Wrap::MirroredRepeat => 2,
        };
        let flags = texture.levels().len() as u32
            | wrap(source.wrap_u) << 8
            | wrap(source.wrap_v) << 10
            | u32::from(source.srgb) << 12;
        [flags, levels, source.width_px, source.height_px]
    }
}

fn numbers<T: Copy, const N: usize>(values: &[T], of: fn(&T) -> [f32; N]) -> Vec<f32> {
    values.iter().flat_map(of).collect()
}

/// Per pixel of the 4×4 block and sample: the point, then its direction about +Z by the cosine.
fn sample_table() -> Vec<f32> {
    let mut table = Vec::new();
    for (y, x) in (0..4).flat_map(|y| (0..4).map(move |x| (y, x))) {
        for &[u, v, w] in sample_points(x, y) {
            let (radius, phi) = (u.sqrt(), std::f32::consts::TAU * v);
            let disk = [radius * libm::cosf(phi), radius * libm::sinf(phi)];
            table.extend([u, v, w, disk[0], disk[1], (1.0 - u).max(0.0).sqrt()]);
        }
    }
    table
}

/// The table of [`tone::encode`], four bytes a word.
fn encode_table() -> impl Iterator<Item = u32> {
    let byte = |i: u32| tone::encode(Vec3::splat(i as f32 / 65_535.0))[0];
    (0..65_536 / 4).map(move |word| u32::from_le_bytes([0, 1, 2, 3].map(|k| byte(4 * word + k))))
}

/// Nodes of a tree as the shaders read them, the children's boxes as bytes within their common
/// box, rounded outwards: what a walk reads is what it costs. `leaf` turns a leaf's word into
/// another.
pub fn packed_nodes(bvh: &Bvh, leaf: impl Fn(u32) -> u32) -> impl Iterator<Item = [u32; 4]> {
    bvh.nodes().flat_map(move |(boxes, children)| {
        let mut vectors = [[0; 4]; NODE_SIZE as usize];
        let present = || (0..4).filter(|&lane| children[lane] != NONE);
        for axis in 0..3 {
            let (min, max) = (&boxes[axis], &boxes[axis + 3]);
            let low = present().fold(f32::INFINITY, |v, lane| v.min(min[lane]));
            let high = present().fold(f32::NEG_INFINITY, |v, lane| v.max(max[lane]));
            // Room around it for rounding, here and in the shader.
            let room = 1e-4 * (high - low) + 1e-6 * low.abs().max(high.abs()) + 1e-30;
            let (origin, extent) = (low - room, high - low + 2.0 * room);
            let step = |v: f32| (v - origin) / extent * 255.0;
            let lanes = std::array::from_fn(|lane| {
                if children[lane] == NONE {
                    return [0, 0];
                }
                let (low, high) = (
                    (step(min[lane]) - 0.01).floor(),
                    (step(max[lane]) + 0.01).ceil(),
                );
                [low, high].map(|v| v.clamp(0.0, 255.0) as u8)
            });
            vectors[0][axis] = origin.to_bits();
            vectors[1][axis] = extent.to_bits();
            vectors[2][axis] = u32::from_le_bytes(lanes.map(|l: [u8; 2]| l[0]));
            vectors[3][axis] = u32::from_le_bytes(lanes.map(|l| l[1]));
        }
        for (vector, child) in vectors.iter_mut().zip(children) {
            vector[3] = if child != NONE && is_leaf(child) {
                leaf(child)
            } else {
                child
            };
        }
        vectors
    })
}

fn is_leaf(child: u32) -> bool {
    child >> 31 == 1
}

/// Most entries that wait at once on a walk that takes one child and stacks the others.
pub fn stack_need(bvh: &Bvh) -> u32 {
    let children: Vec<[u32; 4]> = bvh.nodes().map(|(_, children)| children).collect();
    // Children come after their parents.
    let mut need = vec![0; children.len()];
    for (i, four) in children.iter().enumerate().rev() {
        let present = four.iter().filter(|&&c| c != NONE);
        let waiting = (present.clone().count() as u32).saturating_sub(1);
        let below = present.filter(|&&c| !is_leaf(c));
        let deepest = below.map(|&c| need[c as usize]).max().unwrap_or(0);
        need[i] = waiting + deepest;
    }
    need.first().copied().unwrap_or(0)
}
