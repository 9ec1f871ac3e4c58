"""Renders the scene of tests/cycles.rs in Blender's Cycles and compares.

usage: python compare.py FOLDER [--again]
FOLDER holds scene.json and our planes; cycles.npz and comparison.png are written there.
--again compares with the Cycles picture of the last run. Needs bpy 5.0, numpy, Pillow.
"""

import json
import math
import os
import sys

import numpy as np
from PIL import Image

folder = sys.argv[1]
with open(os.path.join(folder, "scene.json")) as file:
    scene = json.load(file)
WIDTH, HEIGHT = scene["camera"]["size_px"]


# --- Cycles -------------------------------------------------------------------------------------


def matrix(rows):
    from mathutils import Matrix

    return Matrix(np.array(rows).reshape(4, 4).tolist())


def import_asset(entry, index, bpy):
    before = set(bpy.data.objects)
    bpy.ops.import_scene.gltf(filepath=entry["file"])
    new = set(bpy.data.objects) - before
    for thing in [o for o in new if o.get("bs_collider_only")]:
        new.discard(thing)
        bpy.data.objects.remove(thing)
    for thing in new:
        thing.pass_index = index
        if thing.parent is None:
            thing.matrix_world = matrix(entry["world_from_object"])


def principled(material):
    return next(n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED")


def complete(material, report):
    """Says what the importer made of a material, and corrects its absorption: it writes the
    attenuation colour c and 1 / distance into a node that absorbs (1 - c) / distance per metre,
    where KHR_materials_volume means -ln(c) / distance."""
    if not material.node_tree or not any(n.type == "BSDF_PRINCIPLED" for n in material.node_tree.nodes):
        return
    node = principled(material)
    output = next(n for n in material.node_tree.nodes if n.type == "OUTPUT_MATERIAL")
    volume = output.inputs["Volume"]
    kind = volume.links[0].from_node.type if volume.is_linked else "none"
    if kind == "VOLUME_ABSORPTION":
        absorb = volume.links[0].from_node
        color = np.maximum(np.array(absorb.inputs["Color"].default_value[:3]), 1e-6)
        per_metre = -np.log(color) * absorb.inputs["Density"].default_value
        density = max(float(per_metre.max()), 1e-9)
        absorb.inputs["Density"].default_value = density
        absorb.inputs["Color"].default_value = (*(1 - per_metre / density), 1)
    report.append(
        f"  {material.name}: transmission {node.inputs['Transmission Weight'].default_value:.2f}, "
        f"index {node.inputs['IOR'].default_value:.3f}, roughness {node.inputs['Roughness'].default_value:.2f}, "
        f"volume {kind}"
    )


def build(bpy):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    s = bpy.context.scene
    for index, entry in enumerate(scene["objects"]):
        import_asset(entry, index + 2, bpy)
    report = []
    for material in bpy.data.materials:
        complete(material, report)
    print("materials as the importer made them:", *report, sep="\n")
    x, y = (0.5 * v for v in scene["table"]["size_m"])
    mesh = bpy.data.meshes.new("table")
    mesh.from_pydata([(-x, -y, 0), (x, -y, 0), (x, y, 0), (-x, y, 0)], [], [(0, 1, 2, 3)])
    table = bpy.data.objects.new("table", mesh)
    table.pass_index = 1
    wood = bpy.data.materials.new("table")
    wood.use_nodes = True
    node = principled(wood)
    albedo = scene["table"]["albedo"]
    node.inputs["Base Color"].default_value = (albedo, albedo, albedo, 1)
    node.inputs["Roughness"].default_value = 1
    mesh.materials.append(wood)
    s.collection.objects.link(table)
    s.world = bpy.data.worlds.new("world")
    for entry in scene["lights"]:
        radiance = np.array(entry["radiance"])
        if entry["kind"] == "world":
            background = next(n for n in s.world.node_tree.nodes if n.type == "BACKGROUND")
            background.inputs["Color"].default_value = (*radiance, 1)
            background.inputs["Strength"].default_value = 1
            continue
        light = bpy.data.lights.new("panel", "AREA")
        light.shape = "RECTANGLE"
        light.size, light.size_y = entry["size_m"]
        strongest = float(radiance.max())
        light.color = (radiance / strongest).tolist()
        # A Lambertian panel's radiance is power / (pi * area).
        light.energy = strongest * math.pi * light.size * light.size_y
        panel = bpy.data.objects.new("panel", light)
        panel.matrix_world = matrix(entry["world_from_light"])
        # Our rectangles, too, are seen in mirrors and through glass only.
        panel.visible_camera = False
        s.collection.objects.link(panel)
    data = bpy.data.cameras.new("camera")
    data.sensor_fit = "VERTICAL"
    data.angle = 2 * math.atan(HEIGHT / 2 / scene["camera"]["focal_px"])
    data.clip_start = 0.001
    camera = bpy.data.objects.new("camera", data)
    # Blender's cameras look along -Z with Y up.
    from mathutils import Matrix

    camera.matrix_world = matrix(scene["camera"]["world_from_camera"]) @ Matrix.Diagonal((1, -1, -1, 1))
    s.collection.objects.link(camera)
    s.camera = camera
    s.render.engine = "CYCLES"
    s.render.resolution_x, s.render.resolution_y = WIDTH, HEIGHT
    s.render.resolution_percentage = 100
    s.render.film_transparent = False
    c = s.cycles
    c.device = "CPU"
    c.samples = scene["samples"]
    c.use_adaptive_sampling = c.use_denoising = False
    c.max_bounces = c.diffuse_bounces = c.glossy_bounces = c.transmission_bounces = 24
    c.transparent_max_bounces = 64
    c.caustics_reflective = c.caustics_refractive = True
    c.blur_glossy = c.sample_clamp_direct = c.sample_clamp_indirect = 0
    c.pixel_filter_type = "BOX"
    # Of the filter, not of the pixel: 1 is the pixel's own square.
    c.filter_width = 1
    s.render.image_settings.file_format = "OPEN_EXR"
    s.render.image_settings.color_mode = "RGB"
    s.render.image_settings.color_depth = "32"
    return s


def render(bpy, name):
    """Linear picture (height, width, 3), top row first."""
    s = bpy.context.scene
    path = os.path.join(folder, name + ".exr")
    s.render.filepath = path
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(path)
    image.colorspace_settings.name = "Non-Color"
    pixels = np.empty(WIDTH * HEIGHT * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(HEIGHT, WIDTH, -1)[::-1, :, :3].copy()


def index_and_depth(bpy):
    """Object index and z-depth at pixel centres, by an emission that shows them."""
    s = bpy.context.scene
    show = bpy.data.materials.new("show")
    show.use_nodes = True
    tree = show.node_tree
    tree.nodes.clear()
    info, data = tree.nodes.new("ShaderNodeObjectInfo"), tree.nodes.new("ShaderNodeCameraData")
    join, emit = tree.nodes.new("ShaderNodeCombineColor"), tree.nodes.new("ShaderNodeEmission")
    out = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(info.outputs["Object Index"], join.inputs[0])
    tree.links.new(data.outputs["View Z Depth"], join.inputs[1])
    tree.links.new(join.outputs[0], emit.inputs["Color"])
    tree.links.new(emit.outputs[0], out.inputs["Surface"])
    s.view_layers[0].material_override = show
    s.world = None
    s.cycles.samples = 1
    s.cycles.filter_width = 0.01
    for thing in s.objects:
        # Decals are cut out by their alpha, which the override does not know.
        if thing.type == "LIGHT" or thing.name.startswith("print"):
            thing.hide_render = True
    shown = render(bpy, "index_and_depth")
    return np.rint(shown[..., 0]).astype(np.int32), shown[..., 1]


def cycles():
    cache = os.path.join(folder, "cycles.npz")
    if "--again" in sys.argv:
        return np.load(cache)
    import time

    import bpy

    build(bpy)
    start = time.perf_counter()
    picture = render(bpy, "cycles")
    secs = time.perf_counter() - start
    print(f"Cycles: {secs:.1f} s, {WIDTH * HEIGHT * scene['samples'] / secs / 1e6:.2f} M paths/s")
    index, depth = index_and_depth(bpy)
    np.savez(cache, picture=picture, index=index, depth=depth)
    return np.load(cache)


# --- comparison ---------------------------------------------------------------------------------


def plane(name, dtype, channels=1):
    data = np.fromfile(os.path.join(folder, name + ".bin"), dtype).reshape(HEIGHT, WIDTH, channels)
    return data if channels > 1 else data[..., 0]


def neutral(c):
    """The Khronos PBR Neutral tone curve."""
    start, desaturation = 0.8 - 0.04, 0.15
    x = c.min(axis=-1, keepdims=True)
    c = c - np.where(x < 0.08, x - 6.25 * x * x, 0.04)
    peak = c.max(axis=-1, keepdims=True)
    d = 1 - start
    new = 1 - d * d / np.maximum(peak + d - start, 1e-9)
    g = 1 - 1 / (desaturation * (peak - new) + 1)
    rolled = c * (new / np.maximum(peak, 1e-9)) * (1 - g) + new * g
    return np.where(peak < start, c, rolled)


def srgb(c):
    c = np.clip(neutral(c), 0, 1)
    return np.where(c <= 0.0031308, 12.92 * c, 1.055 * np.power(c, 1 / 2.4) - 0.055) * 255


def blocks(c, n=8):
    return c.reshape(HEIGHT // n, n, WIDTH // n, n, 3).mean(axis=(1, 3))


def rms(c):
    return float(np.sqrt(np.mean(np.square(c))))


theirs = cycles()
picture = theirs["picture"]
instance, depth = plane("instance", np.uint32), plane("z_depth", np.float32)
numbers = {}
names = ["table"] + [os.path.basename(o["file"])[:-4] for o in scene["objects"]]
ious = []
for i, name in enumerate(names, 1):
    a, b = instance == i, theirs["index"] == i
    ious.append((a & b).sum() / max((a | b).sum(), 1))
    print(f"mask {i} {name}: {a.sum()} px, IoU {ious[-1]:.4f}")
numbers["least_iou"] = float(min(ious))
both = (instance > 0) & (instance == theirs["index"])
numbers["depth_agrees"] = float((np.abs(depth - theirs["depth"])[both] < 2e-4).mean())
print(f"depth within 0.2 mm: {numbers['depth_agrees']:.4f} of {both.sum()} pixels")
for name in ["exact", "straight", "default"]:
    own = plane(name, np.float32, 3)
    off = own - picture
    mean = own.mean(axis=(0, 1)) / picture.mean(axis=(0, 1)) - 1
    coarse = blocks(own) - blocks(picture)
    eight = srgb(own) - srgb(picture)
    print(
        f"{name}: mean off {', '.join(f'{100 * m:+.2f} %' for m in mean)}; RMSE {rms(off):.4f} linear, "
        f"{rms(coarse):.4f} of 8 x 8 blocks, {rms(eight):.2f} of 255 after the tone curve"
    )
    for i, title in enumerate(names, 1):
        at = instance == i
        ratio = own[at].mean(axis=0) / picture[at].mean(axis=0) - 1
        print(f"    {title}: {', '.join(f'{100 * m:+.2f} %' for m in ratio)}")
    if name == "exact":
        numbers["mean_off"] = float(np.abs(mean).max())
        numbers["block_rmse"] = rms(coarse)
    difference = np.clip(127.5 + 4 * eight, 0, 255)
    row = np.concatenate([srgb(own), srgb(picture), difference], axis=1)
    Image.fromarray(np.rint(row).astype(np.uint8)).save(os.path.join(folder, f"comparison_{name}.png"))
print("NUMBERS " + json.dumps(numbers))
