//! Liquids: the truth is geometry (level = volume / area) and that nothing gets lost.

use std::path::{Path, PathBuf};

use glam::{DVec3, Quat, Vec3};

use benchside::base::pose::Pose;
use benchside::base::seed::SeedPath;
use benchside::episode::spec::{LiquidsSpec, VesselSpec};
use benchside::robot::action::ActionSpace;
use benchside::scene::shapes::Shapes;
use benchside::task::actors::ExpertActor;
use benchside::task::judge::{Progress, Verdict};
use benchside::task::load::LoadedTask;
use benchside::task::rollout::{Moment, Watcher};
use benchside::world::liquid::{Contamination, Draught, Liquids, MENISCUS_UL};
use benchside::world::state::WorldState;

/// 10 × 10 mm inside, 20 mm deep: 100 µL a millimetre. Its floor is at the origin moved by `x` m.
fn vessel(x: f32, liquid: Option<u32>, start_ul: f64) -> VesselSpec {
    VesselSpec {
        region: "well".into(),
        slot: 0,
        owner: None,
        owner_from_floor: Pose::at(Vec3::X * x),
        half_size_m: [0.005, 0.005],
        round: false,
        depth_m: 0.02,
        capacity_ul: 2000.0,
        liquid,
        start_ul,
        clean: false,
    }
}

fn spec(vessels: Vec<VesselSpec>) -> LiquidsSpec {
    LiquidsSpec {
        names: vec!["red".into(), "blue".into()],
        colors: Vec::new(),
        vessels,
    }
}

fn nowhere(_: u32) -> Pose {
    unreachable!("no vessel has an owner")
}

/// One pipette in a world at rest.
struct Bench<'a> {
    liquids: Liquids<'a>,
    plunger_ul: f64,
}

impl<'a> Bench<'a> {
    fn new(spec: &'a LiquidsSpec) -> Self {
        Self {
            liquids: Liquids::new(spec, &[Some(0.0)]),
            plunger_ul: 0.0,
        }
    }

    /// In small steps, with the tip's end at a place.
    fn plunge(&mut self, end: DVec3, by_ul: f64) {
        let from = self.plunger_ul;
        self.plunger_ul += by_ul;
        for step in 0..=100 {
            let ul = from + by_ul * f64::from(step) / 100.0;
            self.liquids.advance(0, end, ul, nowhere);
        }
    }

    fn level(&self, vessel: usize) -> f64 {
        self.liquids.state().vessels[vessel].level_m
    }

    fn in_tip(&self, liquid: usize) -> f64 {
        let tip = self.liquids.state().tips[0].as_ref();
        tip.expect("a pipette").volumes_ul()[liquid]
    }

    fn in_vessel(&self, vessel: usize, liquid: usize) -> f64 {
        self.liquids.state().vessels[vessel].volumes_ul[liquid]
    }
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-9, "{a} is not {b}");
}

const DEEP: DVec3 = DVec3::new(0.0, 0.0, 0.001);

#[test]
fn levels_are_volumes_over_areas() {
    let mut round = vessel(0.02, Some(0), 100.0);
    (round.round, round.half_size_m) = (true, [0.00343, 0.00343]);
    let spec = spec(vec![vessel(0.0, Some(0), 1000.0), round]);
    let mut bench = Bench::new(&spec);
    near(bench.level(0), 0.010);
    let area_mm2 = std::f64::consts::PI * 3.43 * 3.43;
    near(bench.level(1), 1e-3 * 100.0 / area_mm2);
    bench.plunge(DEEP, 150.0);
    near(bench.in_tip(0), 150.0 - MENISCUS_UL);
    near(bench.level(0), 0.010 - 1e-5 * (150.0 - MENISCUS_UL));
    // Both ways the meniscus gives, so what comes out is less by twice that.
    bench.plunge(DVec3::new(0.02, 0.0, 0.01), -100.0);
    let moved = 100.0 - 2.0 * MENISCUS_UL;
    near(bench.in_vessel(1, 0), 100.0 + moved);
    near(bench.level(1), 1e-3 * (100.0 + moved) / area_mm2);
    assert_eq!(bench.liquids.state().contaminations, []);
    near(bench.liquids.state().spilled_ul[0], 0.0);
}

#[test]
fn a_tip_draws_down_to_its_end_and_then_air() {
    let spec = spec(vec![vessel(0.0, Some(0), 1000.0)]);
    let mut bench = Bench::new(&spec);
    // 5 mm of the 10 are above the tip's end: 500 µL.
    bench.plunge(DVec3::Z * 0.005, 700.0);
    near(bench.in_tip(0), 500.0);
    near(bench.level(0), 0.005);
    let tip = bench.liquids.state().tips[0].clone().expect("a pipette");
    let [Draught::Air(air), Draught::Liquid(_)] = &tip.column[..] else {
        panic!("{:?}", tip.column);
    };
    near(*air, 200.0 - MENISCUS_UL);
    // The air below the liquid comes out first.
    let above = DVec3::Z * 0.015;
    bench.plunge(above, -200.0);
    near(bench.in_tip(0), 500.0);
    bench.plunge(above, -100.0);
    near(bench.in_tip(0), 400.0 + MENISCUS_UL);
}

#[test]
fn above_the_level_there_is_air() {
    let spec = spec(vec![vessel(0.0, Some(0), 1000.0)]);
    let mut bench = Bench::new(&spec);
    bench.plunge(DVec3::Z * 0.0101, 100.0);
    assert_eq!((bench.in_tip(0), bench.in_vessel(0, 0)), (0.0, 1000.0));
    // Beside it as well, however low.
    bench.plunge(DVec3::new(0.0051, 0.0, 0.001), 100.0);
    assert_eq!((bench.in_tip(0), bench.in_vessel(0, 0)), (0.0, 1000.0));
}

#[test]
fn what_falls_beside_is_spilled_and_what_is_too_much_runs_over() {
    let mut small = vessel(0.02, None, 0.0);
    small.capacity_ul = 60.0;
    let spec = spec(vec![vessel(0.0, Some(0), 1000.0), small]);
    let mut bench = Bench::new(&spec);
    bench.plunge(DEEP, 200.0);
    bench.plunge(DVec3::new(0.04, 0.0, 0.01), -50.0);
    let beside = 50.0 - 2.0 * MENISCUS_UL;
    near(bench.liquids.state().spilled_ul[0], beside);
    bench.plunge(DVec3::new(0.02, 0.0, 0.03), -100.0);
    near(bench.in_vessel(1, 0), 60.0);
    near(bench.liquids.state().vessels[1].overflowed_ul, 40.0);
    near(bench.liquids.state().spilled_ul[0], beside + 40.0);
}

#[test]
fn a_trembling_plunger_neither_drips_nor_sucks() {
    let spec = spec(vec![vessel(0.0, Some(0), 1000.0)]);
    let mut bench = Bench::new(&spec);
    bench.plunge(DEEP, 100.0);
    let air = DVec3::new(0.04, 0.0, 0.01);
    for _ in 0..100 {
        bench.plunge(air, -1.9 * MENISCUS_UL);
        bench.plunge(air, 1.9 * MENISCUS_UL);
    }
    near(bench.in_tip(0), 100.0 - MENISCUS_UL);
    near(bench.liquids.state().spilled_ul[0], 0.0);
}

#[test]
fn a_wet_tip_contaminates_what_it_is_dipped_into() {
    let red = vessel(0.0, Some(0), 500.0);
    let blue = vessel(0.02, Some(1), 500.0);
    let spec = spec(vec![red.clone(), blue, red, vessel(0.06, None, 0.0)]);
    let mut bench = Bench::new(&spec);
    bench.plunge(DEEP, 100.0);
    let state = |bench: &Bench<'_>| bench.liquids.state().contaminations.clone();
    // Above another liquid nothing happens, nor where there is none.
    bench.plunge(DVec3::new(0.02, 0.0, 0.006), 0.0);
    bench.plunge(DVec3::new(0.06, 0.0, 0.001), -50.0);
    assert_eq!(state(&bench), []);
    bench.plunge(DVec3::new(0.02, 0.0, 0.001), 0.0);
    let (vessel, liquid) = (1, 0);
    let first = Contamination { vessel, liquid };
    assert_eq!(state(&bench), [first]);
    // Now blue is on the tip as well: back in the red, it is the other way round. Once each.
    bench.plunge(DEEP, 0.0);
    bench.plunge(DEEP, 10.0);
    let (vessel, liquid) = (0, 1);
    assert_eq!(state(&bench), [first, Contamination { vessel, liquid }]);
}

#[test]
fn nothing_else_may_get_into_a_clean_vessel() {
    let clean = |x, liquid, start_ul| VesselSpec {
        clean: true,
        ..vessel(x, liquid, start_ul)
    };
    let spec = spec(vec![
        clean(0.0, Some(0), 500.0),
        clean(0.02, None, 0.0),
        clean(0.04, Some(1), 100.0),
    ]);
    let mut bench = Bench::new(&spec);
    bench.plunge(DEEP, 100.0);
    assert_eq!(bench.liquids.state().contaminations, []);
    // A drop from above, and a wet tip below the rim that touches nothing.
    bench.plunge(DVec3::new(0.02, 0.0, 0.05), -10.0);
    bench.plunge(DVec3::new(0.04, 0.0, 0.019), 0.0);
    let event = |vessel| Contamination { vessel, liquid: 0 };
    assert_eq!(bench.liquids.state().contaminations, [event(1), event(2)]);
}

#[test]
fn vessels_go_with_what_they_are_part_of() {
    let mut moved = vessel(0.01, Some(0), 1000.0);
    moved.owner = Some(7);
    let spec = spec(vec![moved]);
    let mut liquids = Liquids::new(&spec, &[None, Some(0.0)]);
    // Turned by a right angle about Z: its X is the world's Y.
    let turned = Quat::from_xyzw(0.0, 0.0, 0.5f32.sqrt(), 0.5f32.sqrt());
    let owner = |_: u32| Pose::new(turned, Vec3::new(1.0, 2.0, 3.0));
    liquids.advance(1, DVec3::new(1.0, 2.01, 3.001), 50.0, owner);
    let tip = liquids.state().tips[1].as_ref().expect("a pipette");
    assert_eq!((tip.over, tip.immersed), (Some(0), true));
    near(tip.volumes_ul()[0], 50.0 - MENISCUS_UL);
}

#[test]
fn nothing_is_lost_whatever_happens() {
    let mut small = vessel(0.01, Some(1), 200.0);
    small.capacity_ul = 250.0;
    let spec = spec(vec![
        vessel(0.0, Some(0), 1500.0),
        small,
        vessel(0.02, None, 0.0),
    ]);
    let mut liquids = Liquids::new(&spec, &[Some(0.0)]);
    let mut rng = SeedPath::root(5).rng();
    let (mut plunger, mut end) = (0.0f64, DVec3::ZERO);
    for step in 0..50_000 {
        if step % 100 == 0 {
            end.x = rng.uniform(-0.006, 0.03);
        }
        end.z = (end.z + rng.uniform(-0.001, 0.001)).clamp(0.0, 0.025);
        plunger = (plunger + rng.uniform(-8.0, 8.0)).clamp(0.0, 300.0);
        liquids.advance(0, end, plunger, nowhere);
        let state = liquids.state();
        for (liquid, start) in [(0, 1500.0), (1, 200.0)] {
            let now = state.everywhere_ul(liquid);
            assert!(
                (now - start).abs() < 1e-9 * start,
                "{step}: {now}, not {start}"
            );
        }
        for vessel in &state.vessels {
            assert!(
                vessel.volumes_ul.iter().all(|ul| *ul > -1e-9),
                "{step}: {vessel:?}"
            );
        }
    }
    let state = liquids.state();
    assert!(
        state.spilled_ul[0] > 1.0 && state.vessels[2].total_ul() > 1.0,
        "{state:?}"
    );
}

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/liquid_deck/tasks/aspirate_dispense.toml")
}

/// Everything stays what it is in sum, and the plunger's stroke is what is moved.
struct Balance {
    start_ul: Option<Vec<f64>>,
    last: Option<WorldState>,
}

impl Watcher for Balance {
    fn before(&mut self, _: &Moment<'_>, _: &[Vec<f32>]) {}

    fn after(&mut self, _: &Progress, state: Option<&WorldState>) {
        let state = state.expect("physics holds");
        let liquids = state.liquids.as_ref().expect("liquids");
        let kinds = 0..liquids.spilled_ul.len();
        let now: Vec<f64> = kinds.map(|liquid| liquids.everywhere_ul(liquid)).collect();
        let start = self.start_ul.get_or_insert_with(|| now.clone());
        for (now, start) in now.iter().zip(start) {
            assert!((now - *start).abs() <= 1e-9 * *start, "{now}, not {start}");
        }
        self.last = Some(state.clone());
    }
}

#[test]
fn a_transfer_balances_to_the_end() {
    let loaded = LoadedTask::load(&shipped()).unwrap_or_else(|p| panic!("{p}"));
    let shapes = Shapes::build(&loaded.scene).unwrap_or_else(|p| panic!("{p}"));
    let stage = loaded.stage(&shapes, ActionSpace::JointPosition);
    let spec = stage.spec(3, 0);
    let mut balance = Balance {
        start_ul: None,
        last: None,
    };
    let ended = stage.play(
        &spec,
        |stage, goal, stream| Box::new(ExpertActor::new(stage, &spec, goal, stream)),
        &mut balance,
    );
    let ended = ended.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(ended.verdict, Verdict::Success);
    let liquids = balance.last.and_then(|s| s.liquids).expect("liquids");
    let target = &ended.goal.objects["target"];
    let vessels = &spec.liquids.as_ref().expect("liquids").vessels;
    let index = vessels
        .iter()
        .position(|v| v.region == "plate_well" && Some(v.slot) == target.slot);
    let well = &liquids.vessels[index.expect("the target is a vessel")];
    // The whole stroke but for what the meniscus gives both ways; the drive is good to 0.1 %.
    let expected = 150.0 - 2.0 * MENISCUS_UL;
    assert!((well.volumes_ul[0] - expected).abs() < 0.3, "{well:?}");
    let tip = liquids.tips[0].as_ref().expect("a pipette");
    assert!(tip.volumes_ul()[0] < 1.0, "{tip:?}");
}

/// What `check` says of the shipped task with one change.
fn said(from: &str, to: &str) -> String {
    let path = shipped();
    let folder = path.parent().expect("a folder");
    let text = std::fs::read_to_string(&path).expect("the task");
    assert_eq!(text.matches(from).count(), 1, "{from}");
    let text = text.replace(from, to);
    let absolute = |part: &str| folder.join(part).display().to_string();
    let text = text
        .replace("../../../robots", &absolute("../../../robots"))
        .replace("../../assets", &absolute("../../assets"))
        .replace("../recipe.toml", &absolute("../recipe.toml"));
    let file = crate::support::cli::fresh("liquids").with_extension("toml");
    std::fs::write(&file, text).expect("a file");
    match LoadedTask::load(&file) {
        Ok(_) => panic!("{to} is taken"),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn mistakes_with_liquids_are_explained() {
    for (from, to, says) in [
        (
            "region = \"plate_well\"\nspawn = \"plate_a\"\nnumbers = [1, 48]",
            "region = \"plate_wel\"\nspawn = \"plate_a\"\nnumbers = [1, 48]",
            "did you mean `plate_well`?",
        ),
        (
            "numbers = [49, 96]\nshape",
            "numbers = [48, 96]\nshape",
            "vessels of `plate_well`, as in line",
        ),
        (
            "numbers = [10, 12]",
            "numbers = [12, 10]",
            "the first number and the last one, from 1",
        ),
        (
            "capacity_ul = 360",
            "capacity_ul = 500",
            "at most 394, which is what the box takes",
        ),
        (
            "start_ul = 155",
            "start_ul = 500",
            "0 … 394, which is its capacity",
        ),
        (
            "vary_ul = 5",
            "vary_ul = 160",
            "so that it is neither empty nor runs over",
        ),
        ("liquid = \"control\"\n", "", "155 µL of nothing"),
        (
            "start_ul = 155\nvary_ul = 5\n",
            "",
            "`control` without start_ul",
        ),
        (
            "of = \"target\", liquid = \"sample\", change",
            "of = \"target\", liquid = \"sampel\", change",
            "did you mean `sample`?",
        ),
        (
            "of = \"target\", below_ul",
            "of = \"plate\", below_ul",
            "`plate`, which is no slot",
        ),
        (
            "except = [\"target\"]",
            "except = [\"tagret\"]",
            "did you mean `target`?",
        ),
        (
            "volume_ul = 150",
            "volume_ul = 400",
            "above 0, at most 300, which is what the pipette draws",
        ),
        (
            "from = \"source\"\nvolume",
            "from = \"reservoir\"\nvolume",
            "`reservoir`, which is no slot",
        ),
        (
            "robots/ot2\"\nmount = \"robot_mount_gantry\"",
            "robots/ur5e\"\nmount = \"robot_mount_gantry\"",
            "`gantry`, which is no pipette",
        ),
        ("{ over_ul = 3 }", "{ over_ul = -3 }", "0 or more"),
        ("[liquids.dye]", "[liquids.die]", "did you mean `dye`?"),
        (
            "color = \"#5f8fd0\"",
            "color = \"5f8fd0\"",
            "a colour such as \"#d96f8f\"",
        ),
        (
            "color = \"#5f8fd0\"",
            "color = \"blue\"",
            "found:    \"blue\"",
        ),
    ] {
        let said = said(from, to);
        assert!(said.contains(says), "{to}:\n{said}");
    }
}
