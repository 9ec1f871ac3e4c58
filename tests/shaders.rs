//! The kernels compile: wgpu validates the WGSL, the driver makes pipelines of it.

use benchside::render::Renderer;
use benchside::render::gpu::GpuRenderer;
use glam::Vec3;

use crate::support::gpu::device;
use crate::support::scenes::{TestScene, box_mesh};
use benchside::scene::desc::Motion;

#[test]
fn every_kernel_compiles() {
    let Some(device) = device() else {
        return;
    };
    let mut s = TestScene::new();
    let gray = s.paint([0.5; 3]);
    s.object("box", box_mesh(Vec3::ONE), gray, Motion::Static);
    let renderer = Renderer::new(&s.desc);
    let gpu = GpuRenderer::new(&renderer, &device).unwrap_or_else(|e| panic!("{e}"));
    gpu.compile().unwrap_or_else(|e| panic!("{e}"));
}
