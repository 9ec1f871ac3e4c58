//! Liquids in pictures: what a camera measures is the level that the volume gives.

use std::path::Path;

use glam::Vec3;

use benchside::base::frame::FrameSnapshot;
use benchside::base::image::PlaneSet;
use benchside::episode::spec::{EpisodeSpec, VesselSpec};
use benchside::render::{Renderer, Scratch, Sequence, ViewOptions};
use benchside::robot::action::ActionSpace;
use benchside::robot::desc::TipDesc;
use benchside::scene::desc::SceneDesc;
use benchside::scene::shapes::Shapes;
use benchside::task::actors::ExpertActor;
use benchside::task::goal::GoalRecord;
use benchside::task::judge::{Progress, Verdict};
use benchside::task::load::LoadedTask;
use benchside::task::rollout::{Moment, Watcher};
use benchside::world::liquid::LiquidState;
use benchside::world::state::WorldState;

use crate::support::scenes::camera;

/// Height of the cameras above the floors of vessels, metres.
const EYE_M: f32 = 0.03;

/// What is seen through the middle of a picture.
#[derive(Debug, PartialEq)]
struct Seen {
    /// Above the vessel's floor.
    height_m: f64,
    instance: u32,
    part: String,
    rgb: [u8; 3],
}

/// Straight down into the middle of a vessel.
fn look_into(scene: &SceneDesc, snapshot: &FrameSnapshot, vessel: &VesselSpec) -> Seen {
    let owner = &snapshot.instances[vessel.owner.expect("part of something") as usize];
    let floor = owner.world_from_instance * vessel.owner_from_floor;
    let mut snapshot = snapshot.clone();
    let eye = floor.point(Vec3::Z * EYE_M);
    snapshot.cameras = vec![camera([9, 9], eye, floor.point(Vec3::ZERO))];
    let renderer = Renderer::new(scene);
    let options = ViewOptions::fast(PlaneSet::ALL, 1);
    let frame = renderer.frame(&snapshot);
    let view = frame.view(0, &options, &mut Scratch::default());
    let following =
        Sequence::new(&renderer)
            .next(&snapshot)
            .view(0, &options, &mut Scratch::default());
    assert_eq!(view.planes, following.planes);
    let planes = view.planes;
    let depth = planes.z_depth_m.expect("depth").at(4, 4);
    let part = planes.part.expect("parts").at(4, 4);
    Seen {
        height_m: f64::from(EYE_M - depth),
        instance: planes.instance.expect("instances").at(4, 4),
        part: scene.parts[usize::from(part)].clone(),
        rgb: planes.color.expect("colour").at(4, 4),
    }
}

/// The first moment and the last one.
#[derive(Default)]
struct Ends {
    first: Option<(FrameSnapshot, LiquidState)>,
    last: Option<(FrameSnapshot, LiquidState)>,
    /// Most slices of liquid that the tip showed, and how high they stood.
    column_m: f32,
}

impl Watcher for Ends {
    fn before(&mut self, moment: &Moment<'_>, _: &[Vec<f32>]) {
        let snapshot = moment.session.snapshot(Vec::new());
        let mut tip = snapshot
            .instances
            .iter()
            .filter_map(|i| i.fillings.as_ref());
        // Of all that hold liquid the robot comes last.
        let heights = tip.next_back().into_iter().flatten().map(|f| {
            let [bottom, top] =
                [Vec3::ZERO, Vec3::Z].map(|p| f.object_from_unit.transform_point3(p));
            top.z - bottom.z
        });
        self.column_m = self.column_m.max(heights.sum());
        let liquids = moment.state.liquids.clone().expect("liquids");
        self.first
            .get_or_insert((snapshot.clone(), liquids.clone()));
        self.last = Some((snapshot, liquids));
    }

    fn after(&mut self, _: &Progress, _: Option<&WorldState>) {}
}

fn vessel_of(spec: &EpisodeSpec, goal: &GoalRecord, name: &str) -> usize {
    let slot = goal.objects[name].slot;
    let region = match name {
        "source" => "reservoir_channel",
        _ => "plate_well",
    };
    let vessels = &spec.liquids.as_ref().expect("liquids").vessels;
    let found = vessels
        .iter()
        .position(|v| v.region == region && Some(v.slot) == slot);
    found.expect("a vessel")
}

#[test]
fn pictures_show_where_the_liquid_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("scenes/liquid_deck/tasks/aspirate_dispense.toml");
    let loaded = LoadedTask::load(&path).unwrap_or_else(|p| panic!("{p}"));
    let scene = &loaded.scene;
    let shapes = Shapes::build(scene).unwrap_or_else(|p| panic!("{p}"));
    let stage = loaded.stage(&shapes, ActionSpace::JointPosition);
    let spec = stage.spec(3, 0);
    let mut ends = Ends::default();
    let ended = stage.play(
        &spec,
        |stage, goal, stream| Box::new(ExpertActor::new(stage, &spec, goal, stream)),
        &mut ends,
    );
    let ended = ended.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(ended.verdict, Verdict::Success);
    let [first, last] = [ends.first, ends.last].map(|end| end.expect("a moment"));
    let liquids = spec.liquids.as_ref().expect("liquids");
    let [source, target] = ["source", "target"].map(|name| vessel_of(&spec, &ended.goal, name));
    let control = liquids.vessels.iter().position(|v| v.liquid == Some(3));
    let control = control.expect("a well with the control");
    for (moment, (snapshot, state)) in [("first", &first), ("last", &last)] {
        for (name, index) in [("source", source), ("target", target), ("control", control)] {
            let vessel = &liquids.vessels[index];
            let seen = look_into(scene, snapshot, vessel);
            let level = state.vessels[index].level_m;
            let what = format!("{moment}, {name}: {seen:?}, level {level} m");
            // Single-precision positions in a room of metres.
            assert!((seen.height_m - level).abs() < 2e-6, "{what}");
            assert_eq!(seen.instance, vessel.owner.expect("an owner") + 1, "{what}");
            assert_eq!(seen.part == "liquid", level > 0.0, "{what}");
        }
    }
    let level = |(_, state): &(_, LiquidState), index: usize| state.vessels[index].level_m;
    assert_eq!(level(&first, target), 0.0);
    // 150 µL less what the meniscus gives, in a well 6.86 mm wide.
    let area = std::f64::consts::PI * 0.003_43 * 0.003_43;
    assert!((level(&last, target) - 149.6e-9 / area).abs() < 2e-5);
    assert!(level(&last, source) < level(&first, source));
    // The well turns pink: what has come from the source has its colour.
    let before = look_into(scene, &first.0, &liquids.vessels[target]).rgb;
    let after = look_into(scene, &last.0, &liquids.vessels[target]).rgb;
    let pink = |[red, green, _]: [u8; 3]| u32::from(red) > 3 * u32::from(green);
    assert!(!pink(before) && pink(after), "{before:?}, {after:?}");
    // Of the bore, as the robot's file has it: a frustum of 18 mm that widens from 0.22 to 1 mm, then
    // one that widens by 1.3 mm in 31 mm; radius³ grows with volume.
    let (pi, slope) = (std::f64::consts::PI, 1.3 / 31.0);
    let lower_ul = pi * 18.0 * (0.22 * 0.22 + 0.22 + 1.0) / 3.0;
    let radius = (1.0 + 3.0 * slope * (149.8 - lower_ul) / pi).cbrt();
    let expected_m = (18.0 + (radius - 1.0) / slope) / 1000.0;
    let column_m = f64::from(ends.column_m);
    assert!(
        (column_m - expected_m).abs() < 2e-4,
        "{column_m}, not {expected_m}"
    );
}

/// Volumes of frusta by formula.
#[test]
fn a_tip_fills_from_its_end() {
    let tip = TipDesc {
        link: 0,
        bore_m: vec![(-0.05, 0.0002), (-0.03, 0.001), (0.0, 0.001), (0.01, 0.003)],
    };
    let pi = std::f64::consts::PI;
    let frustum = |h: f64, r: f64, s: f64| pi * h * (r * r + r * s + s * s) / 3.0;
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    near(tip.height_m(0.0), -0.05);
    let cone = frustum(0.02, 0.0002, 0.001);
    near(tip.height_m(frustum(0.01, 0.0002, 0.0006)), -0.04);
    near(tip.height_m(cone), -0.03);
    near(tip.height_m(cone + pi * 1e-6 * 0.012), -0.018);
    let straight = pi * 1e-6 * 0.03;
    near(
        tip.height_m(cone + straight + frustum(0.005, 0.001, 0.002)),
        0.005,
    );
    near(tip.height_m(1.0), 0.01);
    near(tip.radius_m(-0.04), 0.0006);
    near(tip.radius_m(-1.0), 0.0002);
    near(tip.radius_m(1.0), 0.003);
}

/// Nobody tracks liquid in a recipe's own pictures: they show what the assets are modelled with.
#[test]
fn untracked_liquid_is_as_modelled() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("scenes/liquid_deck/tasks/plate_to_reader.toml");
    let loaded = LoadedTask::load(&path).unwrap_or_else(|p| panic!("{p}"));
    let shapes = Shapes::build(&loaded.scene).unwrap_or_else(|p| panic!("{p}"));
    let stage = loaded.stage(&shapes, ActionSpace::JointPosition);
    let spec = stage.spec(1, 0);
    assert_eq!(loaded.scene.liquid, None);
    let mut snapshot = crate::support::views::still(&spec, Vec::new());
    let mut objects = spec.objects.iter();
    let plate = objects.find(|o| o.spawn.as_deref() == Some("plate_c"));
    let plate = plate.expect("a plate");
    let well = loaded.scene.objects[plate.object.index()].regions.first();
    let well = plate.world_from_object * well.expect("a well").parent_from_region;
    let eye = well.point(Vec3::Z * EYE_M);
    snapshot.cameras = vec![camera([9, 9], eye, well.point(Vec3::ZERO))];
    let view = crate::support::views::view(&loaded.scene, &snapshot, 1);
    let part = view.planes.part.expect("parts").at(4, 4);
    assert_eq!(loaded.scene.parts[usize::from(part)], "liquid");
}
