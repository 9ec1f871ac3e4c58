"""Furniture, safety equipment and fittings: python scenes/assets/build/furniture.py [name ...] writes the movable ones.

As in instruments.py: millimetres, front faces -Y, origin at the centre of the underside (wall things: z = 0 is their
lowest edge, their back stands on y = 0; ceiling_light: z = 0 is its shining face).
"""
import math, os
import kit
import room_pictures as pictures
from kit import box, collider_box, cylinder, keypoint, lathe, panel, prism, region, sweep
from instruments import FRONT, LOOKS, feet, finish, lettering, look, main, map_uv, paint, printed, screws

LOOKS.update({
    "worktop": dict(color="#d3d6d5", roughness=0.30),
    "frame_grey": dict(color="#9aa1a5", roughness=0.38), "drawer_front": dict(color="#e3e4e0", roughness=0.35),
    "drawer_accent": dict(color="#7fa3b0", roughness=0.35), "cabinet_white": dict(color="#e4e5e2", roughness=0.32),
    "shelf_board": dict(color="#dcdedc", roughness=0.35), "upholstery": dict(color="#1f2326", roughness=0.55),
    "bin_body": dict(color="#e2e3e0", roughness=0.35), "bin_lid": dict(color="#d9b21f", roughness=0.4),
    "sharps_yellow": dict(color="#f0b913", roughness=0.38), "sharps_lid": dict(color="#b3261f", roughness=0.38),
    "nitrile": dict(color="#3f6fc4", roughness=0.55), "safety_green": dict(color="#0f7a45", roughness=0.4),
    "eyewash_bowl": dict(color="#d9dcd9", roughness=0.25), "panel_light": dict(color="#ffffff", emission="#fff6ea", strength=4100, roughness=0.6),
    "task_light_face": dict(color="#ffffff", emission="#fff6ea", strength=6000, roughness=0.6),
    "socket_white": dict(color="#eeeeea", roughness=0.3), "socket_dark": dict(color="#2a2c2e", roughness=0.5),
    "window_frame": dict(color="#e9eae8", roughness=0.35), "blind": dict(color="#dfdfd8", roughness=0.5), "window_glass": dict(transmission=1, ior=1.52, roughness=0.0),
    "door_leaf": dict(color="#a9bcc0", roughness=0.4), "door_frame": dict(color="#8a9499", roughness=0.4),
    "binder_blue": dict(color="#2c5c8f", roughness=0.55), "binder_red": dict(color="#9c2f2f", roughness=0.55), "binder_green": dict(color="#3d7a52", roughness=0.55),
    "binder_grey": dict(color="#565b60", roughness=0.55), "carton": dict(color="#eef0f1", roughness=0.6), "paper": dict(color="#f1efe8", roughness=0.8),
})


def lab_bench(length, depth, pedestals, hole=None, name="lab_bench", legs=None):
    """Steel frame, 30 mm top at 900 mm. pedestals: (x, width, drawers; 0 is a door). hole: (x, y, width, depth)."""
    root = kit.root(name, "lab_bench", body="static", friction=0.5)
    frame, dark = look("frame_grey"), look("body_dark")
    holes = [kit.rect(hole[2], hole[3], 45, hole[:2])] if hole else []
    laminate = kit.principled("bench_top", texture=pictures.laminate(), roughness=0.3, jpeg=True)
    map_uv(prism("top", kit.rect(length, depth, 4), 30, laminate, (0, 0, 870), holes=holes, bevel=2.5, segments=3, part="top"), 400)
    for x in legs or (-length / 2 + 22, length / 2 - 22):
        for y in (-depth / 2 + 60, depth / 2 - 40):
            box("leg", (40, 40, 862), frame, (x, y, 8), bevel=3)
            cylinder("levelling_foot", 20, 8, look("rubber"), (x, y, 0), bevel=2, segments=16)
        box("cross", (40, depth - 140, 40), frame, (x, 10, 130), bevel=3)
    for y in (-depth / 2 + 60, depth / 2 - 40):
        box("rail", (length - 4, 30, 50), frame, (0, y, 820), bevel=3)
    for x, width, drawers in pedestals:
        body_depth = depth - 140
        tall = 560 if hole and abs(hole[0] - x) < width / 2 else 680  # room for the basin
        box("pedestal", (width, body_depth, tall), look("cabinet_white"), (x, 20, 130), bevel=3)
        if tall < 680:
            for side in (-1, 1):
                box("pedestal_side", (18, body_depth, 122), look("cabinet_white"), (x + side * (width / 2 - 9), 20, 688), bevel=1)
        box("plinth", (width - 40, body_depth - 90, 122), dark, (x, 50, 8), bevel=2)
        front = 20 - body_depth / 2
        heights = {0: [668], 2: [334, 334], 3: [150, 220, 298], 4: [140, 140, 190, 198]}[drawers]
        z = 810
        for k, h in enumerate(heights):
            z -= h
            doors = [(x - width / 4, width / 2 - 4), (x + width / 4, width / 2 - 4)] if drawers == 0 and width > 600 else [(x, width - 4)]
            for cx, w in doors:
                box("front", (w, 19, h - 4), look("drawer_accent" if k == 0 and drawers > 2 else "drawer_front"), (cx, front - 9.5, z + 2 - 4), bevel=2.5)
                if drawers == 0:
                    hx = cx + (w / 2 - 30) * (1 if cx <= x else -1)
                    sweep("handle", [(hx, front - 19, z + h - 60), (hx, front - 44, z + h - 62), (hx, front - 44, z + h - 218), (hx, front - 19, z + h - 220)], 5, look("steel_brushed"), segments=2)
                else:
                    hz = z + h - 42
                    sweep("handle", [(cx - 78, front - 19, hz), (cx - 76, front - 44, hz), (cx + 76, front - 44, hz), (cx + 78, front - 19, hz)], 5, look("steel_brushed"), segments=2)
                    box("card", (60, 1.2, 16), look("paper"), (cx, front - 19.2, hz - 36))
        collider_box("pedestal", (width, body_depth + 19, tall + 122), (x, 10.5, 8))
    if hole:
        hx, hy, hw, hd = hole
        left, right = hx - hw / 2 + length / 2, length / 2 - hx - hw / 2
        collider_box("top_left", (left, depth, 30), (-length / 2 + left / 2, 0, 870)), collider_box("top_right", (right, depth, 30), (length / 2 - right / 2, 0, 870))
        front, back = hy - hd / 2 + depth / 2, depth / 2 - hy - hd / 2
        collider_box("top_front", (hw, front, 30), (hx, -depth / 2 + front / 2, 870)), collider_box("top_back", (hw, back, 30), (hx, depth / 2 - back / 2, 870))
    else:
        collider_box("top", (length, depth, 30), (0, 0, 870))
    return finish(root)


def sink():
    """Basin 460 x 400 x 200 for a bench cut-out of the same size; its rim lies on the bench top (z = 200)."""
    root = kit.root("sink", "sink", body="static")
    steel, chrome = look("steel_brushed"), look("chrome")
    basin = prism("basin", kit.rect(458, 398, 46), 198, steel, bevel=18, segments=4, steps=6)
    kit.cut(basin, [prism("cut", kit.rect(452, 392, 44), 220, loc=(0, 0, 3), bevel=16, segments=4, steps=6)])
    prism("rim", kit.rect(500, 440, 56), 2.4, steel, (0, 0, 199.6), holes=[kit.rect(452, 392, 44)], bevel=0.8, steps=6)
    lathe("drain", [(0, 3), (46, 3), (46, 5.4, 1), (30, 5.4), (26, 3.6), (0, 3.6)], chrome, segments=32)
    for k in range(6):
        a = math.pi * k / 3
        cylinder("drain_hole", 4, 0.6, look("plastic_black"), (14 * math.cos(a), 14 * math.sin(a), 3.3), segments=12)
    # tap behind the basin
    y, z = 258, 200
    lathe("tap_base", [(0, 0), (30, 0), (30, 6, 2), (22, 12, 3), (20, 60, 3), (14, 66), (0, 66)], chrome, (0, y, z), segments=32, part="tap")
    arc = [(0, y - 85 + 85 * math.cos(math.radians(a)), z + 290 + 85 * math.sin(math.radians(a))) for a in range(0, 181, 15)]
    sweep("gooseneck", [(0, y, z + 60), *arc, (0, y - 170, z + 235)], 11, chrome, segments=4, part="tap")
    lathe("nozzle", [(8, 0), (12, 0, 1), (13, 24, 1), (11, 30), (0, 30)], chrome, (0, y - 170, z + 210), segments=24, part="tap")
    for side in (-1, 1):
        cylinder("valve", 13, 36, chrome, (side * 18, y, z + 34), (0, 90 * side, 0), bevel=2, segments=24, part="tap")
        prism("lever", kit.rect(16, 120, 7, (0, -50)), 7, chrome, (side * 58, y, z + 32), (8, 0, -8 * side), bevel=2.5, part="tap")
        cylinder("dot", 5, 1, kit.principled("tap_blue" if side > 0 else "tap_red", color="#2462b0" if side > 0 else "#b02a24", roughness=0.4),
                 (side * 54, y, z + 34), (0, 90 * side, 0), segments=16, part="tap")
    region("sink_basin", (380, 320, 120), (0, 0, 3))
    keypoint("tap_outlet", (0, y - 170, z + 210)), keypoint("drain", (0, 0, 4))
    collider_box("floor", (458, 398, 3))
    for side in (-1, 1):
        collider_box("side", (3, 398, 197), (side * 227.5, 0, 3)), collider_box("end", (452, 3, 197), (0, side * 197.5, 3))
    collider_box("tap", (130, 44, 60), (0, y, z)), collider_box("neck", (24, 24, 330), (0, y, z + 60)), collider_box("spout", (26, 26, 180), (0, y - 170, z + 208))
    return finish(root)


def lab_stool():
    root = kit.root("lab_stool", "lab_stool", body="static", mass=8.5)
    black, chrome = look("plastic_black"), look("chrome")
    for k in range(5):
        a = 72 * k + 18
        c, s = math.cos(math.radians(a)), math.sin(math.radians(a))
        prism("star", [(0, -24, 4), (270, -15, 10), (270, 15, 10), (0, 24, 4)], 24, black, (0, 0, 62), (0, 3, a), bevel=5)
        cylinder("stem", 7, 22, chrome, (250 * c, 250 * s, 42), segments=12)
        for side in (-1, 1):
            at = kit.Vector((250 * c, 250 * s, 25)) + kit.Vector((-s, c, 0)) * (side * 5 + (10 if side > 0 else -10) * 0)
            cylinder("wheel", 25, 11, look("rubber"), tuple(at), (0, 90 * side, a + 90), bevel=4, segments=24)
        box("hood", (28, 12, 18), black, (250 * c, 250 * s, 36), (0, 0, a), bevel=5)
    lathe("column", [(0, 70), (42, 70, 8), (36, 104, 6), (26, 110), (26, 300, 3), (15, 300), (15, 500), (0, 500)], black, segments=32)
    cylinder("piston", 14.5, 200, chrome, (0, 0, 298), segments=24)
    ring = [(205 * math.cos(2 * math.pi * k / 40), 205 * math.sin(2 * math.pi * k / 40), 260) for k in range(40)]
    sweep("foot_ring", ring, 9, chrome, segments=3, closed=True)
    for k in range(3):
        a = 2 * math.pi * k / 3 + 0.5
        sweep("spoke", [(20 * math.cos(a), 20 * math.sin(a), 240), (203 * math.cos(a), 203 * math.sin(a), 259)], 6, chrome, segments=2)
    cylinder("hub", 32, 30, black, (0, 0, 228), bevel=3)
    box("mechanism", (150, 110, 26), black, (0, 0, 480), bevel=6)
    sweep("lift_lever", [(40, -20, 494), (150, -60, 490), (190, -74, 486)], 5, black, segments=2, smooth_path=3)
    lathe("seat", [(0, 504), (150, 504, 10), (178, 520, 12), (184, 548, 18), (150, 566, 30), (0, 560)], look("upholstery"), segments=56, steps=5, part="seat")
    keypoint("seat_centre", (0, 0, 560))
    collider_box("seat", (320, 320, 60), (0, 0, 504)), collider_box("column", (60, 60, 440), (0, 0, 64)), collider_box("star", (400, 400, 60), (0, 0, 20))
    return finish(root)


def shelf(length=1250, depth=260, levels=(0, 330), lamp=True):
    """Boards with a low front edge on uprights; an LED bar below the lowest."""
    root = kit.root("shelf", "shelf", body="static", friction=0.5)
    for side in (-1, 0, 1):
        x = side * (length / 2 - 150)
        box("upright", (26, 14, levels[-1] + 260), look("frame_grey"), (x, -7, -40), bevel=2)
        for z in levels:
            prism("bracket", [(-14, -36, 3), (-14, 0), (-depth + 40, 0), (-depth + 40, -8, 3)], 5, look("frame_grey"), (x - 2.5, 0, z), (90, 0, 90), bevel=0.8)
    for k, z in enumerate(levels):
        box("board", (length, depth - 14, 22), look("shelf_board"), (0, -14 - (depth - 14) / 2, z), bevel=1.5, part="board")
        box("lip", (length, 4, 44), look("aluminium"), (0, -depth - 2, z - 2), bevel=1.2, part="board")
        region(f"shelf_{k + 1}", (length - 60, depth - 60, 150), (0, -14 - (depth - 14) / 2, z + 22))
        collider_box("board", (length, depth - 14, 22), (0, -14 - (depth - 14) / 2, z)), collider_box("lip", (length, 4, 44), (0, -depth - 2, z - 2))
    if lamp:
        prism("lamp_body", [(-150, -24, 4), (-110, -24, 4), (-104, 0), (-156, 0)], 1000, look("aluminium"), (-500, 0, 0), (90, 0, 90), bevel=1, part="task_light")
        panel("lamp_face", 980, 34, look("task_light_face"), (0, -130, -24.3), (180, 0, 0), part="task_light")
    return finish(root)


def cabinet(width=800, depth=330, height=700, name="cabinet", doors=2, plinth=0):
    """Cupboard; its back on y = 0."""
    root = kit.root(name, "cabinet", body="static")
    white = look("cabinet_white")
    box("carcass", (width, depth - 20, height - plinth), white, (0, -(depth - 20) / 2, plinth), bevel=2)
    if plinth:
        box("plinth", (width - 20, depth - 70, plinth), look("body_dark"), (0, -(depth - 70) / 2, 0))
    w = width / doors
    for k in range(doors):
        x = -width / 2 + w * (k + 0.5)
        box("door", (w - 4, 18, height - plinth - 6), look("drawer_front"), (x, -depth + 9, plinth + 3), bevel=2.5, part="door")
        side = 1 if k % 2 == 0 else -1
        hx, low = x + side * (w / 2 - 36), plinth + 40 if not plinth else height / 2
        sweep("handle", [(hx, -depth, low), (hx, -depth - 26, low + 2), (hx, -depth - 26, low + 150), (hx, -depth, low + 152)], 5, look("steel_brushed"), segments=2, part="door")
        keypoint(f"handle_{k + 1}", (hx, -depth - 31, low + 76))
    card = printed("cabinet_cards", kit.text_image(["GLASS", "SLIDES"], (160, 80), "#24506b", "#f4f4ef", align="center"))
    panel("card", 60, 30, card, (-width / 4, -depth - 0.4, height - 70), FRONT)
    collider_box("body", (width, depth, height), (0, -depth / 2, 0))
    return finish(root)


def waste_bin():
    """Pedal bin, 45 l."""
    root = kit.root("waste_bin", "waste_bin", body="static", mass=4.2)
    shell = prism("shell", kit.rect(360, 300, 50), 560, look("bin_body"), (0, 0, 14), bevel=10, segments=3, steps=6)
    prism("base", kit.rect(366, 306, 52), 40, look("body_dark"), (0, 0, 0), bevel=5, steps=6)
    prism("collar", kit.rect(368, 308, 52), 22, look("body_dark"), (0, 0, 566), bevel=4, steps=6)
    prism("lid", kit.rect(364, 304, 50), 46, look("bin_lid"), (0, 0, 586), bevel=16, segments=4, steps=6, part="lid")
    prism("pedal", kit.rect(120, 60, 14), 10, look("steel_brushed"), (0, -172, 26), bevel=3, part="pedal")
    label = kit.text_image(["LAB WASTE", "no sharps"], (256, 96), "#20262a", "#f0c419", [1.5, 1], "center")
    panel("label", 170, 64, printed("waste_label", label), (0, -150.5, 380), FRONT, part="label")
    keypoint("lid_front", (0, -152, 610)), keypoint("pedal", (0, -200, 36))
    collider_box("body", (368, 308, 632))
    return finish(root)


def sharps_container():
    """3 l container with a red drop lid."""
    root = kit.root("sharps_container", "sharps_container", body="static", mass=0.35)
    levels, corners = ((0, 62, 46), (150, 74, 56), (158, 78, 60), (166, 78, 60)), kit.fillet(kit.rect(2, 2, 0.36), True, 4)
    verts, faces = [], []
    for z, x, y in levels:
        verts += [(px * x, py * y, z) for px, py in corners]
    n = len(corners)
    for i in range(len(levels) - 1):
        faces += [(i * n + k, i * n + (k + 1) % n, (i + 1) * n + (k + 1) % n, (i + 1) * n + k) for k in range(n)]
    faces += [tuple(range(n - 1, -1, -1)), tuple((len(levels) - 1) * n + k for k in range(n))]
    kit.round_edges(kit.mesh("shell", verts, faces, look("sharps_yellow")), 2, 2, 40)
    lid = prism("lid", kit.rect(158, 122, 26), 18, look("sharps_lid"), (0, 0, 164), bevel=5, segments=3, part="lid")
    kit.cut(lid, prism("cut", kit.rect(84, 40, 14, (0, -6)), 16, loc=(0, 0, 172)))
    paint(lid, look("plastic_black"), lambda x, y, z: 171.5 < z < 172.5 and abs(x) < 43 and -30 < y < 20)
    prism("flap", kit.rect(84, 26, 8, (0, 24)), 4, look("sharps_lid"), (0, -6, 184), (14, 0, 0), bevel=1.5, part="lid")
    sweep("handle", [(-70, 0, 176), (-72, 22, 214), (-40, 34, 232), (40, 34, 232), (72, 22, 214), (70, 0, 176)], 4, look("sharps_lid"), segments=2, smooth_path=4, part="lid")
    tilt = math.degrees(math.atan2(10, 150))
    panel("label", 92, 107, printed("sharps_label", pictures.biohazard()), (0, -51.9, 78), (90 + tilt, 0, 0), part="label")
    keypoint("opening", (0, -6, 182)), keypoint("handle_top", (0, 34, 236))
    collider_box("body", (150, 114, 182))
    return finish(root)


def glove_box(size_name="M", color="#2a6fb0", name="glove_box", holder=False):
    """Carton of 240 x 120 x 80 lying on its long side in a wall holder, opening to the front; back on y = 0."""
    root = kit.root(name, "glove_box", body="static", mass=0.9)
    atlas = printed(f"glove_carton_{size_name.lower()}", pictures.glove_carton(size_name, color), 0.6)
    box("carton", (240, 80, 120), look("carton"), (0, -44, 0), bevel=1.2, segments=1)
    panel("front", 237, 118, atlas, (0, -84.3, 60), FRONT, uv=(0, 0, 1, 0.625))
    panel("top", 237, 77, atlas, (0, -44, 120.3), uv=(0, 0.63, 1, 1))
    # torn opening and the glove that peeks out of it
    hole = [(60 * math.cos(t * math.pi / 12), 21 * math.sin(t * math.pi / 12)) for t in range(24)]
    prism("opening", hole, 0.6, look("plastic_black"), (0, -84.2, 58), FRONT)
    verts, faces, rings, count = [], [], 7, 20
    for i in range(rings):
        t = i / (rings - 1)
        for k in range(count):
            a = 2 * math.pi * k / count
            wave = 1 + 0.22 * math.sin(3 * a + 1.3) * t + 0.16 * math.sin(5 * a + 4 * t) * t
            r = (1 - 0.55 * t ** 1.6) * wave
            verts.append((40 * r * math.cos(a) + 12 * t, -84.6 - 44 * t ** 0.8 + 6 * math.sin(2 * a + 3) * t, 58 + 15 * r * math.sin(a) - 20 * t * t + 7 * t * math.cos(2 * a)))
    for i in range(rings - 1):
        faces += [(i * count + k, i * count + (k + 1) % count, (i + 1) * count + (k + 1) % count, (i + 1) * count + k) for k in range(count)]
    faces.append(tuple((rings - 1) * count + k for k in range(count)))
    glove = kit.mesh("glove", verts, faces, look("nitrile"), part="glove", smooth=70)
    if holder:
        for z in (-2, 66):
            sweep("wire", [(-124, 0, z), (-124, -88, z), (124, -88, z), (124, 0, z)], 2, look("chrome"), segments=2)
        box("holder_floor", (250, 88, 2), look("chrome"), (0, -44, -3), bevel=0.5)
        box("holder_back", (250, 2, 120), look("chrome"), (0, -1.2, 0), bevel=0.5)
    keypoint("opening", (0, -84, 58))
    collider_box("carton", (240, 84, 120), (0, -42, 0))
    return finish(root)


def eyewash_station():
    """Wall-mounted bowl with two nozzles, push lever and sign; back on y = 0."""
    root = kit.root("eyewash_station", "eyewash_station", body="static", mass=5)
    chrome, green = look("chrome"), look("safety_green")
    lathe("bowl", [(0, 0), (40, 2, 6), (118, 52, 20), (132, 78, 3), (137, 78, 2), (124, 46, 20), (44, -5, 8), (0, -7)], look("eyewash_bowl"), (0, -170, 40), segments=48, part="bowl")
    box("wall_plate", (120, 8, 120), chrome, (0, -4, 20), bevel=2)
    sweep("pipe", [(0, -4, 70), (0, -60, 70), (0, -60, 60), (0, -170, 18)], 13, chrome, segments=3)
    cylinder("drain", 22, 40, chrome, (0, -170, 0), bevel=2, segments=24)
    for x in (-52, 52):
        sweep("riser", [(0, -110, 62), (x * 0.7, -140, 72), (x, -170, 96), (x, -170, 122)], 8, chrome, segments=3, smooth_path=4)
        lathe("nozzle", [(0, 0), (14, 0, 1), (20, 14, 2), (20, 20, 2), (0, 22)], green, (x, -170, 120), segments=24, part="nozzles")
    box("lever_arm", (10, 60, 10), chrome, (150, -120, 80), bevel=2)
    prism("lever", kit.rect(70, 90, 10, (0, 0)), 4, green, (176, -160, 84), bevel=1.5, part="lever")
    sign = printed("eyewash_sign", kit.text_image(["EYE", "WASH"], (200, 200), "#ffffff", "#0f7a45", align="center"))
    box("sign_plate", (150, 3, 150), look("body_white"), (0, -1.5, 270), bevel=1)
    panel("sign", 142, 142, sign, (0, -3.3, 345), FRONT, part="sign")
    keypoint("nozzle_left", (-52, -170, 142)), keypoint("nozzle_right", (52, -170, 142)), keypoint("lever", (176, -160, 88))
    collider_box("bowl", (270, 300, 120), (0, -155, 0))
    return finish(root)


def ceiling_light(size=592):
    """Recessed LED panel: z = 0 is the shining face, frame and body above."""
    root = kit.root("ceiling_light", "ceiling_light", body="static", collider="none")
    prism("frame", kit.rect(size, size), 12, look("window_frame"), (0, 0, -1), holes=[kit.rect(size - 44, size - 44)], bevel=1.5)
    panel("face", size - 44, size - 44, look("panel_light"), (0, 0, 0.5), (180, 0, 0), part="panel")
    return finish(root)


def power_outlet(sockets=4, length=1000, name="power_outlet"):
    """Dado trunking with round recessed sockets; back on y = 0."""
    root = kit.root(name, "power_outlet", body="static", collider="none")
    box("trunk", (length, 46, 86), look("socket_white"), (0, -23, 0), bevel=4)
    for z in (10, 74):
        box("groove", (length - 1, 0.8, 1.6), look("frame_grey"), (0, -46.1, z))
    for k in range(sockets):
        x = (k - (sockets - 1) / 2) * min(90, length / sockets)
        box("plate", (74, 5, 66), look("socket_white"), (x, -47, 10), bevel=2)
        lathe("recess", [(22, 0), (22, 1.4, 0.6), (19.5, 1.4, 0.6), (19.5, 0.1), (0, 0.1)], look("frame_grey"), (x, -49.4, 43), FRONT, segments=28)
        cylinder("recess_floor", 19.5, 0.3, look("socket_dark"), (x, -49.5, 43), FRONT, segments=28)
        for dx in (-9.5, 9.5):
            cylinder("pin_hole", 2.6, 0.5, look("plastic_black"), (x + dx, -49.6, 43), FRONT, segments=10)
    return finish(root)


def window(width=1300, height=1000, wall=100):
    """Set in a wall of that thickness; y = 0 is the room side of the wall, z = 0 the opening's lower edge."""
    root = kit.root("window", "window", body="static", collider="none")
    frame = look("window_frame")
    prism("frame", kit.rect(width, height, 2, (0, height / 2)), 60, frame, (0, wall * 0.85, 0), (90, 0, 0),
          [kit.rect(width / 2 - 75, height - 120, 2, (s * (width / 4 - 12), height / 2)) for s in (-1, 1)], bevel=3)
    for s in (-1, 1):
        box("pane", (width / 2 - 74, 6, height - 119), look("window_glass"), (s * (width / 4 - 12), wall * 0.5, 59.5), part="glass")
    prism("handle", kit.rect(16, 110, 7), 12, look("aluminium"), (0, wall * 0.25 - 2, height / 2 - 40), FRONT, bevel=3)
    box("sill", (width + 60, wall * 0.3 + 60, 24), look("worktop"), (0, wall * 0.12 - 30 + 3, -24), bevel=4)
    view = kit.principled("window_view", color=(0.01, 0.01, 0.01), texture=pictures.outdoors(), emission=True, strength=1500, roughness=1, jpeg=True)
    panel("view", width * 1.5, height * 1.5, view, (0, wall + 160, height / 2), FRONT, part="view")
    # Venetian blind, half lowered
    box("blind_rail", (width - 30, 34, 30), look("blind"), (0, 6, height - 32), bevel=4, part="blind")
    count, pitch = 17, 22
    for k in range(count):
        box("slat", (width - 40, 24, 0.8), look("blind"), (0, 6, height - 50 - k * pitch), (32, 0, 0), part="blind")
    box("blind_foot", (width - 40, 24, 12), look("blind"), (0, 6, height - 50 - count * pitch - 4), bevel=3, part="blind")
    for x in (-width * 0.32, width * 0.32):
        box("tape", (1.6, 1.6, count * pitch + 20), look("blind"), (x, -7, height - 52 - count * pitch), part="blind")
    return finish(root)


def door(width=900, height=2050, wall=100):
    """y = 0 is the room side of the wall; opens from a handle at the left."""
    root = kit.root("door", "door", body="static")
    frame, leaf_mat = look("door_frame"), look("door_leaf")
    prism("frame", [(-width / 2 - 60, 0), (width / 2 + 60, 0), (width / 2 + 60, height + 60, 4), (-width / 2 - 60, height + 60, 4)][::1], wall + 24, frame, (0, wall, 0), (90, 0, 0),
          [kit.rect(width + 4, height, 0, (0, height / 2 + 3))], bevel=3)
    leaf = box("leaf", (width, 44, height - 8), leaf_mat, (0, 30, 6), bevel=3)
    kit.cut(leaf, box("cut", (190, 80, 900), loc=(-180, 30, 950)))
    prism("bead", kit.rect(214, 924, 4, (0, 462)), 50, frame, (-180, 55, 938), (90, 0, 0), [kit.rect(186, 896, 2, (0, 462))], bevel=2)
    box("glass", (187, 6, 897), look("window_glass"), (-180, 30, 951.5), part="glass")
    corridor = kit.principled("corridor", color="#cfd3d0", emission="#e8e6dc", strength=90, roughness=1)
    panel("corridor", 400, 1000, corridor, (-180, 90, 1400), FRONT, part="glass")
    box("kick_plate", (width - 40, 1.5, 240), look("steel_brushed"), (0, 7.6, 30), bevel=0.5)
    for y, s in ((8, -1),):
        cylinder("rose", 26, 7, look("steel_brushed"), (-width / 2 + 60, y, 1040), FRONT, bevel=2, segments=28)
        sweep("lever", [(-width / 2 + 60, y - 4, 1040), (-width / 2 + 60, y - 54, 1040), (-width / 2 + 74, y - 60, 1040), (-width / 2 + 190, y - 60, 1040)], 9, look("steel_brushed"), segments=3, part="handle")
        cylinder("lock", 12, 5, look("steel_brushed"), (-width / 2 + 60, y, 960), FRONT, bevel=1.5, segments=20)
    for z in (250, 1050, 1850):
        cylinder("hinge", 8, 90, look("steel_brushed"), (width / 2 + 2, 2, z), bevel=1, segments=14)
    sign = printed("door_sign", kit.text_image(["HISTOLOGY 2", "authorised staff only"], (320, 110), "#ffffff", "#24506b", [1.6, 1], "center"))
    panel("sign", 220, 76, sign, (160, 7.4, 1600), FRONT)
    keypoint("handle", (-width / 2 + 180, -61, 1040))
    collider_box("leaf", (width + 120, wall, height + 60), (0, wall / 2 - 12, 0))
    return finish(root)


def binder(color="binder_blue", title="SOP", name="notebook", thick=70):
    """A lever-arch file standing on its end, spine to the front; back at y = +145."""
    root = kit.root(name, "notebook", body="static", mass=1.8)
    cover = look(color)
    for side in (-1, 1):
        box("cover", (3, 285, 318), cover, (side * (thick / 2 - 1.5), 2, 0), bevel=0.8, segments=1)
    box("spine", (thick, 3, 318), cover, (0, -142, 0), bevel=1, segments=2)
    box("pages", (thick - 22, 225, 297), look("paper"), (-3, 26, 6))
    label = kit.text_image([title], (220, 72), "#22303a", "#f6f4ec", align="center")
    panel("label", 150, 49, printed("binder_label_" + title.lower().replace(" ", "_"), label, 0.7), (0, -143.7, 205), (90, 90, 0), part="label")
    lathe("finger_ring", [(13, 0), (13, 1.2, 0.5), (10, 1.2, 0.5), (10, 0)], look("chrome"), (0, -143.4, 60), FRONT, segments=28, closed=True)
    cylinder("finger_hole", 10.2, 0.3, look("plastic_black"), (0, -143.5, 60), FRONT, segments=24)
    collider_box("binder", (thick, 290, 318))
    return finish(root)


MOVABLE = [lab_stool, waste_bin, sharps_container, glove_box, eyewash_station, cabinet, shelf, sink, power_outlet]

if __name__ == "__main__":
    main(MOVABLE, os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")))
