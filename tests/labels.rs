//! Labels against formulas, hand-made planes and hand-placed cameras.

use benchside::base::camera::{CameraSpec, Intrinsics, Lens, Projector};
use benchside::base::frame::FrameSnapshot;
use benchside::base::ids::{InstanceId, PartId};
use benchside::base::image::{Plane, Planes};
use benchside::base::pose::Pose;
use benchside::episode::spec::EpisodeSpec;
use benchside::render::{Coverage, Occlusion, PixelBox, View};
use benchside::scene::desc::{Motion, NamedPoint, SceneDesc};
use benchside::scene::material::Material;
use benchside::sense::labels::KeypointState;
use benchside::sense::rle::{self, Rle, RleError};
use benchside::sense::{FrameLabels, Labeler, ObjectShape, Shot, camera_from_object, count_pixels};
use glam::{DVec2, DVec3, Quat, Vec3};

use crate::support::scenes::{TestScene, box_mesh, camera, plane_mesh};
use crate::support::views::{LENSES, RAY_PINHOLE, still, view, with_intrinsics, with_lens};

/// Mask vectors of COCO's own API: a box in 4 rows and 5 columns, nothing, everything.
#[test]
fn masks_are_compressed_as_coco_does() {
    for (runs, text) in [
        (&[5, 2, 2, 2, 2, 2, 5][..], "5220003"),
        (&[20], "d0"),
        (&[0, 20], "0d0"),
    ] {
        assert_eq!(rle::compress(runs), text);
        assert_eq!(rle::decompress(text).unwrap(), runs);
    }
    let mask = Rle::from_runs(4, 5, &[5, 2, 2, 2, 2, 2, 5]);
    assert_eq!(mask.size, [4, 5]);
    assert_eq!(mask.spans().unwrap(), [(5, 2), (9, 2), (13, 2)]);
}

#[test]
fn broken_masks_are_told() {
    let mask = |counts: &str| Rle {
        size: [4, 5],
        counts: counts.into(),
    };
    let error = |counts| mask(counts).runs().unwrap_err();
    assert_eq!(error("52 "), RleError::Byte { byte: 32, at: 2 });
    assert_eq!(error("52p"), RleError::Byte { byte: 112, at: 2 });
    assert_eq!(error("5T"), RleError::Truncated);
    assert_eq!(error("5"), RleError::Sum { sum: 5, pixels: 20 });
    assert_eq!(
        error("O"),
        RleError::Count {
            index: 0,
            value: -1
        }
    );
    assert!(matches!(
        error("oooooooooo0"),
        RleError::Count { index: 0, .. }
    ));
}

/// Deterministic noise.
fn noise(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1);
    *state >> 33
}

/// Counts of a mask as the format's definition has it: walk the columns, count the runs.
fn naive_runs(plane: &Plane<u32>, id: u32) -> Vec<u32> {
    let mut runs = vec![0];
    for x in 0..plane.width_px {
        for y in 0..plane.height_px {
            let inside = plane.at(x, y) == id;
            if inside != (runs.len() % 2 == 0) {
                runs.push(0);
            }
            *runs.last_mut().unwrap() += 1;
        }
    }
    runs
}

#[test]
fn counts_masks_and_boxes_are_those_of_a_naive_walk() {
    let mut state = 1;
    for (width, height, ids, smooth) in [
        (1, 1, 2, 1),
        (7, 5, 3, 1),
        (64, 48, 5, 6),
        (33, 1, 2, 2),
        (1, 40, 3, 3),
    ] {
        let mut value = 0;
        let mut random = |most: u64, stay: u64| {
            if noise(&mut state).is_multiple_of(stay) {
                value = noise(&mut state) % most;
            }
            value
        };
        let n = width * height;
        let mut plane = |most, stay| Plane {
            width_px: width,
            height_px: height,
            data: (0..n).map(|_| random(most, stay) as u32).collect(),
        };
        let (instance, behind) = (plane(ids, smooth), plane(ids, smooth));
        let part = plane(3, 2);
        let part = Plane {
            width_px: width,
            height_px: height,
            data: part.data.iter().map(|&p| p as u16).collect(),
        };
        let counted = count_pixels(ids as usize, &instance, Some(&part), Some(&behind));
        let all = || (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        for (id, c) in (1..).zip(&counted) {
            let own: Vec<_> = all().filter(|&(x, y)| instance.at(x, y) == id).collect();
            assert_eq!(c.visible_px as usize, own.len());
            let bounds = (!own.is_empty()).then(|| PixelBox {
                x_min: own.iter().map(|p| p.0).min().unwrap() as u32,
                y_min: own.iter().map(|p| p.1).min().unwrap() as u32,
                x_max: own.iter().map(|p| p.0).max().unwrap() as u32,
                y_max: own.iter().map(|p| p.1).max().unwrap() as u32,
            });
            assert_eq!(c.visible_box, bounds);
            let through = all().filter(|&(x, y)| behind.at(x, y) == id && instance.at(x, y) != id);
            assert_eq!(c.through_glass_px as usize, through.count());
            let of_part = |p: u16| own.iter().filter(|&&(x, y)| part.at(x, y) == p).count() as u32;
            let parts = (0..3).map(|p| (p, of_part(p))).filter(|p| p.1 > 0);
            assert_eq!(c.parts, parts.collect::<Vec<_>>());
            let runs = c.mask.as_ref().map(|m| m.runs().unwrap());
            let expected = (!own.is_empty()).then(|| naive_runs(&instance, id));
            assert_eq!(runs, expected);
        }
        let shown: u32 = counted.iter().map(|c| c.visible_px).sum();
        let background = instance.data.iter().filter(|&&id| id == 0).count();
        assert_eq!(shown as usize + background, n);
    }
}

/// A camera at (1, 2, 3) that looks along world +X: its x is world −Y, its y is world −Z.
fn side_camera() -> CameraSpec {
    let eye = Vec3::new(1.0, 2.0, 3.0);
    let mut camera = camera([100, 80], eye, eye + Vec3::X);
    camera.intrinsics = Intrinsics {
        width_px: 100,
        height_px: 80,
        fx_px: 50.0,
        fy_px: 60.0,
        cx_px: 48.0,
        cy_px: 41.0,
    };
    camera
}

#[test]
fn poses_are_those_of_the_formula() {
    let world_from_camera = side_camera().world_from_camera;
    let world_from_object = Pose::new(
        Quat::from_rotation_z(std::f32::consts::FRAC_PI_2),
        Vec3::new(3.0, 2.5, 2.0),
    );
    let pose = camera_from_object(&world_from_camera, &world_from_object);
    // Object x is world y is camera −x; object z is world z is camera −y.
    for (in_object, in_camera) in [
        (DVec3::ZERO, DVec3::new(-0.5, 1.0, 2.0)),
        (DVec3::X, DVec3::new(-1.5, 1.0, 2.0)),
        (DVec3::Y, DVec3::new(-0.5, 1.0, 1.0)),
        (DVec3::Z, DVec3::new(-0.5, 0.0, 2.0)),
    ] {
        assert!((pose.point(in_object) - in_camera).length() < 1e-6);
    }
    assert!((pose.quat_xyzw.length() - 1.0).abs() < 1e-15);
}

/// Labels of a snapshot with planes that nobody rendered.
fn label_by_hand(
    scene: &SceneDesc,
    spec: &EpisodeSpec,
    snapshot: &FrameSnapshot,
    sight: &dyn Fn(Vec3, Vec3, f32) -> Occlusion,
) -> FrameLabels {
    let k = &snapshot.cameras[0].intrinsics;
    let (width, height) = (k.width_px, k.height_px);
    let mut instance = Plane::filled(width as usize, height as usize, 0);
    instance.data[5] = 1;
    let everywhere = Coverage {
        amodal_px: width * height,
        amodal_box: Some(PixelBox {
            x_min: 0,
            y_min: 0,
            x_max: width - 1,
            y_max: height - 1,
        }),
    };
    let view = View {
        planes: Planes {
            instance: Some(instance),
            ..Planes::default()
        },
        coverage: vec![everywhere; snapshot.instances.len()],
    };
    Labeler::new(scene).label(&shot(spec, snapshot), &view, sight)
}

fn shot<'a>(spec: &'a EpisodeSpec, snapshot: &'a FrameSnapshot) -> Shot<'a> {
    Shot {
        spec,
        snapshot,
        image: 3,
        frame: 1,
        camera: 0,
    }
}

#[test]
fn keypoints_fall_where_the_formula_says() {
    let mut s = TestScene::new();
    let gray = s.paint([0.5; 3]);
    let cube = s.object("cube", box_mesh(Vec3::splat(0.2)), gray, Motion::Static);
    let point = |name: &str, point_m| NamedPoint {
        name: name.into(),
        point_m,
    };
    s.desc.objects[cube.index()].keypoints = vec![
        point("seen", Vec3::new(-0.1, 0.0, 0.1)),
        point("glass", Vec3::new(-0.1, 0.1, 0.0)),
        point("hidden", Vec3::new(0.1, 0.0, 0.0)),
        point("left_of_the_image", Vec3::new(-0.1, 9.0, 0.0)),
        point("behind_the_camera", Vec3::new(-9.0, 0.0, 0.0)),
    ];
    let camera = side_camera();
    let spec = s
        .episode()
        .place(cube, Pose::at(Vec3::new(3.0, 2.0, 3.0)))
        .build();
    let snapshot = still(&spec, vec![camera.clone()]);
    let sight = |from: Vec3, to: Vec3, margin: f32| {
        assert_eq!(from, camera.world_from_camera.translation_m);
        assert!(margin < 0.001, "thinner than a slide");
        let inside = to - Vec3::new(3.0, 2.0, 3.0);
        if inside.x > 0.05 {
            Occlusion::Blocked(InstanceId(1))
        } else if inside.y > 0.05 {
            Occlusion::ThroughGlass(InstanceId(4))
        } else {
            Occlusion::Clear
        }
    };
    let labels = label_by_hand(&s.desc, &spec, &snapshot, &sight);
    assert_eq!(
        (labels.image, labels.frame, labels.background_px),
        (3, 1, 7999)
    );
    let keypoints = &labels.objects[0].keypoints;
    // x = 48 − 50 · Δy / Δx, y = 41 − 60 · Δz / Δx, from the camera at x = 1.
    let expected = [
        (
            "seen",
            Some([48.0, 41.0 - 60.0 * 0.1 / 1.9]),
            1.9,
            KeypointState::Visible,
        ),
        (
            "glass",
            Some([48.0 - 50.0 * 0.1 / 1.9, 41.0]),
            1.9,
            KeypointState::BehindGlass { by: 4 },
        ),
        (
            "hidden",
            Some([48.0, 41.0]),
            2.1,
            KeypointState::Occluded { by: 1 },
        ),
        (
            "left_of_the_image",
            Some([48.0 - 50.0 * 9.0 / 1.9, 41.0]),
            1.9,
            KeypointState::Outside,
        ),
        ("behind_the_camera", None, -7.0, KeypointState::Outside),
    ];
    for (k, (name, px, z, state)) in keypoints.iter().zip(expected) {
        assert_eq!((k.name.as_str(), k.state), (name, state));
        assert!((k.point_in_camera_m.z - z).abs() < 1e-6, "{name}");
        match (k.px, px) {
            (Some(found), Some(px)) => {
                let error = (DVec2::from(found) - DVec2::from(px)).length();
                assert!(error < 1e-4, "{name}: {found:?}, {px:?}");
            }
            (found, px) => assert_eq!(found, px, "{name}"),
        }
    }

    let box_3d = &labels.objects[0].box_3d;
    assert!((box_3d.size_m - DVec3::splat(0.2)).length() < 1e-6);
    assert!(box_3d.center_m.length() < 1e-6);
    // Corner 6: min x, max y, max z of the object: nearest, left, above.
    let corner = DVec3::new(-0.1, -0.1, 1.9);
    assert!((box_3d.corners_in_camera_m[6] - corner).length() < 1e-6);
    let px = DVec2::from(box_3d.corners_px[6].unwrap());
    let expected = DVec2::new(48.0 - 5.0 / 1.9, 41.0 - 6.0 / 1.9);
    assert!((px - expected).length() < 1e-4);
}

/// OpenCV's documented formulas, written out again.
fn opencv_project(lens: &Lens, k: &Intrinsics, p: DVec3) -> DVec2 {
    let (x, y) = (p.x / p.z, p.y / p.z);
    let r2 = x * x + y * y;
    let d = match *lens {
        Lens::Pinhole => DVec2::new(x, y),
        Lens::BrownConrady { k1, k2, p1, p2, k3 } => {
            let radial = 1.0 + k1 * r2 + k2 * r2 * r2 + k3 * r2 * r2 * r2;
            DVec2::new(
                x * radial + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x),
                y * radial + p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y,
            )
        }
        Lens::Fisheye { k1, k2, k3, k4 } => {
            let (r, t) = (r2.sqrt(), r2.sqrt().atan());
            let distorted =
                t * (1.0 + k1 * t.powi(2) + k2 * t.powi(4) + k3 * t.powi(6) + k4 * t.powi(8));
            DVec2::new(x, y) * if r > 0.0 { distorted / r } else { 1.0 }
        }
    };
    DVec2::new(k.fx_px * d.x + k.cx_px, k.fy_px * d.y + k.cy_px)
}

#[test]
fn whole_boxes_hold_the_curved_edges_of_every_lens() {
    let mut s = TestScene::new();
    let gray = s.paint([0.5; 3]);
    let size = Vec3::new(2.4, 1.6, 0.1);
    let slab = s.object("slab", box_mesh(size), gray, Motion::Static);
    let at = Pose::new(Quat::from_rotation_z(0.3), Vec3::new(0.1, 2.5, 0.0));
    for lens in LENSES {
        let camera = with_lens(
            camera(
                [640, 480],
                Vec3::new(0.0, 0.0, 1.2),
                Vec3::new(0.0, 2.0, 0.0),
            ),
            lens,
        );
        let pose = camera_from_object(&camera.world_from_camera, &at);
        // Every point of every edge, in steps of a thousandth.
        let corners = s.desc.objects[slab.index()].bounds.corners();
        let (mut min, mut max) = (DVec2::INFINITY, DVec2::NEG_INFINITY);
        for a in 0..8usize {
            for b in [a ^ 1, a ^ 2, a ^ 4] {
                for i in 0..=1000 {
                    let (a, b) = (corners[a].as_dvec3(), corners[b].as_dvec3());
                    let p = pose.point(a.lerp(b, f64::from(i) / 1000.0));
                    let px = opencv_project(&lens, &camera.intrinsics, p);
                    (min, max) = (min.min(px), max.max(px));
                }
            }
        }
        let surfaces = &s.desc.objects[slab.index()].surfaces;
        let projector = Projector::new(camera.intrinsics, lens);
        let shape = ObjectShape::new(&s.desc, surfaces);
        let [x, y, w, h] = shape
            .project_box(&pose, &projector, lens != Lens::Pinhole)
            .unwrap();
        let error = (DVec2::new(x, y) - min)
            .abs()
            .max((DVec2::new(x + w, y + h) - max).abs());
        assert!(error.max_element() < 0.02, "{lens:?}: {error}");
    }
}

#[test]
fn whole_boxes_reach_beyond_the_image_or_are_absent() {
    let mut s = TestScene::new();
    let gray = s.paint([0.5; 3]);
    let cube = s.object("cube", box_mesh(Vec3::splat(0.2)), gray, Motion::Static);
    let floor = s.object("floor", plane_mesh(50.0, 50.0), gray, Motion::Static);
    let camera = side_camera();
    let spec = s
        .episode()
        .place(cube, Pose::at(Vec3::new(3.0, 2.0, 3.0)))
        .place(cube, Pose::at(Vec3::new(3.0, 4.0, 3.0)))
        .place(floor, Pose::IDENTITY)
        .build();
    let snapshot = still(&spec, vec![camera]);
    let labels = label_by_hand(&s.desc, &spec, &snapshot, &|_, _, _| Occlusion::Clear);
    let [inside, beyond, behind] = &labels.objects[..] else {
        panic!("three objects");
    };
    assert!(!inside.truncated);
    assert!(beyond.truncated);
    // The near face is 1.9 m away and spans y 3.9 … 4.1, camera x −1.9 … −2.1.
    let [x, _, w, _] = beyond.box_untruncated_px.unwrap();
    assert!((x - (48.0 - 50.0 * 2.1 / 1.9)).abs() < 1e-4);
    assert!((x + w - (48.0 - 50.0 * 1.9 / 2.1)).abs() < 1e-4);
    assert!(behind.truncated);
    assert_eq!(behind.box_untruncated_px, None);
}

/// Labels of a rendered view.
fn label_rendered(
    scene: &SceneDesc,
    spec: &EpisodeSpec,
    camera: CameraSpec,
) -> (View, FrameLabels) {
    let snapshot = still(spec, vec![camera]);
    let view = view(scene, &snapshot, 1);
    let renderer = benchside::render::Renderer::new(scene);
    let frame = renderer.frame(&snapshot);
    let sight = |from, to, margin| frame.occlusion(from, to, margin);
    let labels = Labeler::new(scene).label(&shot(spec, &snapshot), &view, &sight);
    (view, labels)
}

#[test]
fn two_overlapping_boxes_count_as_by_hand() {
    // 100 px focal length, principal point (50, 40), looking along +Y. Edges fall between pixel
    // centres, so that the counts are exact:
    // near, at 1 m, x −0.2 … 0.1, z −0.1 … 0.2: columns 30 … 60, rows 20 … 50, 30 × 30 px;
    // far, at 2 m, x 0 … 0.8, z −0.4 … 0.2: columns 50 … 90, rows 30 … 60, 40 × 30 px;
    // the near one hides columns 50 … 60, rows 30 … 50 of the far one: 10 × 20 px.
    let intrinsics = Intrinsics {
        width_px: 100,
        height_px: 80,
        fx_px: 100.0,
        fy_px: 100.0,
        cx_px: 50.0,
        cy_px: 40.0,
    };
    let mut s = TestScene::new();
    let paint = s.paint([0.5; 3]);
    let near = s.object(
        "near",
        box_mesh(Vec3::new(0.3, 0.01, 0.3)),
        paint,
        Motion::Static,
    );
    let far = s.object(
        "far",
        box_mesh(Vec3::new(0.8, 0.01, 0.6)),
        paint,
        Motion::Static,
    );
    let spec = s
        .episode()
        .place(far, Pose::at(Vec3::new(0.4, 2.005, -0.1)))
        .place(near, Pose::at(Vec3::new(-0.05, 1.005, 0.05)))
        .build();
    for lens in [Lens::Pinhole, RAY_PINHOLE] {
        let camera = camera([100, 80], Vec3::ZERO, Vec3::Y);
        let camera = with_lens(with_intrinsics(camera, intrinsics), lens);
        let (_, labels) = label_rendered(&s.desc, &spec, camera);
        let found = |id: u32| {
            let label = labels.objects.iter().find(|o| o.instance == id).unwrap();
            (
                label.visible_px,
                label.amodal_px,
                label.box_visible_px,
                label.box_amodal_px,
            )
        };
        assert_eq!(
            found(1),
            (1000, 1200, Some([50, 30, 40, 30]), [50, 30, 40, 30]),
            "{lens:?}"
        );
        assert_eq!(
            found(2),
            (900, 900, Some([30, 20, 30, 30]), [30, 20, 30, 30]),
            "{lens:?}"
        );
        let far = labels.objects.iter().find(|o| o.instance == 1).unwrap();
        assert_eq!(far.visibility, 1000.0 / 1200.0);
    }
}

/// A box that hides part of another, and a pane of glass before a third.
fn crowd() -> (TestScene, EpisodeSpec) {
    let mut s = TestScene::new();
    let gray = s.paint([0.5; 3]);
    let glass = s.material(Material {
        name: "glass".into(),
        metallic: 0.0,
        roughness: 0.0,
        transmission: 1.0,
        ..Material::default()
    });
    let cube = s.object("cube", box_mesh(Vec3::splat(0.2)), gray, Motion::Static);
    s.desc.parts.push("shell".into());
    s.desc.objects[cube.index()].surfaces[0].part = PartId(1);
    let corner = |name: &str, x, y, z| NamedPoint {
        name: name.into(),
        point_m: Vec3::new(x, y, z),
    };
    s.desc.objects[cube.index()].keypoints = vec![
        corner("near", -0.1, -0.1, 0.1),
        corner("far_left", 0.1, 0.1, -0.1),
        corner("far_right", 0.1, -0.1, -0.1),
    ];
    let pane = box_mesh(Vec3::new(0.01, 0.2, 0.4));
    let pane = s.object("pane", pane, glass, Motion::Static);
    let spec = s
        .episode()
        .place(cube, Pose::at(Vec3::new(1.0, 0.1, 0.0)))
        .place(cube, Pose::at(Vec3::new(1.5, 0.3, 0.0)))
        .place(cube, Pose::at(Vec3::new(1.5, -0.5, 0.0)))
        .place(pane, Pose::at(Vec3::new(0.8, -0.176, 0.0)))
        .build();
    (s, spec)
}

#[test]
fn rendered_labels_agree_with_each_other_under_every_lens() {
    let (s, spec) = crowd();
    for lens in LENSES {
        let camera = with_lens(
            camera([200, 150], Vec3::new(0.0, 0.02, 0.06), Vec3::X),
            lens,
        );
        let (view, labels) = label_rendered(&s.desc, &spec, camera);
        let instance = view.planes.instance.unwrap();
        assert_eq!(labels.objects.len(), 4);
        let mut owner = vec![0u32; instance.data.len()];
        for o in &labels.objects {
            let spans = o.mask.as_ref().unwrap().spans().unwrap();
            for (start, length) in spans {
                for p in start as usize..(start + length) as usize {
                    let (x, y) = (p / 150, p % 150);
                    assert_eq!(owner[y * 200 + x], 0, "masks overlap");
                    owner[y * 200 + x] = o.instance;
                }
            }
            assert!(o.visible_px <= o.amodal_px);
            let [x, y, w, h] = o.box_amodal_px.map(f64::from);
            let [ux, uy, uw, uh] = o.box_untruncated_px.unwrap();
            // Pixel centres of the amodal box lie in the whole box, and it is less than a pixel
            // larger: nothing is cut off here.
            assert!(!o.truncated);
            assert!(ux <= x + 0.51 && uy <= y + 0.51, "{lens:?}");
            assert!(
                ux + uw >= x + w - 0.51 && uy + uh >= y + h - 0.51,
                "{lens:?}"
            );
            assert!(ux > x - 0.51 && uy > y - 0.51, "{lens:?}");
            assert!(ux + uw < x + w + 0.51 && uy + uh < y + h + 0.51, "{lens:?}");
        }
        assert_eq!(owner, instance.data, "the masks are the plane");

        let [front, back, beside, pane] = &labels.objects[..] else {
            unreachable!();
        };
        assert_eq!(front.visibility, 1.0);
        assert!(
            back.visibility > 0.05 && back.visibility < 0.6,
            "{}",
            back.visibility
        );
        assert_eq!(back.through_glass_px, 0);
        assert!(beside.through_glass_px > 0 && beside.visible_px > 0);
        assert_eq!(
            beside.visible_px + beside.through_glass_px,
            beside.amodal_px
        );
        assert_eq!(
            (pane.visible_px, pane.through_glass_px),
            (pane.amodal_px, 0)
        );
        assert_eq!(front.parts.len(), 1);
        assert_eq!(
            (front.parts[0].part, front.parts[0].name.as_str()),
            (1, "shell")
        );

        let states =
            |o: &benchside::sense::labels::ObjectLabel| [0, 1, 2].map(|i| o.keypoints[i].state);
        // The first stands to the left: its far left corner is hidden by itself.
        let own = KeypointState::Occluded { by: 1 };
        assert_eq!(states(front)[..2], [KeypointState::Visible, own]);
        // Both corners of the box behind: the near one is hidden by the first box.
        let first = KeypointState::Occluded { by: 1 };
        assert_eq!(states(back)[0], first);
        // The third stands to the right: its far right corner is hidden by itself.
        assert_eq!(states(beside)[0], KeypointState::Visible);
        assert_eq!(states(beside)[2], KeypointState::Occluded { by: 3 });
    }
}

#[test]
fn keypoints_behind_glass_are_told_from_hidden_ones() {
    let (s, mut spec) = crowd();
    // The pane right before the third box.
    spec.objects[3].world_from_object = Pose::at(Vec3::new(1.2, -0.45, 0.0));
    let camera = camera([200, 150], Vec3::new(0.0, 0.02, 0.06), Vec3::X);
    let (_, labels) = label_rendered(&s.desc, &spec, camera);
    let beside = &labels.objects[2];
    assert_eq!(
        beside.keypoints[0].state,
        KeypointState::BehindGlass { by: 4 }
    );
    assert_eq!(beside.keypoints[2].state, KeypointState::Occluded { by: 3 });
}

#[test]
fn what_is_taken_away_is_gone() {
    let (s, mut spec) = crowd();
    let camera = camera([200, 150], Vec3::new(0.0, 0.02, 0.06), Vec3::X);
    let (_, with) = label_rendered(&s.desc, &spec, camera.clone());
    // Behind the camera it can be neither seen nor hide anything.
    spec.objects[0].world_from_object = Pose::at(Vec3::new(-3.0, 0.0, 0.0));
    let (view, without) = label_rendered(&s.desc, &spec, camera);
    assert!(!view.planes.instance.unwrap().data.contains(&1));
    let ids = |l: &FrameLabels| l.objects.iter().map(|o| o.instance).collect::<Vec<_>>();
    assert_eq!(ids(&with), [1, 2, 3, 4]);
    assert_eq!(ids(&without), [2, 3, 4]);
    assert_eq!(without.objects[0].visibility, 1.0);
    assert_eq!(without.objects[0].amodal_px, with.objects[1].amodal_px);
}
