"""Cast shells as signed distance fields: cylinders, cones and boxes that run into each other with fillets, and cuts.

Lengths are millimetres. `a.join(b, k)` is a union whose inner corner is filled over about k mm, `a.cut(b, k)` takes b
away. `surface()` gives triangles and the normals of their corners.
"""
import math
import bpy
import bmesh
import numpy as np


class Solid:
    """A distance function of points (n, 3), and a box that holds its inside."""

    def __init__(self, distance, low, high):
        self.distance, self.low, self.high = distance, np.asarray(low, float), np.asarray(high, float)

    def join(self, other, k=0.0):
        def distance(p):
            a, b = self.distance(p), other.distance(p)
            return np.minimum(a, b) - (np.maximum(k - np.abs(a - b), 0) ** 2 / (4 * k) if k else 0)
        return Solid(distance, np.minimum(self.low, other.low) - k / 4, np.maximum(self.high, other.high) + k / 4)

    def cut(self, other, k=0.0):
        def distance(p):
            a, b = self.distance(p), -other.distance(p)
            return np.maximum(a, b) + (np.maximum(k - np.abs(a - b), 0) ** 2 / (4 * k) if k else 0)
        return Solid(distance, self.low, self.high)

    def gradient(self, p, step=0.05):
        result = np.empty_like(p)
        for axis in range(3):
            d = np.zeros(3)
            d[axis] = step
            result[:, axis] = (self.distance(p + d) - self.distance(p - d)) / (2 * step)
        return result

    def project(self, p, times=4):
        for _ in range(times):
            g = self.gradient(p)
            p = p - np.clip(self.distance(p) / np.maximum((g * g).sum(1), 0.05), -2, 2)[:, None] * g
        return p


def cone(a, b, ra, rb, edge=3.0):
    """A cylinder or frustum from point a (radius ra) to b (rb), rims rounded by `edge`."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    length = np.linalg.norm(b - a)
    axis, reach = (b - a) / length, max(ra, rb)

    def distance(p):
        along = (p - a) @ axis
        radial = np.linalg.norm(p - a - along[:, None] * axis, axis=1)
        r = ra + (rb - ra) * np.clip(along / length, 0, 1)
        q = np.stack([radial - r + edge, np.abs(along - length / 2) - length / 2 + edge], 1)
        return np.minimum(q.max(1), 0) + np.linalg.norm(np.maximum(q, 0), axis=1) - edge
    side = reach * np.sqrt(np.maximum(1 - axis ** 2, 0))
    return Solid(distance, np.minimum(a, b) - side, np.maximum(a, b) + side)


def cyl(a, b, r, edge=3.0):
    return cone(a, b, r, r, edge)


def capsule(a, b, ra, rb=None):
    """A rod with round ends, from radius ra about a to rb about b."""
    a, b, rb = np.asarray(a, float), np.asarray(b, float), ra if rb is None else rb

    def distance(p):
        t = np.clip((p - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
        return np.linalg.norm(p - a - t[:, None] * (b - a), axis=1) - (ra + (rb - ra) * t)
    return Solid(distance, np.minimum(a - ra, b - rb), np.maximum(a + ra, b + rb))


def block(low, high, edge=3.0):
    """An upright box between two corners, edges rounded."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    center, half = (low + high) / 2, (high - low) / 2

    def distance(p):
        q = np.abs(p - center) - half + edge
        return np.minimum(q.max(1), 0) + np.linalg.norm(np.maximum(q, 0), axis=1) - edge
    return Solid(distance, low, high)


def _nets(solid, step):
    """Surface nets: one vertex a cell that the surface crosses, one quad a grid edge that it crosses."""
    low = solid.low - 2.5 * step
    count = np.ceil((solid.high + 2.5 * step - low) / step).astype(int) + 1
    grid = np.stack(np.meshgrid(*[low[i] + step * np.arange(count[i]) for i in range(3)], indexing="ij"), -1).reshape(-1, 3)
    values = np.concatenate([solid.distance(part) for part in np.array_split(grid, max(1, len(grid) // 200000))]).reshape(count)
    inside = values < 0
    cells = count - 1
    total, hits = np.zeros((*cells, 3)), np.zeros(cells)
    for axis in range(3):
        others = [i for i in range(3) if i != axis]
        for da in (0, 1):
            for db in (0, 1):
                start = [slice(0, c) for c in cells]
                start[others[0]], start[others[1]] = slice(da, cells[others[0]] + da), slice(db, cells[others[1]] + db)
                end = list(start)
                end[axis] = slice(1, cells[axis] + 1)
                v0, v1 = values[tuple(start)], values[tuple(end)]
                crossed = (v0 < 0) != (v1 < 0)
                with np.errstate(divide="ignore", invalid="ignore"):
                    t = np.where(crossed, v0 / (v0 - v1), 0)
                offset = np.zeros((*cells, 3))
                offset[..., axis], offset[..., others[0]], offset[..., others[1]] = t, da, db
                total += offset * crossed[..., None]
                hits += crossed
    index = -np.ones(cells, int)
    live = hits > 0
    index[live] = np.arange(live.sum())
    corner = np.stack(np.nonzero(live), 1)
    points = low + step * (corner + total[live] / hits[live][:, None])
    quads = []
    for axis in range(3):
        a, b = [(1, 2), (2, 0), (0, 1)][axis]
        first, second = np.take(inside, range(count[axis] - 1), axis), np.take(inside, range(1, count[axis]), axis)
        edges = np.stack(np.nonzero(first != second), 1)
        edges = edges[(edges[:, a] > 0) & (edges[:, b] > 0)]
        ring = []
        for da, db in ((1, 1), (0, 1), (0, 0), (1, 0)):
            cell = edges.copy()
            cell[:, a] -= da
            cell[:, b] -= db
            ring.append(index[tuple(cell.T)])
        ring = np.stack(ring, 1)
        out = first[tuple(edges.T)]
        quads.append(np.where(out[:, None], ring, ring[:, ::-1]))
    return points, np.concatenate(quads)


def surface(solid, triangles, step=2.5):
    """Vertices (mm), triangles and unit normals a corner (n, 3, 3), decimated to about `triangles`."""
    points, quads = _nets(solid, step)
    points = solid.project(points, 3)
    data = bpy.data.meshes.new("raw")
    data.from_pydata(points.tolist(), [], quads.tolist())
    work = bmesh.new()
    work.from_mesh(data)
    bmesh.ops.triangulate(work, faces=work.faces)
    work.to_mesh(data)
    work.free()
    thing = bpy.data.objects.new("raw", data)
    bpy.context.scene.collection.objects.link(thing)
    modifier = thing.modifiers.new("decimate", "DECIMATE")
    modifier.ratio = min(1.0, triangles / len(data.polygons))
    modifier.use_collapse_triangulate = True
    graph = bpy.context.evaluated_depsgraph_get()
    result = bpy.data.meshes.new_from_object(thing.evaluated_get(graph), depsgraph=graph)
    bpy.data.objects.remove(thing)
    vertices = np.array([v.co[:] for v in result.vertices])
    faces = np.array([p.vertices[:] for p in result.polygons])
    bpy.data.meshes.remove(result)
    vertices = solid.project(vertices)
    return vertices, faces, _normals(solid, vertices, faces)


def _normals(solid, vertices, faces):
    """Taken a little inside each corner, so that a flat face stays flat up to its rounded edge; those of one vertex
    that nearly agree become one."""
    corners = vertices[faces]
    near = corners + 0.15 * (corners.mean(1, keepdims=True) - corners)
    normals = solid.gradient(solid.project(near.reshape(-1, 3), 2))
    normals /= np.maximum(np.linalg.norm(normals, axis=1), 1e-9)[:, None]
    groups = {}
    limit = math.cos(math.radians(14))
    for corner, vertex in enumerate(faces.reshape(-1)):
        for group in groups.setdefault(int(vertex), []):
            if normals[corner] @ group[0] > limit:
                group[1].append(corner)
                break
        else:
            groups[int(vertex)].append((normals[corner].copy(), [corner]))
    for found in groups.values():
        for _, members in found:
            mean = normals[members].sum(0)
            normals[members] = mean / np.linalg.norm(mean)
    return normals.reshape(-1, 3, 3)
