"""Renders assets with Cycles to look at them: python preview.py out.png a.glb [b.glb ...] [--az 30] [--el 25] [--zoom 1]
[--size 480x360] [--spp 32] [--target x,y,z] [--colliders] [--rot x,y,z]. Several assets stand in a row."""
import argparse, math, os
import bpy
from mathutils import Euler, Vector

args = argparse.ArgumentParser()
args.add_argument("out"), args.add_argument("assets", nargs="+")
for name, value in dict(az=30.0, el=25.0, zoom=1.0, spp=32, size="480x360", target="", rot="0,0,0", gap=0.02, lens=70.0).items():
    args.add_argument("--" + name, type=type(value), default=value)
args.add_argument("--colliders", action="store_true")
args = args.parse_args()

bpy.ops.wm.read_factory_settings(use_empty=True)
scene, edge = bpy.context.scene, 0.0
low, high = Vector((9e9,) * 3), Vector((-9e9,) * 3)
for path in args.assets:
    before = set(bpy.data.objects)
    bpy.ops.import_scene.gltf(filepath=path)
    new = set(bpy.data.objects) - before
    bpy.context.view_layer.update()
    tops = [o for o in new if o.parent not in new]
    turn = Euler([math.radians(float(a)) for a in args.rot.split(",")]).to_matrix().to_4x4()
    for top in tops:
        top.matrix_world = turn @ top.matrix_world
    bpy.context.view_layer.update()
    points = []
    for thing in new:
        solid = thing.get("bs_collider_only")
        if thing.type == "MESH" and solid and not args.colliders:
            thing.hide_render = True
        elif thing.type == "MESH":
            points += [thing.matrix_world @ Vector(c) for c in thing.bound_box]
    if not points:
        continue
    shift = edge - min(p.x for p in points)
    drop = -min(p.z for p in points)
    for top in tops:
        top.location += Vector((shift, 0, drop))
    for p in points:
        p += Vector((shift, 0, drop))
        for k in range(3):
            low[k], high[k] = min(low[k], p[k]), max(high[k], p[k])
    edge = high.x + args.gap
center = Vector([float(v) for v in args.target.split(",")]) if args.target else (low + high) / 2
reach = (high - low).length / 2 / args.zoom
bpy.ops.mesh.primitive_plane_add(size=200 * reach, location=(center.x, center.y, -0.0002))
ground = bpy.data.materials.new("ground")
ground.use_nodes = True
ground.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.28, 0.3, 0.32, 1)
ground.node_tree.nodes["Principled BSDF"].inputs["Roughness"].default_value = 0.35
bpy.context.object.data.materials.append(ground)
for offset, size, power in (((-2, -1.5, 3), 1.2, 700), ((2.5, 0.5, 2), 0.6, 200), ((0, 3, 2.5), 2, 250)):
    lamp = bpy.data.lights.new("lamp", "AREA")
    lamp.size, lamp.energy = 2 * size * reach, power * reach ** 2
    thing = bpy.data.objects.new("lamp", lamp)
    scene.collection.objects.link(thing)
    thing.location = center + Vector(offset) * 2 * reach
    thing.rotation_euler = (center - thing.location).to_track_quat("-Z", "Y").to_euler()
world = bpy.data.worlds.new("world")
scene.world = world
world.use_nodes = True
world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.5, 0.55, 0.6, 1)
world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.5
camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
scene.collection.objects.link(camera)
scene.camera, camera.data.lens = camera, args.lens
camera.data.clip_start = 0.0005
a, e = math.radians(args.az - 90), math.radians(args.el)
far = reach / math.tan(camera.data.angle / 2) * 1.15
camera.location = center + far * Vector((math.cos(a) * math.cos(e), math.sin(a) * math.cos(e), math.sin(e)))
camera.rotation_euler = (center - camera.location).to_track_quat("-Z", "Y").to_euler()
scene.render.engine = "CYCLES"
scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.max_bounces = args.spp, True, 16
scene.cycles.transmission_bounces = 16
scene.view_settings.view_transform = "Khronos PBR Neutral"
scene.render.threads_mode, scene.render.threads = "FIXED", 2
scene.render.resolution_x, scene.render.resolution_y = map(int, args.size.split("x"))
scene.render.filepath = os.path.abspath(args.out)
bpy.ops.render.render(write_still=True)
