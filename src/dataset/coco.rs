//! COCO instances and keypoints, one file, streamed.
//!
//! As pycocotools reads it: ids start at 1; boxes and areas are of the mask's pixels; masks are
//! compressed run lengths. Keypoints count pixel centres as integers, so 0.5 is subtracted here,
//! and nowhere else.

use std::io::Write;

use serde::{Deserialize, Serialize};

use super::manifest::{Manifest, Request};
use super::record::color_path;
use super::store::WriteError;
use crate::base::problem::Problems;
use crate::sense::FrameLabels;
use crate::sense::labels::{KeypointState, ObjectLabel};
use crate::sense::rle::Rle;

/// What the set is.
#[derive(Debug, Serialize, Deserialize)]
pub struct Info {
    pub description: String,
    pub version: String,
}

/// A class.
#[derive(Debug, Serialize, Deserialize)]
pub struct Category {
    /// Of the taxonomy.
    pub id: u32,
    pub name: String,
    /// The parent class, or the class itself if it has none.
    pub supercategory: String,
    /// Empty if the class has no keypoints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keypoints: Vec<String>,
    /// Authors give no links between keypoints, so this is empty; absent without keypoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skeleton: Option<Vec<[u32; 2]>>,
}

/// A picture.
#[derive(Debug, Serialize, Deserialize)]
pub struct Image {
    /// 1 + the image's number.
    pub id: u64,
    /// Relative to the data set's folder.
    pub file_name: String,
    pub width: u32,
    pub height: u32,
    pub episode: u64,
    pub frame: u32,
    pub camera: String,
}

/// An object with visible pixels.
#[derive(Debug, Serialize, Deserialize)]
pub struct Annotation {
    pub id: u64,
    pub image_id: u64,
    pub category_id: u32,
    pub segmentation: Rle,
    /// Mask pixels.
    pub area: u32,
    pub bbox: [u32; 4],
    pub iscrowd: u8,
    /// x, y, v of each of the category's keypoints; v: 0 outside or not of this object,
    /// 1 occluded, 2 visible (perhaps through glass).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keypoints: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_keypoints: Option<u32>,
    /// Visible share of the object's pixels in the image; not part of COCO.
    pub visibility: f64,
    /// As in the instance plane; not part of COCO.
    pub instance: u32,
}

/// The categories of a manifest.
pub fn categories(manifest: &Manifest) -> Vec<Category> {
    let classes = manifest.classes.iter().filter(|c| !c.is_abstract);
    classes
        .map(|c| {
            let parent = c.parent.and_then(|p| manifest.class(p));
            Category {
                id: c.id,
                name: c.name.clone(),
                supercategory: parent.unwrap_or(c).name.clone(),
                keypoints: c.keypoints.clone(),
                skeleton: (!c.keypoints.is_empty()).then(Vec::new),
            }
        })
        .collect()
}

/// The entry of one image.
pub fn image(request: &Request, image: u64) -> Image {
    let (episode, frame, camera) = request.place(image);
    Image {
        id: image + 1,
        file_name: color_path(request, image),
        width: request.size_px[0],
        height: request.size_px[1],
        episode,
        frame,
        camera: request.cameras[camera].clone(),
    }
}

/// The entry of one object; `None` if it has no visible pixels.
pub fn annotation(
    id: u64,
    labels: &FrameLabels,
    object: &ObjectLabel,
    keypoint_names: &[String],
) -> Option<Annotation> {
    let keypoints = (!keypoint_names.is_empty()).then(|| keypoints(object, keypoint_names));
    let labelled = |k: &Vec<f64>| k.chunks_exact(3).filter(|k| k[2] > 0.0).count() as u32;
    Some(Annotation {
        id,
        image_id: labels.image + 1,
        category_id: object.class_id,
        segmentation: object.mask.clone()?,
        area: object.visible_px,
        bbox: object.box_visible_px?,
        iscrowd: 0,
        num_keypoints: keypoints.as_ref().map(labelled),
        keypoints,
        visibility: object.visibility,
        instance: object.instance,
    })
}

fn keypoints(object: &ObjectLabel, names: &[String]) -> Vec<f64> {
    let one = |name: &String| {
        let label = object.keypoints.iter().find(|k| k.name == *name);
        let seen = label.and_then(|k| {
            let v = match k.state {
                KeypointState::Visible | KeypointState::BehindGlass { .. } => 2.0,
                KeypointState::Occluded { .. } => 1.0,
                KeypointState::Outside => return None,
            };
            let [x, y] = k.px?;
            let round = |v: f64| libm::round((v - 0.5) * 1000.0) / 1000.0;
            Some([round(x), round(y), v])
        });
        seen.unwrap_or([0.0; 3])
    };
    names.iter().flat_map(one).collect()
}

/// Writes the whole file. `images` are the numbers of the images, ascending, walked twice;
/// `labels` gives the labels of one.
///
/// # Errors
/// What `labels` returns, and if `to` cannot be written to.
pub fn write<W: Write, I: Iterator<Item = u64>>(
    to: &mut W,
    manifest: &Manifest,
    images: impl Fn() -> I,
    mut labels: impl FnMut(u64) -> Result<FrameLabels, Problems>,
) -> Result<(), WriteError> {
    let info = Info {
        description: format!("{}, seed {}", manifest.scene, manifest.request.seed),
        version: format!("{} {}", manifest.tool.name, manifest.tool.version),
    };
    write!(to, "{{\"info\":{},\n\"licenses\":[]", text(&info))?;
    let mut list = List::begin(to, "categories")?;
    for category in categories(manifest) {
        list.push(to, &category)?;
    }
    list.end(to)?;
    let mut list = List::begin(to, "images")?;
    for i in images() {
        list.push(to, &image(&manifest.request, i))?;
    }
    list.end(to)?;
    let mut list = List::begin(to, "annotations")?;
    let mut next_id = 1;
    for i in images() {
        let labels = labels(i)?;
        for object in &labels.objects {
            let names = manifest.class(object.class_id);
            let names = names.map_or(&[][..], |c| &c.keypoints);
            if let Some(annotation) = annotation(next_id, &labels, object, names) {
                list.push(to, &annotation)?;
                next_id += 1;
            }
        }
    }
    list.end(to)?;
    writeln!(to, "}}")?;
    Ok(())
}

/// A JSON array, one element a line.
struct List {
    is_empty: bool,
}

impl List {
    fn begin(to: &mut impl Write, key: &str) -> std::io::Result<Self> {
        write!(to, ",\n\"{key}\":[")?;
        Ok(Self { is_empty: true })
    }

    fn push(&mut self, to: &mut impl Write, element: &impl Serialize) -> std::io::Result<()> {
        let comma = if self.is_empty { "" } else { "," };
        self.is_empty = false;
        write!(to, "{comma}\n{}", text(element))
    }

    fn end(self, to: &mut impl Write) -> std::io::Result<()> {
        write!(to, "]")
    }
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("our records have text keys")
}
