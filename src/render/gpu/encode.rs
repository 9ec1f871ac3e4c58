//! One frame and one view as the shaders read them. Owns what it holds, so that it can wait in a
//! queue while its frame is gone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use glam::{Affine3A, DVec2, Quat, Vec3};

use super::lights::{encode_emitters, encode_layers, encode_lights};
use super::paths::EncodedPaths;
use super::upload::{self, MeshPlace, NONE};
use crate::base::camera::{CameraSpec, Lens, Projector};
use crate::base::image::PlaneSet;
use crate::base::pose::Pose;
use crate::base::tone;
use crate::render::cpu::sample_grid;
use crate::render::geometry::{Draw, Geometry};
use crate::render::material::{Opacity, RenderMaterial};
use crate::render::texture::transform_uv;
use crate::render::{Frame, Mode, ViewOptions};
use crate::scene::desc::SceneDesc;
use crate::scene::material::{AlphaMode, TextureRef};

/// Four words as WGSL's `vec4u`.
pub type Vector = [u32; 4];

/// Vectors of a draw; see `rays.wgsl`.
pub const DRAW_SIZE: usize = 16;
/// Vectors of a material; see `material.wgsl`.
const MATERIAL_SIZE: usize = 17;
/// Vectors of a view; see [`EncodedView::record`].
pub const VIEW_SIZE: usize = 23;
/// Of those, the first that only paths read.
pub const VIEW_PATHS: usize = 17;

/// A frame's draws, changed materials, lights and top-level tree.
pub struct EncodedFrame {
    /// The top-level tree; empty if nothing is in the world.
    pub top: Vec<Vector>,
    /// Of the scene, the same for all its frames.
    pub materials: Arc<Vec<Vector>>,
    /// Draws, then this frame's own materials, then lights. A draw's material is a place among
    /// the scene's ones, or with the highest bit set a place in here.
    body: Vec<Vector>,
    draws: usize,
    lights: u32,
    deltas: u32,
    pub rects: u32,
    pub instances: u32,
    /// Stack entries that a walk through the top-level tree needs.
    pub stack: u32,
    stochastic: bool,
    ambient: [Vector; 2],
    /// In the body: the layers of light from all around.
    environment: u32,
    /// Made when the first view by paths asks for it.
    emitters: OnceLock<Arc<Vec<Vector>>>,
}

/// A camera's rays, by sample or corner of pixels: direction in the camera frame, then 1, or 0 where
/// it sees nothing.
pub struct RayTable {
    pub rays: Vec<Vector>,
    /// How many see something.
    pub seeing: u64,
}

/// A view without the places of its frame and its planes.
pub struct EncodedView {
    record: [Vector; VIEW_SIZE],
    pub width: u32,
    pub height: u32,
    /// Made by the passes.
    pub planes: PlaneSet,
    /// Handed out; what paths make of colour comes from their sums.
    pub wanted: PlaneSet,
    /// In reference mode.
    pub paths: Option<Arc<EncodedPaths>>,
    /// Samples a pixel's side.
    pub side: u32,
    /// For lenses that bend rays: at pixel centres, and of the colour samples if there are more, or at
    /// the pixels' corners for paths.
    pub rays: [Option<Arc<RayTable>>; 2],
}

/// One view to be rendered.
#[derive(Clone)]
pub struct ViewJob {
    pub frame: Arc<EncodedFrame>,
    pub view: Arc<EncodedView>,
}

/// Three numbers and a fourth.
pub fn vector(v: Vec3, w: f32) -> Vector {
    [v.x, v.y, v.z, w].map(f32::to_bits)
}

/// x, y, z, w.
pub fn quaternion(q: Quat) -> Vector {
    q.to_array().map(f32::to_bits)
}

fn rows(m: &Affine3A) -> [Vector; 3] {
    let (a, t) = (m.matrix3.transpose(), m.translation);
    [
        vector(a.x_axis.into(), t.x),
        vector(a.y_axis.into(), t.y),
        vector(a.z_axis.into(), t.z),
    ]
}

/// Turns frames and views into words; knows the scene, but no device.
pub struct Encoder {
    meshes: Vec<MeshPlace>,
    materials: Arc<Vec<Vector>>,
    panoramas: Vec<Vec<[u32; 3]>>,
    tables: Mutex<HashMap<TableKey, Arc<RayTable>>>,
}

/// Instead of samples a pixel's side: a table of the corners of pixels.
const CORNERS: u32 = 0;

/// Bits of intrinsics and lens, and samples a pixel's side or [`CORNERS`].
type TableKey = ([u64; 12], u32);

/// Lens ray tables kept.
const TABLES: usize = 32;

/// Marks a material of the frame's own.
const OWN: u32 = 1 << 31;

impl Encoder {
    /// Of a scene whose meshes are at `meshes` and the levels of its panoramas at `panoramas`.
    pub fn new(scene: &SceneDesc, meshes: Vec<MeshPlace>, panoramas: Vec<Vec<[u32; 3]>>) -> Self {
        let materials = scene.materials.iter().map(RenderMaterial::new);
        Self {
            meshes,
            panoramas,
            materials: Arc::new(materials.flat_map(|m| material_record(&m)).collect()),
            tables: Mutex::default(),
        }
    }

    /// A frame of this scene.
    pub fn frame(&self, frame: &Frame<'_>) -> Arc<EncodedFrame> {
        Arc::new(EncodedFrame::new(frame, self))
    }

    /// A view of an encoded frame.
    pub fn job(
        &self,
        frame: &Frame<'_>,
        encoded: &Arc<EncodedFrame>,
        camera: usize,
        options: &ViewOptions,
    ) -> ViewJob {
        let color = options.planes.color || options.planes.radiance;
        let paths = match options.mode {
            Mode::Reference(paths) if color => Some(Arc::new(EncodedPaths::new(
                self,
                frame,
                encoded,
                camera,
                &options.of_camera(camera),
                &paths,
            ))),
            Mode::Reference(_) | Mode::Fast => None,
        };
        let color = color && paths.is_none();
        let camera = &frame.snapshot.cameras[camera];
        let mut rays = [None, None];
        if camera.lens != Lens::Pinhole {
            let side = sample_grid(options.samples) as u32;
            rays[0] = Some(self.table(camera, 1));
            if paths.is_some() {
                rays[1] = Some(self.table(camera, CORNERS));
            } else if color && side > 1 {
                rays[1] = Some(self.table(camera, side));
            }
        }
        ViewJob {
            frame: encoded.clone(),
            view: Arc::new(EncodedView::new(encoded, camera, options, paths, rays)),
        }
    }

    fn table(&self, camera: &CameraSpec, side: u32) -> Arc<RayTable> {
        let k = &camera.intrinsics;
        let (kind, c) = match camera.lens {
            Lens::Pinhole => (0, [0.0; 5]),
            Lens::BrownConrady { k1, k2, p1, p2, k3 } => (1, [k1, k2, p1, p2, k3]),
            Lens::Fisheye { k1, k2, k3, k4 } => (2, [k1, k2, k3, k4, 0.0]),
        };
        let [a, b, c, d, e] = c.map(f64::to_bits);
        let [fx, fy, cx, cy] = [k.fx_px, k.fy_px, k.cx_px, k.cy_px].map(f64::to_bits);
        let (width, height) = (u64::from(k.width_px), u64::from(k.height_px));
        let key = ([width, height, fx, fy, cx, cy, kind, a, b, c, d, e], side);
        let tables = || self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = tables().get(&key) {
            return table.clone();
        }
        let table = Arc::new(RayTable::new(camera, side));
        let mut tables = tables();
        if tables.len() >= TABLES {
            tables.clear();
        }
        tables.insert(key, table.clone());
        table
    }
}

impl EncodedFrame {
    fn new(frame: &Frame<'_>, encoder: &Encoder) -> Self {
        let geometry = &frame.geometry;
        let draws = geometry.draws.len();
        let mut body = draw_records(frame, geometry, encoder);
        let of_scene = encoder.materials.len() / MATERIAL_SIZE;
        for material in &geometry.materials[of_scene..] {
            body.extend(material_record(material));
        }
        let lights = body.len() as u32;
        encode_lights(&frame.lights, &mut body);
        let environment = body.len() as u32;
        encode_layers(frame, &encoder.panoramas, &mut body);
        let (sky_nits, ground_nits, reach_m) = frame.lights.environment.ambient();
        let (top, stack) = top_level(geometry);
        Self {
            top,
            materials: encoder.materials.clone(),
            body,
            draws,
            lights,
            deltas: frame.lights.deltas.len() as u32,
            rects: frame.lights.rects.len() as u32,
            instances: frame.snapshot.instances.len() as u32,
            stack,
            stochastic: frame.lights.sampled(),
            ambient: [vector(sky_nits, reach_m), vector(ground_nits, 0.0)],
            environment,
            emitters: OnceLock::new(),
        }
    }

    /// Appends the body to a batch that has the scene's materials at `materials`; draws then
    /// refer to their materials by the place in the batch.
    pub fn append_to(&self, batch: &mut Vec<Vector>, materials: u32) -> u32 {
        let at = batch.len();
        batch.extend_from_slice(&self.body);
        let draws = &mut batch[at..at + self.draws * DRAW_SIZE];
        place_draws(draws, materials, at as u32);
        at as u32
    }

    /// What paths choose lights by.
    pub fn emitters(&self, frame: &Frame<'_>) -> Arc<Vec<Vector>> {
        let emitters = self.emitters.get_or_init(|| encode_emitters(frame).into());
        emitters.clone()
    }
}

/// Makes draws refer to their materials by the place in the batch: the scene's ones are at
/// `materials`, the frame's body at `frame`.
pub fn place_draws(draws: &mut [Vector], materials: u32, frame: u32) {
    for draw in draws.chunks_exact_mut(DRAW_SIZE) {
        let material = draw[0][3];
        draw[0][3] = if material & OWN == 0 {
            material + materials
        } else {
            (material & !OWN) + frame
        };
    }
}

/// The draws of a frame at any moment.
pub fn draw_records(frame: &Frame<'_>, geometry: &Geometry, encoder: &Encoder) -> Vec<Vector> {
    let draws = geometry.draws.iter();
    draws
        .flat_map(|draw| draw_record(frame, draw, encoder))
        .collect()
}

/// The tree over them, and the stack entries that it needs.
pub fn top_level(geometry: &Geometry) -> (Vec<Vector>, u32) {
    let bvh = &geometry.tree();
    let leaf_draw = |child: u32| 1 << 31 | bvh.order[(child & 0x0fff_ffff) as usize];
    let nodes = upload::packed_nodes(bvh, leaf_draw).collect();
    (nodes, upload::stack_need(bvh))
}

fn draw_record(frame: &Frame<'_>, draw: &Draw, encoder: &Encoder) -> [Vector; DRAW_SIZE] {
    let place = &encoder.meshes[draw.mesh.index()];
    let (draws, material) = (frame.geometry.draws.len(), draw.material as usize);
    let material = match material.checked_sub(encoder.materials.len() / MATERIAL_SIZE) {
        Some(own) => OWN | (draws * DRAW_SIZE + own * MATERIAL_SIZE) as u32,
        None => (material * MATERIAL_SIZE) as u32,
    };
    let opacity = match draw.opacity {
        Opacity::Opaque => 0,
        Opacity::Cutout => 1,
        Opacity::Blend => 2,
        Opacity::Transmissive => 3,
    };
    let flags = opacity
        | u32::from(draw.double_sided) << 2
        | u32::from(draw.mirrored) << 3
        | u32::from(draw.interior.is_some()) << 4;
    let interior = draw
        .interior
        .map_or([0; 4], |body| vector(body.absorption, body.ior));
    let [w0, w1, w2] = rows(&draw.world_from_mesh);
    let [m0, m1, m2] = rows(&draw.mesh_from_world);
    let [o0, o1, o2] = rows(&draw.object_from_mesh);
    let index = draw.instance.object_index().unwrap_or_default();
    let instance = &frame.snapshot.instances[index];
    let bounds = frame.renderer.scene.objects[instance.object.index()].bounds;
    let next = &instance.world_from_instance_next;
    [
        [
            draw.instance.0,
            u32::from(draw.class) | u32::from(draw.part.0 as u16) << 16,
            place.words,
            material,
        ],
        [flags, place.nodes, place.corners, 0],
        w0,
        w1,
        w2,
        m0,
        m1,
        m2,
        o0,
        o1,
        o2,
        vector(bounds.min, 0.0),
        vector(bounds.size(), 0.0),
        quaternion(next.rotation),
        vector(next.translation_m, 0.0),
        interior,
    ]
}

fn material_record(material: &RenderMaterial) -> [Vector; MATERIAL_SIZE] {
    let m = material.source();
    let cutoff = match m.alpha {
        AlphaMode::Mask(cutoff) => cutoff,
        AlphaMode::Opaque | AlphaMode::Blend => 0.0,
    };
    let flags = u32::from(m.alpha == AlphaMode::Blend) | u32::from(material.unlit) << 1;
    let mut record = [[0; 4]; MATERIAL_SIZE];
    record[0] = m.base_color.map(f32::to_bits);
    record[1] = [
        m.metallic,
        m.roughness,
        m.normal_scale,
        m.occlusion_strength,
    ]
    .map(f32::to_bits);
    record[2] = vector(Vec3::from(m.emissive_nits), cutoff);
    record[3] = [m.transmission.to_bits(), m.ior.to_bits(), flags, 0];
    record[4] = vector(material.volume_tint, 0.0);
    let slots = [
        &m.base_color_texture,
        &m.metallic_roughness_texture,
        &m.normal_texture,
        &m.occlusion_texture,
        &m.emissive_texture,
        &m.transmission_texture,
    ];
    for (slot, map) in record[5..].chunks_exact_mut(2).zip(slots) {
        let [a, b] = slot_record(map.as_ref());
        (slot[0], slot[1]) = (a, b);
    }
    record
}

fn slot_record(map: Option<&TextureRef>) -> [Vector; 2] {
    let Some(map) = map else {
        return [[NONE; 4], [0; 4]];
    };
    // The transform is linear: what it does to 0 and to the axes is all of it.
    let at = |u: f32, v: f32| transform_uv(map, glam::Vec2::new(u, v));
    let (origin, u, v) = (at(0.0, 0.0), at(1.0, 0.0), at(0.0, 1.0));
    let (du, dv) = (u - origin, v - origin);
    let texture = map.texture.0 | u32::from(map.uv_set == 1) << 31;
    let area = (map.scale[0] * map.scale[1]).abs();
    [
        [
            texture,
            area.to_bits(),
            origin.x.to_bits(),
            origin.y.to_bits(),
        ],
        [du.x, dv.x, du.y, dv.y].map(f32::to_bits),
    ]
}

impl RayTable {
    /// Of every sample of the camera's image, `side` samples a pixel's side, or of every corner of
    /// its pixels ([`CORNERS`]).
    fn new(camera: &CameraSpec, side: u32) -> Self {
        let k = &camera.intrinsics;
        let projector = Projector::new(*k, camera.lens);
        let mut seeing = 0;
        let (columns, rows, scale, first) = if side == CORNERS {
            (k.width_px + 1, k.height_px + 1, 1.0, 0.0)
        } else {
            let (columns, rows) = (k.width_px * side, k.height_px * side);
            (columns, rows, f64::from(side), 0.5)
        };
        let ray = |x: u32, y: u32| {
            let at = DVec2::new(f64::from(x), f64::from(y));
            let at = (at + first) / scale;
            projector
                .unproject(at)
                .map_or([0; 4], |direction| vector(direction.as_vec3(), 1.0))
        };
        let mut rays = Vec::new();
        for y in 0..rows {
            for x in 0..columns {
                let ray = ray(x, y);
                seeing += u64::from(ray[3] != 0);
                rays.push(ray);
            }
        }
        Self { rays, seeing }
    }
}

impl EncodedView {
    /// Of a camera; `rays` has its rays if the lens is no pinhole.
    pub fn new(
        frame: &EncodedFrame,
        camera: &CameraSpec,
        options: &ViewOptions,
        paths: Option<Arc<EncodedPaths>>,
        rays: [Option<Arc<RayTable>>; 2],
    ) -> Self {
        let wanted = options.planes;
        let planes = match &paths {
            Some(paths) => PlaneSet {
                color: false,
                radiance: false,
                // The denoiser keeps instances apart.
                instance: wanted.instance || paths.denoise,
                ..wanted
            },
            None => wanted,
        };
        let k = &camera.intrinsics;
        let mut record = [[0; 4]; VIEW_SIZE];
        let f = |v: f64| (v as f32).to_bits();
        let limit = Projector::new(*k, camera.lens).limit();
        let (lens, four, fifth) = match camera.lens {
            Lens::Pinhole => (0, [0.0; 4], 0.0),
            Lens::BrownConrady { k1, k2, p1, p2, k3 } => (1, [k1, k2, p1, p2], k3),
            Lens::Fisheye { k1, k2, k3, k4 } => (2, [k1, k2, k3, k4], 0.0),
        };
        record[0] = [k.width_px, k.height_px, lens, 0];
        record[2] = [frame.deltas, frame.rects, 0, 0];
        let pose: &Pose = &camera.world_from_camera;
        record[3] = quaternion(pose.rotation);
        record[4] = vector(pose.translation_m, (1.0 / k.fx_px) as f32);
        record[5] = [k.fx_px, k.fy_px, k.cx_px, k.cy_px].map(f);
        record[6] = four.map(f);
        record[7] = [f(fifth), f(limit.min(1e30)), 0, 0];
        let next = camera.world_from_camera_next.inverse();
        record[8] = quaternion(next.rotation);
        record[9] = vector(next.translation_m, 0.0);
        record[10] = vector(tone::gains(camera), f32::from(u8::from(frame.stochastic)));
        record[11] = frame.ambient[0];
        record[12] = frame.ambient[1];
        record[13] = [wanted_bits(&planes), 0, frame.instances, 0];
        if let Some(paths) = &paths {
            record[VIEW_PATHS..].copy_from_slice(&paths.record);
        }
        let color = planes.color || planes.radiance;
        let side = if color {
            sample_grid(options.samples) as u32
        } else {
            1
        };
        Self {
            record,
            width: k.width_px,
            height: k.height_px,
            planes,
            wanted,
            paths,
            side,
            rays,
        }
    }

    /// The record: 0 size, lens; 1 top-level tree, draws, lights, light from all around; 2 numbers of lights, ray
    /// tables; 3 rotation; 4 position, angle of a pixel; 5 focal lengths, centre; 6, 7 lens, its
    /// limit; 8, 9 next camera from world; 10 gains, whether light is sampled; 11, 12 ambient
    /// light; 13 wanted planes, amodal counters; 14–16 planes; 17–22 see [`EncodedPaths::record`].
    pub fn record(&self, frame: &EncodedFrame, place: &ViewPlace) -> [Vector; VIEW_SIZE] {
        let mut record = self.record;
        record[1] = [
            place.top,
            place.frame,
            place.frame + frame.lights,
            place.frame + frame.environment,
        ];
        record[2][2] = place.rays[0];
        record[2][3] = place.rays[1];
        record[13][1] = place.coverage;
        record[14] = place.planes[0];
        record[15] = place.planes[1];
        record[16] = place.planes[2];
        if self.paths.is_some() {
            let [moments, count, emitters, sums] = place.paths;
            record[VIEW_PATHS][3] = sums;
            record[VIEW_PATHS + 1] = [moments, count, emitters, 0];
        }
        record
    }
}

/// Where a view's things are in this batch.
#[derive(Clone, Copy, Debug, Default)]
pub struct ViewPlace {
    pub top: u32,
    pub frame: u32,
    pub rays: [u32; 2],
    pub coverage: u32,
    pub planes: [Vector; 3],
    /// Of paths: moments, their number, emitters, sums.
    pub paths: Vector,
}

/// As the constants of `bindings.wgsl`.
fn wanted_bits(planes: &PlaneSet) -> u32 {
    let bits = [
        planes.color,
        planes.radiance,
        planes.z_depth,
        planes.instance,
        planes.class || planes.part,
        planes.normal,
        planes.object_coords,
        planes.flow,
        planes.albedo,
        planes.behind,
    ];
    let bits = bits.iter().enumerate();
    bits.map(|(i, &wanted)| u32::from(wanted) << i).sum()
}
