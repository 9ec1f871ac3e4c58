"""Makes cube_table.gltf and cube.gltf: a table on a floor, and a cube of 40 mm. Plain Python: python build.py"""
import base64, json, math, os, struct

HERE = os.path.dirname(os.path.abspath(__file__))


def box(sx, sy, sz, cx=0.0, cy=0.0, cz=0.0):
    """Positions, normals, triangles of a box by its sizes and middle; Z up."""
    positions, normals, triangles = [], [], []
    for axis in range(3):
        for sign in (1, -1):
            u, v = (axis + 1) % 3, (axis + 2) % 3
            first = len(positions)
            for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
                p = [0, 0, 0]
                p[axis], p[u], p[v] = sign, a * sign, b
                positions.append([p[0] * sx / 2 + cx, p[1] * sy / 2 + cy, p[2] * sz / 2 + cz])
                n = [0, 0, 0]
                n[axis] = sign
                normals.append(n)
            triangles += [[first, first + 1, first + 2], [first, first + 2, first + 3]]
    return positions, normals, triangles


def join(*parts):
    positions, normals, triangles = [], [], []
    for p, n, t in parts:
        triangles += [[i + len(positions) for i in three] for three in t]
        positions += p
        normals += n
    return positions, normals, triangles


def up(v):
    """Z up to glTF's Y up."""
    return [v[0], v[2], -v[1]]


def write(name, materials, meshes, nodes):
    blob, views, accessors, gltf_meshes = b"", [], [], []

    def add(data, target, kind, component, count, **limits):
        nonlocal blob
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": len(data), "target": target})
        blob += data
        accessors.append({"bufferView": len(views) - 1, "componentType": component, "count": count, "type": kind, **limits})
        return len(accessors) - 1

    for mesh_name, material, (positions, normals, triangles) in meshes:
        p = [up(v) for v in positions]
        p = [[struct.unpack("<f", struct.pack("<f", x))[0] for x in v] for v in p]
        flat = lambda rows: [x for row in rows for x in row]
        position = add(struct.pack(f"<{3 * len(p)}f", *flat(p)), 34962, "VEC3", 5126, len(p),
                       min=[min(v[i] for v in p) for i in range(3)], max=[max(v[i] for v in p) for i in range(3)])
        normal = add(struct.pack(f"<{3 * len(p)}f", *flat(up(v) for v in normals)), 34962, "VEC3", 5126, len(p))
        indices = add(struct.pack(f"<{3 * len(triangles)}I", *flat(triangles)), 34963, "SCALAR", 5125, 3 * len(triangles))
        gltf_meshes.append({"name": mesh_name, "primitives": [
            {"attributes": {"POSITION": position, "NORMAL": normal}, "indices": indices, "material": material}]})
    document = {
        "asset": {"version": "2.0", "generator": "benchside build.py"},
        "scene": 0,
        "scenes": [{"nodes": [i for i in range(len(nodes)) if not any(i in n.get("children", []) for n in nodes)]}],
        "nodes": nodes, "meshes": gltf_meshes, "materials": materials,
        "bufferViews": views, "accessors": accessors,
        "buffers": [{"byteLength": len(blob), "uri": "data:application/octet-stream;base64," + base64.b64encode(blob).decode()}],
    }
    with open(os.path.join(HERE, "..", name), "w") as file:
        json.dump(document, file, indent=1)
        file.write("\n")


def paint(name, color, roughness):
    return {"name": name, "pbrMetallicRoughness": {"baseColorFactor": [*color, 1], "metallicFactor": 0, "roughnessFactor": roughness}}


legs = [box(0.06, 0.06, 0.75, x, y, -0.425) for x in (-0.55, 0.55) for y in (-0.35, 0.35)]
write(
    "cube_table.gltf",
    [paint("table_top", [0.62, 0.5, 0.38], 0.6), paint("floor_grey", [0.45, 0.46, 0.48], 0.8), paint("wall_white", [0.75, 0.75, 0.72], 0.9)],
    [
        ("table", 0, join(box(1.3, 0.9, 0.05, 0, 0, -0.025), *legs)),
        ("floor", 1, box(6, 6, 0.1, 0, 0, -0.05)),
        ("wall", 2, box(0.1, 6, 3)),
    ],
    [
        {"name": "table", "mesh": 0, "translation": up([0, 0, 0.8]), "extras": {"bs_class": "table", "bs_collider": "decompose"}},
        {"name": "floor", "mesh": 1, "extras": {"bs_class": "floor", "bs_collider": "box"}},
        {"name": "wall", "mesh": 2, "translation": up([-2, 0, 1.5]), "extras": {"bs_class": "wall", "bs_collider": "box"}},
        {"name": "cube_area", "translation": up([0.1, 0, 0.83]), "scale": [0.1, 0.03, 0.1], "extras": {"bs_region": "cube_area"}},
        {"name": "robot_mount", "translation": up([-0.5, 0, 0.8])},
    ],
)
write(
    "cube.gltf",
    [paint("cube_red", [0.7, 0.06, 0.05], 0.5)],
    [("cube", 0, box(0.04, 0.04, 0.04, 0, 0, 0.02))],
    [{"name": "cube", "mesh": 0, "extras": {"bs_class": "cube", "bs_body": "dynamic", "bs_mass": 0.05, "bs_friction": 1.0, "bs_collider": "box"}}],
)
