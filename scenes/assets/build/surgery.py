"""For the box trainer: peg_board, peg_triangle, suture_pad, suture_needle, gauze. After the exercises of the FLS programme
(peg transfer: two fields of six pegs, six rubber triangles)."""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from kit import *

PEG, PEG_HEIGHT, BOARD = 3.5, 20.0, 8.0  # diameter, height above the board, thickness of the board


def peg_board(folder):
    """Pegs of 3.5 mm, 20 mm high, 26 mm (across) and 27 mm apart. A slot's frame is that of a triangle that lies on the board."""
    root("peg_board", "peg_board", body="static", friction=0.7)
    rubber, steel = principled("board_rubber", "#23406b", roughness=0.7), principled("peg_metal", "#c9ccd0", 1.0, 0.3)
    prism("board", rect(156, 96, 8), BOARD, rubber, bevel=1.2, part="board")
    lines = Image.new("RGBA", (624, 384), (255, 255, 255, 0))
    draw = ImageDraw.Draw(lines)
    for x in (-39, 39):
        draw.rounded_rectangle(((x + 78 - 33) * 4, 4 * 7, (x + 78 + 33) * 4, 4 * 89), 24, outline="#c7d3e3", width=4)
    panel("print", 156, 96, principled("board_print", texture=lines, alpha="MASK", roughness=0.7), (0, 0, BOARD + 0.02), part="print")
    pegs = []
    for side, name in ((-1, "left"), (1, "right")):
        for x in ((-52, -26) if side < 0 else (26, 52)):
            for y in (27, 0, -27):
                pegs.append(lathe("peg", [(0, 0), (PEG / 2, 0), (PEG / 2, PEG_HEIGHT, 1.6), (0, PEG_HEIGHT)], steel, (x, y, BOARD), segments=14, steps=2))
                collider(cylinder("peg", PEG / 2, PEG_HEIGHT + 4, segments=16), "capsule", "peg").location = Vector((x, y, BOARD - 4)) * 0.001
                region("peg_slot_" + name, (18, 18, 10), (x, y, BOARD))
    join("pegs", pegs, "pegs")
    collider_box("board", (156, 96, BOARD))
    keypoint("centre", (0, 0, BOARD))
    for name, x, y in (("front_left", -1, -1), ("front_right", 1, -1), ("back_right", 1, 1), ("back_left", -1, 1)):
        keypoint("corner_" + name, (x * 76, y * 46, BOARD))


def peg_triangle(folder):
    """Rubber triangle of 18 mm, 10 mm high, with a hole of 7.2 mm; X points to a corner."""
    root("peg_triangle", "peg_triangle", mass=0.0016, friction=1.0)
    side, height, hole = 18.0, 10.0, 3.6
    corner = side / math.sqrt(3)
    outline = [(corner * math.cos(a), corner * math.sin(a), 2.0) for a in (0, math.tau / 3, 2 * math.tau / 3)]
    prism("body", outline, height, principled("triangle_rubber", "#c8372d", roughness=0.55), holes=[circle(hole, segments=20)], bevel=0.5, part="body")
    # Corners for jaws, and the thin walls between them. Rubber yields until its flanks lie on the jaws, which swing on a
    # hinge: so they lean 10 degrees towards a point 16.7 mm up. Jaws that lean push what they hold down, with ten
    # times its weight, so contacts must be steady: boxes. With hulls it slipped out all at once in a lift, and 9 of 38
    # episodes failed; with boxes none of 105.
    lean, thick = math.radians(10), 1.2
    low = thick / 2 * math.sin(lean)  # so that a flank's lowest edge is at 0
    for k in range(3):
        a = 120 * k
        c, s = math.cos(math.radians(a)), math.sin(math.radians(a))
        for sign in (-1, 1):
            y = sign * ((16.7 - low) * math.tan(lean) - thick / 2 / math.cos(lean))
            collider_box("flank", (4.6, thick, 9.9), (6 * c - y * s, 6 * s + y * c, low), (sign * math.degrees(lean), 0, a))
        collider_box("wall", (1.8, 5.2, height), (-4.5 * c, -4.5 * s, 0), (0, 0, a))
        keypoint(f"corner_{k + 1}", (8.2 * c, 8.2 * s, height - 0.5))
        grasp(f"corner_{k + 1}", (7 * c, 7 * s, 6.5), (0, 0, -1), (-s, c, 0))
    return {n: {"triangle_rubber": c} for n, c in {"red": "#c8372d", "blue": "#2f6fc0", "green": "#3c9a55", "yellow": "#e0b92c", "white": "#e8e6df"}.items()}


NEEDLE, WIRE = 36 / math.pi, 0.45  # a half circle of 36 mm; radii of arc and wire


def sector(a, b, inner, outer, steps=6):
    points = [(outer, a + (b - a) * k / steps) for k in range(steps + 1)] + [(inner, b + (a - b) * k / steps) for k in range(steps + 1)]
    return [(r * math.cos(math.radians(t)), r * math.sin(math.radians(t))) for r, t in points]


def suture_needle(folder):
    """A half circle of 36 mm, wire 0.9 mm; lies flat, arc about the origin from the swage (+X) over +Y to the point (-X)."""
    root("suture_needle", "suture_needle", mass=0.0005, friction=0.6)
    steel = principled("needle_steel", "#d5d8dc", 1.0, 0.18)
    arc = [(NEEDLE * math.cos(math.radians(t)), NEEDLE * math.sin(math.radians(t)), WIRE) for t in range(0, 169, 6)]
    wire = sweep("wire", arc, WIRE, steel, segments=2)
    verts, faces, rings = [], [], [(168, WIRE), (172, 0.36), (176, 0.2), (180, 0.03)]
    for t, r in rings:
        c, s = math.cos(math.radians(t)), math.sin(math.radians(t))
        verts += [((NEEDLE + r * math.cos(a)) * c, (NEEDLE + r * math.cos(a)) * s, WIRE + r * math.sin(a)) for a in (math.tau * k / 8 for k in range(8))]
    faces = [(8 * i + k, 8 * i + (k + 1) % 8, 8 * i + 8 + (k + 1) % 8, 8 * i + 8 + k) for i in range(3) for k in range(8)] + [tuple(range(8)), tuple(range(31, 23, -1))]
    point = mesh("point", verts, faces, steel)
    swage = sweep("swage", arc[:2], WIRE + 0.06, steel, segments=2)
    join("needle", [wire, point, swage], "needle")
    for k in range(12):
        t = 15 * k + 7.5
        collider_box("chord", (0.9, 2 * NEEDLE * math.tan(math.radians(7.5)), 0.9), (NEEDLE * math.cos(math.radians(t)), NEEDLE * math.sin(math.radians(t)), 0), (0, 0, t))
    keypoint("point", (-NEEDLE, 0, WIRE)), keypoint("swage", (NEEDLE, 0, WIRE)), keypoint("middle", (0, NEEDLE, WIRE))
    for name, t in (("two_thirds", 60), ("half", 90)):  # of the arc, from the point
        c, s = math.cos(math.radians(t)), math.sin(math.radians(t))
        grasp(name, (NEEDLE * c, NEEDLE * s, WIRE), (0, 0, -1), (c, s, 0))


def suture_pad(folder):
    """Skin pad of 110 x 70 x 12 mm with a slit and its marks; at the right a foam cradle where a needle lies free: its arc is
    held at both ends and in the middle, jaws reach below it between them."""
    root("suture_pad", "suture_pad", body="static", friction=0.7)
    w, d, h, ridge, at = 110.0, 70.0, 12.0, 5.0, (24.0, -6.0)
    scale, rng = 6, np.random.default_rng(4)
    noise = rng.normal(0, 1, (int(d * scale) // 6, int(w * scale) // 6))
    blur = Image.fromarray(np.clip(128 + 26 * noise, 0, 255).astype(np.uint8)).resize((int(w * scale), int(d * scale)), Image.BICUBIC).filter(ImageFilter.GaussianBlur(5))
    skin = Image.merge("RGB", [blur.point(lambda v, b=b: int(min(255, b + (v - 128) * 0.5))) for b in (222, 164, 142)])
    draw = ImageDraw.Draw(skin)
    x0 = (w / 2 - 24) * scale
    draw.line((x0, 10 * scale, x0, 60 * scale), fill="#5c1f1d", width=9)
    draw.line((x0, 10 * scale, x0, 60 * scale), fill="#8e3733", width=3)
    for k in range(5):
        for side in (-1, 1):
            x, y = x0 + side * 6 * scale, (15 + 10 * k) * scale
            draw.ellipse((x - 6, y - 6, x + 6, y + 6), fill="#2b2d55")
    flesh = principled("pad_silicone", "#d79a86", roughness=0.5)
    prism("body", rect(w, d, 6), h, flesh, bevel=1.5, part="pad")
    panel("skin", w - 5, d - 5, principled("pad_skin", texture=skin, roughness=0.45, jpeg=True), (0, 0, h + 0.02), uv=(2.5 / w, 2.5 / d, 1 - 2.5 / w, 1 - 2.5 / d), part="skin")
    foam = principled("cradle_foam", "#3f6aa8", roughness=0.85)
    ridges = []
    for a, b in ((-6, 30), (76, 104), (150, 186)):
        ridges.append(prism("ridge", sector(a, b, NEEDLE - 1.5, NEEDLE + 1.5), ridge, foam, (*at, h)))
        for k in range(3):
            t, span = math.radians(a + (b - a) * (k + 0.5) / 3), math.radians((b - a) / 6)
            collider_box("ridge", (2.8, 2 * NEEDLE * math.tan(span), ridge), (at[0] + NEEDLE * math.cos(t), at[1] + NEEDLE * math.sin(t), h), (0, 0, math.degrees(t)))
    join("cradle", ridges, "cradle")
    region("needle_rest", (2 * NEEDLE + 2, 2 * NEEDLE + 2, 4), (*at, h + ridge))
    collider_box("pad", (w, d, h))
    keypoint("slit_front", (-24, -25, h)), keypoint("slit_back", (-24, 25, h)), keypoint("cradle", (*at, h))


def gauze(folder):
    """Folded gauze, 60 x 60 mm."""
    root("gauze", "gauze", mass=0.0012, friction=0.9)
    rng, n, size = np.random.default_rng(9), 13, 60.0
    verts, faces = [], []
    bumps = rng.normal(0, 0.35, (n, n))
    for top in (1, 0):
        for j in range(n):
            for i in range(n):
                edge = min(i, j, n - 1 - i, n - 1 - j)
                z = (2.6 + bumps[j, i] + 0.5 * math.sin(0.9 * i) - (0.8 if edge == 0 else 0)) if top else 0
                verts.append(((i / (n - 1) - 0.5) * size + 0.5 * math.sin(2.1 * j) * top, (j / (n - 1) - 0.5) * size + 0.5 * math.sin(1.7 * i) * top, z))
    for j in range(n - 1):
        for i in range(n - 1):
            a = j * n + i
            faces.append((a, a + 1, a + n + 1, a + n))
    faces.append(tuple(n * n + k for k in [*range(0, n), *range(2 * n - 1, n * n, n), *range(n * n - 2, n * n - n - 1, -1), *range(n * n - 2 * n, 0, -n)][::-1]))
    rim = [*range(0, n), *range(2 * n - 1, n * n, n), *range(n * n - 2, n * n - n - 1, -1), *range(n * n - 2 * n, 0, -n)]
    faces += [(rim[(k + 1) % len(rim)], rim[k], rim[k] + n * n, rim[(k + 1) % len(rim)] + n * n) for k in range(len(rim))]
    weave = Image.new("L", (256, 256), 232)
    draw = ImageDraw.Draw(weave)
    for k in range(0, 256, 8):
        draw.line((k, 0, k, 256), fill=250, width=3), draw.line((0, k, 256, k), fill=250, width=3)
    uvs = [[(verts[v][0] / size + 0.5, verts[v][1] / size + 0.5) for v in f] for f in faces]
    mesh("cloth", verts, faces, principled("gauze_cotton", texture=weave, roughness=0.95), uvs=uvs, part="cloth", smooth=80)
    collider_box("cloth", (size, size, 2.6))
    keypoint("centre", (0, 0, 2.6))
    grasp("edge", (size / 2 - 3, 0, 1.5), (0, 0, -1), (0, 1, 0))


ASSETS = [peg_board, peg_triangle, suture_pad, suture_needle, gauze]
