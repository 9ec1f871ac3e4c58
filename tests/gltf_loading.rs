//! gltf_loading
