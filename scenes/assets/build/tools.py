"""Hand tools and small things: pipette, pipette_stand, tip_box, forceps, scalpel, marker_pen, paper_tray, notebook."""
from PIL import Image, ImageDraw
import numpy as np
from kit import *

PIPETTE_HANG = 178.0  # height of the underside of the pipette's finger hook above its nozzle


def pipette(folder):
    """Single channel, 240 mm, standing on its nozzle (hangs in pipette_stand by its hook at -Y). Display at +Y."""
    root("pipette", "pipette", mass=0.085, friction=0.5)
    white, grey = principled("body_white", "#eef0f1", roughness=0.35), principled("body_grey", "#3d444b", roughness=0.45)
    accent, steel = principled("accent", "#2f7fc1", roughness=0.35), principled("steel", "#c8cacc", 1.0, 0.2)
    lathe("nozzle", [(0, 0), (2.3, 0, 0.3), (2.9, 14), (3.2, 26), (4.2, 28, 0.5), (6.3, 88, 4), (9.0, 96), (9.0, 100), (0, 100)], white, segments=32, part="nozzle")
    lathe("collar", [(0, 98.5), (10.2, 98.5, 0.8), (10.8, 108, 0.8), (0, 108)], accent, segments=32, part="body")
    # handle: rounded, deeper than wide, leaning back a little at the top
    rings = []
    for z, wx, wy, oy in ((107, 17, 18, 0), (109, 19.5, 21, 0), (125, 20.5, 23, 0.3), (150, 20.5, 24, 0.8), (170, 21, 25.5, 1.0), (186, 22, 28, 1.0), (200, 22.5, 29.5, 0.8), (207, 21, 27.5, 0.6), (209.5, 17, 22, 0.4)):
        rings.append([(x, y + oy, z) for x, y in fillet(rect(wx, wy, min(wx, wy) * 0.42), True, 6)])
    n = len(rings[0])
    faces = [tuple(range(n)), tuple((len(rings) - 1) * n + k for k in range(n))]
    faces += [(i * n + k, i * n + (k + 1) % n, (i + 1) * n + (k + 1) % n, (i + 1) * n + k) for i in range(len(rings) - 1) for k in range(n)]
    mesh("handle", [v for r in rings for v in r], faces, white, part="body")
    # finger hook behind (-Y), its underside at PIPETTE_HANG
    prism("hook", [(-11, PIPETTE_HANG + 2, 1), (-24, PIPETTE_HANG - 1, 3), (-33, PIPETTE_HANG + 1.5, 2), (-33, PIPETTE_HANG + 5.5, 2), (-22, PIPETTE_HANG + 8, 4), (-11, PIPETTE_HANG + 18, 2)], 12, grey, (-6, 0, 0), (90, 0, 90), bevel=1.2, segments=3, part="hook")
    # plunger and tip ejector
    cylinder("rod", 2.4, 16, steel, (0, 0.5, 209), segments=20, part="plunger")
    lathe("button", [(0, 0), (6.6, 0, 0.6), (6.9, 8, 1.5), (0, 8.8)], accent, (0, 0.5, 224), segments=32, part="plunger")
    lathe("button_top", [(0, 0), (4.6, 0), (4.6, 0.6, 0.4), (0, 0.7)], grey, (0, 0.5, 232.5), segments=24, part="plunger")
    prism("ejector", rect(11, 9, 3), 7, grey, (0, 14.5, 206), bevel=1.2, segments=3, part="ejector")
    box("ejector_arm", (5, 2.2, 104), white, (0, 10.6, 88), bevel=0.8, part="ejector")
    lathe("ejector_ring", [(7.0, 84), (10.2, 84, 0.8), (10.2, 93, 0.8), (9.2, 93)], white, closed=True, segments=28, part="ejector")
    display = Image.new("RGB", (48, 120), "#1c2226")
    draw = ImageDraw.Draw(display)
    for k, digit in enumerate("100"):
        draw.rounded_rectangle((8, 8 + 36 * k, 40, 38 + 36 * k), 4, fill="#f6f6f2")
        draw.text((24, 23 + 36 * k), digit, fill="#111111", font=font(28), anchor="mm")
    panel("display", 6.5, 16, principled("display", texture=display, roughness=0.2), (0, 14.0, 165), (90, 0, 180), part="display")
    box("display_frame", (9, 2, 19), grey, (0, 12.9, 155.5), bevel=0.6, part="body")
    panel("print", 7, 16, principled("print", texture=text_image(["20-200", "µL"], (96, 64), "#2f5f8f", None, [1, 1], "center").rotate(90, expand=True), alpha="MASK"),
          (0, 12.95, 135), (90, 0, 180), part="label")
    collider(lathe("nozzle", [(0, 0), (2.3, 0), (9, 96), (10.8, 108), (0, 108)], segments=12), "hull")
    collider_box("handle", (21, 26, 102), (0, 0.8, 108))
    collider_box("hook", (12, 22, 6), (0, -22, PIPETTE_HANG))
    collider(cylinder("plunger", 6.9, 23, loc=(0, 0.5, 210), segments=16), "hull")
    keypoint("nozzle_tip", (0, 0, 0))
    keypoint("plunger_top", (0, 0.5, 233.2))
    keypoint("hook_tip", (0, -33, PIPETTE_HANG + 3.5))
    keypoint("display_center", (0, 14.0, 165))
    keypoint("ejector_top", (0, 14.5, 213))
    grasp("handle_from_front", (0, 1, 145), (0, -1, 0), (1, 0, 0))
    grasp("handle_from_left", (0, 1, 135), (1, 0, 0), (0, 1, 0))
    grasp("handle_from_right", (0, 1, 135), (-1, 0, 0), (0, 1, 0))


def pipette_stand(folder):
    """A linear stand for four pipettes that hang by their hooks on two rails; slots face -Y."""
    root("pipette_stand", "pipette_stand", mass=0.9, friction=0.6)
    white, grey = principled("body_white", "#e9ebec", roughness=0.35), principled("body_grey", "#4a525a", roughness=0.5)
    base_z, shelf = 12.0, 262.0
    prism("base", rect(280, 150, 16), base_z, white, (0, 10, 1.5), bevel=2.5, segments=3, part="base")
    for x in (-120, 120):
        for y in (-48, 68):
            cylinder("foot", 7, 2, grey, (x, y, 0), bevel=0.4, segments=20, part="base")
    posts = [prism("post", rect(22, 16, 5), shelf - base_z + 1, white, (x, 58, base_z), bevel=0.8) for x in (-100, 100)]
    back = box("shelf_back", (262, 12, 34), white, (0, 58, shelf - 20), bevel=3, segments=3)
    # comb shelf: a plate with U notches that open to -Y; the hooks (12 wide, at -Y of the pipette) lie on its front lips
    outline, pitch, notch = [(-131, 64, 6)], 62.0, 26.0
    depth_front, neck = 0.0, 31.5
    outline += [(-131, depth_front, 4)]
    for k in range(4):
        x = (k - 1.5) * pitch
        outline += [(x - notch / 2, depth_front, 3), (x - notch / 2, neck, 10), (x + notch / 2, neck, 10), (x + notch / 2, depth_front, 3)]
    outline += [(131, depth_front, 4), (131, 64, 6)]
    plate = prism("shelf", outline, 6, white, (0, 0, shelf - 6), bevel=1, segments=2)
    join("frame", [*posts, back, plate], "frame")
    # a steel rail behind the nozzles keeps the pipettes upright
    sweep("rail", [(-100, 52, 146), (-100, 40, 146), (-99, 32, 146), (-92, 27, 146), (92, 27, 146), (99, 32, 146), (100, 40, 146), (100, 52, 146)], 3,
          principled("steel", "#c8cacc", 1.0, 0.22), part="rail")
    sheet_image = text_image([("P10      P20      P200      P1000", "#ffffff")], (640, 32), "#ffffff", "#4a525a", align="center")
    panel("marking", 200, 10, principled("stand_label", texture=sheet_image, roughness=0.5), (0, 51.97, shelf + 6.5), (90, 0, 0), part="label")
    collider_box("base", (280, 150, base_z + 1.5), (0, 10, 0))
    for x in (-100, 100):
        collider_box("post", (22, 16, shelf - base_z), (x, 58, base_z))
    collider_box("back", (262, 12, 34), (0, 58, shelf - 20))
    collider_box("shelf", (262, 52 - neck, 6), (0, (52 + neck) / 2, shelf - 6))
    collider_box("rail", (200, 6, 6), (0, 27, 143))
    for k in range(5):
        left = -131 if k == 0 else (k - 2.5) * pitch + notch / 2
        right = 131 if k == 4 else (k - 1.5) * pitch - notch / 2
        collider_box("tine", (right - left, neck - depth_front, 6), ((left + right) / 2, (neck + depth_front) / 2, shelf - 6))
    keypoint("shelf_left", (-131, 33, shelf))
    keypoint("shelf_right", (131, 33, shelf))
    # the pipette's body stands in the notch, turned so that its hook (-Y) points to +Y and rests on the shelf's back
    for k in range(4):
        region("pipette_slot", (30, 30, 240), ((k - 1.5) * pitch, 17.0, shelf - PIPETTE_HANG + 0.2), (0, 0, 180))


def tip_box(folder):
    """96 tips of 200 uL, lid off; SLAS pitch 9 mm."""
    root("tip_box", "tip_box", mass=0.11, friction=0.5)
    w, d, h = 122.0, 83.0, 52.0
    clear = principled("box_plastic", "#dfe8ee", roughness=0.25, transmission=0.55, ior=1.50)
    deck, tips = principled("deck_plastic", "#2f7fc1", roughness=0.4), principled("tip_plastic", "#f0d98a", roughness=0.2, transmission=0.5, ior=1.50)
    wall = prism("wall", rect(w, d, 5), h - 6, clear, (0, 0, 0.5), holes=[rect(w - 3, d - 3, 3.5)], bevel=0.4)
    floor_plate = prism("floor", rect(w - 2.8, d - 2.8, 3.4), 1.5, clear, (0, 0, 0.5))
    skirt = prism("skirt", rect(w + 4, d + 4, 6), 5, clear, (0, 0, 0), holes=[rect(w + 0.1, d + 0.1, 5)], bevel=0.5)
    join("box", [wall, floor_plate, skirt], "box")
    centers = [((i - 5.5) * 9, (j - 3.5) * 9) for j in range(8) for i in range(12)]
    prism("deck", rect(w - 3.6, d - 3.6, 3), 2.5, deck, (0, 0, h - 8), holes=[circle(2.75, c, 6) for c in centers], part="deck")
    n, profile = 7, [(2.7, 44.1), (0.5, 3.0), (0.25, 3.0), (2.2, 52.0), (3.5, 52.0), (3.5, 44.4)]
    verts, faces = [], []
    for cx, cy in centers:
        start = len(verts)
        for r, z in profile:
            verts += [(cx + r * math.cos(2 * math.pi * k / n), cy + r * math.sin(2 * math.pi * k / n), z + 2.6) for k in range(n)]
        faces += [(start + i * n + k, start + i * n + (k + 1) % n, start + (i + 1) % 6 * n + (k + 1) % n, start + (i + 1) % 6 * n + k) for i in range(6) for k in range(n)]
    mesh("tips", verts, faces, tips, part="tips")
    plate = text_image(["TIPS 200 µL", "96, sterile filter"], (256, 80), "#1d3f63", "#ffffff", [1.4, 1], "center")
    panel("label", 52, 16.25, principled("label", texture=plate, roughness=0.6), (0, -d / 2 - 0.04, 25), (90, 0, 0), part="label")
    collider_box("box", (w + 4, d + 4, 54.6))
    for name, x, y in (("front_left", -1, -1), ("front_right", 1, -1), ("back_right", 1, 1), ("back_left", -1, 1)):
        keypoint("corner_" + name, (x * (w / 2 - 1.5), y * (d / 2 - 1.5), h - 5.5))
    keypoint("tip_A1", (centers[84][0], centers[84][1], 54.6))
    keypoint("tip_H12", (centers[11][0], centers[11][1], 54.6))
    grasp("sides_from_above", (0, 0, 30), (0, 0, -1), (0, 1, 0))


def forceps(folder):
    """Fine forceps, 115 mm, lying on their side: tips at +X."""
    root("forceps", "forceps", mass=0.016, friction=0.4)
    steel = principled("steel", "#c4c6c8", 1.0, 0.24)
    # each arm: a leaf in XY (opening in Y), 8 mm tall in Z at the grip, tapering to a point
    parts = []
    for side in (1, -1):
        line = [(-57.5, 0.0), (-52, 0.75), (-40, 3.2), (-20, 6.6), (5, 8.2), (25, 6.4), (45, 3.4), (57.5, 1.1)]
        height = [8.2, 8.6, 9.2, 9.6, 9.4, 7.0, 3.2, 0.9]
        thick = [0.9, 0.95, 1.0, 1.15, 1.3, 1.35, 1.1, 0.5]
        rings = []
        xs = np.linspace(-57.5, 57.5, 29)
        ys, hs, ts = (np.interp(xs, [p[0] for p in line], v) for v in ([p[1] for p in line], height, thick))
        ys = np.convolve(np.pad(ys, 2, mode="reflect", reflect_type="odd"), [0.1, 0.2, 0.4, 0.2, 0.1], "valid")
        for x, y, h, t in zip(xs, ys, hs, ts):
            rings.append([(x, side * (y + 0.02) + side * py, 4.8 + pz) for py, pz in fillet([(0, -h / 2, 0.25), (t, -h / 2, 0.4), (t, h / 2, 0.4), (0, h / 2, 0.25)], True, 2)])
        n = len(rings[0])
        faces = [tuple(range(n)), tuple((len(rings) - 1) * n + k for k in range(n))]
        faces += [(i * n + k, i * n + (k + 1) % n, (i + 1) * n + (k + 1) % n, (i + 1) * n + k) for i in range(len(rings) - 1) for k in range(n)]
        parts.append(mesh("arm", [v for r in rings for v in r], faces, steel))
        # grip ribs on the outside
        for k in range(9):
            x = -4 + 2.4 * k
            y = float(np.interp(x, xs, ys)) + float(np.interp(x, xs, ts))
            parts.append(box("rib", (1.0, 0.5, 7.2), steel, (x, side * (y + 0.1), 4.8 - 3.6), bevel=0.2, segments=1))
    parts.append(box("rivet", (12, 2.6, 8.0), steel, (-52.5, 0, 0.8), bevel=0.6))
    join("body", parts, "body")
    for side, name in ((1, "left"), (-1, "right")):
        collider(mesh("arm_" + name, [(-58, side * -1.4, 0.2), (-58, side * 1.4, 0.2), (5, side * 10, 0.2), (5, side * 7.8, 0.2), (57.5, side * 1.1, 4.3), (57.5, side * 1.7, 4.3),
                                      (-58, side * -1.4, 9.2), (-58, side * 1.4, 9.2), (5, side * 10, 9.4), (5, side * 7.8, 9.4), (57.5, side * 1.1, 5.3), (57.5, side * 1.7, 5.3)],
                      [(0, 1, 2), (0, 2, 3), (3, 2, 5), (3, 5, 4), (6, 8, 7), (6, 9, 8), (9, 11, 8), (9, 10, 11)]), "hull")
        keypoint("tip_" + name, (57.5, side * 1.3, 4.8))
        keypoint("grip_" + name, (5, side * 9.6, 4.8))
    keypoint("tail", (-58.5, 0, 4.8))
    grasp("grip_from_above", (0, 0, 4.8), (0, 0, -1), (0, 1, 0))
    grasp("tail_from_behind", (-45, 0, 4.8), (1, 0, 0), (0, 1, 0))


def scalpel(folder):
    """Handle no. 3 with a no. 10 like blade, 160 mm, lying flat; blade at +X, edge to -Y."""
    root("scalpel", "scalpel", mass=0.022, friction=0.4)
    steel, blade = principled("steel", "#bfc2c4", 1.0, 0.3), principled("blade", "#d8dadb", 1.0, 0.12)
    outline = [(-80, -2.2, 2), (-62, -4.4, 6), (10, -4.6, 8), (26, -3.6, 4), (40, -2.6, 1), (52, -1.8, 0.5), (52, 2.6, 0.5), (30, 3.6, 8), (-30, 4.2, 20), (-80, 3.4, 2)]
    parts = [prism("handle", outline, 2.6, steel, bevel=0.5, segments=3)]
    for side in (0, 1):
        for k in range(14):
            parts.append(box("rib", (0.8, 6.6, 0.4), steel, (-2 + 1.7 * k, -0.3, 2.5 if side else -0.0), bevel=0.15, segments=1))
    join("handle", parts, "handle")
    edge = [(38, -2.9), (57, -4.4), (66, -4.9), (73, -4.2), (77.5, -2.2), (79.6, 0.4), (80, 2.9), (60, 3.4), (56, 2.9), (38, 2.9)]
    inner = [(44, -1.1), (50, -1.1), (50, 1.0), (44, 1.0)]
    prism("blade", edge, 0.4, blade, (0, 0, 2.62), holes=[inner], bevel=0.12, segments=1, part="blade")
    box("lug", (6, 2.0, 0.9), steel, (47, -0.05, 2.5), bevel=0.2, part="handle")
    panel("marking", 6, 2.6, principled("print", texture=text_image(["No. 3"], (64, 28), "#333333", None), alpha="MASK"), (-55, 0, 2.63), part="label")
    collider_box("handle", (132, 8.6, 2.9), (-14, -0.3, 0))
    collider_box("blade", (42, 7.6, 0.8), (59, -0.8, 2.3))
    keypoint("blade_tip", (80, 2.9, 3.0))
    keypoint("blade_belly", (73, -4.2, 2.8))
    keypoint("handle_end", (-80, 0.6, 1.3))
    keypoint("handle_center", (-10, 0, 2.6))
    grasp("handle_from_above", (-15, 0, 1.4), (0, 0, -1), (0, 1, 0))


def marker_pen(folder):
    """Solvent resistant marker, 138 mm, lying along X, cap at +X."""
    root("marker_pen", "marker_pen", mass=0.013, friction=0.4)
    white, black = principled("pen_body", "#f2f2ef", roughness=0.35), principled("pen_cap", "#20242b", roughness=0.3)
    r, turn = 5.6, (0, 90, 0)
    lathe("barrel", [(0, 0), (4.4, 0, 0.8), (4.6, 4), (r, 5, 0.4), (r, 88, 0.4), (0, 88)], white, (-69, 0, r + 0.5), turn, 32, part="body")
    lathe("plug", [(0, 0), (4.2, 0, 1.5), (4.2, 3), (0, 3)], black, (-70.5, 0, r + 0.5), turn, 24, part="body")
    lathe("cap", [(0, 0), (r + 0.5, 0, 0.4), (r + 0.3, 38), (r - 0.6, 49, 2), (0, 50)], black, (18.6, 0, r + 0.5), turn, 32, part="cap")
    box("clip", (36, 3.4, 1.4), black, (39, 0, 2 * r + 0.75), bevel=0.5, part="cap")
    picture = text_image([("HISTO MARK", "#ffffff"), ("solvent resistant, xylene proof", "#dfe6ee")], (320, 96), "#ffffff", "#23354f", [1.6, 1], "center")
    wrap("label", r + 0.03, 12, 70, principled("label", texture=picture.rotate(90, expand=True), roughness=0.5), 90, 270, 18, (-69, 0, r + 0.5), turn, part="label")
    collider(cylinder("pen", r + 0.4, 138, loc=(-70, 0, r + 0.4), rot=turn, segments=16), "hull")
    keypoint("cap_end", (68.6, 0, r + 0.5))
    keypoint("body_end", (-70.5, 0, r + 0.5))
    keypoint("center", (0, 0, 2 * r + 0.5))
    grasp("from_above", (-8, 0, r + 0.5), (0, 0, -1), (0, 1, 0))


def paper_tray(folder):
    """A4 letter tray, open to the front (-Y), with a small stack of forms."""
    root("paper_tray", "paper_tray", mass=0.45, friction=0.5)
    w, d, h, t = 256.0, 340.0, 62.0, 2.4
    plastic = principled("tray_plastic", "#5b646d", roughness=0.45)
    base = prism("base", [(-w / 2, -d / 2, 8), (-45, -d / 2, 6), (-35, -d / 2 + 22, 10), (35, -d / 2 + 22, 10), (45, -d / 2, 6), (w / 2, -d / 2, 8), (w / 2, d / 2, 8), (-w / 2, d / 2, 8)], t, plastic, (0, 0, 3), bevel=0.6)
    side = [(-d / 2 + 8, 3, 3), (-d / 2 + 40, h - 16, 14), (-d / 2 + 90, h, 20), (d / 2 - 2, h, 3), (d / 2 - 2, 3)]
    parts = [base]
    for s in (-1, 1):
        parts.append(prism("side", [(y, z, *f) for y, z, *f in side], t, plastic, (s * (w / 2 - t / 2) - t / 2, 0, 0), (90, 0, 90), bevel=0.6))
        collider_box("side", (t, d - 40, h - 4), (s * (w / 2 - t / 2), 18, 2))
        for y in (-130, 150):
            parts.append(box("foot", (12, 8, 3.2), plastic, (s * (w / 2 - 14), y, 0), bevel=0.5))
    parts.append(prism("back", rect(w - 2, h - 3, 3, (0, (h + 3) / 2)), t, plastic, (0, d / 2 - 1, 0), (90, 0, 0), [rect(90, 18, 8, (0, 40))], bevel=0.6))
    join("tray", parts, "tray")
    lines = [("PATHOLOGY REQUEST FORM", "#1f3f66"), "", "Patient  ____________________   Date of birth  __________", "Ward  __________   Case No.  S26-__________", "",
             "Specimen: [ ] biopsy  [ ] resection  [ ] cytology  [ ] other", "Site  ______________________________________________", "Fixation: [ ] formalin 10 %   [ ] fresh   since  ______ h", "", "Clinical details",
             "____________________________________________________", "____________________________________________________", "____________________________________________________", "",
             "Stains: [x] H&E   [ ] PAS   [ ] Giemsa   [ ] IHC  ___________", "", "Blocks  ______   Slides  ______   Macro by  __________", "", "Requested by  ________________   Signature  __________"]
    paper = principled("paper", "#f6f5f0", roughness=0.9)
    rng = np.random.default_rng(4)
    sheets = [box("sheets", (210, 297, 1.2), paper, (float(rng.normal(0, 1.5)), 4 + float(rng.normal(0, 2)), 5.45 + 1.22 * k), (0, 0, float(rng.normal(0, 0.6)))) for k in range(4)]
    join("paper", sheets, "paper")
    sheet("form", 210, 297, 0.2, principled("form", texture=text_image(lines, (509, 720), "#333333", "#fbfaf6", even=True, margin=0.08), roughness=0.9), (1, 3, 5.45 + 4.95), (0, 0, 1.2), part="paper")
    collider_box("base", (w, d, t + 3))
    collider_box("paper", (210, 297, 5.3), (0, 4, t + 3))
    collider_box("back", (w, t, h - 2), (0, d / 2 - t / 2 - 1, 2))
    keypoint("front_left", (-w / 2 + 3, -d / 2 + 3, t + 3))
    keypoint("front_right", (w / 2 - 3, -d / 2 + 3, t + 3))
    keypoint("back_left", (-w / 2 + t / 2, d / 2 - 6, h))
    keypoint("back_right", (w / 2 - t / 2, d / 2 - 6, h))
    keypoint("form_center", (1, 3, 10.6))
    region("paper_tray_inside", (200, 280, 40), (0, 4, 10.7))


def notebook(folder):
    """A5 hard cover notebook, 148 x 210 x 15 mm, with elastic band and label."""
    root("notebook", "notebook", mass=0.31, friction=0.6)
    cover, paper = principled("cover", "#23415f", roughness=0.55), principled("paper", "#f3f0e6", roughness=0.9)
    outline = rect(148, 210, 5)
    outline[0], outline[3] = (-74, -105, 1), (-74, 105, 1)
    parts = [prism("cover", outline, 1.8, cover, (0, 0, z), bevel=0.5) for z in (0, 13.2)]
    parts.append(lathe("spine", [(0, 0), (7.5, 0, 0.4), (7.5, 210, 0.4), (0, 210)], cover, (-72.5, 105, 7.5), (90, 0, 0), 24))
    spine = parts[-1]
    for vertex in spine.data.vertices:
        vertex.co.x = -0.0725 + (vertex.co.x + 0.0725) * 0.42
    join("cover", parts, "cover")
    prism("pages", rect(142, 203, 3, (-1, 0)), 11.3, paper, (0, 0, 1.85), part="pages")
    band = principled("band", "#16191d", roughness=0.8)
    join("band", [box("band", (6, 210.8, 0.7), band, (58, 0, 15.0), bevel=0.2, segments=1)] +
         [box("band", (6, 0.7, 15.4), band, (58, s * 105.3, 0.2), bevel=0.2, segments=1) for s in (-1, 1)], "band")
    plate = text_image([("LAB NOTEBOOK", "#23415f"), "Histology  2026 / II", "Nr. 14"], (256, 144), "#333333", "#faf7ee", [1.4, 1, 1], "center")
    sheet("label", 64, 36, 0.1, principled("label", texture=plate, roughness=0.8), (-6, 45, 15.0), part="label")
    collider_box("book", (149.5, 210, 15.2), (-1, 0, 0))
    for name, x, y in (("spine_bottom", -75, -104), ("edge_bottom", 72, -103), ("edge_top", 72, 103), ("spine_top", -75, 104)):
        keypoint("corner_" + name, (x, y, 14.5 if x < 0 else 15))
    keypoint("label_center", (-6, 45, 15.1))
    grasp("edge_from_right", (72, 0, 7.5), (-1, 0, 0), (0, 0, 1))


ASSETS = [pipette, pipette_stand, tip_box, forceps, scalpel, marker_pen, paper_tray, notebook]
