"""Makes frames.glb and frames.json: what Blender exports, and what Blender says it is.

Run: python3.11 frames.py   (needs `bpy` from PyPI; 5.0.1 was used)
"""

import json
import math
import os

import bpy

HERE = os.path.dirname(os.path.abspath(__file__))
bpy.ops.wm.read_factory_settings(use_empty=True)


def add(name, data=None, parent=None, at=(0, 0, 0), turn=(0, 0, 0), scale=(1, 1, 1), **keys):
    thing = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(thing)
    thing.parent = parent
    thing.location = at
    thing.rotation_euler = [math.radians(a) for a in turn]
    thing.scale = scale
    for key, value in keys.items():
        thing["bs_" + key] = value
    return thing


def tetrahedron(name):
    mesh = bpy.data.meshes.new(name)
    corners = [(0, 0, 0), (0.3, 0, 0), (0, 0.2, 0), (0, 0, 0.1)]
    mesh.from_pydata(corners, [], [(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)])
    return mesh


room = add("room", at=(1, -2, 0.5), turn=(10, 20, 30), scale=(2, 2, 2))
tetra = tetrahedron("tetra")
slide = add("slide", tetra, room, (0.4, 0.5, 0.6), (-40, 15, 100), (1, 2, 0.5), **{"class": "tube"})
add("mirrored", tetra, None, (3, 2, 1), (25, -35, 45), (-1, 1, 1.5), **{"class": "tube"})
tray = add("tray", tetrahedron("tray"), room, (-0.2, 0.1, 0), (5, 6, 7), **{"class": "rack", "body": "dynamic"})
add("lid", tetra, tray, (0.05, 0.06, 0.07), (70, 0, 0), part="lid")
add("tip", None, tray, (0.1, 0.2, 0.3), keypoint="tip")
add("grip", None, tray, (0.3, 0.2, 0.1), (90, 10, 20), grasp="grip")
add("slot", None, tray, (0.01, 0.02, 0.03), (0, 0, 30), (0.4, 0.3, 0.2), region="slot")
add("panel", None, room, (0, 0, 2), (15, 0, 40), (0.3, 0.6, 1), light="rect", lumens=1000)
camera = bpy.data.cameras.new("view")
camera.sensor_fit = "VERTICAL"
camera.angle = math.radians(50)
add("view", camera, room, (0.2, -3, 1), (75, 5, 10))
for name, kind in [("spot", "SPOT"), ("sun", "SUN"), ("bulb", "POINT")]:
    light = bpy.data.lights.new(name, kind)
    light.color = (1, 0.5, 0.25)
    light.energy = 3
    if kind == "SPOT":
        light.spot_size = math.radians(60)
        light.spot_blend = 0.5
    add(name, light, room, (1, 2, 3), (20, 40, 60))
bpy.context.view_layer.update()


def seen(thing):
    """World transform; a mirrored one is taken apart as Blender does it (all scales negative)."""
    world = thing.matrix_world
    rotation = world.decompose()[1]
    out = {
        "position": list(world.translation),
        "quat_xyzw": [rotation.x, rotation.y, rotation.z, rotation.w],
    }
    if thing.type == "MESH":
        out["corners"] = [list(world @ v.co) for v in thing.data.vertices]
    if thing.type in {"CAMERA", "LIGHT"}:
        out["view_axis"] = list(-world.to_3x3().col[2].normalized())
        out["up_axis"] = list(world.to_3x3().col[1].normalized())
    return out


with open(os.path.join(HERE, "frames.json"), "w") as file:
    json.dump({thing.name: seen(thing) for thing in bpy.data.objects}, file, indent=1)
    file.write("\n")
bpy.ops.export_scene.gltf(
    filepath=os.path.join(HERE, "frames.glb"),
    export_format="GLB",
    export_extras=True,
    export_yup=True,
    export_cameras=True,
    export_lights=True,
)
