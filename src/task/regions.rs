//! The regions of one episode.

use glam::Vec3;

use super::geometry::OrientedBox;
use crate::base::ids::{AssetId, InstanceId};
use crate::base::pose::Pose;
use crate::episode::spec::EpisodeSpec;
use crate::robot::desc::Rigid;
use crate::scene::desc::{RegionDesc, SceneDesc};
use crate::world::state::WorldState;

/// A region's box, and what it moves with.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionNode {
    pub name: String,
    /// `None`: fixed in the world.
    pub owner: Option<InstanceId>,
    /// Of its middle, in the owner's frame or the world's.
    pub owner_from_region: Pose,
    pub half_size_m: Vec3,
}

impl RegionNode {
    fn world_from_region(&self, state: &WorldState) -> Option<Pose> {
        Some(match self.owner {
            Some(owner) => state.body(owner)?.world_from_object * self.owner_from_region,
            None => self.owner_from_region,
        })
    }

    /// The middle of its floor now.
    pub fn world_from_floor(&self, state: &WorldState) -> Option<Rigid> {
        let floor = Pose::at(-Vec3::Z * self.half_size_m.z);
        Some((self.world_from_region(state)? * floor).into())
    }

    /// Its box now.
    pub fn world_box(&self, state: &WorldState) -> Option<OrientedBox> {
        Some(OrientedBox {
            world_from_box: self.world_from_region(state)?.into(),
            half_size_m: self.half_size_m.as_dvec3(),
        })
    }
}

/// All regions of an episode: those of the room, then those that come with each object, in order.
pub fn region_nodes(scene: &SceneDesc, spec: &EpisodeSpec) -> Vec<RegionNode> {
    let mut nodes = Vec::new();
    let mut add = |regions: &[RegionDesc], owner: Option<InstanceId>, owner_from_parent: Pose| {
        nodes.extend(regions.iter().map(|region| RegionNode {
            name: region.name.clone(),
            owner,
            owner_from_region: owner_from_parent * region.parent_from_region,
            half_size_m: region.half_size_m,
        }));
    };
    add(&scene.assets[0].regions, None, Pose::IDENTITY);
    for (index, object) in spec.objects.iter().enumerate() {
        let owner = Some(InstanceId::of_index(index));
        let desc = &scene.objects[object.object.index()];
        // Regions of a spawned file that belong to no object go with its first one.
        let asset = &scene.assets[object.asset.index()];
        if object.asset != AssetId(0) && asset.objects.start == object.object.0 {
            add(&asset.regions, owner, desc.asset_from_object.inverse());
        }
        add(&desc.regions, owner, Pose::IDENTITY);
    }
    nodes
}
