"""What the file of a scene has beside its objects: lamps, cameras, places for robots; and its export.

Lengths are millimetres, angles degrees, Z is up.
"""
import glob, math, os
import bpy
import kit
from kit import Euler, Vector


def _linked(name, data=None):
    thing = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def rect_light(name, loc, size, lumens, kelvin, rot=(0, 0, 0)):
    """A rectangular lamp that shines along its local -Z; size is its width and depth."""
    thing = _linked(name)
    thing.location, thing.rotation_euler = Vector(loc) * 0.001, Euler([math.radians(a) for a in rot])
    thing.scale = (size[0] / 2000, size[1] / 2000, 0.05)
    thing["bs_light"], thing["bs_lumens"], thing["bs_kelvin"] = "rect", float(lumens), float(kelvin)


def camera(name, loc, target, fov, clip_m=(0.02, 20)):
    """Looks from loc at target, upright; fov is vertical."""
    data = bpy.data.cameras.new(name)
    data.sensor_fit, data.angle = "VERTICAL", math.radians(fov)
    data.clip_start, data.clip_end = clip_m
    thing = _linked(name, data)
    thing.location = Vector(loc) * 0.001
    thing.rotation_euler = (Vector(target) - Vector(loc)).to_track_quat("-Z", "Y").to_euler()


def mount(name, loc, turn):
    """Where a robot's root frame goes: a plain empty, Z up, X forward."""
    thing = _linked(name)
    thing.location, thing.rotation_euler = Vector(loc) * 0.001, Euler((0, 0, math.radians(turn)))


def export(folder, name):
    """Writes folder/name.gltf, name.bin and textures/, and checks them. Old textures go first."""
    for old in glob.glob(os.path.join(folder, "textures", "*")):
        os.remove(old)
    kit.tidy()
    path = os.path.join(folder, name + ".gltf")
    bpy.ops.export_scene.gltf(
        filepath=path, export_format="GLTF_SEPARATE", export_texture_dir="textures", export_extras=True, export_yup=True,
        export_apply=True, export_animations=False, export_lights=False, export_cameras=True, export_image_format="AUTO",
        export_materials="EXPORT", export_morph=False, export_skins=False)
    kit.check(path)
