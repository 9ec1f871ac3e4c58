//! A small laboratory built in code, and recipes for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use benchside::base::ids::{AssetId, EnvironmentId, MaterialId, ObjectId, TextureId};
use benchside::base::light::{Light, LightKind};
use benchside::base::pose::Pose;
use benchside::base::problem::{Problem, Problems};
use benchside::scene::desc::{
    AssetDesc, CameraNode, ColliderDesc, ColliderKind, Motion, RegionDesc, SceneDesc,
};
use benchside::scene::environment::EnvironmentMap;
use benchside::scene::material::{Material, Texture, TextureRef, Wrap};
use benchside::scene::recipe;
use benchside::scene::recipe::check::{Files, check};
use benchside::scene::recipe::desc::RecipeDesc;
use benchside::scene::shapes::{ShapeCache, Shapes};
use glam::{Affine3A, Quat, Vec3};

use super::scenes::{TestScene, box_mesh, sphere_mesh};

/// A recipe with every key, for [`lab`].
pub const FULL: &str = include_str!("../recipes/full.toml");

/// Edge lengths of a crate; it stands on its 4 × 3 cm side.
pub const CRATE_M: Vec3 = Vec3::new(0.04, 0.03, 0.02);
pub const BALL_RADIUS_M: f32 = 0.015;
/// Of the region `bench_work`, whose floor is the bench's top at z = 0.
pub const BENCH_HALF_M: Vec3 = Vec3::new(0.4, 0.3, 0.1);
/// A closed box standing on the bench, in world coordinates: centre and edge lengths.
pub const CABINET_M: (Vec3, Vec3) = (Vec3::new(-0.25, 0.1, 0.15), Vec3::new(0.2, 0.2, 0.3));
/// Middles of a rack's slots along its X, and their half size.
pub const SLOTS_X_M: [f32; 4] = [-0.069, -0.023, 0.023, 0.069];
pub const SLOT_HALF_M: Vec3 = Vec3::new(0.022, 0.017, 0.01);
/// Height of the slots' floor above the rack's underside.
pub const SLOT_FLOOR_M: f32 = 0.002;

/// Room (bench with cabinet, two panels, a camera, an anchor), crate, rack with four slots, ball, and
/// a pair of two objects in one file.
pub fn lab() -> SceneDesc {
    let mut t = TestScene::new();
    t.desc.textures = ["a", "b"].map(texture).to_vec();
    t.desc.environments = vec![
        EnvironmentMap::new("day", 2, 1, vec![[1.0; 3]; 2]),
        EnvironmentMap::new("night", 2, 1, vec![[0.0; 3]; 2]),
    ];
    let bench_top = material(&mut t, "bench_top", false);
    let wood_top = material(&mut t, "wood_top", false);
    let steel = material(&mut t, "steel", false);
    let crate_paint = material(&mut t, "crate_paint", true);
    let pink = material(&mut t, "crate_pink", true);
    let ball_paint = material(&mut t, "ball_paint", false);

    let slab = box_mesh(Vec3::new(2.0, 1.0, 0.1));
    let bench = t.object("bench", slab, bench_top, Motion::Static);
    let object = &mut t.desc.objects[bench.index()];
    object.asset_from_object = Pose::at(Vec3::new(0.0, 0.0, -0.05));
    object.surfaces[0].variants = vec![(1, wood_top)];
    // Its floor is the bench's top.
    let above = Vec3::new(0.0, 0.0, 0.05 + BENCH_HALF_M.z);
    object.regions = vec![region("bench_work", above, BENCH_HALF_M)];
    let (middle, size) = CABINET_M;
    let cabinet = t.object("cabinet", box_mesh(size), steel, Motion::Static);
    t.desc.objects[cabinet.index()].asset_from_object = Pose::at(middle);
    let room_end = t.desc.objects.len() as u32;

    let crate_mesh = box_mesh(CRATE_M);
    let id = t.object("crate", crate_mesh, crate_paint, Motion::Dynamic);
    t.collides_as(id, ColliderKind::Box);
    t.desc.objects[id.index()].surfaces[0].variants = vec![(1, pink)];
    stand(&mut t, id, 0.5 * CRATE_M.z);
    let crate_end = t.desc.objects.len() as u32;

    rack(&mut t, steel);
    let rack_end = t.desc.objects.len() as u32;

    let ball_mesh = sphere_mesh(BALL_RADIUS_M, 24, 12);
    let id = t.object("ball", ball_mesh, ball_paint, Motion::Dynamic);
    t.collides_as(id, ColliderKind::Sphere);
    stand(&mut t, id, BALL_RADIUS_M);
    let ball_end = t.desc.objects.len() as u32;

    let jar = t.object("jar", box_mesh(Vec3::splat(0.03)), steel, Motion::Dynamic);
    stand(&mut t, jar, 0.015);
    let lid_mesh = box_mesh(Vec3::new(0.03, 0.03, 0.004));
    let lid = t.object("lid", lid_mesh, steel, Motion::Dynamic);
    stand(&mut t, lid, 0.033);
    let pair_end = t.desc.objects.len() as u32;

    let mut room = asset("room", 0..room_end);
    room.variants = vec!["white".into(), "wood".into()];
    room.regions = vec![
        region("far", Vec3::new(5.0, 0.0, 0.1), Vec3::new(0.5, 0.5, 0.1)),
        region("line", Vec3::new(0.0, 5.0, 0.0), Vec3::new(0.5, 0.0, 0.1)),
    ];
    room.cameras = vec![CameraNode {
        name: "cam".into(),
        asset_from_camera: Pose::looking_at(Vec3::new(0.0, -1.0, 0.8), Vec3::ZERO),
        vertical_fov_rad: 50f64.to_radians(),
    }];
    room.nodes = vec![
        ("anchor".into(), Pose::at(Vec3::new(0.0, 0.0, 1.5))),
        ("twin".into(), Pose::IDENTITY),
        ("twin".into(), Pose::IDENTITY),
    ];
    room.lights = vec![panel("panel.001", -0.5), panel("panel.002", 0.5)];
    let mut crate_asset = asset("crate", room_end..crate_end);
    crate_asset.variants = vec!["blue".into(), "pink".into()];
    t.desc.assets = vec![
        room,
        crate_asset,
        asset("rack", crate_end..rack_end),
        asset("ball", rack_end..ball_end),
        asset("pair", ball_end..pair_end),
    ];
    t.desc
}

/// Four cells between walls 2 mm thick, on a floor of 2 mm, open at the top.
fn rack(t: &mut TestScene, material: MaterialId) {
    let wall = |center: [f32; 3], size: [f32; 3]| (Vec3::from(center), Vec3::from(size));
    let (length, width, height) = (0.186, 0.038, 0.022);
    let mut parts = vec![
        wall([0.0, 0.0, 0.001], [length, width, SLOT_FLOOR_M]),
        wall([0.0, -0.018, 0.012], [length, 0.002, 0.02]),
        wall([0.0, 0.018, 0.012], [length, 0.002, 0.02]),
    ];
    parts.extend((0..5).map(|i| {
        let x = -0.092 + 0.046 * i as f32;
        wall([x, 0.0, 0.012], [0.002, 0.034, 0.02])
    }));
    let body = box_mesh(Vec3::new(length, width, height));
    let id = t.object("rack", body, material, Motion::Dynamic);
    stand(t, id, 0.5 * height);
    let colliders = parts
        .into_iter()
        .map(|(center, size)| ColliderDesc {
            kind: ColliderKind::Box,
            mesh: t.mesh(box_mesh(size)),
            object_from_mesh: Affine3A::from_translation(center),
        })
        .collect();
    let object = &mut t.desc.objects[id.index()];
    object.body.colliders = colliders;
    object.regions = SLOTS_X_M
        .map(|x| Vec3::new(x, 0.0, SLOT_FLOOR_M + SLOT_HALF_M.z))
        .map(|at| region("rack_slot", at, SLOT_HALF_M))
        .to_vec();
}

/// Raises an object's mesh, which is about its origin.
fn stand(t: &mut TestScene, id: ObjectId, by_m: f32) {
    let up = Vec3::new(0.0, 0.0, by_m);
    let object = &mut t.desc.objects[id.index()];
    object.surfaces[0].object_from_mesh = Affine3A::from_translation(up);
    for collider in &mut object.body.colliders {
        collider.object_from_mesh = Affine3A::from_translation(up);
    }
    object.bounds.min += up;
    object.bounds.max += up;
}

fn asset(name: &str, objects: std::ops::Range<u32>) -> AssetDesc {
    AssetDesc {
        articulated: false,
        name: name.into(),
        path: PathBuf::from(format!("{name}.glb")),
        objects,
        regions: Vec::new(),
        cameras: Vec::new(),
        lights: Vec::new(),
        variants: Vec::new(),
        nodes: Vec::new(),
    }
}

fn region(name: &str, middle: Vec3, half_size_m: Vec3) -> RegionDesc {
    RegionDesc {
        name: name.into(),
        parent_from_region: Pose::at(middle),
        half_size_m,
    }
}

fn panel(name: &str, x: f32) -> Light {
    Light {
        name: name.into(),
        kind: LightKind::Rect {
            world_from_light: Pose::new(Quat::IDENTITY, Vec3::new(x, 0.0, 2.5)),
            half_size_m: [0.3, 0.3],
            nits: 1000.0,
        },
        color: [1.0; 3],
        casts_shadow: true,
    }
}

fn texture(name: &str) -> Texture {
    Texture {
        name: name.into(),
        width_px: 1,
        height_px: 1,
        wrap_u: Wrap::Repeat,
        wrap_v: Wrap::Repeat,
        srgb: true,
        rgba: vec![[255; 4]],
    }
}

fn material(t: &mut TestScene, name: &str, textured: bool) -> MaterialId {
    let base_color_texture = textured.then_some(TextureRef {
        texture: TextureId(0),
        uv_set: 0,
        offset: [0.0; 2],
        rotation_rad: 0.0,
        scale: [1.0; 2],
    });
    t.material(Material {
        name: name.into(),
        base_color_texture,
        ..Material::default()
    })
}

/// Its collision shapes.
pub fn shapes(scene: &SceneDesc) -> Shapes {
    Shapes::build_with(scene, &ShapeCache::none()).expect("the laboratory's shapes are sound")
}

/// The paths that recipes of [`lab`] may name.
pub fn files(scene: &SceneDesc) -> Files<'_> {
    let assets = scene.assets.iter().zip(0..).skip(1);
    let textures = scene.textures.iter().zip(0..);
    let environments = scene.environments.iter().zip(0..);
    Files {
        scene,
        room: Some(AssetId(0)),
        assets: assets
            .map(|(asset, id)| (format!("{}.glb", asset.name), AssetId(id)))
            .collect::<BTreeMap<_, _>>(),
        textures: textures
            .map(|(texture, id)| (format!("{}.png", texture.name), TextureId(id)))
            .collect(),
        environments: environments
            .map(|(map, id)| (format!("{}.hdr", map.name), EnvironmentId(id)))
            .collect(),
    }
}

/// Reads and checks a recipe of [`lab`], as `load` does with files.
pub fn load_recipe_text(scene: &SceneDesc, text: &str) -> (Option<RecipeDesc>, Problems) {
    let file = Path::new("recipe.toml");
    let (raw, mut problems) = recipe::parse(text, file);
    let Some(raw) = raw else {
        return (None, problems);
    };
    let files = files(scene);
    let assets = raw.asset_paths().into_iter();
    let assets = assets.filter(|(path, _)| !files.assets.contains_key(path));
    let textures = raw.texture_paths().into_iter();
    let textures = textures.filter(|(path, _)| !files.textures.contains_key(path));
    let environments = raw.environment_paths().into_iter();
    let environments = environments.filter(|(path, _)| !files.environments.contains_key(path));
    for (path, place) in assets.chain(textures).chain(environments) {
        let place = place.to_string();
        problems.push(Problem::error(file, place, path, "a file", ""));
    }
    let (desc, more) = check(&raw, &files, file, String::new());
    problems.extend(more);
    (desc.filter(|_| !problems.has_errors()), problems)
}

/// A recipe of [`lab`] that is sound: these entries, a camera, and no change of lights.
pub fn recipe(scene: &SceneDesc, entries: &str) -> RecipeDesc {
    let text = format!(
        "version = 1\nscene = \"room.glb\"\ntaxonomy = \"taxonomy.toml\"\n{entries}\n\
         [[camera]]\nname = \"still\"\nmount = {{ node = \"cam\" }}\n"
    );
    match load_recipe_text(scene, &text) {
        (Some(desc), problems) if problems.is_empty() => desc,
        (_, problems) => panic!("{problems}\n{text}"),
    }
}
