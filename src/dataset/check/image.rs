//! One image of the native format.

use std::path::{Path, PathBuf};

use super::{Checker, REMEDY, labels_path, names, planes};
use crate::base::camera::Lens;
use crate::base::image::Plane;
use crate::base::problem::{Problem, Problems};
use crate::dataset::episode::EpisodeRecord;
use crate::dataset::image_file::{PixelFormat, RawImage, decode};
use crate::dataset::layout;
use crate::dataset::record::{ImageRecord, read_labels, sha256_hex};
use crate::sense::labels::{LABELS_SCHEMA, ObjectLabel};
use crate::sense::{FrameLabels, InstancePixels, count_pixels};

/// Checks all files of one image; its labels, if they can be read.
pub(super) fn check(
    checker: &Checker<'_>,
    episode: &EpisodeRecord,
    image: u64,
    problems: &mut Problems,
) -> Option<FrameLabels> {
    let folder = checker.path(&layout::image(image));
    let mut inside = names([layout::LABELS]);
    let (_, _, camera) = checker.manifest.request.place(image);
    let files: Vec<(&str, PixelFormat)> =
        planes::files(&checker.manifest.request, camera).collect();
    inside.extend(files.iter().map(|(file, _)| String::from(*file)));
    if !folder.exists() {
        // Reported with its parent folder.
        return None;
    }
    checker.folder(&layout::image(image), &inside, problems);
    let request = &checker.manifest.request;
    let labels_path = checker.path(&labels_path(request, image));
    if !labels_path.exists() {
        return None;
    }
    let record = match read_labels(checker.root, request, image) {
        Ok(record) => record,
        Err(p) => {
            problems.extend(p);
            return None;
        }
    };
    let mut check = ImageCheck {
        path: labels_path,
        problems,
    };
    check.head(checker, image, &record.labels);
    let planes = check.planes(&folder, &files, request.size_px, &record);
    if let Some(planes) = planes {
        check.pixels(&planes, &record.labels);
    }
    check.objects(episode, &record.labels);
    Some(record.labels)
}

struct ImageCheck<'a> {
    /// Of the labels.
    path: PathBuf,
    problems: &'a mut Problems,
}

/// The planes that labels count.
struct Decoded {
    z_depth: Plane<u16>,
    instance: Plane<u32>,
    class: Plane<u16>,
    part: Plane<u16>,
    behind: Plane<u32>,
}

impl ImageCheck<'_> {
    fn problem(&mut self, place: impl Into<String>, found: String, expected: String) {
        let problem = Problem::error(&self.path, place, found, expected, REMEDY);
        self.problems.push(problem);
    }

    fn expect<T: PartialEq + std::fmt::Debug>(
        &mut self,
        place: impl Into<String>,
        found: T,
        expected: T,
    ) {
        if found != expected {
            self.problem(place, format!("{found:?}"), format!("{expected:?}"));
        }
    }

    fn head(&mut self, checker: &Checker<'_>, image: u64, labels: &FrameLabels) {
        let request = &checker.manifest.request;
        let (episode, frame, camera) = request.place(image);
        self.expect("schema", labels.schema, LABELS_SCHEMA);
        self.expect("image", labels.image, image);
        self.expect("episode", labels.episode, episode);
        self.expect("frame", labels.frame, frame);
        self.expect("camera_index", labels.camera_index, camera as u32);
        self.expect("camera.name", &labels.camera.name, &request.cameras[camera]);
        let sensor = labels.camera.sensor.as_ref();
        let has = [sensor.is_some(), sensor.is_some_and(|s| s.depth.is_some())];
        let wanted = [request.has_sensor(camera), request.has_depth_sensor(camera)];
        self.expect("camera.sensor (there, with depth)", has, wanted);
        let k = &labels.camera.intrinsics;
        self.expect(
            "camera.intrinsics",
            [k.width_px, k.height_px],
            request.size_px,
        );
    }

    /// Decodes all planes; `None` unless all that labels count are whole.
    fn planes(
        &mut self,
        folder: &Path,
        files: &[(&'static str, PixelFormat)],
        size: [u32; 2],
        record: &ImageRecord,
    ) -> Option<Decoded> {
        for name in record.files.keys() {
            if !files.iter().any(|(file, _)| file == name) {
                let expected = "a plane of the manifest".to_string();
                self.problem("files", name.clone(), expected);
            }
        }
        let mut images = std::collections::BTreeMap::new();
        for &(file, format) in files {
            if let Some(image) = self.plane(folder, file, format, size, record) {
                images.insert(file, image);
            }
        }
        Some(Decoded {
            z_depth: plane(images.get("z_depth.png")?),
            instance: plane(images.get("instance.png")?),
            class: plane(images.get("class.png")?),
            part: plane(images.get("part.png")?),
            behind: plane(images.get("behind_instance.png")?),
        })
    }

    fn plane(
        &mut self,
        folder: &Path,
        file: &str,
        format: PixelFormat,
        size: [u32; 2],
        record: &ImageRecord,
    ) -> Option<RawImage> {
        let path = folder.join(file);
        // A missing file is reported with the folder.
        let bytes = std::fs::read(&path).ok()?;
        let mut report = |found: String, expected: String| {
            let problem = Problem::error(&path, "", found, expected, REMEDY);
            self.problems.push(problem);
        };
        match record.files.get(file) {
            Some(digest) if *digest != sha256_hex(&bytes) => {
                let expected = format!("SHA-256 {digest} (labels.json)");
                report(format!("SHA-256 {}", sha256_hex(&bytes)), expected);
            }
            Some(_) => {}
            None => report("no digest in labels.json".into(), "a digest".into()),
        }
        let image = match decode(&bytes) {
            Ok(image) => image,
            Err(error) => {
                report(error.to_string(), "a whole PNG file".into());
                return None;
            }
        };
        if image.format != format || [image.width_px, image.height_px] != size {
            let (w, h) = (image.width_px, image.height_px);
            report(
                format!("{w}x{h}, {:?}", image.format),
                format!("{}x{}, {format:?}", size[0], size[1]),
            );
            return None;
        }
        Some(image)
    }

    /// Labels against what the planes show.
    fn pixels(&mut self, planes: &Decoded, labels: &FrameLabels) {
        let ids = planes.instance.data.iter().chain(&planes.behind.data);
        let most = ids.copied().max().unwrap_or(0);
        let most = most.max(labels.objects.iter().map(|o| o.instance).max().unwrap_or(0));
        if most > u32::from(u16::MAX) {
            let expected = "at most 65535".to_string();
            return self.problem("objects", format!("instance {most}"), expected);
        }
        let counted = count_pixels(
            most as usize,
            &planes.instance,
            Some(&planes.part),
            Some(&planes.behind),
        );
        let mut classes = vec![None; most as usize + 1];
        for object in &labels.objects {
            if let Some(counted) = (object.instance as usize)
                .checked_sub(1)
                .and_then(|i| counted.get(i))
            {
                self.counts(object, counted);
                classes[object.instance as usize] = Some(object.class_id);
            }
        }
        for (i, counted) in counted.iter().enumerate() {
            let seen = counted.visible_px + counted.through_glass_px > 0;
            if seen && classes[i + 1].is_none() {
                let expected = format!("instance {}, which the planes show", i + 1);
                self.problem("objects", "no such instance".into(), expected);
            }
        }
        let shown: u32 = counted.iter().map(|c| c.visible_px).sum();
        let background = planes.instance.data.len() as u32 - shown;
        self.expect("background_px", labels.background_px, background);

        let ids = planes.instance.data.iter();
        let wrong_class = ids
            .zip(&planes.class.data)
            .filter(|&(&id, &class)| classes[id as usize].unwrap_or(0) != u32::from(class));
        let wrong_class = wrong_class.count();
        if wrong_class > 0 {
            let found = format!("{wrong_class} pixels of class.png with another class");
            self.problem("objects", found, "the class of the pixel's instance".into());
        }
        // A fisheye also sees what is beside and behind it, where z is not positive.
        let sees_behind = matches!(labels.camera.lens, Lens::Fisheye { .. });
        let ids = planes.instance.data.iter();
        let wrong_depth = ids
            .zip(&planes.z_depth.data)
            .filter(|&(&id, &z)| (id == 0 && z != 0) || (id != 0 && z == 0 && !sees_behind));
        let wrong_depth = wrong_depth.count();
        if wrong_depth > 0 {
            let found = format!("{wrong_depth} pixels with a depth or an instance alone");
            self.problem("", found, "a depth where there is an instance".into());
        }
    }

    fn counts(&mut self, object: &ObjectLabel, counted: &InstancePixels) {
        let at = |key: &str| format!("objects (instance {}).{key}", object.instance);
        self.expect(at("visible_px"), object.visible_px, counted.visible_px);
        let through = counted.through_glass_px;
        self.expect(at("through_glass_px"), object.through_glass_px, through);
        let bounds = counted.visible_box.map(|b| {
            let (w, h) = (b.x_max - b.x_min + 1, b.y_max - b.y_min + 1);
            [b.x_min, b.y_min, w, h]
        });
        self.expect(at("box_visible_px"), object.box_visible_px, bounds);
        self.expect(at("mask"), object.mask.as_ref(), counted.mask.as_ref());
        let parts: Vec<(u16, u32)> = object
            .parts
            .iter()
            .map(|p| (p.part, p.visible_px))
            .collect();
        self.expect(at("parts"), &parts, &counted.parts);
    }

    /// Labels against each other and the episode.
    fn objects(&mut self, episode: &EpisodeRecord, labels: &FrameLabels) {
        let mut before = 0;
        for object in &labels.objects {
            let at = |key: &str| format!("objects (instance {}).{key}", object.instance);
            if object.instance <= before {
                let expected = format!("above {before}");
                self.problem(at("instance"), object.instance.to_string(), expected);
            }
            before = before.max(object.instance);
            let spec = (object.instance as usize)
                .checked_sub(1)
                .and_then(|i| episode.spec.objects.get(i));
            match spec {
                None => {
                    let expected = format!("1 to {}", episode.spec.objects.len());
                    self.problem(at("instance"), object.instance.to_string(), expected);
                }
                Some(spec) => {
                    self.expect(at("name"), &object.name, &spec.name);
                    self.expect(at("class_id"), object.class_id, spec.class.0);
                }
            }
            if object.visible_px > object.amodal_px {
                let expected = format!("at most amodal_px, {}", object.amodal_px);
                self.problem(at("visible_px"), object.visible_px.to_string(), expected);
            }
            let visibility = f64::from(object.visible_px) / f64::from(object.amodal_px.max(1));
            self.expect(at("visibility"), object.visibility, visibility);
            if let Some(visible) = object.box_visible_px
                && !encloses(object.box_amodal_px, visible)
            {
                let found = format!("{:?}", object.box_amodal_px);
                self.problem(
                    at("box_amodal_px"),
                    found,
                    format!("a box about {visible:?}"),
                );
            }
        }
    }
}

fn encloses([x, y, w, h]: [u32; 4], [x2, y2, w2, h2]: [u32; 4]) -> bool {
    let end = |a: u32, b: u32| u64::from(a) + u64::from(b);
    x <= x2 && y <= y2 && end(x, w) >= end(x2, w2) && end(y, h) >= end(y2, h2)
}

fn plane<T: From<u16>>(image: &RawImage) -> Plane<T> {
    Plane {
        width_px: image.width_px as usize,
        height_px: image.height_px as usize,
        data: image.values_u16().map(T::from).collect(),
    }
}
