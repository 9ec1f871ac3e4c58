//! Snapshots and views without physics.

use benchside::base::camera::{CameraSpec, Intrinsics, Lens};
use benchside::base::frame::{FrameSnapshot, InstanceSnapshot};
use benchside::base::ids::InstanceId;
use benchside::base::image::PlaneSet;
use benchside::episode::spec::EpisodeSpec;
use benchside::render::{Renderer, Scratch, View, ViewOptions};
use benchside::scene::desc::SceneDesc;

/// One lens of each kind, mild enough for a field of view of 50°.
pub const LENSES: [Lens; 3] = [
    Lens::Pinhole,
    Lens::BrownConrady {
        k1: -0.25,
        k2: 0.08,
        p1: 0.002,
        p2: -0.003,
        k3: -0.01,
    },
    Lens::Fisheye {
        k1: -0.02,
        k2: 0.004,
        k3: 0.0,
        k4: 0.0,
    },
];

/// No distortion, but traced by rays: the lens is not [`Lens::Pinhole`] to the renderer.
pub const RAY_PINHOLE: Lens = Lens::BrownConrady {
    k1: 0.0,
    k2: 0.0,
    p1: 0.0,
    p2: 0.0,
    k3: 0.0,
};

/// The start of an episode, nothing moving, through these cameras.
pub fn still(spec: &EpisodeSpec, cameras: Vec<CameraSpec>) -> FrameSnapshot {
    let instances = spec
        .objects
        .iter()
        .enumerate()
        .map(|(i, object)| InstanceSnapshot {
            id: InstanceId::of_index(i),
            object: object.object,
            class: object.class,
            world_from_instance: object.world_from_object,
            world_from_instance_next: object.world_from_object,
            looks: object.looks.clone(),
            fillings: None,
        });
    FrameSnapshot {
        time_secs: 0.0,
        flow_secs: spec.physics.flow_secs,
        instances: instances.collect(),
        lights: spec.lights.clone(),
        cameras,
    }
}

/// Every plane of the snapshot's first camera, `samples` colour samples a pixel.
pub fn view(scene: &SceneDesc, snapshot: &FrameSnapshot, samples: u32) -> View {
    let renderer = Renderer::new(scene);
    let options = ViewOptions::fast(PlaneSet::ALL, samples);
    renderer
        .frame(snapshot)
        .view(0, &options, &mut Scratch::default())
}

/// The camera with another lens.
pub fn with_lens(mut camera: CameraSpec, lens: Lens) -> CameraSpec {
    camera.lens = lens;
    camera
}

/// The camera with these intrinsics.
pub fn with_intrinsics(mut camera: CameraSpec, intrinsics: Intrinsics) -> CameraSpec {
    camera.intrinsics = intrinsics;
    camera
}
