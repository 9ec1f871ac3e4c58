//! Two ways to the same answer: rasterized and traced visibility.

use benchside::base::image::Plane;
use benchside::base::pose::Pose;
use benchside::render::View;
use benchside::scene::desc::Motion;
use glam::{Quat, Vec3};

use crate::support::scenes::{TestScene, box_mesh, camera, cylinder_mesh, plane_mesh, sphere_mesh};
use crate::support::views::{RAY_PINHOLE, still, view, with_lens};

/// Share of pixels whose ids may differ; all of them must lie on silhouettes. Raster snaps
/// vertices to 1/256 px, rays do not: of a silhouette pixel's width that is 1/256 on average.
const MOST_DIFFERENT: f64 = 0.002;

/// Whether the 3×3 pixels about (x, y) show both ids.
fn on_silhouette(plane: &Plane<u32>, x: usize, y: usize, a: u32, b: u32) -> bool {
    let near = |x: usize, n: usize| x.saturating_sub(1)..(x + 2).min(n);
    let ids: Vec<u32> = near(y, plane.height_px)
        .flat_map(|y| near(x, plane.width_px).map(move |x| (x, y)))
        .map(|(x, y)| plane.at(x, y))
        .collect();
    ids.contains(&a) && ids.contains(&b)
}

/// Ids and depths of two views are the same but on silhouettes, amodal counts nearly so.
pub fn assert_agree(raster: &View, rays: &View, what: &str) {
    let plane = |view: &View| view.planes.instance.clone().unwrap();
    let depth = |view: &View| view.planes.z_depth_m.clone().unwrap();
    let (a, b, da, db) = (plane(raster), plane(rays), depth(raster), depth(rays));
    let mut different = 0;
    for (x, y) in (0..a.width_px).flat_map(|x| (0..a.height_px).map(move |y| (x, y))) {
        let (p, q) = (a.at(x, y), b.at(x, y));
        if p != q {
            different += 1;
            assert!(
                on_silhouette(&a, x, y, p, q) || on_silhouette(&b, x, y, p, q),
                "{what}, pixel {x}, {y}: raster sees {p}, rays {q}, and no silhouette is near"
            );
        } else if (da.at(x, y) - db.at(x, y)).abs() > 1e-3 * db.at(x, y) {
            // One part of an object before another: a silhouette as well.
            different += 1;
        }
    }
    let share = f64::from(different) / a.data.len() as f64;
    assert!(share < MOST_DIFFERENT, "{what}: {share} of pixels differ");
    for (i, (p, q)) in raster.coverage.iter().zip(&rays.coverage).enumerate() {
        let most = 6 + p.amodal_px / 50;
        let (p, q) = (p.amodal_px, q.amodal_px);
        assert!(
            p.abs_diff(q) <= most,
            "{what}, instance {}: amodal {p} and {q}",
            i + 1
        );
    }
}

#[test]
fn raster_and_rays_see_the_same() {
    let mut s = TestScene::new();
    let gray = s.paint([0.5; 3]);
    let things = [
        s.object("floor", plane_mesh(20.0, 20.0), gray, Motion::Static),
        s.object("ball", sphere_mesh(0.15, 48, 24), gray, Motion::Static),
        s.object(
            "box",
            box_mesh(Vec3::new(0.2, 0.1, 0.3)),
            gray,
            Motion::Static,
        ),
        s.object("can", cylinder_mesh(0.08, 0.3, 32), gray, Motion::Static),
    ];
    let mut episode = s.episode().place(things[0], Pose::IDENTITY);
    for i in 0..120u32 {
        let (a, b) = (i % 11, i / 11);
        let turn = Quat::from_rotation_z(i as f32) * Quat::from_rotation_x(0.7 * i as f32);
        let at = Vec3::new(
            a as f32 * 0.3 - 1.5,
            b as f32 * 0.4 - 2.0,
            0.1 + 0.05 * (i % 7) as f32,
        );
        episode = episode.place(things[1 + (i % 3) as usize], Pose::new(turn, at));
    }
    let spec = episode.build();
    // From outside, from above, and from within (things behind and around the camera).
    for (eye, target) in [
        (Vec3::new(0.3, -4.0, 1.5), Vec3::ZERO),
        (Vec3::new(0.1, 0.2, 3.0), Vec3::ZERO),
        (Vec3::new(0.1, 0.1, 0.55), Vec3::new(1.0, 1.0, 0.2)),
    ] {
        let camera = camera([320, 240], eye, target);
        let raster = view(&s.desc, &still(&spec, vec![camera.clone()]), 1);
        let rays = view(
            &s.desc,
            &still(&spec, vec![with_lens(camera, RAY_PINHOLE)]),
            1,
        );
        assert_agree(&raster, &rays, &format!("from {eye}"));
    }
}

#[test]
fn neighbouring_triangles_leave_no_gap_and_no_overlap() {
    // A plane of many slivers under a wide view: every pixel is covered exactly once.
    let mut s = TestScene::new();
    let gray = s.paint([0.5; 3]);
    let ball = s.object("ball", sphere_mesh(5.0, 97, 61), gray, Motion::Static);
    s.desc.materials[0].double_sided = true;
    let spec = s.episode().place(ball, Pose::IDENTITY).build();
    for lens in [benchside::base::camera::Lens::Pinhole, RAY_PINHOLE] {
        let camera = with_lens(
            camera([256, 256], Vec3::new(0.1, 0.2, 0.3), Vec3::ONE),
            lens,
        );
        let view = view(&s.desc, &still(&spec, vec![camera]), 1);
        assert!(
            view.planes.instance.unwrap().data.iter().all(|&id| id == 1),
            "{lens:?} leaves gaps"
        );
    }
}
