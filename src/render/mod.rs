//! Frame snapshots → image planes, on the CPU or a GPU.
//!
//! Visibility first: per pixel, which triangle of which surface of which instance. Colour and
//! every label read that one buffer.

mod brdf;
mod bsdf;
mod bvh;
mod coverage;
mod cpu;
mod emitters;
mod environment;
mod geometry;
pub mod gpu;
mod lanes;
mod latlong;
mod light;
mod material;
mod sequence;
mod surface;
mod texture;
mod triangle;

use std::sync::Arc;

use glam::{Mat3A, Vec3};

use self::cpu::ViewScene;
use self::geometry::{Geometry, MeshTree};
use self::latlong::Lobes;
use self::light::LightSet;
use self::material::RenderMaterial;
use self::texture::MipTexture;
use crate::base::camera::Projector;
use crate::base::frame::FrameSnapshot;
use crate::base::ids::InstanceId;
use crate::base::image::{PlaneSet, Planes};
use crate::base::light::Light;
use crate::base::tone;
use crate::scene::desc::SceneDesc;

pub use cpu::{PointCounts, Scratch, StageTimes};
pub use environment::{Environment, EnvironmentSample};
pub use sequence::{NextFrame, Sequence};

/// Long-lived scene memory: meshes with their trees, textures with their mip levels. Holds no
/// episode state; share it between threads by reference.
pub struct Renderer<'s> {
    scene: &'s SceneDesc,
    trees: Vec<MeshTree>,
    materials: Vec<Arc<RenderMaterial>>,
    textures: Vec<MipTexture>,
    environments: Vec<Arc<Lobes>>,
    albedos: brdf::Albedos,
}

/// One frame's instances in place: draw list and top-level tree. Built once a frame, read by
/// all its cameras.
pub struct Frame<'a> {
    renderer: &'a Renderer<'a>,
    snapshot: &'a FrameSnapshot,
    geometry: Geometry,
    lights: LightSet,
}

/// What to make of one view, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewOptions {
    pub planes: PlaneSet,
    /// Colour samples a pixel: in fast mode 1, 4 or 16, in reference mode the paths. Labels are
    /// always single-sample.
    pub samples: u32,
    pub mode: Mode,
    /// Of the frame's random numbers (reference mode); every camera has its own of them.
    pub seed: u32,
}

/// How colour is made. Labels are the same in both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// Direct light with shadows, glass as thin walls.
    Fast,
    /// Paths of light: refraction, soft shadows, interreflection.
    Reference(PathOptions),
}

/// How paths are traced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathOptions {
    /// Surfaces a path meets after the first one.
    pub bounces: u32,
    /// Whether light that glass focuses is followed exactly, which takes many more paths; else
    /// light goes straight through bodies of glass to what it shines on (their image is
    /// refracted in any case).
    pub caustics: bool,
    /// Whether what noise is left is filtered, guided by albedo, normal, depth and instance.
    pub denoise: bool,
}

impl Default for PathOptions {
    fn default() -> Self {
        Self {
            bounces: 12,
            caustics: false,
            denoise: true,
        }
    }
}

impl ViewOptions {
    /// Fast mode.
    pub fn fast(planes: PlaneSet, samples: u32) -> Self {
        Self {
            planes,
            samples,
            mode: Mode::Fast,
            seed: 0,
        }
    }
}

impl ViewOptions {
    /// With the seed of this camera of the frame.
    fn of_camera(&self, camera: usize) -> Self {
        let step = (camera as u32).wrapping_mul(0x9e37_79b9);
        Self {
            seed: self.seed.wrapping_add(step),
            ..*self
        }
    }
}

/// Who renders.
pub enum Executor {
    Cpu,
    Gpu(Box<gpu::GpuExecutor>),
}

impl Executor {
    /// `cpu`, or `gpu: ` and the adapter's name.
    pub fn name(&self) -> String {
        match self {
            Self::Cpu => "cpu".into(),
            Self::Gpu(gpu) => format!("gpu: {}", gpu.name()),
        }
    }

    /// How many of a frame's views are best asked for together.
    pub fn at_once(&self) -> usize {
        match self {
            Self::Cpu => 1,
            Self::Gpu(_) => usize::MAX,
        }
    }

    /// Views of these cameras of a frame.
    pub fn views(
        &self,
        frame: &Frame<'_>,
        cameras: &[usize],
        options: &ViewOptions,
        scratch: &mut Scratch,
    ) -> Vec<View> {
        match self {
            Self::Cpu => {
                let view = |&camera: &usize| frame.view(camera, options, scratch);
                cameras.iter().map(view).collect()
            }
            Self::Gpu(gpu) => gpu.views(frame, cameras, options, scratch),
        }
    }
}

/// One view of one frame.
#[derive(Clone, Debug, Default)]
pub struct View {
    pub planes: Planes,
    /// By instance id − 1; empty unless `PlaneSet::amodal`.
    pub coverage: Vec<Coverage>,
}

/// Where in the image an instance would be seen if nothing else were there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Pixels of the image whose centre ray meets the instance.
    pub amodal_px: u32,
    /// Their bounds; `None` if there are none.
    pub amodal_box: Option<PixelBox>,
}

/// Inclusive bounds in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelBox {
    pub x_min: u32,
    pub y_min: u32,
    pub x_max: u32,
    pub y_max: u32,
}

/// What stands between two points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occlusion {
    Clear,
    /// Only transparent surfaces; the nearest one's instance.
    ThroughGlass(InstanceId),
    /// The nearest opaque surface's instance.
    Blocked(InstanceId),
}

impl<'s> Renderer<'s> {
    /// Prepares a scene: builds a tree per mesh and mip levels per texture.
    pub fn new(scene: &'s SceneDesc) -> Self {
        Self {
            scene,
            trees: scene.meshes.iter().map(MeshTree::new).collect(),
            materials: scene
                .materials
                .iter()
                .map(|m| Arc::new(RenderMaterial::new(m)))
                .collect(),
            textures: scene.textures.iter().map(MipTexture::new).collect(),
            environments: scene
                .environments
                .iter()
                .map(|map| Arc::new(Lobes::of_map(map)))
                .collect(),
            albedos: brdf::Albedos::new(),
        }
    }

    /// Puts the instances of a snapshot in place.
    pub fn frame<'a>(&'a self, snapshot: &'a FrameSnapshot) -> Frame<'a> {
        Frame {
            renderer: self,
            snapshot,
            geometry: Geometry::new(self.scene, &self.trees, &self.materials, snapshot),
            lights: LightSet::new(&snapshot.lights, self.environment(&snapshot.lights)),
        }
    }
}

impl Renderer<'_> {
    /// What shines from all around among these lights.
    pub fn environment(&self, lights: &[Light]) -> Environment {
        Environment::new(lights, &self.environments)
    }
}

impl Frame<'_> {
    /// Renders the view of `snapshot.cameras[camera]`.
    pub fn view(&self, camera: usize, options: &ViewOptions, scratch: &mut Scratch) -> View {
        let options = options.of_camera(camera);
        cpu::render(&self.seen_by(camera), &options, scratch, None)
    }

    fn seen_by(&self, camera: usize) -> ViewScene<'_> {
        let camera = &self.snapshot.cameras[camera];
        ViewScene {
            scene: self.renderer.scene,
            trees: &self.renderer.trees,
            textures: &self.renderer.textures,
            albedos: &self.renderer.albedos,
            geometry: &self.geometry,
            lights: &self.lights,
            snapshot: self.snapshot,
            camera,
            projector: Projector::new(camera.intrinsics, camera.lens),
            world_from_camera: Mat3A::from_quat(camera.world_from_camera.rotation),
            gains: tone::gains(camera),
        }
    }

    /// What stands between `from` and `to` (world, metres), ignoring surfaces within `margin_m`
    /// of `to`. Single-sided surfaces seen from behind do not count, as in a picture.
    pub fn occlusion(&self, from: Vec3, to: Vec3, margin_m: f32) -> Occlusion {
        let world = cpu::World {
            meshes: &self.renderer.scene.meshes,
            trees: &self.renderer.trees,
            textures: &self.renderer.textures,
            geometry: &self.geometry,
        };
        cpu::occlusion(world, from, to, margin_m)
    }
}
