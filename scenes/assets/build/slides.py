"""Slides and what holds them: microscope_slide, cover_glass, slide_rack, slide_stand, slide_tray, slide_box,
tissue_cassette, cassette_tray."""
import json, os, random
from PIL import Image, ImageDraw
import tissue
from kit import *

SPECIAL_STAINS = ["PAS", "Giemsa", "Trichrome"]
SITES = ["COLON", "SKIN", "BREAST", "LIVER", "L. NODE", "PROSTATE", "KIDNEY", "THYROID", "LUNG", "BRAIN", "PLACENTA"]
LABEL_COLUMNS, LABEL_ROWS, LABEL_CELL = 4, 8, (256, 200)


def data_matrix(text, module):
    """A picture of the ECC 200 code of a text, `module` pixels a module, without quiet zone."""
    from ppf.datamatrix import DataMatrix  # pip install ppf.datamatrix (MIT)
    rows = DataMatrix(text).matrix
    picture = Image.new("L", (len(rows[0]), len(rows)), 255)
    picture.putdata([0 if bit else 255 for row in rows for bit in row])
    return picture.resize((len(rows[0]) * module, len(rows) * module), Image.NEAREST)


def label_atlas(json_path):
    """32 printed slide labels; their texts go to slide_labels.json in cell order (row by row)."""
    rng, texts = random.Random(26), []
    w, h = LABEL_CELL
    picture = Image.new("L", (w * LABEL_COLUMNS, h * LABEL_ROWS), 250)
    for number in range(LABEL_COLUMNS * LABEL_ROWS):
        case = f"S26-{rng.randrange(10000, 20000)}"
        block = rng.choice("ABCD") + str(rng.randint(1, 6))
        level, site = f"L{rng.randint(1, 3)}", rng.choice(SITES)
        stain = rng.choice(SPECIAL_STAINS) if number % 6 == 5 else "H&E"
        date = f"2026-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        code = f"{case}-{block}-{level}"
        texts.append({"code": code, "case": case, "block": block, "level": level, "stain": stain, "site": site,
                      "date": date, "lines": [case, f"{block}  {level}", stain, site, date]})
        cell = Image.new("L", LABEL_CELL, 250)
        draw = ImageDraw.Draw(cell)
        for y, line, size in ((28, case, 42), (76, f"{block} {level}", 34), (114, stain, 36), (151, site, 26), (180, date, 22)):
            room = w - 24 if y < 40 else w - 140
            points = size * min(1, room / draw.textlength(line, font=font(size)))
            draw.text((12, y), line, fill=15, font=font(points), anchor="lm", stroke_width=1 if y < 120 else 0, stroke_fill=15)
        matrix = data_matrix(code, 6)
        cell.paste(matrix, (w - matrix.width - 14, 58))
        draw.text((w - 14 - matrix.width / 2, 58 + matrix.height + 14), "PATH-LAB", fill=60, font=font(16), anchor="mm")
        picture.paste(cell, (number % LABEL_COLUMNS * w, number // LABEL_COLUMNS * h))
    with open(json_path, "w") as file:
        json.dump({"columns": LABEL_COLUMNS, "rows": LABEL_ROWS, "cells": texts}, file, indent=1)
        file.write("\n")
    return picture


def glass_sheet(name, size, z, bevel, part=None, x=0):
    """A glass plate with ground, frosted edges."""
    thing = box(name, size, principled("glass", roughness=0.02, transmission=1, ior=1.52, volume=("#e6f5ee", 0.03, 0.001)),
                (x, 0, z), bevel=bevel, segments=1, part=part)
    thing.data.materials.append(principled("glass_edge", "#e4f2ec", roughness=0.35, transmission=1, ior=1.52))
    for polygon in thing.data.polygons:
        polygon.material_index = 0 if abs(polygon.normal.z) > 0.99 else 1
    return thing


def microscope_slide(folder):
    root("microscope_slide", "microscope_slide", mass=0.0048, friction=0.4)
    glass_sheet("glass", (76, 26, 1), 0, 0.12, "glass")
    prism("frosted_end", rect(20, 25.4, 0.8), 0.018, principled("frosted_end", "#f4f4f2", roughness=0.85), (-27.8, 0, 1.004),
          part="frosted_end")
    labels = label_atlas(os.path.join(folder, "slide_labels.json"))
    sheet("label", 21, 16.4, 0.06, principled("label", texture=labels, roughness=0.75), (-28.6, 0, 1.026), (0, 0, 90),
          (0, 0, 1 / LABEL_COLUMNS, 1 / LABEL_ROWS), part="label")
    stained = principled("tissue", texture=tissue.atlas(), alpha="BLEND", roughness=0.6, cull=False)
    panel("tissue", 24, 20, stained, (7, 0, 1.012), uv=(0, 0, 0.25, 0.25), part="tissue")
    glass_sheet("cover_glass", (32, 24, 0.17), 1.024, 0.02, "cover_glass", x=7)
    collider_box("slide", (76, 26, 1.2))
    for name, x, y in (("label_left", -38, -13), ("label_right", -38, 13), ("far_left", 38, -13), ("far_right", 38, 13)):
        keypoint("corner_" + name, (x, y, 1))
    keypoint("label_center", (-28.6, 0, 1.086))
    keypoint("tissue_center", (7, 0, 1.194))
    for side, y in (("left", -13), ("right", 13)):
        grasp("edges_from_" + side, (-10, y, 0.5), (0, -y, 0), (0, 0, 1))
    grasp("edges_from_above", (-10, 0, 1), (0, 0, -1), (0, 1, 0))
    # across the thickness: by the label end (it stands up in a slide_stand), or by a long edge (it is on top in a slide_rack)
    grasp("label_end", (-30, 0, 0.6), (1, 0, 0), (0, 0, 1))
    for side, y in (("left", -1), ("right", 1)):
        grasp("label_edge_from_" + side, (-28, y * 8, 0.6), (0, -y, 0), (0, 0, 1))
    colors = {"white": "#f4f4f2", "blue": "#7fb2e6", "pink": "#f2a3bd", "yellow": "#f3dc6b", "green": "#8fcf9a"}
    return {name: {"frosted_end": color} for name, color in colors.items()}


def cover_glass(folder):
    root("cover_glass", "cover_glass", mass=0.0005, friction=0.4)
    glass_sheet("glass", (50, 24, 0.17), 0, 0.02, "glass")
    collider_box("cover", (50, 24, 0.17))
    for i, (x, y) in enumerate(((-25, -12), (25, -12), (25, 12), (-25, 12))):
        keypoint(f"corner_{i}", (x, y, 0.17))
    grasp("edges_from_above", (0, 0, 0.17), (0, 0, -1), (0, 1, 0))


def upright_slots(count, pitch, floor, y=0.0, name="slide_rack_slot", thick=1.2):
    """Slots along X for slides that stand on a long edge: slide X -> Y, slide Y -> up, slide Z -> X."""
    for k in range(count):
        region(name, (77, 26, thick + 0.2), ((k - (count - 1) / 2) * pitch - thick / 2, y, floor + 13.05), axes((1, 0, 0), (0, 1, 0)))


def comb(count, pitch, slot, tooth, back):
    """Plan of a comb along X: `count` slots between teeth that point to +Y; the back lies at y 0 .. back."""
    end = count * pitch / 2 + pitch * 0.25
    points = [(end, 0), (end, back + tooth, 0.5)]
    for k in reversed(range(count)):
        x = (k - (count - 1) / 2) * pitch
        # slots widen towards their mouth so that slides find in
        points += [(x + slot / 2 + 0.35, back + tooth, 0.3), (x + slot / 2, back + tooth - 1.2), (x + slot / 2, back),
                   (x - slot / 2, back), (x - slot / 2, back + tooth - 1.2), (x - slot / 2 - 0.35, back + tooth, 0.3)]
    return points + [(-end, back + tooth, 0.5), (-end, 0)]


def slide_rack(folder):
    """24 slides on their long edges, 4 mm apart; open below and at the ends so that stain drains; steel bail handle."""
    root("slide_rack", "slide_rack", mass=0.12, friction=0.5)
    count, pitch, slot, floor, height = 24, 4.0, 1.7, 5.0, 27.0
    length, inner, back, tooth = count * pitch + 14, 77.0, 2.5, 5.5
    plastic, steel = principled("rack_plastic", "#eef0f0", roughness=0.32), principled("steel", "#c8cacc", 1.0, 0.22)
    outline = comb(count, pitch, slot, tooth, back)
    half = inner / 2 + back
    parts = []
    for side, turn in ((1, 180), (-1, 0)):
        parts.append(prism("comb", outline, 20, plastic, (0, -half if side < 0 else half, 8), (0, 0, turn), bevel=0.25, segments=1, steps=2))
        wall = rect(length - 3, height + 1.5, 2, (0, (height + 1.5) / 2))
        parts.append(prism("side", wall, 2.4, plastic, (0, side * (half + 0.1) + 1.2, 0), (90, 0, 0), bevel=0.4))
        parts.append(box("ledge", (length - 6, 6.5, 3), plastic, (0, side * (inner / 2 - 3), floor - 3), bevel=0.5))
    for side in (-1, 1):
        outline_end = rect(2 * half + 2.5, height + 1.5, 2, (0, (height + 1.5) / 2))
        holes = [rect(19, 13, 3, (y, 16)) for y in (-25, 0, 25)]
        parts.append(prism("end", outline_end, 3, plastic, (side * (length / 2 - 1.5) - 1.5, 0, 0), (90, 0, 90), holes, bevel=0.5))
        x = side * (length / 2 + 1.2)
        parts.append(cylinder("boss", 5, 2.6, plastic, (side * length / 2, 0, 22.5), (0, side * 90, 0), bevel=0.5, segments=24))
    for y in (-13, 13):
        parts.append(box("rail", (length - 4, 4, 3), plastic, (0, y, floor - 4.2), bevel=0.5))
    frame = join("frame", parts, "frame")
    x = length / 2 + 3.6
    path = [(-x + 1.5, 0, 22.5), (-x, 0, 22.5), (-x, 0, 68)] + [(-x + 8 * (1 - c), 0, 68 + 8 * s) for c, s in ((0.92, 0.38), (0.7, 0.7), (0.38, 0.92))]
    path += [(-x + 8, 0, 76)]
    path += [(-px, py, pz) for px, py, pz in reversed(path)]
    sweep("handle", path, 1.5, steel, part="handle")
    plate = text_image(["RACK 24", "1 - 24"], (160, 64), "#33414d", "#eef0f0", [2, 1.3], "center")
    panel("marking", 24, 9, principled("rack_marking", texture=plate, roughness=0.4), (-32, -half - 1.32, 22.5), (90, 0, 0), part="marking")
    # colliders: ledges, walls and ends; a box between two slots at either side
    for side in (-1, 1):
        collider_box("ledge", (length - 6, 6.5, floor), (0, side * (inner / 2 - 3), 0))
        collider_box("side", (length - 3, 4.9, height + 1.5), (0, side * (half - 0.05), 0))
        collider_box("end", (3, inner, height + 1.5), (side * (length / 2 - 1.5), 0, 0))
        for k in range(count + 1):
            collider_box("tooth", (pitch - slot, tooth, 20), ((k - count / 2) * pitch, side * (inner / 2 - tooth / 2), 8))
    collider_box("handle_bar", (2 * x - 12, 3, 3), (0, 0, 74.5))
    for side in (-1, 1):
        collider_box("handle_leg", (3, 3, 52), (side * x, 0, 22))
        keypoint("end_" + ("near" if side < 0 else "far"), (side * length / 2, -25, height + 1.5))
    keypoint("handle_center", (0, 0, 77.5))
    keypoint("marking", (-32, -half - 1.32, 22.5))
    grasp("handle", (0, 0, 77.5), (0, 0, -1), (0, 1, 0))
    grasp("body", (0, 0, height), (0, 0, -1), (0, 1, 0))
    upright_slots(count, pitch, floor)


def slide_stand(folder):
    """12 slides upright, label ends up, 2 rows of 6, 24 mm apart so that fingers find room; milled from white POM."""
    root("slide_stand", "slide_rack", mass=0.42, friction=0.5)
    pitch, row, depth, floor, top = 24.0, 38.0, 34.0, 5.0, 39.0
    size = (6 * pitch + 8, 2 * row + 8)
    spots = [((k - 2.5) * pitch, y) for y in (row / 2, -row / 2) for k in range(6)]
    plastic = principled("stand_plastic", "#f0f0ec", roughness=0.4)
    base = prism("base", rect(*size, 4), floor, plastic, bevel=0.5)
    block = prism("block", rect(*size, 4), depth, plastic, (0, 0, floor), holes=[rect(1.6, 26.8, 0, at) for at in spots], bevel=0.4)
    join("block", [base, block], "block")
    digits = Image.new("RGBA", (int(size[0] * 6), int(size[1] * 6)), (255, 255, 255, 0))
    draw = ImageDraw.Draw(digits)
    for k, (x, y) in enumerate(spots):
        draw.text(((x - 5 + size[0] / 2) * 6, (size[1] / 2 - y + 9) * 6), str(k + 1), fill="#3b4650", font=font(30), anchor="mm")
    panel("numbers", *size, principled("stand_print", texture=digits, alpha="MASK", roughness=0.5), (0, 0, top + 0.02), part="numbers")
    collider_box("base", (*size, floor))
    for k in range(7):  # 1.4 mm are left between them
        low = (k - 3) * pitch - pitch / 2 + 0.7 if k else -size[0] / 2
        high = (k - 3) * pitch + pitch / 2 - 0.7 if k < 6 else size[0] / 2
        collider_box("divider", (high - low, size[1], depth), ((low + high) / 2, 0, floor))
    walls = (-size[1] / 2, -row / 2 - 13.2), (-row / 2 + 13.2, row / 2 - 13.2), (row / 2 + 13.2, size[1] / 2)
    for low, high in walls:
        collider_box("wall", (size[0], high - low, depth), (0, (low + high) / 2, floor))
    for name, x, y in (("front_left", -1, -1), ("front_right", 1, -1), ("back_right", 1, 1), ("back_left", -1, 1)):
        keypoint("corner_" + name, (x * (size[0] / 2 - 1.6), y * (size[1] / 2 - 1.6), top))
    for x, y in spots:  # slide X -> down, slide Y -> back, slide Z -> right
        region("slide_stand_slot", (77, 26, 1.4), (x - 0.6, y, floor + 38.05), axes((1, 0, 0), (0, 0, -1)))


def slide_tray(folder):
    """20 slides flat in wells, 2 x 10, with thumb notches; pressed board with a metal-edged rim."""
    root("slide_tray", "slide_tray", mass=0.28, friction=0.5)
    board = principled("tray_board", "#c8bfa9", roughness=0.85)
    well, pitch, floor, top = (77.4, 27.4), (88.0, 30.6), 2.2, 4.8
    size = (2 * pitch[0] + 22, 10 * pitch[1] + 12)
    centers = [((i - 0.5) * pitch[0], (4.5 - j) * pitch[1]) for j in range(10) for i in range(2)]
    holes = []
    for x, y in centers:
        side = 1 if x > 0 else -1
        a, b = well[0] / 2, well[1] / 2
        notch = [(side * a, -8, 1.5), (side * (a + 6.5), -6, 4), (side * (a + 6.5), 6, 4), (side * a, 8, 1.5)]
        corner = [(side * a, b, 0.8), (-side * a, b, 0.8), (-side * a, -b, 0.8), (side * a, -b, 0.8)]
        holes.append([(x + p[0], y + p[1], p[2]) for p in notch + corner])
    base = prism("base", rect(*size, 4), floor, board, bevel=0.4)
    grid = prism("wells", rect(*size, 4), top - floor, board, (0, 0, floor), holes=holes, bevel=0.5, steps=3)
    join("tray", [base, grid], "tray")
    numbers = Image.new("L", (40, 400), 215)
    draw = ImageDraw.Draw(numbers)
    for j in range(10):
        for i in range(2):
            draw.text((11 + 18 * i, 20 + 40 * j), str(2 * j + i + 1), fill=70, font=font(15), anchor="mm")
    # the numbers stand on the middle bar, between both columns of wells
    panel("numbers", 9, 10 * pitch[1], principled("tray_numbers", "#c8bfa9", texture=numbers.point(lambda v: min(255, v + 40)), roughness=0.85), (0, 0, top + 0.02), part="numbers")
    collider_box("base", (*size, floor))
    for k in range(11):
        collider_box("bar", (size[0], pitch[1] - well[1], top - floor), (0, (k - 5) * pitch[1], floor))
    for x, w in ((-size[0] / 2 + 5.5, 11), (0, pitch[0] - well[0]), (size[0] / 2 - 5.5, 11)):
        collider_box("bar", (w if x else pitch[0] - well[0], size[1], top - floor), (x, 0, floor))
    for side in (-1, 1):
        collider_box("rim", (size[0], 6, top - floor), (0, side * (size[1] / 2 - 3), floor))
    for name, x, y in (("front_left", -1, -1), ("front_right", 1, -1), ("back_right", 1, 1), ("back_left", -1, 1)):
        keypoint("corner_" + name, (x * (size[0] / 2 - 1.2), y * (size[1] / 2 - 1.2), top))
    for name, x in (("left", -1), ("right", 1)):
        grasp("rim_" + name, (x * size[0] / 2, 0, top / 2), (-x, 0, 0), (0, 0, 1))
    for x, y in centers:
        region("slide_tray_slot", (*well, 3), (x, y, floor))


def slide_box(folder):
    """25 slides on their long edges; the hinged lid stands open and carries an index sheet."""
    root("slide_box", "slide_box", mass=0.14, friction=0.5)
    count, pitch, slot, floor, inner = 25, 3.9, 1.7, 3.0, 77.0
    size, height = (count * pitch + 10, inner + 11), 24.0
    plastic = principled("box_plastic", "#3c6fae", roughness=0.38)
    light = principled("box_insert", "#f1efe8", roughness=0.5)
    cork = principled("cork", "#b98b5e", roughness=0.95)
    wall = prism("wall", rect(*size, 4), height, plastic, holes=[rect(size[0] - 5, size[1] - 5, 2.5)], bevel=0.5)
    floor_plate = prism("floor", rect(size[0] - 4.8, size[1] - 4.8, 2.4), 1.6, plastic, (0, 0, 0.4))
    join("body", [wall, floor_plate], "body")
    prism("cork", rect(size[0] - 5.2, size[1] - 5.2, 2), floor - 2, cork, (0, 0, 2), part="floor")
    outline, back = comb(count, pitch, slot, 3.2, 2.4), 2.4
    combs = [prism("comb", outline, 17, light, (0, -s * (inner / 2 + back), floor), (0, 0, 0 if s > 0 else 180), bevel=0.2, segments=1, steps=2) for s in (1, -1)]
    join("insert", combs, "insert")
    y, tilt = size[1] / 2, 105
    # lid, opened backwards about the upper rear edge
    lid = prism("lid", rect(size[0], size[1], 4, (0, 0)), 8, plastic, holes=[rect(size[0] - 5, size[1] - 5, 2.5)], bevel=0.5)
    top = prism("lid_top", rect(size[0] - 4.8, size[1] - 4.8, 2.4), 1.6, plastic, (0, 0, 6))
    lines = [("No.   Case            Stain", "#22384f")] + [f"{k:>2}    S26-{10000 + 37 * k * k % 9000}   H&E" for k in range(1, 15)]
    paper = panel("index", size[0] - 14, size[1] - 14, principled("index_sheet", texture=text_image(lines, (384, 320), "#333333", even=True), roughness=0.8),
                  (0, 0, 5.95), (180, 0, 0))
    join("lid", [lid, top])
    turn = Matrix.Translation((0, (y + 0.6) * 0.001, height * 0.001)) @ Matrix.Rotation(math.radians(-tilt), 4, "X") @ Matrix.Translation((0, -y * 0.001, 0))
    for thing, part in ((bpy.data.objects["lid"], "lid"), (paper, "index_sheet")):
        thing.data.transform(turn)
        thing["bs_part"] = part
    for x in (-30, 30):
        cylinder("hinge", 2, 14, plastic, (x - 7, y + 1.2, height - 0.8), (0, 90, 0), bevel=0.3, segments=16, part="hinge")
    box("latch", (16, 2, 7), plastic, (0, -y - 0.9, height - 9), bevel=0.6, part="latch")
    plate = text_image(["SLIDES 25", "Archive 2026 / 04"], (256, 96), "#222222", "#ffffff", [1.4, 1], "center")
    panel("front_label", 40, 14, principled("box_label", texture=plate, roughness=0.7), (-28, -y - 0.04, height / 2 + 1), (90, 0, 0), part="label")
    collider_box("floor", (*size, floor))
    for s in (-1, 1):
        collider_box("wall", (size[0], 5.5, height), (0, s * (y - 2.75), 0))
        collider_box("wall", (5, size[1], height), (s * (size[0] / 2 - 2.5), 0, 0))
        for k in range(count + 1):
            collider_box("tooth", (pitch - slot, 3.2, 17), ((k - count / 2) * pitch, s * (inner / 2 - 1.6), floor))
    lid_box = collider_box("lid", (*size, 8))
    lid_box.matrix_local = turn @ Matrix.Translation((0, 0, 0.004))
    keypoint("front_left_corner", (-size[0] / 2 + 1.2, -y + 1.2, height))
    keypoint("front_right_corner", (size[0] / 2 - 1.2, -y + 1.2, height))
    keypoint("latch", (0, -y - 1.9, height - 5.5))
    grasp("body", (0, 0, height), (0, 0, -1), (1, 0, 0))
    upright_slots(count, pitch, floor, name="slide_box_slot")


def tissue_cassette(folder):
    """An embedding cassette with closed lid; writing face at 45 degrees at -X, numbers of 16 cases on it."""
    root("tissue_cassette", "tissue_cassette", mass=0.0045, friction=0.5)
    plastic = principled("cassette_plastic", "#fbfbfa", roughness=0.42)
    slots = [rect(1.3, 3.0, 0, (-9.4 + 2.6 * i, -7.8 + 5.2 * j)) for i in range(10) for j in range(4)]
    # body: rim, perforated floor; its -X end is cut at 45 degrees
    rim = prism("rim", rect(33.5, 28, 1.5, (3.25, 0)), 5.0, plastic, holes=[rect(28.5, 24.6, 1, (3.6, 0))], bevel=0.25)
    base = prism("floor", rect(29, 25, 0.8, (3.6, 0)), 0.9, plastic, (0, 0, 0.3), holes=[[(x + 3.6 - 1.3, y) for x, y, _ in s] for s in slots])
    wedge = prism("face", [(-20, 0.2, 0.2), (-12.8, 0.2), (-12.8, 5.0), (-15.2, 5.0, 0.2)], 28, plastic, (0, 14, 0), (90, 0, 0), bevel=0.2)
    body = join("body", [rim, base, wedge], "body")
    lid = prism("lid", rect(30.4, 26.2, 1.2, (3.9, 0)), 0.9, plastic, (0, 0, 5.05), bevel=0.2,
                holes=[[(x + 3.6 - 1.3, y) for x, y, _ in s] for s in slots])
    tab = box("tab", (3.2, 9, 1.0), plastic, (18.2, 0, 5.0), bevel=0.3)
    join("lid", [lid, tab], "lid")
    rng, w, h = random.Random(3), 192, 40
    atlas = Image.new("L", (4 * w, 4 * h), 250)
    for k in range(16):
        cell = Image.new("L", (w, h), 250)
        draw = ImageDraw.Draw(cell)
        number = f"S26-{rng.randrange(10000, 20000)}"
        draw.text((6, 12), number, fill=20, font=font(25), anchor="lm", stroke_width=1, stroke_fill=20)
        draw.text((6, 31), f"{rng.choice('ABC')}{rng.randint(1, 9)}   {rng.choice(SITES)}", fill=40, font=font(13), anchor="lm")
        matrix = data_matrix(number, 2)
        cell.paste(matrix, (w - matrix.width - 5, 5))
        atlas.paste(cell, (k % 4 * w, k // 4 * h))
    face = Vector((-17.6, 0, 2.6)) + Vector((-1, 0, 1)).normalized() * 0.03
    # the print reads from the front: picture up is up the slope
    turn = Matrix((Vector((0, -1, 0)), Vector((1, 0, 1)).normalized(), Vector((-1, 0, 1)).normalized())).transposed().to_euler()
    panel("label", 26, 5.4, principled("cassette_label", texture=atlas, roughness=0.55), face, tuple(math.degrees(v) for v in turn),
          (0, 0, 0.25, 0.25), part="label")
    collider_box("body", (33.5, 28, 6), (3.25, 0, 0))
    collider_box("front", (4.5, 28, 4), (-15.5, 0, 0))
    keypoint("label_center", face)
    for name, x, y in (("back_left", 19.5, 13.5), ("back_right", 19.5, -13.5)):
        keypoint("corner_" + name, (x, y, 5))
    keypoint("front_edge", (-20, 0, 0.2))
    keypoint("lid_center", (3.9, 0, 5.95))
    grasp("sides_from_above", (3, 0, 5.95), (0, 0, -1), (0, 1, 0))
    grasp("sides_from_back", (20, 0, 3), (-1, 0, 0), (0, 1, 0))
    # so high that pads which reach 9 mm further end above the bench
    grasp("across_short_from_above", (3.25, 0, 10.2), (0, 0, -1), (0, 1, 0))
    grasp("across_long_from_above", (1.1, 0, 10.2), (0, 0, -1), (1, 0, 0))
    colors = {"white": "#fbfbfa", "pink": "#f3a6bf", "blue": "#86b7e2", "yellow": "#f0d94e", "green": "#86c98f", "orange": "#f0a04b", "red": "#d9483f"}
    return {name: {"cassette_plastic": color} for name, color in colors.items()}


def cassette_tray(folder):
    """A sorting tray of three bays with coloured mats; each takes several cassettes."""
    root("cassette_tray", "cassette_tray", mass=0.24, friction=0.5)
    bay, wall, floor, height = (78.0, 92.0), 3.0, 3.0, 15.0
    colors = {"red": "#c9423a", "blue": "#5f9bd3", "yellow": "#e6c93a"}
    size = (3 * bay[0] + 4 * wall, bay[1] + 2 * wall)
    xs = [(k - 1) * (bay[0] + wall) for k in range(3)]
    plastic = principled("tray_plastic", "#dfe2e3", roughness=0.4)
    base = prism("base", rect(*size, 5), floor - 0.6, plastic, bevel=0.4)
    rim = prism("rim", rect(*size, 5), height - floor + 0.6, plastic, (0, 0, floor - 0.6), holes=[rect(*bay, 3, (x, 0)) for x in xs], bevel=0.6)
    join("tray", [base, rim], "tray")
    for x, (name, color) in zip(xs, colors.items()):
        prism("mat_" + name, rect(bay[0] - 0.6, bay[1] - 0.6, 2.7, (x, 0)), 0.6, principled("mat_" + name, color, roughness=0.7), (0, 0, floor - 0.6), part="mat_" + name)
        region("cassette_bay_" + name, (bay[0], bay[1], 24), (x, 0, floor))
        keypoint("bay_" + name, (x, 0, floor))
    collider_box("base", (*size, floor))
    for k in range(4):
        collider_box("wall", (wall, size[1], height), ((k - 1.5) * (bay[0] + wall), 0, 0))
    for side in (-1, 1):
        collider_box("end", (size[0], wall, height), (0, side * (size[1] - wall) / 2, 0))
    for name, x, y in (("front_left", -1, -1), ("front_right", 1, -1), ("back_right", 1, 1), ("back_left", -1, 1)):
        keypoint("corner_" + name, (x * (size[0] / 2 - 1.5), y * (size[1] / 2 - 1.5), height))
    for side in (-1, 1):
        grasp("wall_from_" + ("left" if side < 0 else "right"), (side * (size[0] - wall) / 2, 0, height), (0, 0, -1), (1, 0, 0))


ASSETS = [microscope_slide, cover_glass, slide_rack, slide_stand, slide_tray, slide_box, tissue_cassette, cassette_tray]
