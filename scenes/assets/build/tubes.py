"""Tubes and their racks: tube_15ml, tube_50ml, microtube, tube_rack_15ml, tube_rack_50ml, microtube_rack."""
from PIL import Image, ImageDraw
from kit import *


def clear_plastic(name="clear_plastic"):
    return principled(name, "#f4f7f8", roughness=0.08, transmission=1, ior=1.50, volume=("#eaf2f4", 0.01, 0.0012))


def ribbed(radius, ribs, depth=0.35):
    """Outline of a cap: a circle with `ribs` grooves."""
    points = []
    for k in range(ribs):
        for part, r in ((0.0, radius - depth), (0.22, radius - depth), (0.38, radius), (0.84, radius)):
            a = 2 * math.pi * (k + part) / ribs
            points.append((r * math.cos(a), r * math.sin(a)))
    return points


def screw_cap(name, radius, bore, height, z, mat, ribs=36, top=1.4, bevel=0.7, part="cap"):
    """A ribbed cap: skirt with bore and a smooth top disc."""
    skirt = prism("skirt", ribbed(radius, ribs), height - top - 1.2, mat, (0, 0, z), holes=[circle(bore, segments=32)])
    lid = lathe("lid", [(0, 0), (radius, 0), (radius, top + 1.2, bevel), (radius - 2.2, top + 1.2), (radius - 2.6, top + 0.9), (0, top + 0.9)],
                mat, (0, 0, z + height - top - 1.2), segments=40)
    return join(name, [skirt, lid], part)


def scale_print(marks, size_px, height_mm, numbers, title, color="#20242a", patch=True):
    """Graduation print: transparent but for lines, numbers and a white writing field. marks: {height_mm: length 0..1}."""
    picture = Image.new("RGBA", size_px, (255, 255, 255, 0))
    draw = ImageDraw.Draw(picture)
    w, h = size_px
    def at(mm):
        return h - mm / height_mm * h
    if patch:
        draw.rounded_rectangle((w * 0.54, at(height_mm * 0.93), w * 0.97, at(height_mm * 0.25)), w * 0.03, fill="#f6f6f4")
        draw.text((w * 0.755, at(height_mm * 0.97) + 2), title, fill=color, font=font(w * 0.055), anchor="mm")
    for mm, length in marks.items():
        draw.line((w * 0.04, at(mm), w * (0.04 + 0.30 * length), at(mm)), fill=color, width=max(2, h // 260))
    for mm, text in numbers.items():
        draw.text((w * 0.43, at(mm)), text, fill=color, font=font(w * 0.085), anchor="mm")
    return picture


def conical_tube(cls, radius, length, cone, tip, cap_radius, cap_height, volumes, fill_mm, liquid, mass, ribs):
    root(cls, cls, mass=mass, friction=0.4)
    wall, neck = 1.2, length - 1.6
    body = [(0, 0), (tip, 0, 0.8), (radius - 0.25, cone, 2), (radius, length - cap_height - 1), (radius - 0.4, length - cap_height, 0.2), (radius - 0.4, neck, 0.3)]
    inner = [(radius - 0.4 - wall, neck, 0.3), (radius - 0.25 - wall, cone + 0.4, 2), (tip - 0.6, 1.5, 0.8), (0, 1.4)]
    lathe("body", body + inner, clear_plastic("tube_plastic"), segments=40, part="body")
    # liquid: just inside the wall, with a meniscus
    r = radius - 0.3 - wall
    lathe("liquid", [(0, 1.5), (tip - 0.75, 1.6, 0.6), (radius - 0.25 - wall - 0.12, cone + 0.4, 2), (r - 0.05, fill_mm + 0.5), (r - 0.9, fill_mm, 0.5), (0, fill_mm)],
          liquid, segments=40, part="liquid")
    screw_cap("cap", cap_radius, radius + 0.15, cap_height, length - cap_height, principled("cap_plastic", "#2f6db5", roughness=0.4), ribs)
    zone, low = (cone + 4, length - cap_height - 5), cone + 4
    span = zone[1] - zone[0]
    area = math.pi * (radius - wall) ** 2 / 1000
    cone_ml = area * cone * 0.42
    marks, numbers, step, major = {}, {}, *((0.5, 4) if volumes == 15 else (2.5, 2))
    for k in range(1, 31):
        mm = cone + (k * step - cone_ml) / area - low
        if 0 < mm < span:
            marks[mm] = 1 if k % major == 0 else 0.55
            if k % major == 0:
                numbers[mm] = f"{k * step:g}"
    picture = scale_print(marks, (200, int(200 * span / (radius * 4.7))), span, numbers, f"{volumes} mL")
    wrap("print", radius + 0.03, *zone, principled("tube_print", texture=picture, alpha="MASK", roughness=0.5), -225, 45, 28, part="print")
    # the hull of the body and the cap collide
    collider(cylinder("cap", cap_radius, cap_height, loc=(0, 0, length - cap_height), segments=24), "hull")
    collider(lathe("body", [(0, 0.4), (tip, 0.4), (radius, cone), (radius, length - cap_height), (0, length - cap_height)], segments=20), "hull")
    collider_box("foot", (tip * 1.4, tip * 1.4, 3))  # stands still on its four corners, where a hull of 20 would creep
    keypoint("cap_top", (0, 0, length - 0.5))
    keypoint("tip", (0, 0, 0))
    keypoint("body_center", (0, -radius, length * 0.5))
    for name, x, y in (("left", -1, 0), ("right", 1, 0), ("front", 0, -1), ("back", 0, 1)):
        keypoint("cap_rim_" + name, (x * cap_radius, y * cap_radius, length - cap_height / 2))
    grasp("cap_from_above", (0, 0, length - cap_height / 2), (0, 0, -1), (1, 0, 0))
    grasp("cap_from_above_crosswise", (0, 0, length - cap_height / 2), (0, 0, -1), (0, 1, 0))
    grasp("neck_from_above", (0, 0, length - cap_height - 6), (0, 0, -1), (1, 0, 0))
    for name, x, y in (("front", 0, -1), ("right", 1, 0), ("back", 0, 1), ("left", -1, 0)):
        grasp("body_from_" + name, (0, 0, length * 0.55), (-x, -y, 0), (y, x, 0))


def tube_15ml(folder):
    serum = principled("liquid", "#f5e6b0", roughness=0.02, transmission=1, ior=1.34, volume=("#ecc85a", 0.012, 0.012))
    conical_tube("tube_15ml", 8.5, 120, 22, 2.6, 10.9, 14.5, 15, 62, serum, 0.013, 36)


def tube_50ml(folder):
    buffer = principled("liquid", "#f6e2e6", roughness=0.02, transmission=1, ior=1.34, volume=("#f0aabb", 0.03, 0.025))
    conical_tube("tube_50ml", 15, 115, 15, 4.5, 17.3, 14.0, 50, 58, buffer, 0.045, 48)


def microtube(folder):
    """1.5 mL, closed lid with hinge strap at +X."""
    root("microtube", "microtube", mass=0.0025, friction=0.4)
    plastic = principled("tube_plastic", "#eef3f6", roughness=0.18, transmission=1, ior=1.50, volume=("#dfe9ee", 0.006, 0.001))
    r, top, wall = 4.92, 37.0, 1.0
    lathe("body", [(0, 0), (1.9, 0.15, 1.2), (r - 0.15, 18.5, 3), (r, 34.2), (6.4, 34.4, 0.25), (6.4, top, 0.4),
                   (r - wall, top, 0.3), (r - wall - 0.1, 18.8, 3), (1.3, 1.5, 0.9), (0, 1.2)], plastic, segments=36, part="body")
    lathe("liquid", [(0, 1.3), (1.15, 1.6, 0.7), (r - wall - 0.25, 18.8, 2), (r - wall - 0.22, 20.4), (r - wall - 0.8, 20.0, 0.3), (0, 20.0)],
          principled("liquid", "#e9c7d8", roughness=0.02, transmission=1, ior=1.34, volume=("#c763a4", 0.006, 0.007)), segments=36, part="liquid")
    lid = principled("lid_plastic", "#f2f5f6", roughness=0.3, transmission=0.6, ior=1.50)
    disc = cylinder("lid", 6.5, 1.7, lid, (0, 0, top + 0.15), bevel=0.5, segments=36)
    plug = lathe("plug", [(r - wall - 0.15, 0), (r - wall - 0.15, -3.2, 0.3), (r - wall - 1.1, -3.2, 0.3), (r - wall - 1.1, 0)], lid, (0, 0, top + 0.15), closed=True, segments=36)
    strap = prism("strap", [(6.0, 0), (8.2, 0, 1), (8.2, -3.6, 1), (6.2, -3.6), (6.2, -2.9), (7.4, -2.9, 0.5), (7.4, -0.8, 0.5), (6.0, -0.8)], 4.0, lid, (0, 2, top + 1.2), (90, 0, 0), bevel=0.15)
    tab = box("tab", (2.6, 5, 1.0), lid, (-7.2, 0, top + 0.7), bevel=0.35)
    join("lid", [disc, plug, strap, tab], "lid")
    picture = Image.new("RGBA", (128, 96), (255, 255, 255, 0))
    draw = ImageDraw.Draw(picture)
    for k, text in enumerate(("1.5", "1.0", "0.5")):
        draw.line((8, 14 + 34 * k, 44, 14 + 34 * k), fill="#39424a", width=3)
        draw.text((72, 14 + 34 * k), text, fill="#39424a", font=font(22), anchor="mm")
    wrap("print", r + 0.02, 20.5, 33.5, principled("tube_print", texture=picture, alpha="MASK"), -150, -30, 14, part="print")
    collider(lathe("body", [(0, 0), (1.9, 0), (r, 18.5), (r, 34.3), (0, 34.3)], segments=16), "hull")
    collider_box("lid", (12, 12, 4.5), (0, 0, 34.35))  # hangs still on its four corners
    keypoint("lid_center", (0, 0, top + 1.85))
    keypoint("tip", (0, 0, 0))
    keypoint("lid_tab", (-8.4, 0, top + 1.2))
    keypoint("hinge", (8.2, 0, top))
    grasp("rim_from_above", (0, 0, 35.5), (0, 0, -1), (0, 1, 0))
    grasp("body_from_front", (0, 0, 26), (0, 1, 0), (1, 0, 0))
    grasp("body_from_back", (0, 0, 26), (0, -1, 0), (1, 0, 0))


def tube_rack(cls, columns, rows, pitch, hole, slot, slot_floor, tiers, mass, color, marks=True, item_mm=20):
    """A rack of perforated plates between two end walls. tiers: (z of a plate's underside, thickness, perforated)."""
    root(cls, cls, mass=mass, friction=0.5)
    plastic = principled("rack_plastic", color, roughness=0.38)
    size = (columns * pitch + 6, rows * pitch + 6)
    centers = [((i - (columns - 1) / 2) * pitch, (j - (rows - 1) / 2) * pitch) for j in range(rows) for i in range(columns)]
    parts, top = [], max(z + t for z, t, _ in tiers)
    for z, thick, perforated in tiers:
        holes = [circle(hole / 2, c, 24 if hole > 12 else 16) for c in centers] if perforated else []
        parts.append(prism("plate", rect(*size, 3), thick, plastic, (0, 0, z), holes=holes, bevel=0.3 if hole > 30 else 0))
    for side in (-1, 1):
        width = size[1] * 0.6
        wall = [(-size[1] / 2, 0, 3), (-width / 2, 0, 1), (-width / 2 + 4, 3, 2), (width / 2 - 4, 3, 2), (width / 2, 0, 1), (size[1] / 2, 0, 3),
                (size[1] / 2, top, 3), (-size[1] / 2, top, 3)]
        grip = [rect(size[1] * 0.5, 9, 4, (0, top - 13 if top > 40 else top / 2))]
        parts.append(prism("end", wall, 3, plastic, (side * (size[0] / 2 + 1.4) - 1.5, 0, 0), (90, 0, 90), grip, bevel=0.5))
        collider_box("end", (3, size[1], top), (side * (size[0] / 2 + 1.4), 0, 0))
        grasp("end_" + ("left" if side < 0 else "right"), (side * (size[0] / 2 + 1.4), 0, top), (0, 0, -1), (1, 0, 0))
        for y in (-1, 1):
            keypoint(f"corner_{'left' if side < 0 else 'right'}_{'front' if y < 0 else 'back'}", (side * size[0] / 2, y * (size[1] / 2 - 1.2), top))
    join("frame", parts, "frame")
    for z, thick, perforated in tiers:
        if not perforated:
            collider_box("plate", (*size, thick), (0, 0, z))
            continue
        for k in range(columns + 1):
            edge = 3 if k in (0, columns) else 0
            shift = -1.5 if k == 0 else 1.5 if k == columns else 0
            collider_box("bar", (pitch - hole + edge, size[1], thick), ((k - columns / 2) * pitch + shift, 0, z))
        for k in range(rows + 1):
            edge = 3 if k in (0, rows) else 0
            shift = -1.5 if k == 0 else 1.5 if k == rows else 0
            collider_box("bar", (size[0], pitch - hole + edge, thick), (0, (k - rows / 2) * pitch + shift, z))
    # row letters and column numbers on the top plate
    scale = 6
    picture = Image.new("RGBA", (int(size[0] * scale), int(size[1] * scale)), (255, 255, 255, 0))
    draw = ImageDraw.Draw(picture)
    gap = pitch - hole
    for i in range(columns):
        draw.text(((centers[i][0] + size[0] / 2) * scale, (2.1 + gap / 4) * scale), str(i + 1), fill="#ffffff", font=font(scale * min(4.2, gap)), anchor="mm")
    for j in range(rows):
        draw.text(((2.1 + gap / 4) * scale, (size[1] / 2 + centers[j * columns][1]) * scale), "ABCDEFGHIJ"[j], fill="#ffffff", font=font(scale * min(4.2, gap)), anchor="mm")
    panel("marking", *size, principled("rack_print", texture=picture, alpha="MASK", roughness=0.5), (0, 0, top + 0.03), part="marking")
    for x, y in centers:
        region(slot, (item_mm, item_mm, 30), (x, y, slot_floor))


def tube_rack_15ml(folder):
    tube_rack("tube_rack_15ml", 6, 4, 23.5, 18.0, "tube_15ml_slot", 4.0, [(1, 3, False), (38, 3, True), (76, 3, True)], 0.19, "#e07b2c", item_mm=18)


def tube_rack_50ml(folder):
    tube_rack("tube_rack_50ml", 4, 2, 37.5, 31.2, "tube_50ml_slot", 4.0, [(1, 3, False), (38, 3, True), (73, 3, True)], 0.15, "#3b8f6d", item_mm=31)


def microtube_rack(folder):
    """The tubes hang by their collars (34.4 mm above the tip) on the top plate."""
    tube_rack("microtube_rack", 8, 4, 18.0, 10.8, "microtube_slot", 44.0 - 34.4 + 0.1, [(0, 2.5, False), (24, 2.5, True), (41.5, 2.5, True)], 0.11, "#c23b56", item_mm=10.8)


ASSETS = [tube_15ml, tube_50ml, microtube, tube_rack_15ml, tube_rack_50ml, microtube_rack]
