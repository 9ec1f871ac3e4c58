"""The pieces robots are built of, and the writer of their .glb files. Lengths in mm, in the frame of the link.

A direction is 'x', '-y', … or a vector. Pieces lie along their direction from their place onwards.
"""
import json, math, os, struct, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scenes", "assets", "build"))
import bpy
import numpy as np
import kit
import solid
from mathutils import Vector

# name: sRGB colour, metallic, roughness[, emission, its luminance in cd/m²]; or transmission alone as the fourth
LOOKS = {
    "shell_white": ("#e9ebea", 0, 0.34), "shell_grey": ("#a9afb3", 0, 0.42), "shell_silver": ("#b4b9bd", 0.75, 0.36),
    "shell_dark": ("#3a3f44", 0, 0.45), "graphite": ("#23272b", 0, 0.5), "cap_blue": ("#6ba0c6", 0, 0.36),
    "cap_teal": ("#2a7f89", 0, 0.4), "joint_dark": ("#15171a", 0, 0.6), "steel": ("#c4c6c8", 1, 0.3),
    "steel_dark": ("#6f7478", 1, 0.38), "aluminium": ("#b9bcbe", 1, 0.42), "rubber": ("#202122", 0, 0.85),
    "pad": ("#2c2e30", 0, 0.9), "lens": ("#0a0e16", 0, 0.05), "brass": ("#c9a75c", 1, 0.3),
    "accent_amber": ("#d99a2b", 0, 0.4), "plastic_clear": ("#dfe6e8", 0, 0.25), "tungsten": ("#8d8f92", 1, 0.5),
    "tip_clear": ("#eef1f2", 0, 0.25, 0.8),
    "led_white": ("#f4f6f8", 0, 0.4, "#f4f6ff", 1500), "led_blue": ("#10243a", 0, 0.3, "#58b4ff", 300), "led_green": ("#10301a", 0, 0.3, "#4dff8a", 300),
}
AXES = {"x": (1, 0, 0), "y": (0, 1, 0), "z": (0, 0, 1), "-x": (-1, 0, 0), "-y": (0, -1, 0), "-z": (0, 0, -1)}


def start():
    kit.reset()
    kit.unit(0.001)


def look(name):
    color, metallic, roughness, *glow = LOOKS[name]
    return kit.principled(name, color, metallic=metallic, roughness=roughness)


def turned(direction):
    """Euler angles (degrees) that bring +Z to the direction."""
    z = Vector(AXES[direction] if isinstance(direction, str) else direction).normalized()
    return kit.axes(z, (1, 0, 0) if abs(z.x) < 0.9 else (0, 1, 0))


def shell(field, material, triangles=2400, step=2.5):
    """A cast part from a solid.Solid."""
    vertices, faces, normals = solid.surface(field, triangles, step)
    data = bpy.data.meshes.new("shell")
    data.from_pydata((vertices * 0.001).tolist(), [], faces.tolist())
    for polygon in data.polygons:
        polygon.use_smooth = True
    data.normals_split_custom_set(normals.reshape(-1, 3).tolist())
    data.materials.append(look(material))
    thing = bpy.data.objects.new("shell", data)
    thing["exact_normals"] = 1
    bpy.context.scene.collection.objects.link(thing)
    return thing


def turn(profile, material, at=(0, 0, 0), direction="z", segments=48, closed=False, steps=3):
    """A turned part: profile of (radius, height[, fillet]) about the direction."""
    return kit.lathe("turned", profile, look(material), at, turned(direction), segments, closed, steps=steps)


def disc(radius, height, material, at=(0, 0, 0), direction="z", bevel=1.0, segments=40):
    return turn([(0, 0), (radius, 0), (radius, height, bevel), (0, height)], material, at, direction, segments, steps=2)


def ring(outer, inner, height, material, at=(0, 0, 0), direction="z", bevel=0.8, segments=40):
    bevel = bevel if bevel > 0.5 else 0  # smaller ones nobody sees
    return turn([(inner, 0, bevel), (outer, 0, bevel), (outer, height, bevel), (inner, height, bevel)], material, at,
                direction, segments, closed=True, steps=1)


def cap(radius, height, material, at, direction, segments=40):
    """A lid with a stepped, slightly domed face."""
    return turn([(0, 0), (radius, 0), (radius, height - 2, 1.5), (radius - 5, height, 2), (radius * 0.5, height + 0.7), (0, height + 0.9)],
                material, at, direction, segments, steps=1)


def bolts(circle, count, at, direction="z", size=4.0, start=0.0, material="steel_dark", height=2.0):
    """Socket head screws on a circle about `at`."""
    frame = kit.Euler([math.radians(a) for a in turned(direction)]).to_matrix()
    for k in range(count):
        a = math.radians(start + 360 * k / count)
        place = Vector(at) + frame @ Vector((circle * math.cos(a), circle * math.sin(a), 0))
        screw(place, direction, size, material, height)


def screw(at, direction="z", size=4.0, material="steel_dark", height=2.0):
    r = size / 2
    kit.lathe("screw", [(0, height - 0.22 * size), (0.5 * r, height - 0.22 * size), (0.5 * r, height), (0.85 * r, height),
                        (r, height - 0.15 * r), (r, 0), (0, 0)], look(material), at, turned(direction), 8)


def box(size, material, at=(0, 0, 0), bevel=0.0, segments=2, rot=(0, 0, 0)):
    """A box whose centre is `at`."""
    offset = kit.Euler([math.radians(a) for a in rot]).to_matrix() @ Vector((0, 0, -size[2] / 2))
    return kit.box("box", size, look(material), tuple(Vector(at) + offset), rot, bevel, segments)


def between(low, high, material, bevel=0.0, segments=2):
    """An upright box between two corners."""
    return box([b - a for a, b in zip(low, high)], material, [(a + b) / 2 for a, b in zip(low, high)], bevel, segments)


def prism(outline, height, material, at=(0, 0, 0), rot=(0, 0, 0), holes=(), bevel=0.0, segments=2, steps=4):
    return kit.prism("prism", outline, height, look(material), at, rot, holes, bevel, segments, steps=steps)


def rod(path, radius, material, smooth=0, segments=3):
    return kit.sweep("rod", path, radius, look(material), segments=segments, smooth_path=smooth)


def camera_body(at, target, across, plate=1):
    """A small stereo camera whose left eye is at `at`, looking at `target`; it extends along `across`, clear of its view.
    plate: the sign of the side that its holder is on."""
    at, across = Vector(at), Vector(across)
    ahead = (Vector(target) - at).normalized()
    turned_so = kit.axes(ahead, across)  # local Z looks ahead, local X across
    down = ahead.cross(across)
    box((34, 4, 20), "aluminium", at - ahead * 16 + down * 9 * plate, 1, rot=turned_so)
    box((62, 24, 18), "graphite", at - ahead * 11.5 + across * 12, 5, 3, turned_so)
    for offset, r in ((0, 5.5), (24, 5.5), (12, 3)):
        ring(r + 1.2, r - 0.6, 1.6, "steel_dark", at - ahead * 2.7 + across * offset, ahead, 0.3, 24)
        disc(r, 0.8, "lens", at - ahead * 2.6 + across * offset, ahead, 0.2, 24)


# ---------------------------------------------------------------- what a link's pieces give

def _triangles():
    """(material name, corners (n, 3, 3) m, normals (n, 3, 3)) of every piece in the scene."""
    things = sorted((o for o in bpy.data.objects if o.type == "MESH"), key=lambda o: o.name)
    for thing in things:
        if "exact_normals" not in thing:
            thing.modifiers.new("normals", "WEIGHTED_NORMAL").keep_sharp = True
    graph = bpy.context.evaluated_depsgraph_get()
    for thing in things:
        data = thing.evaluated_get(graph).to_mesh()
        data.calc_loop_triangles()
        corner, vertex = [np.empty(len(data.loop_triangles) * 3, np.int32) for _ in range(2)]
        data.loop_triangles.foreach_get("loops", corner)
        data.loop_triangles.foreach_get("vertices", vertex)
        points, normals = np.empty(len(data.vertices) * 3, np.float32), np.empty(len(data.loops) * 3, np.float32)
        data.vertices.foreach_get("co", points)
        data.corner_normals.foreach_get("vector", normals)
        slots = [m.name for m in data.materials]
        which = np.empty(len(data.loop_triangles), np.int32)
        data.loop_triangles.foreach_get("material_index", which)
        points, normals = points.reshape(-1, 3)[vertex].reshape(-1, 3, 3), normals.reshape(-1, 3)[corner].reshape(-1, 3, 3)
        for index, name in enumerate(slots):
            if (which == index).any():
                yield name, points[which == index].astype(float), normals[which == index].astype(float)
        thing.to_mesh_clear()


def write_glb(path, name, frame=np.eye(4)):
    """Writes all pieces as one mesh, a primitive a material; gives (triangles, corners of all of them). frame (mm): link
    from modelling frame."""
    found = {}
    for material, points, normals in _triangles():
        points, normals = points @ frame[:3, :3].T + frame[:3, 3] / 1000, normals @ frame[:3, :3].T
        found.setdefault(material, []).append((points, normals))
    blob, views, accessors, primitives, materials, count, corners = b"", [], [], [], [], 0, []

    def add(array, target, **fields):
        nonlocal blob
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": array.nbytes, "target": target})
        blob += array.tobytes() + b"\0" * (-array.nbytes % 4)
        accessors.append({"bufferView": len(views) - 1, "count": len(array), **fields})
        return len(accessors) - 1

    for material in sorted(found):
        points = np.concatenate([p for p, _ in found[material]])
        normals = np.concatenate([n for _, n in found[material]])
        area = np.linalg.norm(np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]), axis=1)
        points, normals = points[area > 1e-12], normals[area > 1e-12]
        corners.append(points)
        count += len(points)
        rows = np.concatenate([points.reshape(-1, 3), normals.reshape(-1, 3)], 1)[:, [0, 2, 1, 3, 5, 4]] * [1, 1, -1, 1, 1, -1]
        rows[:, 3:] /= np.linalg.norm(rows[:, 3:], axis=1)[:, None]
        _, first, index = np.unique(np.round(rows * ([1e6] * 3 + [200] * 3)), axis=0, return_index=True, return_inverse=True)
        rows = rows[first].astype("<f4")
        position = add(np.ascontiguousarray(rows[:, :3]), 34962, componentType=5126, type="VEC3",
                       min=[float(v) for v in rows[:, :3].min(0)], max=[float(v) for v in rows[:, :3].max(0)])
        normal = add(np.ascontiguousarray(rows[:, 3:]), 34962, componentType=5126, type="VEC3")
        small = len(rows) < 65536
        indices = add(index.reshape(-1).astype("<u2" if small else "<u4"), 34963, componentType=5123 if small else 5125, type="SCALAR")
        primitives.append({"attributes": {"POSITION": position, "NORMAL": normal}, "indices": indices, "material": len(materials)})
        color, metallic, roughness, *glow = LOOKS[material]
        entry = {"name": material, "pbrMetallicRoughness": {"baseColorFactor": [*(round(c, 5) for c in kit.linear(color)), 1.0],
                                                           "metallicFactor": metallic, "roughnessFactor": roughness}}
        if len(glow) == 1:
            entry["extensions"] = {"KHR_materials_transmission": {"transmissionFactor": glow[0]}}
        elif glow:
            entry["emissiveFactor"] = [round(c, 5) for c in kit.linear(glow[0])]
            entry["extensions"] = {"KHR_materials_emissive_strength": {"emissiveStrength": glow[1]}}
        materials.append(entry)
    doc = {"asset": {"version": "2.0", "generator": "robots/build"}, "scene": 0, "scenes": [{"nodes": [0]}],
           "nodes": [{"name": name, "mesh": 0}], "meshes": [{"name": name, "primitives": primitives}], "materials": materials,
           "accessors": accessors, "bufferViews": views, "buffers": [{"byteLength": len(blob)}]}
    used = sorted({name for m in materials for name in m.get("extensions", {})})
    if used:
        doc["extensionsUsed"] = used
    text = json.dumps(doc, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    with open(path, "wb") as file:
        file.write(struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(blob)) + struct.pack("<II", len(text), 0x4E4F534A) + text
                   + struct.pack("<II", len(blob), 0x004E4942) + blob)
    return count, np.concatenate(corners)


def inertia(corners, mass):
    """Centre (m) and tensor about it (kg m²) of closed surfaces filled evenly with `mass`."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    volume = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
    total = a + b + c
    center = (volume[:, None] * total).sum(0) / 4 / volume.sum()
    second = np.zeros((3, 3))
    for v in (a, b, c, total):
        second += np.einsum("n,ni,nj->ij", volume, v, v)
    second = second / 20 / volume.sum() * mass - mass * np.outer(center, center)
    return center, np.trace(second) * np.eye(3) - second
