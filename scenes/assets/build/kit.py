"""Helpers to model, label, export and check Benchside assets with bpy 5 (no user interface needed).

Lengths are metres times `unit()`: call kit.unit(0.001) once to give everything in millimetres.
Angles are degrees, Z is up, `loc` and `rot` (XYZ Euler) are baked into the vertices, so a part's node is
the identity below its root. Every new part hangs below the latest root() unless `parent` is given.
Outline and profile points are (x, y) or (x, y, fillet radius).
"""
import json, math, os, struct, tempfile
import bpy  # first: it brings bmesh and mathutils
import bmesh
from mathutils import Euler, Matrix, Vector
from PIL import Image, ImageDraw, ImageFont

_state = {"unit": 1.0, "root": None, "materials": {}, "boxes": {}}
_temp = tempfile.mkdtemp(prefix="bs_textures_")


def unit(metres):
    _state["unit"] = metres


def reset():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    _state.update(root=None, materials={}, boxes={})


# ---------------------------------------------------------------- materials and textures

def linear(color):
    """'#rrggbb' (sRGB) or a linear (r, g, b) -> linear (r, g, b)."""
    if not isinstance(color, str):
        return tuple(color[:3])
    srgb = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in srgb)


def image(name, picture, jpeg=False, data=False):
    """A PIL image or a path -> bpy image, stored in the export as PNG (or JPEG q 90)."""
    if not isinstance(picture, str):
        path = os.path.join(_temp, name + (".jpg" if jpeg else ".png"))
        if jpeg:
            picture.convert("RGB").save(path, quality=90)
        else:
            picture.save(path, optimize=True)
        picture = path
    found = bpy.data.images.load(picture)
    found.name = name
    if data:
        found.colorspace_settings.name = "Non-Color"
    return found


def principled(name, color=None, metallic=0.0, roughness=0.5, transmission=0.0, ior=1.5, texture=None, alpha=None,
               emission=None, strength=1.0, normal=None, volume=None, cull=True, jpeg=False, clearcoat=0.0):
    """One Principled material a name (asked again, the same one is given).

    texture, normal: PIL image or path; texture is multiplied by color. alpha: None, "BLEND" or "MASK" (from the
    texture's alpha), or a number. emission: colour, or True to emit the texture. volume: (attenuation colour,
    attenuation distance in m, thickness in m). cull=False makes it double-sided.
    """
    if name in _state["materials"]:
        return _state["materials"][name]
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    material.use_backface_culling = cull
    nodes, links = material.node_tree.nodes, material.node_tree.links
    shader = next(n for n in nodes if n.type == "BSDF_PRINCIPLED")
    output = next(n for n in nodes if n.type == "OUTPUT_MATERIAL")
    rgb = linear(color) if color is not None else (1, 1, 1)
    values = {"Base Color": (*rgb, 1), "Metallic": metallic, "Roughness": roughness, "IOR": ior,
              "Transmission Weight": transmission, "Coat Weight": clearcoat}
    for key, value in values.items():
        shader.inputs[key].default_value = value
    if texture is not None:
        node = nodes.new("ShaderNodeTexImage")
        node.image = image(name, texture, jpeg)
        result = node.outputs["Color"]
        if color is not None and rgb != (1, 1, 1):
            mix = nodes.new("ShaderNodeMix")
            mix.data_type, mix.blend_type = "RGBA", "MULTIPLY"
            mix.inputs["Factor"].default_value = 1
            links.new(result, mix.inputs[6])
            mix.inputs[7].default_value = (*rgb, 1)
            result = mix.outputs[2]
        links.new(result, shader.inputs["Base Color"])
        if alpha == "BLEND":
            links.new(node.outputs["Alpha"], shader.inputs["Alpha"])
        elif alpha == "MASK":
            test = nodes.new("ShaderNodeMath")
            test.operation = "GREATER_THAN"
            test.inputs[1].default_value = 0.5
            links.new(node.outputs["Alpha"], test.inputs[0])
            links.new(test.outputs[0], shader.inputs["Alpha"])
        if emission is True:
            links.new(node.outputs["Color"], shader.inputs["Emission Color"])
    if isinstance(alpha, (int, float)):
        shader.inputs["Alpha"].default_value = alpha
    if emission is not None:
        if emission is not True:
            shader.inputs["Emission Color"].default_value = (*linear(emission), 1)
        shader.inputs["Emission Strength"].default_value = strength
    if normal is not None:
        node, bump = nodes.new("ShaderNodeTexImage"), nodes.new("ShaderNodeNormalMap")
        node.image = image(name + "_normal", normal, data=True)
        links.new(node.outputs["Color"], bump.inputs["Color"])
        links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    if volume is not None:
        absorb = nodes.new("ShaderNodeVolumeAbsorption")
        absorb.inputs["Color"].default_value = (*linear(volume[0]), 1)
        absorb.inputs["Density"].default_value = 1 / volume[1]
        links.new(absorb.outputs[0], output.inputs["Volume"])
        group = bpy.data.node_groups.get("glTF Material Output")
        if group is None:
            group = bpy.data.node_groups.new("glTF Material Output", "ShaderNodeTree")
            for socket, kind in (("Occlusion", "Float"), ("Thickness", "Float")):
                group.interface.new_socket(socket, in_out="INPUT", socket_type="NodeSocket" + kind)
        node = nodes.new("ShaderNodeGroup")
        node.node_tree = group
        node.inputs["Thickness"].default_value = volume[2]
    _state["materials"][name] = material
    return material


def font(size):
    return ImageFont.load_default(size)


def text_image(lines, size_px, color="#111111", background="#ffffff", heights=None, align="left", margin=0.06,
               even=False):
    """Lines of text that fill a picture; background may be None (transparent). Lines may be (text, color).
    even: all lines are scaled to the one that needs most room, as on a form."""
    back = (0, 0, 0, 0) if background is None else background
    picture = Image.new("RGBA" if background is None else "RGB", size_px, back)
    draw = ImageDraw.Draw(picture)
    pad = margin * min(size_px)
    heights = heights or [1] * len(lines)
    y, scale = pad, (size_px[1] - 2 * pad) / sum(heights)
    texts = [line if isinstance(line, tuple) else (line, color) for line in lines]
    sizes = [part * scale * 0.84 for part in heights]
    fits = [min(1, (size_px[0] - 2 * pad) / max(draw.textlength(t, font=font(s)), 1)) for (t, _), s in zip(texts, sizes)]
    for (line, ink), part, points, fit in zip(texts, heights, sizes, fits):
        points *= min(fits) if even else fit
        x = {"left": pad, "center": size_px[0] / 2, "right": size_px[0] - pad}[align]
        draw.text((x, y + part * scale / 2), line, fill=ink, font=font(points),
                  anchor={"left": "lm", "center": "mm", "right": "rm"}[align])
        y += part * scale
    return picture


# ---------------------------------------------------------------- objects

def _hang(thing, parent, part=None, **extras):
    bpy.context.scene.collection.objects.link(thing)
    thing.parent = parent or _state["root"]
    if part:
        thing["bs_part"] = part
    for key, value in extras.items():
        thing["bs_" + key] = value
    return thing


def root(name, cls, body="dynamic", mass=None, loc=(0, 0, 0), rot=(0, 0, 0), parent=None, **extras):
    """The node of one object; parts made afterwards hang below it. extras: friction=, collider=, instance=, ..."""
    thing = bpy.data.objects.new(name, None)
    thing.empty_display_size = 0.02
    _state["root"] = parent
    _hang(thing, parent, **{"class": cls, "body": body, **({"mass": mass} if mass else {}), **extras})
    thing.location = Vector(loc) * _state["unit"]
    thing.rotation_euler = Euler([math.radians(a) for a in rot])
    _state["root"] = thing
    return thing


def _bake(vectors, loc, rot):
    turn = Euler([math.radians(a) for a in rot]).to_matrix()
    return [(turn @ Vector(v) + Vector(loc)) * _state["unit"] for v in vectors]


def mesh(name, verts, faces, mat=None, loc=(0, 0, 0), rot=(0, 0, 0), part=None, parent=None, uvs=None, smooth=50,
         fix_normals=True):
    """A part from raw vertices. uvs: a list per face of (u, v) per corner. smooth: angle above which edges are sharp."""
    data = bpy.data.meshes.new(name)
    data.from_pydata(_bake(verts, loc, rot), [], faces)
    if uvs:
        layer = data.uv_layers.new(name="UVMap")
        for face, polygon in zip(uvs, data.polygons):
            for index, uv in zip(polygon.loop_indices, face):
                layer.data[index].uv = uv
    if fix_normals:
        work = bmesh.new()
        work.from_mesh(data)
        bmesh.ops.recalc_face_normals(work, faces=work.faces)
        work.to_mesh(data)
        work.free()
    return _finish(data, name, mat, part, parent, smooth)


def _finish(data, name, mat, part, parent, smooth):
    for polygon in data.polygons:
        polygon.use_smooth = True
    data.set_sharp_from_angle(angle=math.radians(smooth))
    if mat:
        data.materials.append(mat)
    return _hang(bpy.data.objects.new(name, data), parent, part)


def fillet(points, closed=True, steps=4):
    """Rounds the corners of a 2D line where a point has a third number (the radius)."""
    result, count = [], len(points)
    for i, point in enumerate(points):
        here = Vector(point[:2])
        radius = point[2] if len(point) > 2 else 0
        if radius <= 0 or (not closed and i in (0, count - 1)):
            result.append(tuple(here))
            continue
        before, after = Vector(points[i - 1][:2]) - here, Vector(points[(i + 1) % count][:2]) - here
        half = before.angle(after) / 2
        reach = min(radius / math.tan(half), 0.499 * before.length, 0.499 * after.length)
        radius = reach * math.tan(half)
        start, end = here + before.normalized() * reach, here + after.normalized() * reach
        center = here + (before.normalized() + after.normalized()).normalized() * (radius / math.sin(half))
        a, b = start - center, end - center
        turn = a.angle_signed(b)  # clockwise is positive
        for k in range(steps + 1):
            angle = -turn * k / steps
            c, s = math.cos(angle), math.sin(angle)
            result.append((center.x + a.x * c - a.y * s, center.y + a.x * s + a.y * c))
    return result


def rect(width, depth, radius=0, center=(0, 0)):
    """Outline of a (rounded) rectangle."""
    x, y = width / 2, depth / 2
    return [(center[0] + i * x, center[1] + j * y, radius) for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]


def circle(radius, center=(0, 0), segments=24):
    return [(center[0] + radius * math.cos(2 * math.pi * k / segments),
             center[1] + radius * math.sin(2 * math.pi * k / segments)) for k in range(segments)]


def box(name, size, mat=None, loc=(0, 0, 0), rot=(0, 0, 0), bevel=0.0, segments=2, part=None, parent=None):
    """A box that stands on loc (loc is the centre of its underside before rot), edges rounded by `bevel`."""
    x, y, z = size[0] / 2, size[1] / 2, size[2]
    verts = [(i * x, j * y, k * z) for k in (0, 1) for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    faces = [(3, 2, 1, 0), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
    thing = mesh(name, verts, faces, mat, loc, rot, part, parent)
    return round_edges(thing, min(bevel, 0.49 * min(size)), segments) if bevel else thing


def round_edges(thing, width, segments=2, angle=40):
    """Bevels all edges sharper than `angle` (in place)."""
    modifier = thing.modifiers.new("bevel", "BEVEL")
    modifier.width, modifier.segments = width * _state["unit"], segments
    modifier.limit_method, modifier.angle_limit = "ANGLE", math.radians(angle)
    modifier.use_clamp_overlap = True
    return apply(thing)


def apply(thing, smooth=50):
    """Bakes the modifiers of a part into its mesh."""
    graph = bpy.context.evaluated_depsgraph_get()
    data = bpy.data.meshes.new_from_object(thing.evaluated_get(graph), depsgraph=graph)
    thing.modifiers.clear()
    thing.data = data
    for polygon in data.polygons:
        polygon.use_smooth = True
    data.set_sharp_from_angle(angle=math.radians(smooth))
    return thing


def cut(thing, cutters, keep=False):
    """Boolean difference with one or several parts, which are removed (unless keep)."""
    for cutter in cutters if isinstance(cutters, (list, tuple)) else [cutters]:
        modifier = thing.modifiers.new("cut", "BOOLEAN")
        modifier.operation, modifier.object, modifier.solver = "DIFFERENCE", cutter, "EXACT"
        apply(thing)
        if not keep:
            bpy.data.objects.remove(cutter)
    return thing


def cylinder(name, radius, height, mat=None, loc=(0, 0, 0), rot=(0, 0, 0), bevel=0.0, segments=32, part=None,
             parent=None, top_radius=None):
    """A cylinder (or cone frustum) that stands on loc, rims rounded by `bevel`."""
    top = radius if top_radius is None else top_radius
    profile = [(0, 0), (radius, 0, bevel), (top, height, bevel), (0, height)]
    return lathe(name, profile, mat, loc, rot, segments, part=part, parent=parent)


def lathe(name, profile, mat=None, loc=(0, 0, 0), rot=(0, 0, 0), segments=48, closed=False, part=None, parent=None,
          steps=3, smooth=50, angle=360):
    """Turns a profile of (r, z[, fillet]) about Z. closed joins its last point to its first: a tube shell.
    UV: u around, v the height from the lowest point (0) to the highest (1)."""
    points = fillet(profile, closed, steps)
    low, high = min(z for _, z in points), max(z for _, z in points)
    full = angle >= 360
    count = segments if full else segments + 1
    verts, rings = [], []
    for r, z in points:
        if r < 1e-9:
            rings.append([len(verts)] * (segments + 1))
            verts.append((0, 0, z))
        else:
            start = len(verts)
            for k in range(count):
                a = math.radians(angle) * k / segments
                verts.append((r * math.cos(a), r * math.sin(a), z))
            rings.append([start + k % count for k in range(segments + 1)])
    faces, uvs = [], []
    pairs = list(zip(range(len(points)), range(1, len(points)))) + ([(len(points) - 1, 0)] if closed else [])
    for i, j in pairs:
        vi, vj = ((points[k][1] - low) / max(high - low, 1e-9) for k in (i, j))
        for k in range(segments):
            corners = [(rings[i][k], (k / segments, vi)), (rings[i][k + 1], ((k + 1) / segments, vi)),
                       (rings[j][k + 1], ((k + 1) / segments, vj)), (rings[j][k], (k / segments, vj))]
            seen, unique = set(), []
            for vertex, uv in corners:
                if vertex not in seen:
                    seen.add(vertex)
                    unique.append((vertex, uv))
            if len(unique) > 2:
                faces.append([v for v, _ in unique])
                uvs.append([uv for _, uv in unique])
    return mesh(name, verts, faces, mat, loc, rot, part, parent, uvs, smooth)


def prism(name, outline, height, mat=None, loc=(0, 0, 0), rot=(0, 0, 0), holes=(), bevel=0.0, segments=2, part=None,
          parent=None, steps=4):
    """An outline in XY (with hole outlines) pulled up along Z by height, both rims rounded by `bevel`."""
    scale = _state["unit"]
    curve = bpy.data.curves.new(name, "CURVE")
    curve.dimensions, curve.fill_mode = "2D", "BOTH"
    curve.extrude = (height / 2 - bevel) * scale
    curve.bevel_depth, curve.bevel_resolution = bevel * scale, max(segments - 1, 0)
    curve.offset = -bevel * scale
    for points in [outline, *holes]:
        points = fillet(points, True, steps)
        spline = curve.splines.new("POLY")
        spline.points.add(len(points) - 1)
        for point, (x, y) in zip(spline.points, points):
            point.co = (x * scale, y * scale, 0, 1)
        spline.use_cyclic_u = True
    thing = bpy.data.objects.new(name, curve)
    bpy.context.scene.collection.objects.link(thing)
    graph = bpy.context.evaluated_depsgraph_get()
    data = bpy.data.meshes.new_from_object(thing.evaluated_get(graph), depsgraph=graph)
    bpy.data.objects.remove(thing)
    data.materials.clear()
    work = bmesh.new()
    work.from_mesh(data)
    bmesh.ops.remove_doubles(work, verts=work.verts, dist=1e-7)
    bmesh.ops.recalc_face_normals(work, faces=work.faces)
    work.to_mesh(data)
    work.free()
    turn = Euler([math.radians(a) for a in rot]).to_matrix().to_4x4()
    data.transform(Matrix.Translation(Vector(loc) * scale) @ turn @ Matrix.Translation((0, 0, height / 2 * scale)))
    return _finish(data, name, mat, part, parent, 50)


def sweep(name, path, radius, mat=None, loc=(0, 0, 0), rot=(0, 0, 0), segments=4, closed=False, smooth_path=0,
          part=None, parent=None):
    """A round rod along 3D points; smooth_path > 0 bends through them as a spline of that many steps a span.
    segments: 4 -> 12 sides or so (bevel resolution)."""
    if smooth_path:
        pts = [Vector(p) for p in path]
        ends = [pts[-1], *pts, pts[0], pts[1]] if closed else [2 * pts[0] - pts[1], *pts, 2 * pts[-1] - pts[-2]]
        path = []
        for i in range(len(pts) if closed else len(pts) - 1):
            a, b, c, d = ends[i:i + 4]
            for k in range(smooth_path):
                t = k / smooth_path
                path.append((2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t
                             + (3 * b - a - 3 * c + d) * t ** 3) / 2)
        if not closed:
            path.append(pts[-1])
    curve = bpy.data.curves.new(name, "CURVE")
    curve.dimensions, curve.fill_mode, curve.use_fill_caps = "3D", "FULL", True
    curve.bevel_depth, curve.bevel_resolution = radius * _state["unit"], segments
    spline = curve.splines.new("POLY")
    spline.points.add(len(path) - 1)
    for point, co in zip(spline.points, _bake(path, loc, rot)):
        point.co = (*co, 1)
    spline.use_cyclic_u = closed
    thing = bpy.data.objects.new(name, curve)
    bpy.context.scene.collection.objects.link(thing)
    graph = bpy.context.evaluated_depsgraph_get()
    data = bpy.data.meshes.new_from_object(thing.evaluated_get(graph), depsgraph=graph)
    bpy.data.objects.remove(thing)
    data.materials.clear()
    work = bmesh.new()
    work.from_mesh(data)
    bmesh.ops.remove_doubles(work, verts=work.verts, dist=1e-7)
    bmesh.ops.recalc_face_normals(work, faces=work.faces)
    work.to_mesh(data)
    work.free()
    return _finish(data, name, mat, part, parent, 50)


def panel(name, width, height, mat, loc=(0, 0, 0), rot=(0, 0, 0), uv=(0, 0, 1, 1), part=None, parent=None):
    """A one-sided rectangle about loc, facing +Z before rot, picture upright along +Y. uv: left, top, right, bottom of
    the picture, top left (0, 0)."""
    x, y = width / 2, height / 2
    u0, v0, u1, v1 = uv[0], 1 - uv[1], uv[2], 1 - uv[3]
    return mesh(name, [(-x, -y, 0), (x, -y, 0), (x, y, 0), (-x, y, 0)], [(0, 1, 2, 3)], mat, loc, rot, part, parent,
                [[(u0, v1), (u1, v1), (u1, v0), (u0, v0)]], fix_normals=False)


def sheet(name, width, height, thick, mat, loc=(0, 0, 0), rot=(0, 0, 0), uv=(0, 0, 1, 1), part=None, parent=None):
    """A thin closed sheet that stands on loc, the picture on its top; sides and bottom show the picture's corner."""
    x, y, u0, v0, u1, v1 = width / 2, height / 2, uv[0], 1 - uv[1], uv[2], 1 - uv[3]
    verts = [(i * x, j * y, k * thick) for k in (0, 1) for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    faces = [(4, 5, 6, 7), (3, 2, 1, 0), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
    corner = (u0 + (u1 - u0) * 0.01, v0 + (v1 - v0) * 0.01)
    uvs = [[(u0, v1), (u1, v1), (u1, v0), (u0, v0)]] + [[corner] * 4] * 5
    return mesh(name, verts, faces, mat, loc, rot, part, parent, uvs, fix_normals=False)


def wrap(name, radius, z0, z1, mat, start=-90, end=90, segments=24, loc=(0, 0, 0), rot=(0, 0, 0), uv=(0, 0, 1, 1),
         part=None, parent=None, top_radius=None):
    """A one-sided label around Z (facing out), from angle start to end (0 is +X, 90 is +Y); picture reads left to right."""
    top = radius if top_radius is None else top_radius
    verts, faces, uvs = [], [], []
    for k in range(segments + 1):
        t = k / segments
        a = math.radians(start + (end - start) * t)
        verts += [(radius * math.cos(a), radius * math.sin(a), z0), (top * math.cos(a), top * math.sin(a), z1)]
    for k in range(segments):
        faces.append((2 * k, 2 * k + 2, 2 * k + 3, 2 * k + 1))
        ua, ub = (uv[0] + (uv[2] - uv[0]) * (k + d) / segments for d in (0, 1))
        uvs.append([(ua, 1 - uv[3]), (ub, 1 - uv[3]), (ub, 1 - uv[1]), (ua, 1 - uv[1])])
    return mesh(name, verts, faces, mat, loc, rot, part, parent, uvs, fix_normals=False)


def join(name, things, part=None):
    """Joins parts of the same root into one mesh (materials are kept as slots)."""
    things = [t for t in things if t]
    first = things[0]
    with bpy.context.temp_override(active_object=first, object=first, selected_objects=things,
                                   selected_editable_objects=things):
        bpy.ops.object.join()
    first.name = name
    first.data.name = name
    if part:
        first["bs_part"] = part
    return first


# ---------------------------------------------------------------- labels, regions, colliders

def _empty(name, loc, rot, size, parent, **extras):
    thing = bpy.data.objects.new(name, None)
    thing.empty_display_size = size
    _hang(thing, parent, **extras)
    thing.location = Vector(loc) * _state["unit"]
    thing.rotation_euler = Euler([math.radians(a) for a in rot])
    return thing


def keypoint(name, loc, parent=None):
    return _empty("kp_" + name, loc, (0, 0, 0), 0.005, parent, keypoint=name)


def axes(approach, closing):
    """Euler angles (degrees) of a frame whose Z is `approach` and whose X is `closing`."""
    z, x = Vector(approach).normalized(), Vector(closing)
    x = (x - z * x.dot(z)).normalized()
    turn = Matrix((x, z.cross(x), z)).transposed()
    return tuple(math.degrees(a) for a in turn.to_euler())


def grasp(name, loc, approach, closing, parent=None):
    """approach: from the hand towards the object; closing: direction in which the fingers close."""
    return _empty("grasp_" + name, loc, axes(approach, closing), 0.01, parent, grasp=name)


def region(name, size, loc, rot=(0, 0, 0), parent=None):
    """A placement box; loc is the centre of its floor, where an item's origin goes (with the axes of rot)."""
    half = Vector(size) / 2
    up = Euler([math.radians(a) for a in rot]).to_matrix() @ Vector((0, 0, half.z))
    thing = _empty(name, Vector(loc) + up, rot, 1.0, parent, region=name)
    thing.empty_display_type = "CUBE"
    thing.scale = half * _state["unit"]
    return thing


def collider_box(name, size, loc=(0, 0, 0), rot=(0, 0, 0), parent=None):
    """A collision box (not rendered) that stands on loc: the centre of its underside before rot."""
    key = tuple(round(v, 9) for v in size)
    if key not in _state["boxes"]:
        x, y, z = (v / 2 * _state["unit"] for v in size)
        verts = [(i * x, j * y, k * z) for k in (-1, 1) for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        data = bpy.data.meshes.new("UBX_box")
        data.from_pydata(verts, [], [(3, 2, 1, 0), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)])
        _state["boxes"][key] = data
    thing = bpy.data.objects.new("UBX_" + name, _state["boxes"][key])
    turn = Euler([math.radians(a) for a in rot])
    _hang(thing, parent, collider_only=1, collider="box")
    thing.location = (Vector(loc) + turn.to_matrix() @ Vector((0, 0, size[2] / 2))) * _state["unit"]
    thing.rotation_euler = turn
    return thing


def collider(thing, kind="hull", name=None):
    """Makes a part a collision shape only: hull, cylinder (axis Z), capsule, sphere, box, mesh (static bodies only)."""
    prefix = {"hull": "UCX_", "box": "UBX_", "sphere": "USP_", "capsule": "UCP_"}.get(kind, "COL_")
    thing.name = prefix + (name or thing.name)
    thing["bs_collider_only"], thing["bs_collider"] = 1, kind
    thing.data.materials.clear()
    return thing


# ---------------------------------------------------------------- export and check

def tidy():
    """Face-weighted normals; no texture coordinates where no texture is."""
    for thing in [o for o in bpy.data.objects if o.type == "MESH"]:
        textured = any(n.type == "TEX_IMAGE" for m in thing.data.materials if m for n in m.node_tree.nodes)
        if not textured:
            while thing.data.uv_layers:
                thing.data.uv_layers.remove(thing.data.uv_layers[0])
        if not thing.get("bs_collider_only") and not any(m.type == "WEIGHTED_NORMAL" for m in thing.modifiers):
            modifier = thing.modifiers.new("normals", "WEIGHTED_NORMAL")
            modifier.keep_sharp = True


def export(path, variants=None, lights=False, cameras=False):
    """Writes .glb or .gltf (+ .bin, textures) and prints the check. variants: {variant: {material: colour}}."""
    tidy()
    normals = any(n.type == "NORMAL_MAP" for m in bpy.data.materials if m.use_nodes for n in m.node_tree.nodes)
    bpy.ops.export_scene.gltf(
        filepath=path, export_format="GLB" if path.endswith(".glb") else "GLTF_SEPARATE", export_extras=True,
        export_yup=True, export_apply=True, export_animations=False, export_lights=lights, export_cameras=cameras,
        export_tangents=normals, export_image_format="AUTO", export_materials="EXPORT", export_morph=False,
        export_skins=False)
    if variants:
        _add_variants(path, variants)
    return check(path)


def read_gltf(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:4] != b"glTF":
        return json.loads(data), None
    length = struct.unpack("<I", data[12:16])[0]
    return json.loads(data[20:20 + length]), data[20 + length:]


def _add_variants(path, variants):
    """KHR_materials_variants: a copy of the material (same name, other base colour) a variant."""
    doc, rest = read_gltf(path)
    assert rest is not None, "variants are added to .glb only"
    doc.setdefault("extensionsUsed", []).append("KHR_materials_variants")
    doc.setdefault("extensions", {})["KHR_materials_variants"] = {"variants": [{"name": n} for n in variants]}
    chosen = {}
    for number, colors in enumerate(variants.values()):
        for name, color in colors.items():
            index = next(i for i, m in enumerate(doc["materials"]) if m["name"] == name)
            copy = json.loads(json.dumps(doc["materials"][index]))
            copy.setdefault("pbrMetallicRoughness", {})["baseColorFactor"] = [*map(float, linear(color)), 1.0]
            doc["materials"].append(copy)
            chosen.setdefault(index, []).append({"material": len(doc["materials"]) - 1, "variants": [number]})
    for primitive in (p for m in doc["meshes"] for p in m["primitives"]):
        if primitive.get("material") in chosen:
            extensions = primitive.setdefault("extensions", {})
            extensions["KHR_materials_variants"] = {"mappings": chosen[primitive["material"]]}
    text = json.dumps(doc, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A)
    with open(path, "wb") as file:
        file.write(head + text + rest)


_CLASSES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "taxonomy.toml")
_KEYS = set("class instance part body mass density friction restitution collider collider_only region keypoint grasp "
            "light liquid lumens kelvin".split())


def check(path):
    """Reads a written file again; prints its size in mm, triangles and names; fails on wrong extras."""
    import tomllib
    with open(_CLASSES, "rb") as file:
        classes = {c["name"] for c in tomllib.load(file)["class"] if not c.get("abstract")}
    doc, _ = read_gltf(path)
    nodes, meshes, accessors = doc["nodes"], doc.get("meshes", []), doc.get("accessors", [])
    low, high, count = Vector((9e9,) * 3), Vector((-9e9,) * 3), {"triangles": 0, "colliders": 0}
    names = {k: {} for k in ("class", "keypoint", "grasp", "region", "part")}

    def visit(index, above):
        node = nodes[index]
        here = above
        if "matrix" in node:
            here = above @ Matrix([node["matrix"][i::4] for i in range(4)])
        else:
            x, y, z, w = node.get("rotation", (0, 0, 0, 1))
            from mathutils import Quaternion
            here = above @ Matrix.LocRotScale(Vector(node.get("translation", (0, 0, 0))), Quaternion((w, x, y, z)),
                                              Vector(node.get("scale", (1, 1, 1))))
        extras = node.get("extras", {})
        for key, value in extras.items():
            assert not key.startswith("bs_") or key[3:] in _KEYS, f"{path}: unknown key {key}"
            if key[3:] in names:
                names[key[3:]][value] = names[key[3:]].get(value, 0) + 1
        assert extras.get("bs_class", "floor") in classes, f"{path}: unknown class {extras['bs_class']}"
        solid = extras.get("bs_collider_only") or "bs_region" in extras
        count["colliders"] += 1 if extras.get("bs_collider_only") else 0
        if "mesh" in node and not solid:
            for primitive in meshes[node["mesh"]]["primitives"]:
                place = accessors[primitive["attributes"]["POSITION"]]
                count["triangles"] += accessors[primitive["indices"]]["count"] // 3
                for corner in range(8):
                    p = here @ Vector([(place["max"] if corner >> k & 1 else place["min"])[k] for k in range(3)])
                    for k in range(3):
                        low[k], high[k] = min(low[k], p[k]), max(high[k], p[k])
        for child in node.get("children", []):
            visit(child, here)

    for index in doc["scenes"][0]["nodes"]:
        visit(index, Matrix.Identity(4))
    mm = [f"{1000 * (high[k] - low[k]):.2f}" for k in (0, 2, 1)]
    print(f"CHECK {os.path.basename(path)}: {' x '.join(mm)} mm, z from {1000 * low.y:.2f}, "
          f"{count['triangles']} triangles, {count['colliders']} colliders, {os.path.getsize(path) / 1024:.0f} KiB")
    for key, found in names.items():
        if found:
            print(f"   {key}: " + ", ".join(n if c == 1 else f"{n} x{c}" for n, c in found.items()))
    print("   materials: " + ", ".join(
        m["name"] + ("*" if "KHR_materials_transmission" in m.get("extensions", {}) else "")
        + ("" if not m.get("doubleSided") else " (two-sided)") for m in doc.get("materials", [])))
    return doc
