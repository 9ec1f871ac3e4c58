//! Frames that follow one another: what is taken over changes nothing.

use std::path::Path;

use benchside::base::frame::FrameSnapshot;
use benchside::base::image::PlaneSet;
use benchside::base::light::LightKind;
use benchside::episode::sample;
use benchside::render::{PointCounts, Renderer, Scratch, Sequence, ViewOptions};
use benchside::scene::desc::SceneDesc;
use benchside::scene::load::{Loaded, load};
use benchside::scene::shapes::Shapes;
use glam::{Quat, Vec3};

use crate::support::views::still;

/// Renders frames one after the other, each as new and as the next: the same planes. Gives what
/// the views of each frame took over.
fn assert_same(scene: &SceneDesc, frames: &[(FrameSnapshot, &[usize])]) -> Vec<PointCounts> {
    let renderer = Renderer::new(scene);
    let (mut fresh, mut scratch) = (Scratch::default(), Scratch::default());
    let mut sequence = Sequence::new(&renderer);
    let mut counts = Vec::new();
    for (number, (snapshot, cameras)) in frames.iter().enumerate() {
        let before = scratch.points();
        let mut next = sequence.next(snapshot);
        for &camera in *cameras {
            let options = ViewOptions::fast(PlaneSet::ALL, 4);
            let expected = renderer.frame(snapshot).view(camera, &options, &mut fresh);
            let found = next.view(camera, &options, &mut scratch);
            let same = found.planes == expected.planes;
            assert!(same, "{}: frame {number}, camera {camera}", scene.name);
        }
        let now = scratch.points();
        counts.push(PointCounts {
            shaded: now.shaded - before.shaded,
            kept: now.kept - before.kept,
        });
    }
    counts
}

/// The start of an episode of a shipped scene through its first two cameras, unsettled.
fn start(name: &str) -> (SceneDesc, FrameSnapshot) {
    let scenes = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes");
    let Loaded { scene, recipe, .. } = load(&scenes.join(name)).unwrap();
    let shapes = Shapes::build(&scene).unwrap();
    let spec = sample(&scene, &recipe, &shapes, 3, 0, Some((96, 72)));
    let cameras = spec.frames[0].cameras[..2].to_vec();
    let mut snapshot = still(&spec, cameras);
    for camera in &mut snapshot.cameras {
        camera.world_from_camera_next = camera.world_from_camera;
    }
    (scene, snapshot)
}

/// Shifts and turns some instances.
fn stir(snapshot: &FrameSnapshot, every: usize, shift_m: Vec3) -> FrameSnapshot {
    let mut stirred = snapshot.clone();
    for instance in stirred.instances.iter_mut().step_by(every) {
        let pose = &mut instance.world_from_instance;
        pose.translation_m += shift_m;
        pose.rotation = (Quat::from_rotation_z(0.1) * pose.rotation).normalize();
    }
    stirred
}

#[test]
fn what_is_taken_over_is_what_would_be_rendered() {
    for name in ["pathology_lab", "liquid_deck", "surgical_trainer"] {
        let (scene, first) = start(name);
        let both: &[usize] = &[0, 1];
        let stirred = stir(&first, 23, Vec3::new(0.02, -0.01, 0.05));
        let mut dimmed = stirred.clone();
        for light in &mut dimmed.lights {
            light.color[0] *= 0.5;
        }
        let mut panned = dimmed.clone();
        panned.cameras[1].world_from_camera.translation_m.z += 0.01;
        let mut recolored = panned.clone();
        let colored = |i: &&mut benchside::base::frame::InstanceSnapshot| !i.looks.is_empty();
        let looks = recolored.instances.iter_mut().find(colored);
        let recolors = looks.map(|i| i.looks[0].tint[1] *= 0.25).is_some();
        let frames: Vec<(FrameSnapshot, &[usize])> = vec![
            (first.clone(), both),
            // Nothing moved.
            (first.clone(), both),
            (stirred.clone(), both),
            // And back: nothing of the frame before last comes back.
            (first.clone(), both),
            (stirred.clone(), &[0]),
            // The second camera has missed a frame.
            (stirred.clone(), both),
            (dimmed.clone(), both),
            (panned.clone(), both),
            (panned.clone(), both),
            (recolored.clone(), both),
            (recolored, both),
        ];
        let counts = assert_same(&scene, &frames);
        let none = |c: &PointCounts| c.kept == 0;
        assert!(
            none(&counts[0]) && counts[0].shaded > 10_000,
            "{name}: {counts:?}"
        );
        assert!(
            counts[1].shaded == 0 && counts[1].kept > 10_000,
            "{name}: {counts:?}"
        );
        for some in [&counts[2], &counts[3]] {
            assert!(some.shaded > 0 && some.kept > 0, "{name}: {counts:?}");
        }
        // Other light, other looks: nothing holds.
        assert!(none(&counts[6]), "{name}: {counts:?}");
        assert!(!recolors || none(&counts[9]), "{name}: {counts:?}");
        // The camera that moved is not looked through the memory of where it was.
        assert!(
            counts[7].kept > 0 && counts[7].shaded > counts[7].kept / 2,
            "{name}: {counts:?}"
        );
        assert!(counts[10].shaded == 0, "{name}: {counts:?}");
    }
}

#[test]
fn a_shadow_goes_when_what_cast_it_goes() {
    // Every second thing moves far away: what it shaded is light again.
    let (scene, first) = start("pathology_lab");
    let far = stir(&first, 2, Vec3::new(0.0, 0.0, 50.0));
    let both: &[usize] = &[0, 1];
    let counts = assert_same(&scene, &[(first.clone(), both), (far, both), (first, both)]);
    assert!(counts.iter().all(|c| c.shaded > 0), "{counts:?}");
}

#[test]
fn a_light_without_size_is_followed() {
    let (scene, mut first) = start("liquid_deck");
    let position_m = first.cameras[0].world_from_camera.translation_m + Vec3::Z;
    first.lights[0].kind = LightKind::Point {
        position_m,
        candela: 200.0,
    };
    let stirred = stir(&first, 11, Vec3::new(0.03, 0.0, 0.0));
    let both: &[usize] = &[0, 1];
    let counts = assert_same(
        &scene,
        &[(first.clone(), both), (stirred, both), (first, both)],
    );
    assert!(counts[1].kept > 0 && counts[2].kept > 0, "{counts:?}");
}
