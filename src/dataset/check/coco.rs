//! The COCO file, read as a stream.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use super::{Checker, REMEDY, color_path};
use crate::base::problem::{Problem, Problems};
use crate::dataset::coco::{Annotation, Category, Image, write};
use crate::dataset::coco_read::{Sink, read};
use crate::dataset::image_file::{PixelFormat, decode};
use crate::dataset::layout;
use crate::dataset::manifest::Format;
use crate::dataset::record::read_labels;
use crate::dataset::store::WriteError;
use crate::sense::Rle;

/// Checks the file by itself and, if everything else is `whole`, against the labels.
pub(super) fn check(
    checker: &Checker<'_>,
    failed: &BTreeSet<u64>,
    whole: bool,
    problems: &mut Problems,
) {
    let path = checker.path(layout::COCO_ANNOTATIONS);
    if !path.exists() {
        // Reported with its folder.
        return;
    }
    let mut reading = Reading {
        path: &path,
        checker,
        failed,
        problems,
        categories: Vec::new(),
        images: Vec::new(),
        last_id: 0,
    };
    if let Err(p) = read(&path, &mut reading) {
        problems.extend(p);
        return;
    }
    if whole && checker.manifest.request.has(Format::Native) {
        compare(checker, failed, &path, problems);
    }
}

/// What was read so far.
struct Reading<'a> {
    path: &'a Path,
    checker: &'a Checker<'a>,
    failed: &'a BTreeSet<u64>,
    problems: &'a mut Problems,
    categories: Vec<Category>,
    images: Vec<Image>,
    last_id: u64,
}

impl Sink for Reading<'_> {
    fn categories(&mut self, categories: Vec<Category>) {
        self.categories = categories;
    }

    fn images(&mut self, images: Vec<Image>) {
        self.images = images;
        self.image_entries();
    }

    fn annotation(&mut self, annotation: Annotation) {
        self.check(&annotation);
    }
}

impl Reading<'_> {
    fn problem(&mut self, place: String, found: impl Into<String>, expected: impl Into<String>) {
        let problem = Problem::error(self.path, place, found, expected, REMEDY);
        self.problems.push(problem);
    }

    fn image_entries(&mut self) {
        let request = &self.checker.manifest.request;
        let numbers = 0..request.images();
        let expected = numbers.filter(|&i| !self.failed.contains(&request.place(i).0));
        let expected: Vec<u64> = expected.collect();
        let found: Vec<u64> = self.images.iter().map(|i| i.id).collect();
        if found.len() != expected.len() || found.iter().zip(&expected).any(|(f, e)| *f != e + 1) {
            let place = "images".to_string();
            let n = found.len();
            let expected = format!("the {} images of the manifest, in order", expected.len());
            return self.problem(place, format!("{n} images"), expected);
        }
        let wrong: Vec<(u64, String)> = expected
            .iter()
            .zip(&self.images)
            .filter(|&(&i, entry)| {
                let path = color_path(request, i);
                entry.file_name != path || [entry.width, entry.height] != request.size_px
            })
            .map(|(_, entry)| (entry.id, entry.file_name.clone()))
            .collect();
        for (id, name) in wrong {
            let [w, h] = request.size_px;
            let expected = format!("{}, {w}x{h}", color_path(request, id - 1));
            self.problem(format!("images (id {id})"), name, expected);
        }
        if !request.has(Format::Native) {
            let paths = expected.iter().map(|&i| color_path(request, i));
            let paths: Vec<PathBuf> = paths.map(|p| self.checker.path(&p)).collect();
            for path in paths {
                self.picture(path);
            }
        }
    }

    /// A picture that only COCO has; a missing one is reported with its folder.
    fn picture(&mut self, path: PathBuf) {
        let Ok(bytes) = std::fs::read(&path) else {
            return;
        };
        let [w, h] = self.checker.manifest.request.size_px;
        let found = match decode(&bytes) {
            Err(error) => error.to_string(),
            Ok(i) if (i.format, i.width_px, i.height_px) == (PixelFormat::Rgb8, w, h) => return,
            Ok(i) => format!("{}x{}, {:?}", i.width_px, i.height_px, i.format),
        };
        let expected = format!("a whole PNG file, {w}x{h}, Rgb8");
        self.problems
            .push(Problem::error(path, "", found, expected, REMEDY));
    }

    fn check(&mut self, a: &Annotation) {
        let at = |key: &str| format!("annotations (id {}).{key}", a.id);
        if a.id != self.last_id + 1 {
            let expected = (self.last_id + 1).to_string();
            self.problem(at("id"), a.id.to_string(), expected);
        }
        self.last_id = a.id;
        if self
            .images
            .binary_search_by_key(&a.image_id, |i| i.id)
            .is_err()
        {
            self.problem(at("image_id"), a.image_id.to_string(), "the id of an image");
        }
        let category = self.categories.iter().find(|c| c.id == a.category_id);
        let Some(category) = category else {
            let found = a.category_id.to_string();
            return self.problem(at("category_id"), found, "the id of a category");
        };
        let numbers = a.keypoints.as_ref().map_or(0, Vec::len);
        let expected = 3 * category.keypoints.len();
        if numbers != expected {
            let expected = format!("{expected} numbers");
            self.problem(at("keypoints"), format!("{numbers} numbers"), expected);
        }
        let [w, h] = self.checker.manifest.request.size_px;
        if a.segmentation.size != [h, w] {
            let found = format!("{:?}", a.segmentation.size);
            return self.problem(at("segmentation.size"), found, format!("[{h}, {w}]"));
        }
        match area_and_box(&a.segmentation) {
            Err(error) => self.problem(at("segmentation"), error, "a compressed mask"),
            Ok((area, bbox)) if (area, bbox) != (a.area, Some(a.bbox)) => {
                let found = format!("{}, {:?}", a.area, a.bbox);
                let expected = format!("{area}, {bbox:?}, as the mask has it");
                self.problem(at("area, bbox"), found, expected);
            }
            Ok(_) => {}
        }
    }
}

/// Pixels and bounds `[x, y, width, height]` of a mask.
fn area_and_box(mask: &Rle) -> Result<(u32, Option<[u32; 4]>), String> {
    let spans = mask.spans().map_err(|e| e.to_string())?;
    let height = mask.size[0];
    let mut area = 0;
    let mut bounds: Option<[u32; 4]> = None;
    for (start, length) in spans {
        area += length;
        let end = start + length - 1;
        let columns = (start / height, end / height);
        // A run over more than one column touches the top and the bottom.
        let rows = if columns.0 == columns.1 {
            (start % height, end % height)
        } else {
            (0, height - 1)
        };
        let [x0, y0, x1, y1] = bounds.get_or_insert([columns.0, rows.0, columns.1, rows.1]);
        (*x0, *x1) = ((*x0).min(columns.0), (*x1).max(columns.1));
        (*y0, *y1) = ((*y0).min(rows.0), (*y1).max(rows.1));
    }
    let bounds = bounds.map(|[x0, y0, x1, y1]| [x0, y0, x1 - x0 + 1, y1 - y0 + 1]);
    Ok((area, bounds))
}

/// The file must be, byte for byte, what the labels give.
fn compare(checker: &Checker<'_>, failed: &BTreeSet<u64>, path: &Path, problems: &mut Problems) {
    let request = &checker.manifest.request;
    let images = || {
        let numbers = 0..request.images();
        numbers.filter(|&i| !failed.contains(&request.place(i).0))
    };
    let labels = |i| Ok(read_labels(checker.root, request, i)?.labels);
    let result = File::open(path).map_err(WriteError::Io).and_then(|file| {
        let mut same = Same {
            file: BufReader::new(file),
            line: 1,
        };
        write(&mut same, checker.manifest, images, labels)?;
        let mut rest = [0];
        match same.file.read(&mut rest)? {
            0 => Ok(()),
            _ => Err(same.differs().into()),
        }
    });
    match result {
        Ok(()) => {}
        Err(WriteError::Problems(p)) => problems.extend(p),
        Err(WriteError::Io(error)) => {
            let expected = "what the labels of the images give";
            let remedy = "remove summary.json and run the same command with --resume";
            problems.push(Problem::error(
                path,
                "",
                error.to_string(),
                expected,
                remedy,
            ));
        }
    }
}

/// Takes only what the file has.
struct Same {
    file: BufReader<File>,
    line: u64,
}

impl Same {
    fn differs(&self) -> io::Error {
        io::Error::other(format!("line {} is different", self.line))
    }
}

impl Write for Same {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut there = vec![0; bytes.len()];
        if self.file.read_exact(&mut there).is_err() || there != bytes {
            return Err(self.differs());
        }
        self.line += bytes.iter().filter(|&&b| b == b'\n').count() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
