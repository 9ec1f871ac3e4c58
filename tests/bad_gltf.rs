//! bad_gltf
