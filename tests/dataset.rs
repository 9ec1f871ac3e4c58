//! Files of a data set: what they hold, and what the check finds.

use std::path::{Path, PathBuf};
use std::process::Command;

use benchside::base::image::{Plane, Planes};
use benchside::dataset::image_file::{PixelFormat, RawImage, decode, encode};
use benchside::dataset::manifest::Manifest;
use benchside::dataset::planes::{TooManyInstances, encode_planes};
use benchside::dataset::record::read_labels;
use benchside::sense::labels::KeypointState;

use crate::support::cli::{TINY, benchside, digests, fresh, generate, ok};
use crate::support::python::{python, script};

fn plane<T>(width_px: usize, data: Vec<T>) -> Plane<T> {
    Plane {
        width_px,
        height_px: data.len() / width_px,
        data,
    }
}

/// Reads a PNG file by another library.
fn by_image_crate(bytes: &[u8]) -> image::DynamicImage {
    image::load_from_memory_with_format(bytes, image::ImageFormat::Png).unwrap()
}

#[test]
fn pixels_survive_the_file() {
    let mut state = 7u64;
    for (format, bytes) in [
        (PixelFormat::Gray16, 2),
        (PixelFormat::Rgb8, 3),
        (PixelFormat::Rgb16, 6),
    ] {
        for (width_px, height_px) in [(1, 1), (3, 7), (129, 65)] {
            let n = (width_px * height_px) as usize * bytes;
            let mut noise = || {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 56) as u8
            };
            let image = RawImage {
                width_px,
                height_px,
                format,
                bytes: (0..n).map(|_| noise()).collect(),
            };
            let file = encode(&image);
            assert_eq!(file, encode(&image));
            assert_eq!(decode(&file).unwrap(), image);
            let other = by_image_crate(&file);
            assert_eq!((other.width(), other.height()), (width_px, height_px));
            let values: Vec<u16> = match other {
                image::DynamicImage::ImageRgb8(i) => {
                    assert_eq!(i.into_raw(), image.bytes);
                    continue;
                }
                image::DynamicImage::ImageLuma16(i) => i.into_raw(),
                image::DynamicImage::ImageRgb16(i) => i.into_raw(),
                other => panic!("{:?}", other.color()),
            };
            assert_eq!(values, image.values_u16().collect::<Vec<_>>());
        }
    }
}

#[test]
fn cut_files_are_no_pictures() {
    let image = RawImage {
        width_px: 40,
        height_px: 30,
        format: PixelFormat::Gray16,
        bytes: (0..2400).map(|i| (i * i % 251) as u8).collect(),
    };
    let file = encode(&image);
    for end in [0, 7, 20, file.len() / 2, file.len() - 13] {
        assert!(decode(&file[..end]).is_err(), "{end} of {}", file.len());
    }
}

/// The values of one plane's file.
fn values(planes: &Planes, name: &str) -> Vec<u16> {
    let files = encode_planes(planes, 0.0005).unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].0, name);
    match by_image_crate(&files[0].1) {
        image::DynamicImage::ImageLuma16(i) => i.into_raw(),
        image::DynamicImage::ImageRgb16(i) => i.into_raw(),
        other => panic!("{:?}", other.color()),
    }
}

#[test]
fn depth_is_in_steps_and_never_loses_a_surface() {
    let depth = vec![
        0.0,
        0.0001,
        0.0005,
        1.0,
        1.2346,
        32.7675,
        33.0,
        f32::INFINITY,
    ];
    let planes = Planes {
        z_depth_m: Some(plane(4, depth)),
        ..Planes::default()
    };
    let expected = [0, 1, 1, 2000, 2469, 65535, 65535, 65535];
    assert_eq!(values(&planes, "z_depth.png"), expected);
}

#[test]
fn flow_is_stored_as_kitti_does() {
    let flow = vec![
        [0.0, 0.0],
        [1.0, -1.0],
        [-511.98, 511.98],
        [0.01, -0.01],
        [512.0, 0.0],
        [f32::NAN, 0.0],
        [0.0, f32::NEG_INFINITY],
        [-512.01, 0.0],
    ];
    let planes = Planes {
        flow_px: Some(plane(4, flow.clone())),
        ..Planes::default()
    };
    let stored = values(&planes, "flow.png");
    assert_eq!(stored[..6], [32768, 32768, 1, 32832, 32704, 1]);
    for (v, f) in stored.chunks_exact(3).zip(&flow) {
        if v[2] == 1 {
            for axis in 0..2 {
                let read = (f32::from(v[axis]) - 32768.0) / 64.0;
                assert!((read - f[axis]).abs() <= 1.0 / 128.0, "{f:?}: {read}");
            }
        } else {
            assert_eq!(v, [0, 0, 0]);
        }
    }
    let valid: Vec<u16> = stored.chunks_exact(3).map(|v| v[2]).collect();
    assert_eq!(valid, [1, 1, 1, 1, 0, 0, 0, 0]);
}

#[test]
fn normals_and_object_coordinates_fill_the_range() {
    let normals = vec![
        [0.0; 3],
        [0.0, 0.0, -1.0],
        [1.0, 0.0, 0.0],
        [0.28, -0.96, 0.0],
    ];
    let planes = Planes {
        normal_in_camera: Some(plane(2, normals)),
        ..Planes::default()
    };
    let half = 32768;
    let expected = [0, 0, 0, half, half, 0, 65535, half, half, 41942, 1311, half];
    assert_eq!(values(&planes, "normal.png"), expected);

    let coords = vec![[0.0, 0.5, 1.0], [1.0001, -0.0001, 0.25]];
    let planes = Planes {
        object_coords: Some(plane(1, coords)),
        ..Planes::default()
    };
    let expected = [0, half, 65535, 65535, 0, 16384];
    assert_eq!(values(&planes, "object_coords.png"), expected);
}

#[test]
fn ids_that_do_not_fit_are_an_error() {
    let ids = |most| Planes {
        instance: Some(plane(2, vec![0, most])),
        ..Planes::default()
    };
    assert_eq!(values(&ids(65535), "instance.png"), [0, 65535]);
    let error = encode_planes(&ids(65536), 0.001).unwrap_err();
    assert_eq!(error, TooManyInstances(65536));
}

/// One finished data set for all tests that break a copy of it.
fn dataset() -> PathBuf {
    static ONCE: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    let make = || {
        let out = fresh("dataset");
        ok(generate(&out, &["-n", "3"]));
        out
    };
    ONCE.get_or_init(make).clone()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Exit code and output of `check`, with `DIR` for the folder.
fn check(path: &Path) -> (i32, String) {
    let output = benchside(["check"]).arg(path).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let said = said.replace(path.to_str().unwrap(), "DIR");
    (output.status.code().unwrap(), said)
}

#[test]
fn check_is_content_with_what_generate_writes() {
    let expected = "DIR: no problems (data set, 12 images of 3 episodes)\n";
    assert_eq!(check(&dataset()), (0, expected.to_string()));
    let coco = fresh("dataset_coco");
    ok(generate(&coco, &["-n", "3", "--formats", "coco"]));
    assert_eq!(check(&coco), (0, expected.to_string()));
    let native = fresh("dataset_native");
    ok(generate(&native, &["-n", "3", "--formats", "native"]));
    assert_eq!(check(&native), (0, expected.to_string()));
}

#[test]
fn check_is_content_with_the_small_scene() {
    assert_eq!(
        check(Path::new(TINY)).1,
        "DIR: no problems (3 glTF files, 4 objects, 4 classes, 60 triangles)\n"
    );
    assert_eq!(
        check(&Path::new(TINY).join("block.gltf")).1,
        "DIR: no problems (1 glTF file, 1 object, 1 class, 24 triangles)\n"
    );
}

/// Breaks a copy of the data set; what the check says.
fn broken(name: &str, damage: impl FnOnce(&Path)) -> String {
    let path = fresh(&format!("broken_{name}"));
    copy(&dataset(), &path);
    damage(&path);
    let (code, said) = check(&path);
    assert_eq!(code, 1, "{said}");
    said
}

fn edit(path: &Path, change: impl FnOnce(String) -> String) {
    let text = std::fs::read_to_string(path).unwrap();
    let changed = change(text.clone());
    assert_ne!(text, changed, "the edit does nothing");
    std::fs::write(path, changed).unwrap();
}

#[test]
fn check_reports_all_damage_at_once() {
    let said = broken("all", |dir| {
        let image = |k: u32| dir.join(format!("images/000/{k:06}"));
        let file = image(1).join("z_depth.png");
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
        std::fs::remove_file(image(2).join("flow.png")).unwrap();
        std::fs::write(image(3).join("notes.txt"), "mine").unwrap();
        std::fs::remove_dir_all(image(4)).unwrap();
        // A valid picture of another image.
        std::fs::copy(image(0).join("color.png"), image(5).join("color.png")).unwrap();
        edit(&image(6).join("labels.json"), |t| {
            t.replacen("\"visible_px\":", "\"visible_px\":1", 1)
        });
        std::fs::write(image(7).join("labels.json"), "{").unwrap();
        std::fs::copy(image(0).join("instance.png"), image(8).join("class.png")).unwrap();
        std::fs::create_dir(dir.join(".work")).unwrap();
        std::fs::remove_file(dir.join("episodes/000/000002.json")).unwrap();
    });
    for part in [
        "error: DIR/images/000/000001/z_depth.png\n  found:    SHA-256 ",
        "expected: a whole PNG file\n",
        "error: DIR/images/000/000002/flow.png\n  found:    missing\n",
        "error: DIR/images/000/000003/notes.txt\n  found:    does not belong to the data set\n",
        "error: DIR/images/000/000004\n  found:    missing\n",
        "error: DIR/images/000/000005/color.png\n  found:    SHA-256 ",
        "error: DIR/images/000/000006/labels.json: objects (instance 1).visible_px\n",
        "error: DIR/images/000/000007/labels.json: line 1, column 1",
        "error: DIR/.work\n  found:    the work folder of an unfinished run\n",
        "error: DIR/episodes/000/000002.json\n  found:    missing\n",
    ] {
        assert!(said.contains(part), "no {part:?} in\n{said}");
    }
}

#[test]
fn check_compares_labels_with_pixels() {
    // A consistent lie: plane and digest agree, the labels do not.
    let said = broken("pixels", |dir| {
        let folder = dir.join("images/000/000000");
        let swap = std::fs::read(dir.join("images/000/000001/instance.png")).unwrap();
        let old = std::fs::read(folder.join("instance.png")).unwrap();
        assert_ne!(swap, old);
        std::fs::write(folder.join("instance.png"), &swap).unwrap();
        let digest = |bytes: &[u8]| crate::support::cli::sha256(bytes);
        edit(&folder.join("labels.json"), |t| {
            t.replace(&digest(&old), &digest(&swap))
        });
    });
    for part in [
        "visible_px",
        "box_visible_px",
        "mask",
        "pixels of class.png",
    ] {
        assert!(said.contains(part), "no {part:?} in\n{said}");
    }
    assert!(!said.contains("SHA-256"), "{said}");
}

#[test]
fn check_compares_coco_with_the_labels() {
    let annotations = |dir: &Path| dir.join("coco/annotations.json");
    let said = broken("coco_box", |dir| {
        edit(&annotations(dir), |t| {
            t.replacen("\"bbox\":[", "\"bbox\":[1", 1)
        });
    });
    assert!(said.contains("annotations (id 1).area, bbox"), "{said}");
    let said = broken("coco_id", |dir| {
        edit(&annotations(dir), |t| {
            t.replacen("{\"id\":2,\"image_id\"", "{\"id\":3,\"image_id\"", 1)
        });
    });
    assert!(
        said.contains("annotations (id 3).id\n  found:    3\n  expected: 2\n"),
        "{said}"
    );
    // Something that only a comparison with the labels can find.
    let said = broken("coco_visibility", |dir| {
        edit(&annotations(dir), |t| {
            t.replacen("\"visibility\":0.", "\"visibility\":0.0", 1)
        });
    });
    assert!(
        said.contains("is different\n  expected: what the labels of the images give"),
        "{said}"
    );
    let said = broken("coco_cut", |dir| {
        edit(&annotations(dir), |t| t[..t.len() / 2].to_string());
    });
    assert!(said.contains("DIR/coco/annotations.json: line "), "{said}");
}

#[test]
fn unfinished_data_sets_are_told() {
    let out = fresh("dataset_unfinished");
    ok(generate(&out, &["-n", "2", "--only", "5"]));
    let (code, said) = check(&out);
    assert_eq!(code, 1);
    assert!(
        said.contains("error: DIR/summary.json\n  found:    missing\n"),
        "{said}"
    );
    assert!(
        said.contains("error: DIR/episodes/000/000000.json\n  found:    missing\n"),
        "{said}"
    );
    let text = ok({
        let mut command = benchside(["inspect", "--no-sheet"]);
        command.arg(&out);
        command
    });
    assert!(
        text.contains("unfinished: 8 images were asked for"),
        "{text}"
    );
}

#[test]
fn labels_on_disk_are_those_of_the_planes() {
    let root = dataset();
    let manifest = Manifest::read(&root).unwrap();
    assert_eq!(manifest.request.images(), 12);
    let mut seen = std::collections::BTreeSet::new();
    for image in 0..12 {
        let record = read_labels(&root, &manifest.request, image).unwrap();
        let labels = &record.labels;
        let (episode, frame, camera) = manifest.request.place(image);
        assert_eq!(manifest.request.image(episode, frame, camera), image);
        assert_eq!((labels.episode, labels.frame), (episode, frame));
        let shown: u32 = labels.objects.iter().map(|o| o.visible_px).sum();
        assert_eq!(shown + labels.background_px, 64 * 48);
        for o in &labels.objects {
            seen.insert(o.class.clone());
            assert_eq!(o.lineage.last(), Some(&o.class));
            for k in &o.keypoints {
                seen.insert(match k.state {
                    KeypointState::Visible => "visible".into(),
                    KeypointState::Occluded { by } if by == o.instance => "by itself".into(),
                    KeypointState::Occluded { .. } => "by another".into(),
                    KeypointState::BehindGlass { .. } => "glass".into(),
                    KeypointState::Outside => "outside".to_string(),
                });
            }
        }
    }
    // The small scene is varied enough to test with.
    for what in [
        "block",
        "pane",
        "table",
        "wall",
        "visible",
        "by itself",
        "glass",
    ] {
        assert!(seen.contains(what), "no {what} in {seen:?}");
    }
}

#[test]
fn inspect_counts_and_draws() {
    let root = dataset();
    let before = digests(&root);
    let sheet = fresh("sheet").with_extension("png");
    let mut command = benchside(["inspect"]);
    command.arg(&root).arg("-o").arg(&sheet);
    let text = ok(command);
    assert!(text.starts_with("tiny: 12 images of 3 episodes, 64x48, seed 0, native, coco\n"));
    let table = text.lines().find(|l| l.contains(" table ")).unwrap();
    let numbers: Vec<&str> = table.split_whitespace().collect();
    assert_eq!(numbers[..4], ["3", "table", "12", "12"], "{table}");
    // Eleven planes and twelve overlays in rows of four cells of 480 pixels.
    let picture = image::open(&sheet).unwrap();
    assert_eq!(picture.width(), 4 * (480 + 12) + 12);
    assert!(picture.height() > 6 * 360);
    assert_eq!(digests(&root), before);

    let coco = fresh("sheet_coco");
    ok(generate(&coco, &["-n", "1", "--formats", "coco"]));
    let mut command = benchside(["inspect"]);
    command.arg(&coco).arg("-o").arg(&sheet);
    ok(command);
    assert!(image::open(&sheet).unwrap().height() > 360);
}

#[test]
fn pycocotools_reads_the_data_set() {
    let Some(python) = python("pycocotools.coco, numpy, PIL") else {
        return;
    };
    let mut command = Command::new(python);
    command.arg(script("coco_check.py")).arg(dataset());
    let said = ok(command);
    assert!(said.contains("\"keypoint_categories\": 1"), "{said}");
}
