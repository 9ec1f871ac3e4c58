"""Looks at the scene with Cycles: python preview.py camera out.png [--ev 9] [--spp 32] [--size 640x480] [--from x,y,z --to x,y,z --fov d]
[--put asset,x,y,z,yaw ...] (metres, degrees) [--fill region=asset ...]. Lumens and nits are taken one to one; ev is the exposure value at ISO 100."""
import argparse, math, os
import bpy
from mathutils import Euler, Matrix, Vector

args = argparse.ArgumentParser()
args.add_argument("camera"), args.add_argument("out"), args.add_argument("--size", default="640x480")
for name, value in dict(ev=9.0, spp=32, fov=45.0).items():
    args.add_argument("--" + name, type=type(value), default=value)
args.add_argument("--from", dest="source"), args.add_argument("--to"), args.add_argument("--put", nargs="*", default=[]), args.add_argument("--fill", nargs="*", default=[])
args = args.parse_args()
here = os.path.dirname(os.path.abspath(__file__))
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.import_scene.gltf(filepath=os.path.join(here, "..", "pathology_lab.gltf"))
for item in args.put:
    asset, x, y, z, yaw = item.split(",")
    before = set(bpy.data.objects)
    bpy.ops.import_scene.gltf(filepath=os.path.join(here, "..", "..", "assets", asset + ".glb"))
    for thing in set(bpy.data.objects) - before:
        if thing.parent is None:
            thing.rotation_mode = "XYZ"
            thing.location, thing.rotation_euler = (float(x), float(y), float(z)), Euler((0, 0, math.radians(float(yaw))))
for item in args.fill:
    name, asset = item.split("=")
    bpy.context.view_layer.update()
    for slot in [o for o in bpy.data.objects if o.get("bs_region") == name]:
        before = set(bpy.data.objects)
        bpy.ops.import_scene.gltf(filepath=os.path.join(here, "..", "..", "assets", asset + ".glb"))
        for thing in set(bpy.data.objects) - before:
            if thing.parent is None:
                thing.matrix_world = Matrix.Translation(slot.matrix_world @ Vector((0, 0, -1))) @ slot.matrix_world.to_quaternion().to_matrix().to_4x4()
for material in bpy.data.materials:  # what faces away is not drawn, as in the renderer
    tree = material.node_tree
    shader = next((n for n in tree.nodes if n.type == "BSDF_PRINCIPLED"), None)
    if not shader or not material.use_backface_culling or shader.inputs["Transmission Weight"].default_value > 0:
        continue
    output = next(n for n in tree.nodes if n.type == "OUTPUT_MATERIAL")
    mix, clear, side = (tree.nodes.new("ShaderNode" + k) for k in ("MixShader", "BsdfTransparent", "NewGeometry"))
    source = output.inputs["Surface"].links[0].from_socket
    tree.links.new(side.outputs["Backfacing"], mix.inputs[0]), tree.links.new(source, mix.inputs[1]), tree.links.new(clear.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], output.inputs["Surface"])
scene = bpy.context.scene
tints = {4000: (1, 0.92, 0.83), 6500: (0.93, 0.97, 1.08)}
for thing in list(bpy.data.objects):
    if thing.get("bs_collider_only"):
        thing.hide_render = True
    if thing.get("bs_light"):
        lamp = bpy.data.lights.new(thing.name, "AREA")
        lamp.shape, lamp.size, lamp.size_y = "RECTANGLE", 2 * thing.scale.x, 2 * thing.scale.y
        lamp.energy, lamp.color = thing["bs_lumens"], tints[round(thing["bs_kelvin"])]
        new = bpy.data.objects.new(thing.name, lamp)
        scene.collection.objects.link(new)
        new.matrix_world = thing.matrix_world.normalized()
        new.scale = (1, 1, 1)
        new.visible_camera = new.visible_glossy = False
if args.source:
    camera = bpy.data.objects.new("look", bpy.data.cameras.new("look"))
    scene.collection.objects.link(camera)
    camera.data.sensor_fit, camera.data.angle, camera.data.clip_start = "VERTICAL", math.radians(args.fov), 0.01
    source, to = (Vector([float(v) for v in text.split(",")]) for text in (args.source, args.to))
    camera.location, camera.rotation_euler = source, (to - source).to_track_quat("-Z", "Y").to_euler()
else:
    camera = bpy.data.objects[args.camera]
scene.camera = camera
scene.render.engine = "CYCLES"
scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.max_bounces = args.spp, True, 12
scene.cycles.sample_clamp_indirect = 3000
scene.view_settings.view_transform = "Khronos PBR Neutral"
scene.view_settings.exposure = -math.log2(1.2 * 2 ** args.ev)
scene.render.threads_mode, scene.render.threads = "FIXED", 2
scene.render.resolution_x, scene.render.resolution_y = map(int, args.size.split("x"))
scene.render.filepath = os.path.abspath(args.out)
bpy.ops.render.render(write_still=True)
