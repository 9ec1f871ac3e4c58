//! Physics against formulas, and the labware that it must carry.

mod shapes;

use benchside::base::ids::ObjectId;
use benchside::base::pose::Pose;
use benchside::base::seed::SeedPath;
use benchside::episode::spec::EpisodeSpec;
use benchside::scene::desc::{ColliderKind, Motion};
use benchside::scene::mesh::Mesh;
use benchside::scene::shapes::{ShapeCache, Shapes};
use benchside::world::{Simulated, SimulationError, simulate};
use glam::{Quat, Vec3};

use crate::support::scenes::{
    TestScene, box_mesh, cylinder_mesh, merged, plane_mesh, polygons, sphere_mesh,
};

const G: f64 = 9.81;
const SLIDE_M: Vec3 = Vec3::new(0.076, 0.026, 0.001);

fn run(scene: &TestScene, spec: &EpisodeSpec) -> Result<Simulated, SimulationError> {
    let shapes = Shapes::build_with(&scene.desc, &ShapeCache::none()).expect("shapes");
    simulate(&scene.desc, &shapes, spec)
}

/// Pose of the object of this index in frame `frame`.
fn pose(simulated: &Simulated, frame: usize, index: usize) -> Pose {
    simulated.frames[frame].instances[index].world_from_instance
}

/// A bench whose top is at z = 0.
fn bench(scene: &mut TestScene, kind: ColliderKind) -> ObjectId {
    let paint = scene.paint([0.5; 3]);
    let mut mesh = box_mesh(Vec3::new(2.0, 2.0, 0.04));
    mesh.positions.iter_mut().for_each(|p| p.z -= 0.02);
    let bench = scene.object("bench", mesh, paint, Motion::Static);
    scene.collides_as(bench, kind);
    bench
}

/// A 76 × 26 × 1 mm glass slide, 5 g, lying.
fn slide(scene: &mut TestScene) -> ObjectId {
    let glass = scene.paint([0.9; 3]);
    let slide = scene.object("slide", box_mesh(SLIDE_M), glass, Motion::Dynamic);
    scene.body(slide).density_kg_per_m3 = 2500.0;
    slide
}

#[test]
fn free_fall_follows_symplectic_euler() {
    let mut scene = TestScene::new();
    let paint = scene.paint([0.5; 3]);
    let ball = scene.object("ball", sphere_mesh(0.01, 16, 8), paint, Motion::Dynamic);
    let mut error_of_ideal = Vec::new();
    for steps_per_sec in [240, 480] {
        let dt = 1.0 / f64::from(steps_per_sec);
        let spec = scene
            .episode()
            .timestep(dt)
            .place(ball, Pose::at(Vec3::new(0.1, -0.2, 1.0)))
            .frame(0.25, vec![])
            .frame(0.5, vec![])
            .build();
        let simulated = run(&scene, &spec).unwrap();
        for (frame, t) in [0.25, 0.5].into_iter().enumerate() {
            // Eight solver iterations are eight substeps.
            let h = dt / 8.0;
            let n = (t / h).round();
            let expected = 1.0 - G * h * h * n * (n + 1.0) / 2.0;
            let at = pose(&simulated, frame, 0).translation_m;
            assert!((f64::from(at.z) - expected).abs() < 1e-5, "{t}: {at}");
            assert_eq!((at.x, at.y), (0.1, -0.2));
        }
        let z = f64::from(pose(&simulated, 1, 0).translation_m.z);
        error_of_ideal.push((1.0 - 0.5 * G * 0.25 - z).abs());
    }
    let order = error_of_ideal[0] / error_of_ideal[1];
    assert!((1.9..2.1).contains(&order), "{error_of_ideal:?}");
}

#[test]
fn a_dropped_slide_rests_on_the_bench() {
    let benches = [ColliderKind::TriangleMesh, ColliderKind::Box];
    let tilts_deg = [[0.0, 0.0], [30.0, 5.0], [85.0, 10.0], [3.0, 70.0]];
    for (bench_kind, steps_per_sec, tilt_deg, thickness_m) in benches
        .iter()
        .flat_map(|b| [240, 500].map(|s| (b, s)))
        .flat_map(|(b, s)| tilts_deg.map(|t| (b, s, t)))
        .flat_map(|(b, s, t)| [0.001, 0.00017].map(|h| (b, s, t, h)))
    {
        let mut scene = TestScene::new();
        let bench = bench(&mut scene, *bench_kind);
        let glass = scene.paint([0.9; 3]);
        let mesh = box_mesh(Vec3::new(0.076, 0.026, thickness_m));
        let slide = scene.object("slide", mesh, glass, Motion::Dynamic);
        scene.body(slide).density_kg_per_m3 = 2500.0;
        let [x, y] = tilt_deg.map(f32::to_radians);
        let tilt = Quat::from_rotation_x(x) * Quat::from_rotation_y(y);
        let spec = scene
            .episode()
            .settle(4.0)
            .timestep(1.0 / f64::from(steps_per_sec))
            .place(bench, Pose::IDENTITY)
            .place(slide, Pose::new(tilt, Vec3::new(0.1, 0.1, 0.3)))
            .frame(0.0, vec![])
            .build();
        let simulated = run(&scene, &spec).unwrap();
        let case = format!("{bench_kind:?} {steps_per_sec} {tilt_deg:?} {thickness_m}");
        let pose = pose(&simulated, 0, 1);
        let sink_m = 0.5 * thickness_m - pose.translation_m.z;
        assert!(simulated.settling.at_rest, "{case}");
        assert!((-1e-5..1e-4).contains(&sink_m), "{case}: {sink_m} m");
        assert!((pose.rotation * Vec3::Z).z.abs() > 0.9999, "{case}");
    }
}

#[test]
fn a_slide_on_a_bare_surface_does_not_fall_through() {
    let mut scene = TestScene::new();
    let paint = scene.paint([0.5; 3]);
    let surface = scene.object("surface", plane_mesh(2.0, 2.0), paint, Motion::Static);
    let slide = slide(&mut scene);
    for tilt in [0.0, 0.5, 1.5] {
        let start = Pose::new(Quat::from_rotation_x(tilt), Vec3::new(0.1, 0.2, 0.3));
        let spec = scene
            .episode()
            .settle(4.0)
            .place(surface, Pose::IDENTITY)
            .place(slide, start)
            .frame(0.0, vec![])
            .build();
        let simulated = run(&scene, &spec).unwrap();
        let sink_m = 0.0005 - pose(&simulated, 0, 1).translation_m.z;
        assert!(simulated.settling.at_rest && sink_m.abs() < 1e-4, "{tilt}");
    }
}

/// Two walls and a floor, a slot of `gap_m` between, floor's top at z = 0.
fn slot_rack(gap_m: f32) -> Mesh {
    let wall = |y: f32| {
        (
            box_mesh(Vec3::new(0.08, 0.003, 0.02)),
            Vec3::new(0.0, y, 0.01),
        )
    };
    let y = 0.5 * (gap_m + 0.003);
    let floor = box_mesh(Vec3::new(0.08, gap_m + 0.006, 0.003));
    merged(&[wall(-y), wall(y), (floor, Vec3::new(0.0, 0.0, -0.0015))])
}

#[test]
fn a_slide_stays_upright_in_a_slot() {
    let mut scene = TestScene::new();
    let paint = scene.paint([0.5; 3]);
    let rack = scene.object("rack", slot_rack(0.0013), paint, Motion::Static);
    let slide = slide(&mut scene);
    let upright = Quat::from_rotation_x(std::f32::consts::FRAC_PI_2);
    let spec = scene
        .episode()
        .settle(4.0)
        .place(rack, Pose::IDENTITY)
        .place(slide, Pose::new(upright, Vec3::new(0.0, 0.0, 0.014)))
        .frame(0.0, vec![])
        .build();
    let simulated = run(&scene, &spec).unwrap();
    let pose = pose(&simulated, 0, 1);
    assert!(simulated.settling.at_rest);
    assert!((pose.translation_m.z - 0.013).abs() < 5e-5, "{pose:?}");
    // It may lean by the slot's play: 0.3 mm over 20 mm.
    assert!((pose.rotation * Vec3::Y).z > 0.9998, "{pose:?}");
}

#[test]
fn a_tube_stays_in_its_rack() {
    // A square hole of 18 mm for a tube of 17 mm, 60 mm deep; the tube has 120 mm.
    let mut scene = TestScene::new();
    let paint = scene.paint([0.5; 3]);
    let wall_x = |x| {
        (
            box_mesh(Vec3::new(0.004, 0.026, 0.06)),
            Vec3::new(x, 0.0, 0.03),
        )
    };
    let wall_y = |y| {
        (
            box_mesh(Vec3::new(0.018, 0.004, 0.06)),
            Vec3::new(0.0, y, 0.03),
        )
    };
    let floor = (
        box_mesh(Vec3::new(0.026, 0.026, 0.004)),
        Vec3::new(0.0, 0.0, -0.002),
    );
    let mesh = merged(&[
        wall_x(-0.011),
        wall_x(0.011),
        wall_y(-0.011),
        wall_y(0.011),
        floor,
    ]);
    let rack = scene.object("rack", mesh, paint, Motion::Static);
    for kind in [ColliderKind::ConvexHull, ColliderKind::Cylinder] {
        let mesh = cylinder_mesh(0.0085, 0.12, 32);
        let tube = scene.object("tube", mesh, paint, Motion::Dynamic);
        scene.collides_as(tube, kind);
        let tilt = Quat::from_rotation_y(0.01);
        let spec = scene
            .episode()
            .settle(4.0)
            .place(rack, Pose::IDENTITY)
            .place(tube, Pose::new(tilt, Vec3::new(0.0, 0.0, 0.062)))
            .frame(0.0, vec![])
            .build();
        let simulated = run(&scene, &spec).unwrap();
        let pose = pose(&simulated, 0, 1);
        assert!(simulated.settling.at_rest, "{kind:?}");
        assert!((pose.translation_m.z - 0.06).abs() < 5e-4, "{pose:?}");
        assert!((pose.rotation * Vec3::Z).z > 0.999, "{pose:?}");
    }
}

/// Flat rings between neighbouring circles of (radius, z), closed by discs at both ends.
fn lathe(circles: &[[f32; 2]], sides: u32) -> Mesh {
    let circle = |[radius, z]: [f32; 2]| -> Vec<Vec3> {
        let angle = |i: u32| std::f32::consts::TAU * i as f32 / sides as f32;
        let at = |a: f32| Vec3::new(radius * a.cos(), radius * a.sin(), z);
        (0..sides).map(|i| at(angle(i))).collect()
    };
    let mut circles: Vec<Vec<Vec3>> = circles.iter().map(|&c| circle(c)).collect();
    let mut faces: Vec<Vec<Vec3>> = Vec::new();
    for pair in circles.windows(2) {
        for i in 0..sides as usize {
            let j = (i + 1) % sides as usize;
            faces.push(vec![pair[0][i], pair[0][j], pair[1][j], pair[1][i]]);
        }
    }
    faces.push(circles.pop().expect("circles"));
    faces.push(circles.swap_remove(0).into_iter().rev().collect());
    let faces: Vec<&[Vec3]> = faces.iter().map(|f| f.as_slice()).collect();
    polygons("lathe", &faces)
}

#[test]
fn a_microtube_rests_in_a_drilled_hole() {
    // A rotor's bore, 30 mm deep, with 0.6 mm play around a conical tube.
    for tilt in [0.0, 0.3, 0.63] {
        let mut scene = TestScene::new();
        let paint = scene.paint([0.5; 3]);
        let block = [
            [0.02, 0.0],
            [0.02, 0.034],
            [0.00552, 0.034],
            [0.00552, 0.004],
        ];
        let block = scene.object("block", lathe(&block, 24), paint, Motion::Static);
        let tube = [[0.0019, 0.0], [0.00492, 0.0185], [0.00492, 0.0388]];
        let tube = scene.object("tube", lathe(&tube, 16), paint, Motion::Dynamic);
        scene.body(tube).mass_kg = Some(0.0025);
        let turn = Quat::from_rotation_y(tilt);
        let spec = scene
            .episode()
            .settle(4.0)
            .place(block, Pose::new(turn, Vec3::ZERO))
            .place(tube, Pose::new(turn, turn * Vec3::new(0.0, 0.0, 0.0045)))
            .frame(0.0, vec![])
            .build();
        let simulated = run(&scene, &spec).unwrap();
        let pose = pose(&simulated, 0, 1);
        let tip = turn.inverse() * pose.translation_m;
        assert!(
            simulated.settling.at_rest,
            "{tilt}: {:?}",
            simulated.settling
        );
        assert!((0.0035..0.005).contains(&tip.z), "{tilt}: {tip}");
        let axis = turn.inverse() * pose.rotation * Vec3::Z;
        assert!(axis.z > 0.99, "{tilt}: {axis}");
    }
}

#[test]
fn a_stack_of_slides_rests() {
    let mut scene = TestScene::new();
    let bench = bench(&mut scene, ColliderKind::TriangleMesh);
    let slide = slide(&mut scene);
    let mut episode = scene.episode().settle(4.0).place(bench, Pose::IDENTITY);
    for i in 0..5 {
        let i = i as f32;
        let yaw = Quat::from_rotation_z(0.02 * i);
        let at = Vec3::new(0.001 * i, 0.0, 0.001 + 0.0015 * i);
        episode = episode.place(slide, Pose::new(yaw, at));
    }
    let simulated = run(&scene, &episode.frame(0.0, vec![]).build()).unwrap();
    assert!(simulated.settling.at_rest);
    let z: Vec<f32> = (1..6)
        .map(|i| pose(&simulated, 0, i).translation_m.z)
        .collect();
    assert!((z[0] - 0.0005).abs() < 6e-5, "{z:?}");
    for pair in z.windows(2) {
        assert!((pair[1] - pair[0] - 0.001).abs() < 6e-5, "{z:?}");
    }
}

#[test]
fn a_scattered_heap_comes_to_rest() {
    let mut scene = TestScene::new();
    let bench = bench(&mut scene, ColliderKind::TriangleMesh);
    let slide = slide(&mut scene);
    let paint = scene.paint([0.5; 3]);
    let tube = cylinder_mesh(0.0085, 0.12, 32);
    let tube = scene.object("tube", tube, paint, Motion::Dynamic);
    let cassette = box_mesh(Vec3::new(0.041, 0.028, 0.006));
    let cassette = scene.object("cassette", cassette, paint, Motion::Dynamic);
    for seed in 0..4 {
        let mut rng = SeedPath::root(seed).rng();
        let mut episode = scene.episode().settle(5.0).place(bench, Pose::IDENTITY);
        for i in 0..60 {
            let q: [f32; 4] = std::array::from_fn(|_| rng.normal() as f32);
            let mut along = |cell: usize| 0.13 * (cell as f64 - 1.0) + rng.uniform(-0.02, 0.02);
            let at = [along(i % 3), along(i / 3 % 3)].map(|x| x as f32);
            let at = Vec3::new(at[0], at[1], 0.08 + 0.06 * (i / 9) as f32);
            let object = [slide, tube, cassette, slide, cassette, cassette][i % 6];
            episode = episode.place(object, Pose::new(Quat::from_array(q).normalize(), at));
        }
        let simulated = run(&scene, &episode.frame(0.0, vec![]).build()).unwrap();
        let settling = &simulated.settling;
        assert!(settling.at_rest, "seed {seed}: {settling:?}");
        assert!(settling.escaped.is_empty(), "seed {seed}: {settling:?}");
        for i in 1..=60 {
            let z = pose(&simulated, 0, i).translation_m.z;
            assert!(z > 0.0, "seed {seed}: object {i} at {z} m");
        }
    }
}

#[test]
fn a_box_slides_beyond_the_friction_angle() {
    let mu = 0.5_f32;
    let angle = mu.atan();
    for (factor, holds) in [(0.98, true), (1.02, false)] {
        let mut scene = TestScene::new();
        let bench = bench(&mut scene, ColliderKind::Box);
        let paint = scene.paint([0.5; 3]);
        let cube = box_mesh(Vec3::new(0.06, 0.04, 0.02));
        let cube = scene.object("box", cube, paint, Motion::Dynamic);
        for object in [bench, cube] {
            scene.body(object).friction = mu;
        }
        let tilt = Quat::from_rotation_y(angle * factor);
        let at = tilt * Vec3::new(0.0, 0.0, 0.01);
        let spec = scene
            .episode()
            .place(bench, Pose::new(tilt, Vec3::ZERO))
            .place(cube, Pose::new(tilt, at))
            .frame(0.5, vec![])
            .frame(1.0, vec![])
            .build();
        let simulated = run(&scene, &spec).unwrap();
        let down = |frame| {
            let moved = pose(&simulated, frame, 1).translation_m - at;
            f64::from((tilt.inverse() * moved).x)
        };
        if holds {
            assert!(down(1).abs() < 1e-4, "{} m", down(1));
        } else {
            // x = ½ g (sin θ − μ cos θ) t²; the contact needs a moment to form.
            let theta = f64::from(angle * factor);
            let a = G * (theta.sin() - f64::from(mu) * theta.cos());
            let (expected, found) = (0.5 * a * (1.0 - 0.25), down(1) - down(0));
            assert!((found / expected - 1.0).abs() < 0.05, "{found} {expected}");
        }
    }
}

#[test]
fn a_rolling_ball_slows_as_rolling_resistance_says() {
    // From an incline onto a level bench: on the level, v falls by 5/7 · c · g a second.
    let mut scene = TestScene::new();
    let bench = bench(&mut scene, ColliderKind::Box);
    let paint = scene.paint([0.5; 3]);
    let ramp = [
        Vec3::new(-0.2, -0.1, 0.02),
        Vec3::new(-0.1, -0.1, 0.0),
        Vec3::new(-0.1, 0.1, 0.0),
        Vec3::new(-0.2, 0.1, 0.02),
    ];
    let ramp = scene.object("ramp", polygons("ramp", &[&ramp]), paint, Motion::Static);
    let ball = sphere_mesh(0.01, 16, 8);
    let ball = scene.object("ball", ball, paint, Motion::Dynamic);
    scene.collides_as(ball, ColliderKind::Sphere);
    let times = [1.0, 1.25, 1.5];
    let mut episode = scene
        .episode()
        .place(bench, Pose::IDENTITY)
        .place(ramp, Pose::IDENTITY)
        .place(ball, Pose::at(Vec3::new(-0.12, 0.0, 0.0143)));
    for t in times {
        episode = episode.frame(t, vec![]);
    }
    let simulated = run(&scene, &episode.build()).unwrap();
    let x = [0, 1, 2].map(|i| f64::from(pose(&simulated, i, 2).translation_m.x));
    let a = (x[2] - 2.0 * x[1] + x[0]) / (0.25 * 0.25);
    let expected = -5.0 / 7.0 * 0.01 * G;
    assert!(x[2] > x[1], "{x:?}");
    assert!((a / expected - 1.0).abs() < 0.03, "{a} {expected}");
}

#[test]
fn a_balance_tips_to_the_heavier_side() {
    // Left 8 cm³ of 1000 kg/m³; right the same volume with a mass of its own.
    for (mass_kg, right_sinks) in [(0.012, true), (0.005, false)] {
        let mut scene = TestScene::new();
        let paint = scene.paint([0.5; 3]);
        let edge = box_mesh(Vec3::new(0.004, 0.1, 0.06));
        let edge = scene.object("edge", edge, paint, Motion::Static);
        let beam = box_mesh(Vec3::new(0.2, 0.03, 0.003));
        let beam = scene.object("beam", beam, paint, Motion::Dynamic);
        let cube = || box_mesh(Vec3::splat(0.02));
        let left = scene.object("left", cube(), paint, Motion::Dynamic);
        let right = scene.object("right", cube(), paint, Motion::Dynamic);
        scene.body(right).mass_kg = Some(mass_kg);
        let spec = scene
            .episode()
            .place(edge, Pose::IDENTITY)
            .place(beam, Pose::at(Vec3::new(0.0, 0.0, 0.0315)))
            .place(left, Pose::at(Vec3::new(-0.08, 0.0, 0.043)))
            .place(right, Pose::at(Vec3::new(0.08, 0.0, 0.043)))
            .frame(0.15, vec![])
            .build();
        let simulated = run(&scene, &spec).unwrap();
        let [left, right] = [2, 3].map(|i| pose(&simulated, 0, i).translation_m.z);
        assert_eq!(right < left, right_sinks, "{left} {right}");
        assert!((right - left).abs() > 0.005, "{left} {right}");
    }
}

/// Twelve things that fall, tumble and touch; frames while they do.
fn busy() -> (TestScene, EpisodeSpec) {
    let mut scene = TestScene::new();
    let bench = bench(&mut scene, ColliderKind::TriangleMesh);
    let slide = slide(&mut scene);
    let paint = scene.paint([0.5; 3]);
    let tube = cylinder_mesh(0.0085, 0.12, 24);
    let tube = scene.object("tube", tube, paint, Motion::Dynamic);
    let mut episode = scene
        .episode()
        .flow(8.0 / 240.0)
        .place(bench, Pose::IDENTITY);
    for i in 0..12 {
        let q = Quat::from_rotation_x(0.3 + 0.4 * i as f32) * Quat::from_rotation_y(0.2);
        let at = Vec3::new(0.01 * (i % 3) as f32, 0.0, 0.08 + 0.05 * i as f32);
        episode = episode.place(if i % 2 == 0 { slide } else { tube }, Pose::new(q, at));
    }
    for i in 0..4 {
        episode = episode.frame(0.25 * f64::from(i), vec![]);
    }
    (scene, episode.build())
}

#[test]
fn an_episode_replays_from_its_json() {
    let (scene, spec) = busy();
    let json = serde_json::to_string(&spec).unwrap();
    let again: EpisodeSpec = serde_json::from_str(&json).unwrap();
    assert_eq!(run(&scene, &spec).unwrap(), run(&scene, &again).unwrap());
}

#[test]
fn threads_and_order_change_nothing() {
    let (scene, spec) = busy();
    let first = run(&scene, &spec).unwrap();
    let moved = |s: &Simulated| pose(s, 3, 1) != pose(s, 0, 1);
    assert!(moved(&first));
    let shapes = Shapes::build_with(&scene.desc, &ShapeCache::none()).unwrap();
    std::thread::scope(|scope| {
        let run = || scope.spawn(|| simulate(&scene.desc, &shapes, &spec).unwrap());
        for other in [run(), run()] {
            assert_eq!(other.join().unwrap(), first);
        }
    });
}

#[test]
fn frames_and_flow_do_not_change_the_motion() {
    let (scene, spec) = busy();
    let all = run(&scene, &spec).unwrap();
    let mut sparse = spec.clone();
    sparse.frames = vec![spec.frames[3].clone()];
    sparse.physics.flow_secs = 0.0;
    let sparse = run(&scene, &sparse).unwrap();
    let mut late = spec.clone();
    late.frames = vec![spec.frames[3].clone()];
    late.frames[0].after_settling_secs += spec.physics.flow_secs;
    let late = run(&scene, &late).unwrap();
    for i in 0..13 {
        assert_eq!(pose(&sparse, 0, i), pose(&all, 3, i));
        let next = all.frames[3].instances[i].world_from_instance_next;
        assert_eq!(pose(&late, 0, i), next);
        let still = &sparse.frames[0].instances[i];
        assert_eq!(still.world_from_instance, still.world_from_instance_next);
    }
}

#[test]
fn how_settling_ended_is_recorded() {
    let (scene, mut spec) = busy();
    spec.physics.settle_secs = 0.3;
    let short = run(&scene, &spec).unwrap();
    assert!(!short.settling.at_rest);
    assert!((short.settling.secs - 0.3).abs() < 1e-9);
    assert!(!short.settling.moving.is_empty() && short.settling.fastest_m_per_s > 0.5);
    assert!((short.frames[1].time_secs - 0.55).abs() < 1e-9);

    spec.physics.settle_secs = 8.0;
    let long = run(&scene, &spec).unwrap();
    assert!(long.settling.at_rest && long.settling.secs < 8.0);
    assert!(long.settling.moving.is_empty());
    for i in 0..13 {
        assert_eq!(
            pose(&long, 0, i),
            pose(&long, 3, i),
            "at rest means at rest"
        );
    }

    let still = scene
        .episode()
        .settle(1.0)
        .place(ObjectId(0), Pose::IDENTITY);
    let still = run(&scene, &still.frame(0.5, vec![]).build()).unwrap();
    assert!(still.settling.at_rest && still.settling.secs == 0.0);
}

#[test]
fn what_falls_out_of_the_world_stops_and_is_named() {
    let mut scene = TestScene::new();
    let bench = bench(&mut scene, ColliderKind::Box);
    let slide = slide(&mut scene);
    let spec = scene
        .episode()
        .settle(4.0)
        .place(bench, Pose::IDENTITY)
        .place(slide, Pose::at(Vec3::new(3.0, 0.0, 0.0)))
        .place(slide, Pose::at(Vec3::new(0.0, 0.0, 0.01)))
        .frame(0.0, vec![])
        .frame(1.0, vec![])
        .build();
    let simulated = run(&scene, &spec).unwrap();
    assert_eq!(simulated.settling.escaped, ["slide_2"]);
    assert!(simulated.settling.at_rest);
    let z = pose(&simulated, 0, 1).translation_m.z;
    assert!((-10.2..-10.0).contains(&z), "{z}");
    assert_eq!(pose(&simulated, 0, 1), pose(&simulated, 1, 1));
}

#[test]
fn divergence_is_an_error_that_names_the_object() {
    // A mass whose inverse overflows.
    let (mut scene, spec) = busy();
    scene.body(ObjectId(1)).mass_kg = Some(1e-39);
    let error = run(&scene, &spec).unwrap_err();
    let expected = "physics diverged at 0.0042 s after release: object \"slide_2\"";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_episode_that_does_not_fit_is_an_error() {
    let message = |change: fn(&mut EpisodeSpec)| {
        let (scene, mut spec) = busy();
        change(&mut spec);
        run(&scene, &spec).unwrap_err().to_string()
    };
    assert_eq!(
        message(|s| s.objects[2].object = ObjectId(3)),
        "the episode cannot be simulated: objects[2].object: found 3, expected an index below 3"
    );
    assert_eq!(
        message(|s| s.physics.flow_secs = 0.01),
        "the episode cannot be simulated: physics.flow_secs: found 0.01, \
         expected a multiple of the time step, 0.004166666666666667 seconds"
    );
    assert_eq!(
        message(|s| s.frames[2].after_settling_secs = 0.0),
        "the episode cannot be simulated: frames[2].after_settling_secs: found 0, \
         expected no earlier than the frame before"
    );
    assert_eq!(
        message(|s| s.physics.timestep_secs = 0.0),
        "the episode cannot be simulated: physics.timestep_secs: found 0, \
         expected 0.00001 to 0.1 seconds"
    );
    let gravity = message(|s| s.physics.gravity_m_per_s2.z = 3e38);
    assert!(gravity.contains("physics.gravity_m_per_s2"), "{gravity}");
    let pose = message(|s| s.objects[1].world_from_object.translation_m.x = f32::NAN);
    assert!(pose.contains("objects[1].world_from_object"), "{pose}");
    let settle = message(|s| s.physics.settle_secs = 1e9);
    assert!(settle.contains("physics.settle_secs: found 1000000000, expected 0 to 4166"));
}
