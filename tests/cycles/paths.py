"""Blender's Cycles on the scene of `benchside bench paths`: camera paths/s, and what noise is left.

usage: python paths.py [size=256] [samples=64] [truth=0]
With `truth` (such as 4096) also the RMSE against a picture of so many other paths a pixel.
Needs bpy 5.0. Light, material and camera are those of src/cli/bench/paths.rs; Cycles' defaults
for bounces (12, of them 4 diffuse); no adaptive sampling, no denoising, a pixel-wide box filter.
"""

import math
import os
import sys
import tempfile
import time

import bpy
import numpy as np

size, spp, truth = (int(v) for v in (sys.argv[1:] + [256, 64, 0][len(sys.argv) - 1 :])[:3])
here = os.path.dirname(os.path.abspath(__file__))
table = os.path.join(here, "../../src/cli/bench/spheres200.csv")
balls = np.loadtxt(table, delimiter=",", comments="#")

SEGMENTS, RINGS = 16, 8
v, f = [], []
for a in range(RINGS + 1):
    t = a / RINGS * math.pi
    for b in range(SEGMENTS):
        p = b / SEGMENTS * 2 * math.pi
        v.append((math.sin(t) * math.cos(p) / 2, math.sin(t) * math.sin(p) / 2, math.cos(t) / 2))
for a in range(RINGS):
    for b in range(SEGMENTS):
        k, n = a * SEGMENTS + b, a * SEGMENTS + (b + 1) % SEGMENTS
        f += [(k, k + SEGMENTS, n), (n, k + SEGMENTS, n + SEGMENTS)]

bpy.ops.wm.read_factory_settings(use_empty=True)
s = bpy.context.scene
s.render.engine, s.cycles.device, s.cycles.samples = "CYCLES", "CPU", spp
s.cycles.use_adaptive_sampling = s.cycles.use_denoising = False
s.cycles.sample_clamp_direct = s.cycles.sample_clamp_indirect = 0
s.cycles.pixel_filter_type = "BOX"
s.render.resolution_x = s.render.resolution_y = size
s.render.use_persistent_data = True
s.render.image_settings.file_format = "OPEN_EXR"
s.render.image_settings.color_depth = "32"
mesh = bpy.data.meshes.new("sphere")
mesh.from_pydata(v, [], f)
for ball in balls:
    o = bpy.data.objects.new("s", mesh)
    o.location, o.scale = ball[:3], [ball[3]] * 3
    s.collection.objects.link(o)
# Factory grey: radiance 0.05.
s.world = bpy.data.worlds.new("w")
sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
sun.data.energy, sun.data.angle = 3, 0
s.collection.objects.link(sun)
cam = bpy.data.objects.new("cam", bpy.data.cameras.new("cam"))
cam.data.angle = math.radians(51)
e = math.radians(25)
cam.location = (3.2 * math.cos(e), 0, 0.3 + 3.2 * math.sin(e))
cam.rotation_euler = (math.radians(65), 0, math.radians(90))
s.collection.objects.link(cam)
s.camera = cam


def picture(samples, seed):
    s.cycles.samples, s.cycles.seed = samples, seed
    path = os.path.join(tempfile.gettempdir(), f"cycles_paths_{os.getpid()}.exr")
    s.render.filepath = path
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(path)
    image.colorspace_settings.name = "Non-Color"
    pixels = np.empty(size * size * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    os.remove(path)
    return pixels.reshape(size * size, -1)[:, :3]


bpy.ops.render.render()
best = math.inf
for _ in range(3):
    start = time.perf_counter()
    bpy.ops.render.render()
    best = min(best, time.perf_counter() - start)
print(f"cycles cpu {size}px {spp} spp: {best:.2f} s an image, {size * size * spp / best / 1e6:.2f} M paths/s")
if truth:
    few, many = picture(spp, 0), picture(truth, 1)
    rmse = float(np.sqrt(np.mean((few - many) ** 2)))
    print(
        f"RMSE against {truth} spp: {rmse:.5f} in linear light, {rmse * math.sqrt(best):.5f} at one second; "
        f"mean {many.mean():.5f}"
    )
