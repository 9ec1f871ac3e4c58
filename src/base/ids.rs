//! Identifiers. Each is an index or a number of its own kind, so that they cannot be mixed up.

use serde::{Deserialize, Serialize};

macro_rules! index_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The id as an index into the table it belongs to.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index_id!(
    /// Index into [`SceneDesc::assets`](crate::scene::desc::SceneDesc::assets); 0 is the scene file.
    AssetId
);
index_id!(
    /// Index into [`SceneDesc::objects`](crate::scene::desc::SceneDesc::objects).
    ObjectId
);
index_id!(
    /// Index into [`SceneDesc::meshes`](crate::scene::desc::SceneDesc::meshes).
    MeshId
);
index_id!(
    /// Index into [`SceneDesc::materials`](crate::scene::desc::SceneDesc::materials).
    MaterialId
);
index_id!(
    /// Index into [`SceneDesc::textures`](crate::scene::desc::SceneDesc::textures).
    TextureId
);
index_id!(
    /// Index into [`SceneDesc::environments`](crate::scene::desc::SceneDesc::environments).
    EnvironmentId
);
index_id!(
    /// Index into [`SceneDesc::parts`](crate::scene::desc::SceneDesc::parts); 0 is the unnamed part.
    PartId
);
index_id!(
    /// A class of `taxonomy.toml`, by its stable id; 0 is background.
    ClassId
);
index_id!(
    /// One object in one episode: 1 + its index in the episode; 0 is background.
    InstanceId
);

impl InstanceId {
    /// No surface.
    pub const BACKGROUND: Self = Self(0);

    /// The id of the object at `index` of an episode's objects.
    pub fn of_index(index: usize) -> Self {
        Self(index as u32 + 1)
    }

    /// Index into the episode's objects; `None` for background.
    pub fn object_index(self) -> Option<usize> {
        (self.0 as usize).checked_sub(1)
    }
}
