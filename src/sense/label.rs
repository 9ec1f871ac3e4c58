//! One view → its labels.

use super::geometry::{ObjectShape, box_3d, camera_from_object};
use super::keypoints::{Sight, keypoint};
use super::labels::{CameraLabel, FrameLabels, LABELS_SCHEMA, ObjectLabel, PartLabel};
use super::pixels::{InstancePixels, count_pixels};
use crate::base::camera::{CameraSpec, Intrinsics, Lens, Projector};
use crate::base::frame::FrameSnapshot;
use crate::episode::spec::EpisodeSpec;
use crate::render::{Coverage, PixelBox, View};
use crate::scene::desc::SceneDesc;

/// Which view of which frame.
#[derive(Clone, Copy, Debug)]
pub struct Shot<'a> {
    pub spec: &'a EpisodeSpec,
    pub snapshot: &'a FrameSnapshot,
    /// Number of the image in the data set.
    pub image: u64,
    /// Number of the frame in the episode.
    pub frame: u32,
    /// Index into the snapshot's cameras.
    pub camera: usize,
}

/// Makes labels of views of one scene. Holds no episode state; share it between threads.
#[derive(Clone, Debug)]
pub struct Labeler<'a> {
    scene: &'a SceneDesc,
    /// By object id.
    shapes: Vec<ObjectShape>,
}

impl<'a> Labeler<'a> {
    /// Prepares a scene: the outline-relevant points and edges of every object.
    pub fn new(scene: &'a SceneDesc) -> Self {
        let objects = scene.objects.iter();
        Self {
            scene,
            shapes: objects
                .map(|o| ObjectShape::new(scene, &o.surfaces))
                .collect(),
        }
    }

    /// Labels of one view. `sight` says what stands between two points of the world, ignoring
    /// what is within a margin (metres) of the second: [`crate::render::Frame::occlusion`].
    ///
    /// # Panics
    /// If the view has no instance plane or no coverage, or is not of this shot.
    pub fn label(&self, shot: &Shot<'_>, view: &View, sight: Sight<'_>) -> FrameLabels {
        let planes = &view.planes;
        let instance = planes
            .instance
            .as_ref()
            .expect("views with ids are labelled");
        let count = shot.snapshot.instances.len();
        assert_eq!(
            view.coverage.len(),
            count,
            "views with coverage are labelled"
        );
        let pixels = count_pixels(
            count,
            instance,
            planes.part.as_ref(),
            planes.behind_instance.as_ref(),
        );
        let shown: u32 = pixels.iter().map(|p| p.visible_px).sum();
        let camera = &shot.snapshot.cameras[shot.camera];
        let projector = Projector::new(camera.intrinsics, camera.lens);
        let objects = pixels
            .into_iter()
            .zip(&view.coverage)
            .enumerate()
            .filter_map(|(i, (pixels, coverage))| {
                self.object(shot, camera, &projector, i, pixels, coverage, sight)
            });
        FrameLabels {
            schema: LABELS_SCHEMA,
            image: shot.image,
            episode: shot.spec.episode,
            frame: shot.frame,
            camera_index: shot.camera as u32,
            time_secs: shot.snapshot.time_secs,
            objects: objects.collect(),
            camera: CameraLabel {
                name: camera.name.clone(),
                intrinsics: camera.intrinsics,
                lens: camera.lens,
                world_from_camera: camera.world_from_camera,
                ev100: camera.ev100,
                white_balance_kelvin: camera.white_balance_kelvin,
                exposure: camera.exposure,
                sensor: camera.sensor.clone(),
            },
            background_px: instance.data.len() as u32 - shown,
        }
    }

    /// `None` if the object would not be seen even if it stood alone.
    #[expect(
        clippy::too_many_arguments,
        reason = "one view's context, taken apart once"
    )]
    fn object(
        &self,
        shot: &Shot<'_>,
        camera: &CameraSpec,
        projector: &Projector,
        index: usize,
        pixels: InstancePixels,
        coverage: &Coverage,
        sight: Sight<'_>,
    ) -> Option<ObjectLabel> {
        let box_amodal = coverage.amodal_box?;
        let snapshot = &shot.snapshot.instances[index];
        let spec = &shot.spec.objects[index];
        let desc = &self.scene.objects[snapshot.object.index()];
        let class = self.scene.taxonomy.get(snapshot.class);
        let class = class.expect("classes are checked when the scene is loaded");

        let pose = camera_from_object(&camera.world_from_camera, &snapshot.world_from_instance);
        let curved = camera.lens != Lens::Pinhole;
        let shape = &self.shapes[snapshot.object.index()];
        let untruncated = shape.project_box(&pose, projector, curved);
        let keypoints = desc.keypoints.iter().map(|k| {
            let world_from_object = &snapshot.world_from_instance;
            keypoint(k, camera, projector, &pose, world_from_object, sight)
        });
        let lineage = self.scene.taxonomy.lineage(snapshot.class);
        Some(ObjectLabel {
            instance: snapshot.id.0,
            name: spec.name.clone(),
            class_id: snapshot.class.0,
            class: class.name.clone(),
            lineage: lineage.into_iter().map(String::from).collect(),
            role: spec.role,
            spawn: spec.spawn.clone(),
            attributes: spec.attributes.clone(),
            visible_px: pixels.visible_px,
            amodal_px: coverage.amodal_px,
            visibility: f64::from(pixels.visible_px) / f64::from(coverage.amodal_px),
            through_glass_px: pixels.through_glass_px,
            truncated: untruncated.is_none_or(|b| leaves(&b, &camera.intrinsics)),
            box_visible_px: pixels.visible_box.as_ref().map(xywh),
            box_amodal_px: xywh(&box_amodal),
            box_untruncated_px: untruncated,
            mask: pixels.mask,
            parts: self.parts(&pixels.parts),
            camera_from_object: pose,
            world_from_object: snapshot.world_from_instance,
            box_3d: box_3d(&desc.bounds, &pose, projector),
            keypoints: keypoints.collect(),
        })
    }

    fn parts(&self, counts: &[(u16, u32)]) -> Vec<PartLabel> {
        let label = |&(part, visible_px): &(u16, u32)| PartLabel {
            part,
            name: self.scene.parts[usize::from(part)].clone(),
            visible_px,
        };
        counts.iter().map(label).collect()
    }
}

/// Whether a box reaches beyond the image.
fn leaves(&[x, y, width, height]: &[f64; 4], image: &Intrinsics) -> bool {
    x < 0.0
        || y < 0.0
        || x + width > f64::from(image.width_px)
        || y + height > f64::from(image.height_px)
}

fn xywh(b: &PixelBox) -> [u32; 4] {
    [
        b.x_min,
        b.y_min,
        b.x_max - b.x_min + 1,
        b.y_max - b.y_min + 1,
    ]
}
