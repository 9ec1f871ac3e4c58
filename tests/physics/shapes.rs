//! Collision shapes against the formulas of the solids they stand for.

use std::path::PathBuf;

use benchside::base::ids::ObjectId;
use benchside::base::problem::Problems;
use benchside::scene::desc::{ColliderKind, Motion};
use benchside::scene::mesh::Mesh;
use benchside::scene::shapes::{Shape, ShapeCache, Shapes, to_parry};
use glam::{Affine3A, Quat, Vec3};
use rapier3d::parry::shape::{SharedShape, TriMeshFlags};

use crate::support::scenes::{
    TestScene, box_mesh, cylinder_mesh, merged, plane_mesh, polygons, sphere_mesh,
};

const PI: f32 = std::f32::consts::PI;

/// One object of this mesh and kind.
fn scene(mesh: Mesh, kind: ColliderKind, motion: Motion) -> (TestScene, ObjectId) {
    let mut scene = TestScene::new();
    let paint = scene.paint([0.5; 3]);
    let object = scene.object("thing", mesh, paint, motion);
    scene.collides_as(object, kind);
    (scene, object)
}

fn shapes(scene: &TestScene) -> Shapes {
    Shapes::build_with(&scene.desc, &ShapeCache::none()).expect("shapes")
}

/// Whether a point of the object's frame lies within its shapes.
fn holds(shapes: &[Shape], point: Vec3) -> bool {
    let within = |s: &Shape| {
        let pose = to_parry(&s.object_from_shape);
        s.shape.contains_point(&pose, point)
    };
    shapes.iter().any(within)
}

#[test]
fn volumes_are_those_of_the_solids() {
    use ColliderKind::*;
    let size = Vec3::new(0.04, 0.03, 0.1);
    let cuboid = 0.04 * 0.03 * 0.1;
    // A regular prism of n sides has n/2π · sin 2π/n of its circle's area.
    let prism = 32.0 / (2.0 * PI) * (2.0 * PI / 32.0).sin();
    let round = PI * 0.02 * 0.02;
    let cylinder = || cylinder_mesh(0.02, 0.1, 32);
    let glass = Vec3::new(0.022, 0.022, 0.00017);
    let cases = [
        (box_mesh(size), Box, cuboid),
        (box_mesh(size), ConvexHull, cuboid),
        (box_mesh(size), TriangleMesh, cuboid),
        (cylinder(), Cylinder, round * 0.1),
        (cylinder(), Capsule, round * 0.06 + 4.0 / 3.0 * PI * 8e-6),
        (cylinder(), ConvexHull, round * prism * 0.1),
        (sphere_mesh(0.02, 32, 16), Sphere, 4.0 / 3.0 * PI * 8e-6),
        (box_mesh(glass), Box, glass.x * glass.y * glass.z),
        (box_mesh(glass), ConvexHull, glass.x * glass.y * glass.z),
    ];
    for (mesh, kind, expected) in cases {
        let (scene, object) = scene(mesh, kind, Motion::Static);
        let found = shapes(&scene).volume_m3(object);
        let off = found / expected - 1.0;
        assert!(off.abs() < 1e-4, "{kind:?}: {found} {expected}");
    }
}

#[test]
fn inertia_of_small_thin_hulls_is_right() {
    // Of a cuboid: m/12 (y² + z²) …; off centre, so that cancellation would show.
    for size in [
        Vec3::new(0.076, 0.026, 0.001),
        Vec3::new(0.022, 0.022, 0.00017),
    ] {
        let mut mesh = box_mesh(size);
        let center = Vec3::new(0.01, 0.02, 0.05);
        mesh.positions.iter_mut().for_each(|p| *p += center);
        let (scene, object) = scene(mesh, ColliderKind::ConvexHull, Motion::Dynamic);
        let mass = shapes(&scene).of(object)[0].shape.mass_properties(2500.0);
        let m = 2500.0 * size.x * size.y * size.z;
        let [x2, y2, z2] = (size * size).to_array();
        let mut expected = [y2 + z2, x2 + z2, x2 + y2].map(|s| s * m / 12.0);
        let mut found = mass.principal_inertia().to_array();
        expected.sort_by(f32::total_cmp);
        found.sort_by(f32::total_cmp);
        assert!((mass.local_com - center).length() < 1e-6, "{mass:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!((found / expected - 1.0).abs() < 0.01, "{found} {expected}");
        }
    }
}

#[test]
fn axes_are_those_of_the_mesh() {
    for kind in [ColliderKind::Cylinder, ColliderKind::Capsule] {
        let mut mesh = cylinder_mesh(0.02, 0.1, 32);
        let center = Vec3::new(0.3, 0.2, 0.1);
        mesh.positions.iter_mut().for_each(|p| *p += center);
        let (scene, object) = scene(mesh, kind, Motion::Dynamic);
        let shapes = shapes(&scene);
        for (offset, inside) in [
            (Vec3::new(0.0, 0.0, 0.049), true),
            (Vec3::new(0.0, 0.0, 0.051), false),
            (Vec3::new(0.019, 0.0, 0.0), true),
            (Vec3::new(0.0, 0.021, 0.0), false),
        ] {
            let point = center + offset;
            assert_eq!(holds(shapes.of(object), point), inside, "{kind:?} {offset}");
        }
    }
}

#[test]
fn scales_and_mirrors_are_baked() {
    // A box with one corner cut off, so that mirroring shows; doubled along X, mirrored along Y.
    let [o, x, y, z] = [Vec3::ZERO, Vec3::X, Vec3::Y, Vec3::Z].map(|v| v * 0.1);
    let corner = polygons("corner", &[&[o, y, x], &[o, x, z], &[o, z, y], &[x, y, z]]);
    let turn = Quat::from_rotation_z(0.5 * PI);
    let object_from_mesh =
        Affine3A::from_scale_rotation_translation(Vec3::ONE, turn, Vec3::new(1.0, 0.0, 0.0))
            * Affine3A::from_scale(Vec3::new(2.0, -1.0, 1.0));
    for kind in [
        ColliderKind::ConvexHull,
        ColliderKind::ConvexDecomposition,
        ColliderKind::TriangleMesh,
    ] {
        let (mut scene, object) = scene(corner.clone(), kind, Motion::Static);
        scene.body(object).colliders[0].object_from_mesh = object_from_mesh;
        let shapes = shapes(&scene);
        let volume = shapes.volume_m3(object);
        assert!((volume / (2.0 / 6.0 * 1e-3) - 1.0).abs() < 1e-3, "{volume}");
        for (in_mesh, inside) in [
            (Vec3::new(0.02, 0.02, 0.02), true),
            (Vec3::new(0.09, 0.09, 0.09), false),
            (Vec3::new(0.02, -0.02, 0.02), false),
        ] {
            let point = object_from_mesh.transform_point3(in_mesh);
            assert_eq!(
                holds(shapes.of(object), point),
                inside,
                "{kind:?} {in_mesh}"
            );
        }
    }
}

/// Three sides of a square, 10 cm long each, 2 cm thick.
fn channel() -> Mesh {
    let wall = |x| {
        (
            box_mesh(Vec3::new(0.02, 0.1, 0.08)),
            Vec3::new(x, 0.0, 0.04),
        )
    };
    let floor = box_mesh(Vec3::new(0.1, 0.1, 0.02));
    merged(&[wall(-0.04), wall(0.04), (floor, Vec3::new(0.0, 0.0, -0.01))])
}

#[test]
fn a_decomposed_channel_is_hollow() {
    let (scene, object) = scene(
        channel(),
        ColliderKind::ConvexDecomposition,
        Motion::Dynamic,
    );
    let shapes = shapes(&scene);
    assert!(shapes.of(object).len() >= 3);
    let expected = 2.0 * 0.02 * 0.1 * 0.08 + 0.1 * 0.1 * 0.02;
    let off = shapes.volume_m3(object) / expected - 1.0;
    assert!(off.abs() < 0.05, "{off}");
    for (point, inside) in [
        (Vec3::new(0.0, 0.0, 0.04), false),
        (Vec3::new(0.02, 0.03, 0.01), false),
        (Vec3::new(0.04, 0.0, 0.04), true),
        (Vec3::new(-0.04, 0.0, 0.04), true),
        (Vec3::new(0.0, 0.0, -0.01), true),
    ] {
        assert_eq!(holds(shapes.of(object), point), inside, "{point}");
    }
}

#[test]
fn smooth_bodies_keep_their_size_with_fewer_corners() {
    let (scene, object) = scene(
        sphere_mesh(0.02, 200, 100),
        ColliderKind::ConvexHull,
        Motion::Dynamic,
    );
    let shapes = shapes(&scene);
    let polyhedron = shapes.of(object)[0].shape.as_convex_polyhedron();
    let points = polyhedron.expect("a hull").points();
    assert!(points.len() <= 600, "{}", points.len());
    let volume = shapes.volume_m3(object) / (4.0 / 3.0 * PI * 8e-6);
    assert!((0.985..1.0).contains(&volume), "{volume}");
}

#[test]
fn equal_shapes_are_shared() {
    let (mut scene, first) = scene(channel(), ColliderKind::ConvexHull, Motion::Dynamic);
    let mut twin = scene.desc.objects[0].clone();
    let turned = Affine3A::from_rotation_y(0.7);
    twin.body.colliders[0].object_from_mesh = turned;
    scene.desc.objects.push(twin.clone());
    twin.body.colliders[0].object_from_mesh = turned * Affine3A::from_scale(Vec3::splat(1.1));
    scene.desc.objects.push(twin);
    let shapes = shapes(&scene);
    let shape = |i| shapes.of(ObjectId(i))[0].shape.clone();
    let same = |a: &SharedShape, b: &SharedShape| std::sync::Arc::ptr_eq(&a.0, &b.0);
    assert_eq!(first, ObjectId(0));
    assert!(same(&shape(0), &shape(1)));
    assert!(!same(&shape(0), &shape(2)));
}

#[test]
fn convex_parts_of_a_static_mesh_are_solid() {
    // A closed box within reach of an open sheet: the box has an inside, the sheet has none.
    let sheet = (plane_mesh(0.2, 0.2), Vec3::new(0.0, 0.0, -0.5));
    let mesh = merged(&[(box_mesh(Vec3::splat(0.1)), Vec3::ZERO), sheet]);
    let (scene, object) = scene(mesh, ColliderKind::TriangleMesh, Motion::Static);
    let shapes = shapes(&scene);
    let [solid, surface] = shapes.of(object) else {
        panic!("{} shapes", shapes.of(object).len());
    };
    assert!(solid.shape.as_convex_polyhedron().is_some());
    assert_eq!(
        surface.shape.as_trimesh().expect("a mesh").indices().len(),
        2
    );

    // Facing inwards there is no inside.
    let mut inside_out = box_mesh(Vec3::splat(0.1));
    inside_out.triangles.iter_mut().for_each(|t| t.swap(1, 2));
    let (scene, object) = self::scene(inside_out, ColliderKind::TriangleMesh, Motion::Static);
    let shapes = self::shapes(&scene);
    assert!(shapes.of(object)[0].shape.as_trimesh().is_some());
}

#[test]
fn slits_do_not_open_a_closed_mesh() {
    // A cube whose lid is divided beside an edge of its wall that is not: a slit without width.
    let cube = box_mesh(Vec3::splat(0.1));
    let one_sided = |mesh: Mesh| {
        let (scene, object) = scene(mesh, ColliderKind::TriangleMesh, Motion::Static);
        let shapes = shapes(&scene);
        let [shape] = shapes.of(object) else {
            panic!("{} shapes", shapes.of(object).len());
        };
        let two_sided = TriMeshFlags::FIX_INTERNAL_EDGES_TWO_SIDED;
        !shape
            .shape
            .as_trimesh()
            .expect("a mesh")
            .flags()
            .contains(two_sided)
    };
    let lid_is_at = |t: &[u32; 3]| t.iter().all(|&i| cube.positions[i as usize].z > 0.0);
    let mut open = cube.clone();
    open.triangles.retain(|t| !lid_is_at(t));
    assert!(!one_sided(open.clone()), "a box without a lid");

    let [a, b, c, d] = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
        .map(|(x, y)| Vec3::new(0.05 * x, 0.05 * y, 0.05));
    let divided = polygons("lid", &[&[a, 0.5 * (a + b), d], &[0.5 * (a + b), b, c, d]]);
    assert!(one_sided(merged(&[
        (open, Vec3::ZERO),
        (divided, Vec3::ZERO)
    ])));
}

fn cache_folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

#[test]
fn the_cache_changes_nothing() {
    let (scene, object) = scene(
        channel(),
        ColliderKind::ConvexDecomposition,
        Motion::Dynamic,
    );
    let pieces = |cache: &ShapeCache| -> Vec<(Vec<Vec3>, f32)> {
        let shapes = Shapes::build_with(&scene.desc, cache).expect("shapes");
        let pieces = shapes.of(object).iter();
        pieces
            .map(|s| {
                let polyhedron = s.shape.as_convex_polyhedron().expect("a piece");
                let mass = s.shape.mass_properties(1.0).mass();
                (polyhedron.points().to_vec(), mass)
            })
            .collect()
    };
    let expected = pieces(&ShapeCache::none());
    assert!(!expected.is_empty());

    let folder = cache_folder("shape_cache");
    let cache = ShapeCache::at(&folder);
    assert_eq!(pieces(&cache), expected, "first");
    let files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let [file] = files.as_slice() else {
        panic!("{files:?}");
    };
    let bytes = std::fs::read(file).unwrap();
    assert_eq!(pieces(&cache), expected, "from the cache");

    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    for broken in [&[][..], &bytes[..bytes.len() / 2], &flipped] {
        std::fs::write(file, broken).unwrap();
        assert_eq!(pieces(&cache), expected, "broken");
        assert_eq!(std::fs::read(file).unwrap(), bytes, "mended");
    }
    std::fs::write(folder.join("not a folder"), b"").unwrap();
    let unwritable = ShapeCache::at(folder.join("not a folder"));
    assert_eq!(pieces(&unwritable), expected, "unwritable");
}

#[test]
fn the_cache_is_read() {
    let kind = ColliderKind::ConvexDecomposition;
    let (channel, object) = scene(channel(), kind, Motion::Dynamic);
    let (cube, _) = scene(box_mesh(Vec3::splat(0.1)), kind, Motion::Dynamic);
    let file_of = |scene: &TestScene, name: &str| {
        let folder = cache_folder(name);
        Shapes::build_with(&scene.desc, &ShapeCache::at(&folder)).expect("shapes");
        let mut files = std::fs::read_dir(&folder).unwrap();
        (folder, files.next().unwrap().unwrap().path())
    };
    // The cube's pieces under the channel's name are believed.
    let (folder, channels_file) = file_of(&channel, "shape_cache_channel");
    let (_, cubes_file) = file_of(&cube, "shape_cache_cube");
    std::fs::copy(cubes_file, channels_file).unwrap();
    let shapes = Shapes::build_with(&channel.desc, &ShapeCache::at(folder)).expect("shapes");
    let volume = shapes.volume_m3(object);
    assert!((volume / 1e-3 - 1.0).abs() < 1e-3, "{volume}");
}

fn problem(mesh: Mesh, kind: ColliderKind, motion: Motion) -> String {
    let (scene, _) = scene(mesh, kind, motion);
    problems(&scene).to_string()
}

fn problems(scene: &TestScene) -> Problems {
    match Shapes::build_with(&scene.desc, &ShapeCache::none()) {
        Ok(_) => panic!("no problem"),
        Err(problems) => problems,
    }
}

#[test]
fn what_cannot_be_fitted_is_named_with_a_remedy() {
    use ColliderKind::*;
    let flat = || plane_mesh(0.1, 0.1);
    assert_eq!(
        problem(flat(), ConvexHull, Motion::Dynamic),
        "error: test.glb: object \"thing\", mesh \"plane\"\
         \n  found:    points that span no solid convex hull\
         \n  expected: points not all in one plane, at least 0.00001 m apart from it\
         \n  remedy:   give the mesh thickness, or add a collision mesh"
    );
    let mut tilted = flat();
    let turn = Quat::from_rotation_x(0.4) * Quat::from_rotation_y(0.7);
    tilted.positions.iter_mut().for_each(|p| *p = turn * *p);
    let message = problem(tilted, ConvexHull, Motion::Dynamic);
    assert!(message.contains("span no solid convex hull"), "{message}");
    for kind in [Box, Sphere, Cylinder, Capsule] {
        let message = problem(flat(), kind, Motion::Static);
        assert!(message.contains("found:    a mesh of size [0.1, 0.1, 0] m"));
    }
    let message = problem(flat(), ConvexDecomposition, Motion::Dynamic);
    assert!(message.contains("cannot be decomposed"), "{message}");
    let message = problem(box_mesh(Vec3::ONE), TriangleMesh, Motion::Dynamic);
    assert!(message.contains("a triangle-mesh collider on a dynamic object"));
    let message = problem(Mesh::default(), TriangleMesh, Motion::Static);
    assert!(message.contains("without a triangle of finite, non-zero area"));
    let line = polygons("line", &[&[Vec3::ZERO, Vec3::X, Vec3::Y]]);
    let mut line = line;
    line.positions[2] = Vec3::X * 2.0;
    let message = problem(line, TriangleMesh, Motion::Static);
    assert!(message.contains("without a triangle of finite, non-zero area"));
    let message = problem(cylinder_mesh(0.05, 0.06, 16), Capsule, Motion::Dynamic);
    assert!(message.contains("found:    height 0.0600 m along Z, less than the diameter 0.1000 m"));
}

#[test]
fn all_problems_come_at_once() {
    let (mut scene, _) = scene(plane_mesh(0.1, 0.1), ColliderKind::Box, Motion::Static);
    let paint = scene.paint([0.5; 3]);
    let ghost = scene.object("ghost", box_mesh(Vec3::ONE), paint, Motion::Dynamic);
    scene.body(ghost).colliders.clear();
    let skewed = scene.object("skewed", box_mesh(Vec3::ONE), paint, Motion::Static);
    scene.collides_as(skewed, ColliderKind::Box).colliders[0].object_from_mesh =
        Affine3A::from_scale(Vec3::new(1.0, 2.0, 1.0)) * Affine3A::from_rotation_z(0.5);
    let zero = scene.object("zero", box_mesh(Vec3::ONE), paint, Motion::Static);
    scene.body(zero).colliders[0].object_from_mesh = Affine3A::from_scale(Vec3::new(1.0, 1.0, 0.0));
    let problems = problems(&scene);
    let found: Vec<String> = problems
        .iter()
        .map(|p| format!("{}: {}", p.place, p.found))
        .collect();
    assert_eq!(
        found,
        [
            "object \"thing\", mesh \"plane\": a mesh of size [0.1, 0.1, 0] m",
            "object \"ghost\": a dynamic object without a collision shape",
            "object \"skewed\", mesh \"box\": a mesh sheared by its parents' scale and rotation",
            "object \"zero\", mesh \"box\": scale [1, 1, 0]",
        ]
    );
}
