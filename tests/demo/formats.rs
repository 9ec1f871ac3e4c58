//! Videos, archives and statistics by themselves, and what a recording cannot hold.

use std::io::Cursor;
use std::path::Path;

use benchside::dataset::demo::mp4::Track;
use benchside::dataset::demo::stats::{self, Running};
use benchside::dataset::demo::video::{VideoEncoder, decode_picture};
use benchside::dataset::demo::zip::{ZipReader, ZipWriter};
use benchside::dataset::demo::{DemoFormat, Recording};

use super::synth::{ALL, color, episode, manifest, schema};
use crate::support::cli::fresh;
use crate::support::fuzz::{Campaign, mutate_bytes};

fn psnr(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let square = |(a, b): (&u8, &u8)| (f64::from(*a) - f64::from(*b)).powi(2);
    let error = a.iter().zip(b).map(square).sum::<f64>() / a.len() as f64;
    10.0 * (255.0 * 255.0 / error).log10()
}

/// BT.601, 0 … 255.
fn luma(rgb: &[u8]) -> Vec<u8> {
    let (pixels, _) = rgb.as_chunks::<3>();
    let of = |p: &[u8; 3]| {
        let [r, g, b] = p.map(u32::from);
        ((299 * r + 587 * g + 114 * b + 500) / 1000) as u8
    };
    pixels.iter().map(of).collect()
}

/// Pictures of shipped scenes, cut to a camera's size and panned as a wrist camera would be.
/// Halving the resolution of colour (4:2:0) alone leaves 38 to 46 dB of their RGB values.
#[test]
fn real_pictures_come_back_sharp() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/pathology_lab/pictures");
    let (mut count, mut bytes, mut sum, mut worst) = (0, 0, 0.0, f64::INFINITY);
    let mut time = std::time::Duration::ZERO;
    let mut luma_sum = 0.0;
    for name in ["endoscope", "episodes", "glass", "modes"] {
        let picture = image::open(folder.join(name).with_extension("jpg"))
            .unwrap()
            .to_rgb8();
        let (w, h) = (
            256.min(picture.width() & !1),
            256.min(picture.height() & !1),
        );
        let mut encoder = VideoEncoder::new(w, h, 20).unwrap();
        let cut = |i: u32| {
            let x = (picture.width() - w) / 2 + i.min((picture.width() - w) / 2);
            let y = (picture.height() - h) / 2;
            image::imageops::crop_imm(&picture, x, y, w, h)
                .to_image()
                .into_raw()
        };
        let begin = std::time::Instant::now();
        (0..8).for_each(|i| encoder.push(&cut(3 * i)).unwrap());
        time += begin.elapsed();
        let file = encoder.finish().to_mp4();
        for i in 0..8 {
            let back = decode_picture(&mut Cursor::new(&file), i).unwrap();
            let value = psnr(back.data.as_flattened(), &cut(3 * i as u32));
            sum += value;
            luma_sum += psnr(&luma(back.data.as_flattened()), &luma(&cut(3 * i as u32)));
            worst = worst.min(value);
            count += 1;
        }
        bytes += file.len();
    }
    let (mean, luma) = (sum / f64::from(count), luma_sum / f64::from(count));
    let size = bytes as f64 / f64::from(count) / 1024.0;
    println!(
        "{count} pictures: PSNR {mean:.1} dB on average, {worst:.1} at least, of luma {luma:.1}; {size:.1} KiB each, in {:?}",
        time / count as u32
    );
    assert!(
        mean > 38.0 && worst > 35.0 && luma > 42.0,
        "{mean} {worst} {luma}"
    );
}

/// Bytes of a video of a camera of the tests.
fn video(camera: usize, episode: u64, count: usize) -> Vec<u8> {
    let camera = &schema().cameras[camera];
    let mut encoder = VideoEncoder::new(camera.width_px, camera.height_px, 20).unwrap();
    (0..count).for_each(|i| encoder.push(&color(camera, episode, i)).unwrap());
    encoder.finish().to_mp4()
}

#[test]
fn encoding_twice_gives_the_same_bytes_and_tracks_add_up() {
    let (a, b) = (video(0, 0, 5), video(0, 1, 4));
    assert_eq!(a, video(0, 0, 5));
    let read = |file: &Vec<u8>| Track::read(&mut Cursor::new(file)).unwrap();
    let ((mut track, first), (other, second)) = (read(&a), read(&b));
    assert_eq!((track.len(), other.len(), track.rate_hz), (5, 4, 20));
    let (wide, _) = read(&video(1, 0, 1));
    assert!(!track.append(&wide), "another size");
    assert!(track.append(&other));
    let mut whole = track.header();
    whole.extend_from_slice(&a[first.start as usize..first.end as usize]);
    whole.extend_from_slice(&b[second.start as usize..second.end as usize]);
    assert_eq!(read(&whole).0, track);
    let camera = &schema().cameras[0];
    for i in 0..9 {
        let (episode, step) = if i < 5 { (0, i) } else { (1, i - 5) };
        let back = decode_picture(&mut Cursor::new(&whole), i).unwrap();
        assert!(
            psnr(back.data.as_flattened(), &color(camera, episode, step)) > 36.0,
            "{i}"
        );
    }
    assert!(decode_picture(&mut Cursor::new(&whole), 9).is_err());
}

#[test]
fn broken_videos_and_archives_are_errors() {
    let mp4 = video(0, 0, 3);
    let mut zip = ZipWriter::default();
    zip.push("a.png", b"some bytes");
    zip.push("b.png", &[7; 300]);
    let zip = zip.finish();
    let mut reader = ZipReader::new(Cursor::new(&zip)).unwrap();
    assert_eq!(reader.get(1).unwrap(), ("b.png", vec![7; 300]));
    assert_eq!(reader.get(2).unwrap_err().to_string(), "too few pictures");
    for (name, file) in [("demo_mp4", mp4), ("demo_zip", zip)] {
        let mutate = |rng: &mut _| {
            let mut bytes = file.clone();
            mutate_bytes(rng, &mut bytes);
            bytes
        };
        Campaign::short(name, 3000, 4 << 20).run(mutate, |bytes| {
            let _ = Track::read(&mut Cursor::new(bytes));
            if let Ok(mut archive) = ZipReader::new(Cursor::new(bytes)) {
                (0..archive.len().min(4)).for_each(|i| drop(archive.get(i)));
            }
        });
    }
}

#[test]
fn statistics_of_a_stream_are_those_of_the_values() {
    // A uniform ramp, in shuffled order: every quantile is known.
    let n = 100_003usize;
    let ramp: Vec<f64> = (0..n)
        .map(|i| ((i * 7919) % n) as f64 / (n - 1) as f64)
        .collect();
    let mut running = Running::default();
    ramp.iter().for_each(|&v| running.first(v));
    ramp.iter().for_each(|&v| running.second(v));
    let exact = stats::of(&ramp);
    for found in [running.stats(), exact] {
        assert_eq!((found.min, found.max), (0.0, 1.0));
        assert!((found.mean - 0.5).abs() < 1e-12);
        // Discrete uniform: (n² − 1) / 12 steps².
        let n = n as f64;
        let std = ((n * n - 1.0) / 12.0).sqrt() / (n - 1.0);
        assert!((found.std - std).abs() < 1e-12);
        for ((_, q), value) in stats::QUANTILES.iter().zip(found.quantiles) {
            assert!((value - q).abs() < 1e-9, "{q}: {value}");
        }
    }
    // Two values: a quantile between them is on the line.
    let coin = stats::of(&[0.0, 1.0, 0.0, 1.0, 1.0]);
    assert_eq!(coin.quantiles, [0.0, 0.0, 1.0, 1.0, 1.0].map(f64::from));
    let (mut one, value) = (Running::default(), 0.3);
    one.first(value);
    one.second(value);
    assert_eq!(one.stats(), stats::of(&[value]));
}

#[test]
fn a_schema_that_no_recording_can_have_is_refused() {
    let mut schema = schema();
    schema.rate_hz = 0;
    schema.cameras[0].width_px = 95;
    schema.cameras[1].name = "Front".into();
    schema.action[1].range = Some((1.0, 1.0));
    schema.state[2].name = schema.state[0].name.clone();
    schema.depth_unit_m = f64::NAN;
    let found = schema.problems(Path::new("manifest.json")).to_string();
    let expected = "\
error: manifest.json: rate_hz
  found:    0
  expected: 1 to 1000 steps a second
error: manifest.json: depth_unit_m
  found:    NaN
  expected: metres above 0
error: manifest.json: state[2]
  found:    \"arm_joint1.position\"
  expected: a name that no other one here has
error: manifest.json: action[1].range
  found:    1 to 1 (arm_joint2.position)
  expected: a least and a greatest value, or null
error: manifest.json: cameras[1]
  found:    \"front\"
  expected: a name that no other one here has
error: manifest.json: cameras[0] (front)
  found:    95 x 64 px
  expected: even numbers of at least 16, at most 3840 x 2160 or 2160 x 3840
  remedy:   choose another size: H.264 stores colour for every 2 x 2 pixels";
    assert_eq!(found, expected);
}

#[test]
fn episodes_that_do_not_agree_are_refused_whole() {
    let root = fresh("demo_refused");
    let recording = Recording::create_or_resume(&root, manifest(&ALL, true), false).unwrap();
    let folder = root.join("episodes/000/000000").display().to_string();
    let refused = |change: &dyn Fn(&mut benchside::dataset::demo::DemoEpisode)| {
        let mut episode = episode(&schema(), 0);
        change(&mut episode);
        let problems = recording.write(&episode).unwrap_err().to_string();
        assert!(!recording.has(0));
        problems.replace(&folder, "EPISODE")
    };
    let found = refused(&|e| {
        e.steps[1].state[2] = f32::NAN;
        e.steps[2].action[0] = 3.5;
        e.steps[3].stage = 3;
        e.steps[3].contacts = vec![benchside::dataset::demo::DemoContact {
            instances: (3, 2),
            force_n: 1.0,
        }];
        e.steps[4].poses.pop();
        e.steps[5].cameras[1].ev100 = 3.0;
    });
    let expected = "\
error: EPISODE: steps[1].state[2]
  found:    NaN
  expected: a finite number
error: EPISODE: steps[2].action[0] (arm_joint1.position)
  found:    3.5
  expected: -2 to 3
error: EPISODE: steps[3].stage
  found:    3
  expected: 0 to 2
error: EPISODE: steps[3].contacts
  found:    3 and 2
  expected: two instance ids of 1 to 3, smaller first
error: EPISODE: steps[4].poses
  found:    2
  expected: 3
error: EPISODE: steps[5].cameras[1]
  found:    another camera than in the first step
  expected: the same camera, its pose aside";
    assert_eq!(found, expected);
    let found = refused(&|e| drop(e.frames[0].color.pop()));
    assert_eq!(
        found,
        "error: EPISODE: pictures of front\n  found:    8\n  expected: 9"
    );
    let found = refused(&|e| e.frames[1].color[3].truncate(10));
    assert_eq!(
        found,
        "error: EPISODE: frames of wrist-2, step 3\n  found:    colour of 10 values where 15360 \
         belong\n  expected: pictures of every step"
    );
    let found = refused(&|e| e.frames[0].instance[2][5] = 9);
    assert_eq!(
        found,
        "error: EPISODE: greatest instance id of front\n  found:    9\n  expected: 3"
    );
    let found = refused(&|e| e.steps.clear());
    assert_eq!(
        found,
        "error: EPISODE: steps\n  found:    none\n  expected: at least one step"
    );
}

#[test]
fn folders_are_not_mixed_and_unfinished_work_is_named() {
    let root = fresh("demo_mixed");
    let native = [DemoFormat::Native];
    let begin = |keep, resume| Recording::create_or_resume(&root, manifest(&native, keep), resume);
    let says = |result: Result<Recording, _>| {
        let problems: benchside::base::problem::Problems = result.unwrap_err();
        problems
            .to_string()
            .replace(&root.display().to_string(), "ROOT")
    };
    let recording = begin(false, false).unwrap();
    assert!(says(begin(false, true)).contains("another run is writing here"));
    recording.write(&episode(&schema(), 0)).unwrap();
    let missing = recording.finish(2, &|_, _, _| ()).unwrap_err().to_string();
    assert_eq!(
        missing.replace(&root.display().to_string(), "ROOT"),
        "error: ROOT/episodes/000/000001\n  found:    missing\n  expected: an episode\n  remedy:   \
         record it: run the same command with --resume"
    );
    assert!(says(begin(false, false)).contains("an unfinished data set"));
    assert_eq!(
        says(begin(true, true)),
        "error: ROOT/manifest.json: request.keep_failures\n  found:    false\n  expected: true (as \
         asked for now)\n  remedy:   resume with the same recipe, files and options, or choose \
         another folder with -o"
    );
    begin(false, true)
        .unwrap()
        .finish(1, &|_, _, _| ())
        .unwrap();
    assert!(says(begin(false, false)).contains("a finished data set"));

    let root = fresh("demo_no_success");
    let recording = Recording::create_or_resume(&root, manifest(&ALL, false), false).unwrap();
    let mut failed = episode(&schema(), 2);
    failed.index = 0;
    recording.write(&failed).unwrap();
    let none = recording.finish(1, &|_, _, _| ()).unwrap_err().to_string();
    assert_eq!(
        none.replace(&root.display().to_string(), "ROOT"),
        "error: ROOT/lerobot3\n  found:    none of 1 episodes succeeded\n  expected: at least one \
         success\n  remedy:   record more episodes, or keep failures with --keep-failures"
    );
}
