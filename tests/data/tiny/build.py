"""Writes the glTF files of this folder: python build.py

Plain Python, no packages. Positions are given Z up, as people think; glTF is Y up.
"""
import base64
import json
import struct
from pathlib import Path

HERE = Path(__file__).parent


def y_up(p):
    return [p[0], p[2], -p[1]]


class File:
    """One glTF file with its buffer embedded."""

    def __init__(self):
        self.data = b""
        self.views, self.accessors, self.meshes, self.nodes, self.materials = [], [], [], [], []

    def accessor(self, rows, kind, code, component):
        packed = b"".join(struct.pack("<" + code * len(r), *r) for r in rows)
        self.views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(packed)})
        self.data += packed + b"\0" * (-len(packed) % 4)
        self.accessors.append({
            "bufferView": len(self.views) - 1, "componentType": component, "type": kind,
            "count": len(rows),
            "min": [min(c) for c in zip(*rows)], "max": [max(c) for c in zip(*rows)],
        })
        return len(self.accessors) - 1

    def material(self, name, color, **more):
        pbr = {"baseColorFactor": color, "metallicFactor": 0, "roughnessFactor": 0.6}
        self.materials.append({"name": name, "pbrMetallicRoughness": pbr, **more})
        return len(self.materials) - 1

    def box(self, name, low, high, material):
        """A closed box with a flat normal a face."""
        positions, normals, triangles = [], [], []
        for axis in range(3):
            for side in (0, 1):
                u, v = (axis + 1) % 3, (axis + 2) % 3
                normal = [0, 0, 0]
                normal[axis] = 2 * side - 1
                corners = [(0, 0), (1, 0), (1, 1), (0, 1)]
                if not side:
                    corners.reverse()
                first = len(positions)
                for a, b in corners:
                    p = [0, 0, 0]
                    p[axis] = (low, high)[side][axis]
                    p[u], p[v] = (low, high)[a][u], (low, high)[b][v]
                    positions.append(y_up(p))
                    normals.append(y_up(normal))
                triangles += [[first], [first + 1], [first + 2], [first], [first + 2], [first + 3]]
        self.meshes.append({"name": name, "primitives": [{
            "attributes": {
                "POSITION": self.accessor(positions, "VEC3", "f", 5126),
                "NORMAL": self.accessor(normals, "VEC3", "f", 5126),
            },
            "indices": self.accessor(triangles, "SCALAR", "H", 5123),
            "material": material,
        }]})
        return len(self.meshes) - 1

    def node(self, name, children=(), **more):
        node = {"name": name, **more}
        if children:
            node["children"] = list(children)
        self.nodes.append(node)
        return len(self.nodes) - 1

    def empty(self, name, at, extras, half=None):
        scale = {"scale": [half[0], half[2], half[1]]} if half else {}
        return self.node(name, translation=y_up(at), extras=extras, **scale)

    def write(self, name, roots, **more):
        uri = "data:application/octet-stream;base64," + base64.b64encode(self.data).decode()
        gltf = {
            "asset": {"version": "2.0", "generator": "tests/data/tiny/build.py"},
            "scene": 0, "scenes": [{"nodes": roots}],
            "nodes": self.nodes, "meshes": self.meshes, "materials": self.materials,
            "accessors": self.accessors, "bufferViews": self.views,
            "buffers": [{"byteLength": len(self.data), "uri": uri}],
            **more,
        }
        (HERE / name).write_text(json.dumps(gltf, indent=1) + "\n")


def scene():
    f = File()
    wood = f.material("wood", [0.45, 0.3, 0.2, 1])
    paint = f.material("paint", [0.6, 0.65, 0.7, 1])
    table = f.box("table", [-0.5, -0.4, -0.04], [0.5, 0.4, 0], wood)
    wall = f.box("wall", [-1.5, 0.6, -0.5], [1.5, 0.65, 1], paint)
    roots = [
        f.node("Table", mesh=table, extras={"bs_class": "table", "bs_collider": "box"}),
        f.node("Wall", mesh=wall, extras={"bs_class": "wall"}),
        f.empty("Top", [0, 0.05, 0.06], {"bs_region": "table_top"}, [0.3, 0.2, 0.06]),
        f.empty("Front", [0, -0.25, 0.1], {"bs_region": "table_front"}, [0.25, 0.05, 0.1]),
    ]
    f.write("tiny.gltf", roots)


def block():
    f = File()
    body = f.material("body", [0.8, 0.8, 0.8, 1])
    lid = f.material("lid", [0.1, 0.2, 0.6, 1])
    low = f.box("body", [-0.03, -0.02, 0], [0.03, 0.02, 0.04], body)
    high = f.box("lid", [-0.03, -0.02, 0.04], [0.03, 0.02, 0.05], lid)
    children = [
        f.node("Body", mesh=low, extras={"bs_part": "body"}),
        f.node("Lid", mesh=high, extras={"bs_part": "lid"}),
        f.empty("K1", [0.03, 0.02, 0.05], {"bs_keypoint": "lid_corner"}),
        f.empty("K2", [-0.03, -0.02, 0], {"bs_keypoint": "foot_corner"}),
    ]
    extras = {"bs_class": "block", "bs_body": "dynamic", "bs_mass": 0.1, "bs_collider": "box"}
    f.write("block.gltf", [f.node("Block", children, extras=extras)])


def pane():
    f = File()
    glass = f.material("glass", [0.95, 1, 1, 1], extensions={
        "KHR_materials_transmission": {"transmissionFactor": 1},
        "KHR_materials_ior": {"ior": 1.52},
    })
    box = f.box("pane", [-0.1, -0.003, 0], [0.1, 0.003, 0.15], glass)
    root = f.node("Pane", mesh=box, extras={"bs_class": "pane", "bs_collider": "box"})
    used = ["KHR_materials_transmission", "KHR_materials_ior"]
    f.write("pane.gltf", [root], extensionsUsed=used)


scene()
block()
pane()
