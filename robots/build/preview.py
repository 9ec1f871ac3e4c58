"""A picture of a robot: python3 robots/build/preview.py fr3 out.png [--az 35] [--el 15] [--size 640x640] [--spp 24]
[--pose joint=value ...] [--look x,y,z --reach m] [--camera name: as that camera of robot.toml sees]. Without --pose
it stands in its home pose."""
import argparse, math, os, sys, tomllib
import xml.etree.ElementTree as xml
import bpy
import numpy as np
from mathutils import Matrix, Vector

ROBOTS = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))


def frames(name, pose):
    """Link name -> 4x4 world matrix, of the URDF at joint positions `pose` (others: nearest to 0)."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from urdf import rotation
    tree = xml.parse(os.path.join(ROBOTS, name, name + ".urdf")).getroot()
    joints, found = tree.findall("joint"), {}
    children = {j.find("child").get("link") for j in joints}
    found[next(l.get("name") for l in tree.findall("link") if l.get("name") not in children)] = np.eye(4)

    def value(joint):
        mimic = joint.find("mimic")
        if mimic is not None:
            return float(mimic.get("multiplier", 1)) * value(next(j for j in joints if j.get("name") == mimic.get("joint")))
        limit = joint.find("limit")
        return pose.get(joint.get("name"), min(max(0.0, float(limit.get("lower"))), float(limit.get("upper"))))

    while len(found) < len(tree.findall("link")):
        for joint in joints:
            parent, child = joint.find("parent").get("link"), joint.find("child").get("link")
            if parent not in found or child in found:
                continue
            local, place = np.eye(4), joint.find("origin")
            local[:3, 3] = [float(v) for v in place.get("xyz", "0 0 0").split()]
            local[:3, :3] = rotation([float(v) for v in place.get("rpy", "0 0 0").split()])
            motion = np.eye(4)
            if joint.get("type") != "fixed":
                axis, q = np.array([float(v) for v in joint.find("axis").get("xyz").split()]), value(joint)
                if joint.get("type") == "prismatic":
                    motion[:3, 3] = axis * q
                else:
                    motion = np.array(Matrix.Rotation(q, 4, Vector(axis)))
            found[child] = found[parent] @ local @ motion
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("robot")
    parser.add_argument("out")
    for key, default in (("az", 35.0), ("el", 15.0), ("lens", 55.0), ("reach", 0.0)):
        parser.add_argument("--" + key, type=float, default=default)
    parser.add_argument("--size", default="640x640")
    parser.add_argument("--spp", type=int, default=24)
    parser.add_argument("--look")
    parser.add_argument("--camera")
    parser.add_argument("--pose", nargs="*", default=[])
    args = parser.parse_args()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with open(os.path.join(ROBOTS, args.robot, "robot.toml"), "rb") as file:
        spec = tomllib.load(file)
    pose = dict(spec["home"])
    pose.update({k: float(v) for k, v in (p.split("=") for p in args.pose)})
    low, high = Vector((9e9,) * 3), Vector((-9e9,) * 3)
    placed = frames(args.robot, pose)
    for link, matrix in placed.items():
        path = os.path.join(ROBOTS, args.robot, "meshes", link + ".glb")
        if not os.path.exists(path):
            continue
        bpy.ops.import_scene.gltf(filepath=path)
        for thing in bpy.context.selected_objects:
            thing.matrix_world = Matrix(matrix) @ thing.matrix_world
            for corner in thing.bound_box:
                at = thing.matrix_world @ Vector(corner)
                low, high = Vector(map(min, low, at)), Vector(map(max, high, at))
    for material in bpy.data.materials:  # lamps are as bright as the lights of the picture are
        for node in material.node_tree.nodes if material.node_tree else ():
            if node.type == "BSDF_PRINCIPLED":
                node.inputs["Emission Strength"].default_value = min(1.5, node.inputs["Emission Strength"].default_value)
    scene = bpy.context.scene
    center = Vector(map(float, args.look.split(","))) if args.look else (low + high) / 2
    reach = args.reach or (high - low).length / 2
    bpy.ops.mesh.primitive_plane_add(size=40 * max(reach, 0.5), location=(center.x, center.y, low.z - 0.0005))
    floor = bpy.data.materials.new("floor")
    floor.use_nodes = True
    floor.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.32, 0.34, 0.36, 1)
    bpy.context.object.data.materials.append(floor)
    for offset, size, power in (((-1.4, -1.8, 2.4), 1.4, 110), ((2.4, -0.6, 1.2), 1.0, 50), ((0.2, 2.4, 2.0), 1.4, 60)):
        lamp = bpy.data.lights.new("lamp", "AREA")
        lamp.size, lamp.energy = size * reach * 1.5, power * reach ** 2
        thing = bpy.data.objects.new("lamp", lamp)
        scene.collection.objects.link(thing)
        thing.location = center + Vector(offset) * 1.5 * reach
        thing.rotation_euler = (center - thing.location).to_track_quat("-Z", "Y").to_euler()
    scene.world = bpy.data.worlds.new("world")
    scene.world.use_nodes = True
    background = scene.world.node_tree.nodes["Background"].inputs
    background["Color"].default_value, background["Strength"].default_value = (0.62, 0.67, 0.72, 1), 0.55
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(camera)
    scene.camera, camera.data.lens, camera.data.clip_start = camera, args.lens, 0.001
    a, e = math.radians(args.az - 90), math.radians(args.el)
    far = reach / math.tan(camera.data.angle / 2) * 1.1
    camera.location = center + far * Vector((math.cos(a) * math.cos(e), math.sin(a) * math.cos(e), math.sin(e)))
    camera.rotation_euler = (center - camera.location).to_track_quat("-Z", "Y").to_euler()
    if args.camera:
        seen = next(c for c in spec["camera"] if c["name"] == args.camera)
        at, up = Vector(seen["position_m"]), Vector(seen["up"])
        back = (at - Vector(seen["look_at_m"])).normalized()
        right = up.cross(back).normalized()
        local = Matrix((right, back.cross(right), back)).transposed().to_4x4()
        camera.matrix_world = Matrix(placed[seen["link"]]) @ Matrix.Translation(at) @ local
        camera.data.sensor_fit, camera.data.angle = "VERTICAL", math.radians(seen["vertical_fov_deg"])
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.max_bounces = args.spp, True, 6
    scene.view_settings.view_transform = "Khronos PBR Neutral"
    scene.render.threads_mode, scene.render.threads = "FIXED", 2
    scene.render.resolution_x, scene.render.resolution_y = map(int, args.size.split("x"))
    scene.render.filepath = os.path.abspath(args.out)
    bpy.ops.render.render(write_still=True)


if __name__ == "__main__":
    main()
