//! Sensors in data sets.

use crate::support::cli::{TINY, benchside, digests, fresh, ok};

/// The small scene with sensors on both cameras (the first with depth), in a folder of its own.
fn tiny_with_sensors(name: &str) -> std::path::PathBuf {
    let folder = fresh(name);
    std::fs::create_dir_all(&folder).unwrap();
    for entry in std::fs::read_dir(TINY).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    let recipe = folder.join("recipe.toml");
    let text = std::fs::read_to_string(&recipe).unwrap();
    std::fs::write(folder.join("without.toml"), &text).unwrap();
    let [front, above] = ["name = \"front\"\n", "name = \"above\"\n"];
    assert!(text.contains(front) && text.contains(above));
    let text = text
        .replace(
            front,
            &format!(
                "{front}sensor = {{ kind = \"consumer_rgbd\", window_px = 3, min_m = 0.2 }}\n"
            ),
        )
        .replace(
            above,
            &format!("{above}sensor = {{ kind = \"endoscope\" }}\n"),
        );
    std::fs::write(recipe, text).unwrap();
    folder
}

fn run(scene: &std::path::Path, out: &std::path::Path, args: &[&str]) {
    let mut command = benchside(["generate"]);
    command
        .arg(scene)
        .arg("-o")
        .arg(out)
        .args(["-n", "2"])
        .args(args);
    ok(command);
}

#[test]
fn a_data_set_holds_the_sensors_planes_beside_the_same_labels() {
    let scene = tiny_with_sensors("sensor_scene");
    let (with, without) = (fresh("sensor_with"), fresh("sensor_without"));
    run(&scene, &with, &["--seed", "4"]);
    run(&scene.join("without.toml"), &without, &["--seed", "4"]);
    let (with_files, without_files) = (digests(&with), digests(&without));
    for (name, digest) in &without_files {
        if name.starts_with("images/") && name.ends_with(".png") {
            assert_eq!(with_files.get(name), Some(digest), "{name}");
        }
        if name.ends_with("labels.json") {
            let [mut a, mut b] = [&with, &without].map(|root| {
                let text = std::fs::read_to_string(root.join(name)).unwrap();
                serde_json::from_str::<serde_json::Value>(&text).unwrap()
            });
            let sensor = a["camera"]
                .as_object_mut()
                .unwrap()
                .remove("sensor")
                .unwrap();
            assert_eq!(sensor["color"].as_object().unwrap().len(), 16);
            for labels in [&mut a, &mut b] {
                labels.as_object_mut().unwrap().remove("files");
            }
            assert_eq!(a, b, "{name}");
        }
    }
    // Images 0, 2, … are of the camera with depth.
    for image in 0..8 {
        let at = |name: &str| format!("images/000/{image:06}/{name}");
        assert!(with_files.contains_key(&at("sensor_color.png")));
        assert_eq!(
            with_files.contains_key(&at("sensor_z_depth.png")),
            image % 2 == 0
        );
        assert!(!without_files.contains_key(&at("sensor_color.png")));
    }
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(with.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["planes"].as_array().unwrap().len(), 13);
    assert_eq!(
        manifest["request"]["sensors"][0]["depth"],
        "structured_light"
    );
    assert_eq!(
        manifest["request"]["sensors"][1]["depth"],
        serde_json::Value::Null
    );
    let plain: serde_json::Value =
        serde_json::from_slice(&std::fs::read(without.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(plain["planes"].as_array().unwrap().len(), 11);
    assert_eq!(plain["request"].get("sensors"), None);

    let mut check = benchside(["check"]);
    check.arg(&with);
    ok(check);
    // The check misses a plane that is gone, and one that is too much.
    std::fs::remove_file(with.join("images/000/000000/sensor_z_depth.png")).unwrap();
    std::fs::write(with.join("images/000/000001/sensor_z_depth.png"), b"x").unwrap();
    let said = benchside(["check"]).arg(&with).output().unwrap();
    assert_eq!(said.status.code(), Some(1));
    let text = String::from_utf8_lossy(&said.stdout) + String::from_utf8_lossy(&said.stderr);
    assert!(
        text.contains("000000/sensor_z_depth.png\n  found:    missing"),
        "{text}"
    );
    assert!(
        text.contains("000001/sensor_z_depth.png\n  found:    does not belong"),
        "{text}"
    );
}

#[test]
fn sensors_depend_on_the_seed_alone() {
    let scene = tiny_with_sensors("sensor_seed_scene");
    let [one, two, other] = ["sensor_one", "sensor_two", "sensor_other"].map(fresh);
    run(&scene, &one, &["--seed", "4", "--threads", "1"]);
    run(&scene, &two, &["--seed", "4", "--threads", "3"]);
    run(&scene, &other, &["--seed", "5"]);
    assert_eq!(digests(&one), digests(&two));
    let sensed = |root: &std::path::Path| -> Vec<String> {
        let files = digests(root).into_iter();
        files
            .filter(|(name, _)| name.contains("sensor_"))
            .map(|(_, digest)| digest)
            .collect()
    };
    let (one, other) = (sensed(&one), sensed(&other));
    assert_eq!(one.len(), 12);
    assert!(one.iter().all(|digest| !other.contains(digest)));
    // No two images share their noise.
    let distinct: std::collections::BTreeSet<_> = one.iter().collect();
    assert_eq!(distinct.len(), one.len());
}

#[test]
fn the_shipped_recipes_with_sensors_work() {
    let scenes = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/pathology_lab");
    for name in ["rgbd", "endoscope"] {
        let out = fresh(&format!("sensor_{name}"));
        let mut command = benchside(["generate"]);
        command.arg(scenes.join(format!("{name}.toml")));
        command.arg("-o").arg(&out);
        ok({
            command.args([
                "-n",
                "1",
                "--size",
                "96x96",
                "--formats",
                "native",
                "--samples",
                "1",
            ]);
            command
        });
        let mut check = benchside(["check"]);
        check.arg(&out);
        ok(check);
        assert!(out.join("images/000/000000/sensor_color.png").is_file());
    }
}
