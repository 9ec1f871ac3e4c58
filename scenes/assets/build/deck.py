"""What stands on and beside the deck of a pipetting robot: tip_rack, pipette_tip, reservoir; liquid_deck, tip_waste and
plate_reader for the scene. Footprints are those of SLAS 1-2004."""
from PIL import Image, ImageDraw
from instruments import FRONT, LOOKS, feet, finish, look, paint, screen
from kit import *

W, D = 127.76, 85.48  # footprint
PITCH, SLOT = (132.5, 90.5), (128.0, 86.0)  # of the deck
LOOKS.update({
    "deck_plate": dict(color="#70777d", roughness=0.45), "deck_pad": dict(color="#3a4046", roughness=0.45),
    "clip_blue": dict(color="#2c5fa8", roughness=0.4), "waste_grey": dict(color="#7c8388", roughness=0.5),
})


def corner_points(height, inset=1.5):
    for name, x, y in (("front_left", -1, -1), ("front_right", 1, -1), ("back_right", 1, 1), ("back_left", -1, 1)):
        keypoint("corner_" + name, (x * (W / 2 - inset), y * (D / 2 - inset), height))


def plate_grasps(z):
    grasp("across_short_from_above", (0, 0, z), (0, 0, -1), (0, 1, 0))
    grasp("across_long_from_above", (0, 0, z), (0, 0, -1), (1, 0, 0))


TIP = 59.3  # mm, 300 uL
DECK = 64.5  # upper face of the rack


def tip_rings():
    """Radius and height of a tip's outer side, point first, and of its bore."""
    return [(0.45, 0), (1.3, 18), (2.55, 47), (2.75, 51.5), (3.35, 52), (3.35, TIP)], [(2.75, TIP), (2.3, 49), (1.0, 18), (0.22, 0)]


def tip_rack(folder):
    """96 tips of 300 uL. Columns 1 and 2 are slots for single tips (A1 .. H1, A2 .. H2), the others are part of the rack."""
    root("tip_rack", "tip_box", body="static", mass=0.12, friction=0.5)
    body = principled("rack_plastic", "#e9ecee", roughness=0.4)
    plate, tips = principled("deck_plastic", "#2f7fc1", roughness=0.4), principled("tip_plastic", "#eef1f2", roughness=0.25, transmission=0.35, ior=1.50)
    wall = prism("wall", rect(W - 6, D - 6, 4), DECK - 5, body, (0, 0, 2), holes=[rect(W - 9, D - 9, 3)], bevel=0.3, segments=1, steps=2)
    skirt = prism("skirt", rect(W, D, 4), 5, body, holes=[rect(W - 8, D - 8, 3)], bevel=0.4, segments=1, steps=2)
    join("box", [wall, skirt], "box")
    centers = [(14.38 + 9 * i - W / 2, 74.24 - 9 * j - D / 2) for i in range(12) for j in range(8)]  # column by column
    prism("deck", rect(W - 6.5, D - 6.5, 4), 2.5, plate, (0, 0, DECK - 2.5), holes=[circle(2.95, c, 8) for c in centers[:16]] + [rect(89.4, 71, 3, (9, 0))], part="deck")
    prism("deck_fixed", rect(89.6, 71.2, 3, (9, 0)), 2.4, plate, (0, 0, DECK - 2.5), part="deck")
    outer, bore = tip_rings()
    n = 6
    rings = [(3.35, TIP - 52), (2.75, TIP - 52), (1.6, TIP - 58)]  # from the rim into the bore
    verts, faces = [], []
    for cx, cy in centers[16:]:
        start = len(verts)
        for r, z in [(3.35, 0), *rings]:
            verts += [(cx + r * math.cos(math.tau * k / n), cy + r * math.sin(math.tau * k / n), z + DECK) for k in range(n)]
        faces += [(start + i * n + k, start + i * n + (k + 1) % n, start + (i + 1) * n + (k + 1) % n, start + (i + 1) * n + k) for i in range(3) for k in range(n)]
        faces.append([start + 3 * n + k for k in range(n)])
    mesh("tips", verts, faces, tips, part="tips", fix_normals=False)
    label = text_image(["TIPS 300 µL", "96, sterile"], (256, 80), "#1d3f63", "#ffffff", [1.4, 1], "center")
    panel("label", 52, 16.25, principled("label", texture=label, roughness=0.6), (0, -D / 2 + 2.96, 30), (90, 0, 0), part="label")
    collider_box("box", (89.6, D - 6, TIP - 52 + DECK), (9, 0, 0))
    collider_box("skirt", (W, D, 5)), collider_box("body", (W - 6, D - 6, DECK))  # tips stand on it with their collars
    for x, y in centers[:16]:  # a tip hangs by its collar, 52 mm above its point
        region("tip_slot", (7, 7, 40), (x, y, DECK - 52))
    keypoint("tip_A1", (*centers[0], DECK)), keypoint("tip_H12", (*centers[95], DECK))
    corner_points(5)
    plate_grasps(DECK + 5)


def pipette_tip(folder):
    """One tip of 300 uL, 59.3 mm; its point is the origin."""
    root("pipette_tip", "pipette_tip", mass=0.0006, friction=0.5)
    outer, bore = tip_rings()
    lathe("tip", outer + bore, principled("tip_plastic", "#eef1f2", roughness=0.25, transmission=0.35, ior=1.50), closed=True, segments=14, part="tip")
    # only the collar collides: the shaft goes into wells and racks, whose collision shapes are solid
    collider_box("collar", (6.2, 6.2, TIP - 52), (0, 0, 52))
    keypoint("point", (0, 0, 0)), keypoint("rim", (0, 0, TIP))
    grasp("nozzle", (0, 0, TIP), (0, 0, -1), (1, 0, 0))
    grasp("collar_from_above", (0, 0, 55.5), (0, 0, -1), (1, 0, 0))


def reservoir(folder):
    """12 channels of 15 mL, 8.2 x 71.2 x 26.85 mm each, 9 mm apart; the first from the left is A1."""
    root("reservoir", "reservoir", mass=0.21, friction=0.4)
    plastic, h, deep = principled("trough_plastic", "#eef1f3", roughness=0.3), 31.4, 26.85
    xs = [(k - 5.5) * 9 for k in range(12)]
    base = prism("skirt", rect(W, D, 3.5), 3, plastic, bevel=0.3, segments=1, steps=2)
    block = prism("block", rect(W - 4, D - 4, 3), h - 3, plastic, (0, 0, 3), holes=[rect(8.2, 71.2, 1.2, (x, 0)) for x in xs], bevel=0.3, segments=1, steps=1)
    floor = box("floor", (W - 10, D - 10, h - deep - 3), plastic, (0, 0, 3))
    join("body", [base, block, floor], "body")
    colors = {"liquid_a": ("#d96f8f", 3, 17), "liquid_b": ("#e3b23c", 3, 13), "liquid_c": ("#5f8fd0", 3, 15)}
    for k, (name, (color, count, fill)) in enumerate(colors.items()):
        mat = principled(name, color, roughness=0.05)
        join(name, [box("fill", (8.1, 71.1, fill), mat, (xs[3 * k + j], 0, h - deep - 0.05)) for j in range(count)], name)["bs_liquid"] = 1
    digits = Image.new("RGBA", (768, 40), (255, 255, 255, 0))
    draw = ImageDraw.Draw(digits)
    for k, x in enumerate(xs):
        draw.text(((x + 64) * 6, 20), str(k + 1), fill="#37424c", font=font(26), anchor="mm")
    panel("numbers", 128, 6.67, principled("trough_print", texture=digits, alpha="MASK", roughness=0.5), (0, 37.6, h + 0.02), part="numbers")
    collider_box("skirt", (W, D, 3)), collider_box("body", (W - 4, D - 4, h - deep - 3), (0, 0, 3))
    for k in range(13):
        wide = 0.8 if 0 < k < 12 else (W - 4 - 12 * 9 + 0.8) / 2
        x = (k - 6) * 9 + (0 if 0 < k < 12 else (wide - 0.8) / 2 * (-1 if k == 0 else 1))
        collider_box("wall", (wide, D - 4, deep), (x, 0, h - deep))
    for side in (-1, 1):
        collider_box("end", (W - 4, (D - 4 - 71.2) / 2, deep), (0, side * (D - 4 + 71.2) / 4, h - deep))
    for x in xs:
        region("reservoir_channel", (8.2, 71.2, deep), (x, 0, h - deep))
    for k in (0, 11):
        keypoint(f"channel_{k + 1}", (xs[k], 0, h - deep))
    corner_points(3)
    plate_grasps(h + 5)


def slot_center(number):
    """Of slots 1 .. 12 from the front left corner of slot 1."""
    column, row = (number - 1) % 3, (number - 1) // 3
    return column * PITCH[0] + SLOT[0] / 2, row * PITCH[1] + SLOT[1] / 2


def wedge(outline, length, name, loc, turn, part, inner):
    """A ridge that leads labware into its place: `outline` in X and Z, `length` along Y about loc, turned about Z. Collides as
    the upright box `inner`, (low x, high x, low z, high z): flanks would throw light plates about."""
    turn_z = Euler((0, 0, math.radians(turn))).to_matrix()
    start = Vector(loc) + turn_z @ Vector((0, length / 2, 0))
    prism("ridge", outline, length, look(name), tuple(start), (90, 0, turn), part=part)
    x0, x1, z0, z1 = inner
    collider_box("ridge", (x1 - x0, length, z1 - z0), tuple(Vector(loc) + turn_z @ Vector(((x0 + x1) / 2, 0, z0))), (0, 0, turn))


def liquid_deck():
    """Eleven slots and the place of the waste. Origin: front left corner of slot 1 on the face that carries the labware, 60 mm
    above the feet. The pads stand 6 mm above the plate: room for finger tips."""
    root("liquid_deck", "liquid_deck", body="static", friction=0.6)
    size, mid = (624.3, 565.2), (196.5, 214.57)  # an OT-2's deck about the slots
    prism("plate", rect(*size, 8, mid), 10, look("deck_plate"), (0, 0, -16), bevel=1, steps=3)
    for i in (-1, 1):
        for j in (-1, 1):
            cylinder("leg", 14, 44, look("deck_plate"), (mid[0] + i * 280, mid[1] + j * 250, -60), segments=20)
    numbers = Image.new("RGB", (3 * 96, 4 * 64), "#3a4046")
    draw = ImageDraw.Draw(numbers)
    for k in range(11):
        draw.text((k % 3 * 96 + 48, k // 3 * 64 + 32), str(k + 1), fill="#dfe5e8", font=font(44), anchor="mm")
    digits = principled("slot_numbers", texture=numbers, roughness=0.45)
    for k in range(1, 12):
        x, y = slot_center(k)
        prism("pad", rect(112, 70, 3, (x, y)), 6.2, look("deck_pad"), (0, 0, -6.2), steps=1)
        i, j = (k - 1) % 3, (k - 1) // 3
        panel("number", 36, 24, digits, (x, y, 0.03), uv=(i / 3, j / 4, (i + 1) / 3, (j + 1) / 4), part="numbers")
        region(f"deck_slot_{k}", (*SLOT, 60), (x, y, 0))
        collider_box("pad", (112, 70, 6.2), (x, y, -6.2))
    for i in range(4):
        for j in range(5):
            x = i * PITCH[0] - (PITCH[0] - SLOT[0]) / 2
            y = j * PITCH[1] - (PITCH[1] - SLOT[1]) / 2
            for turn in (0, 90):  # a ridge of 26 mm whose flanks lead labware into the slot
                wedge([(-2.1, -6), (2.1, -6), (2.1, 1.2), (0.5, 6), (-0.5, 6), (-2.1, 1.2)], 26, "clip_blue", (x, y, 0), turn, "clips", (-1.4, 1.4, -6, 6))
    collider_box("plate", (*size, 10), (*mid, -16))
    keypoint("slot_1_corner", (0, 0, 0)), keypoint("slot_12_corner", (2 * PITCH[0] + SLOT[0], 3 * PITCH[1] + SLOT[1], 0))
    return finish(bpy.data.objects["liquid_deck"])


def tip_waste():
    """The waste bin in slot 12: origin at the middle of its underside."""
    top, wall = 78.0, 2.0
    root("tip_waste", "tip_waste", body="static", friction=0.5)
    prism("bin", rect(125, 84, 5), top, look("waste_grey"), holes=[rect(125 - 2 * wall, 84 - 2 * wall, 4)], bevel=0.6, segments=1, steps=2)
    prism("floor", rect(124, 83, 4), 2, look("waste_grey"), steps=2)
    collider_box("floor", (125, 84, 2))
    for side in (-1, 1):
        collider_box("side", (wall, 84, top), (side * (125 - wall) / 2, 0, 0)), collider_box("end", (125, wall, top), (0, side * (84 - wall) / 2, 0))
    region("deck_trash", (121, 80, 100), (0, 0, 2))
    keypoint("rim_front", (0, -42, top))
    return finish(bpy.data.objects["tip_waste"])


def plate_reader():
    """A microplate reader with its drawer driven out; nest: four corner posts, open at the middles of all sides, its platform
    15 mm above the drawer."""
    root("plate_reader", "plate_reader", body="static", mass=11)
    white, dark = look("body_white"), look("body_dark")
    feet(130, 150, radius=10, height=8)
    body = box("shell", (330, 390, 190), white, (0, 0, 8), bevel=14, segments=3)
    cut(body, [box("cut", (158, 60, 62), loc=(0, -190, 40)), box("cut", (300, 8, 66), loc=(0, -195, 120))])
    paint(body, dark, lambda x, y, z: y > -194.5 and y < -155 and abs(x) < 80 and 38 < z < 104)
    box("fascia", (298, 5, 64), look("plastic_black"), (0, -193.5, 121), bevel=1.2)
    panel("display", 96, 48, screen("reader_screen", reader_display()), (-80, -196.2, 153), FRONT, part="display")
    panel("name", 120, 22, principled("reader_name", texture=text_image(["lumen 96"], (256, 48), "#e8eef0", None), alpha="BLEND", roughness=0.5), (70, -196.2, 153), FRONT)
    box("status_led", (296, 1.4, 3), look("led_blue"), (0, -196.4, 117), part="status_led")
    box("seam", (330.6, 1.4, 170), look("plastic_black"), (0, -120, 18))
    nest_y, nest = -270, 78
    tray = box("drawer", (142, 210, 6), look("aluminium"), (0, nest_y + 50, nest - 21), bevel=1, part="drawer")
    box("drawer_front", (150, 6, 20), dark, (0, nest_y - 55, nest - 31), bevel=2, part="drawer")
    box("platform", (104, 62, 15), dark, (0, nest_y, nest - 15), bevel=0.8, part="drawer")
    for i in (-1, 1):
        for j in (-1, 1):
            x, y = i * (W / 2 + 0.3), nest_y + j * (D / 2 + 0.3)
            for length, at, turn in ((14, (x, y - 6 * j), 0 if i > 0 else 180), (14, (x - 6 * i, y), 90 if j > 0 else -90)):
                wedge([(0, -16), (4, -16), (4, 3), (2, 3), (0, 0.6)], length, "body_dark", (*at, nest), turn, "drawer", (0.5, 4, -16, 3))
    region("reader_nest", (128, 86, 40), (0, nest_y, nest))
    keypoint("nest", (0, nest_y, nest)), keypoint("display_centre", (-80, -196.2, 153))
    collider_box("lower", (330, 390, 40)), collider_box("upper", (330, 390, 96), (0, 0, 102))
    for side in (-1, 1):
        collider_box("side", (86, 390, 62), (side * 122, 0, 40))
    collider_box("inner", (158, 340, 62), (0, 25, 40))
    collider_box("drawer", (142, 210, 6), (0, nest_y + 50, nest - 21)), collider_box("drawer_front", (150, 6, 20), (0, nest_y - 55, nest - 31))
    collider_box("platform", (104, 62, 15), (0, nest_y, nest - 15))
    return finish(bpy.data.objects["plate_reader"])


def reader_display():
    page = Image.new("RGB", (256, 128), "#0d1b26")
    draw = ImageDraw.Draw(page)
    draw.text((12, 20), "Absorbance 450 nm", fill="#cfe3ee", font=font(17), anchor="lm")
    for j in range(8):
        for i in range(12):
            v = (math.sin(1.3 * i + 0.4 * j * j) + 1) / 2
            draw.ellipse((16 + 12 * i, 36 + 10.5 * j, 24 + 12 * i, 44 + 10.5 * j), fill=(int(40 + 190 * v), int(90 + 90 * v), int(190 - 120 * v)))
    draw.rounded_rectangle((176, 40, 246, 66), 6, fill="#2b7d57"), draw.text((211, 53), "READ", fill="white", font=font(16), anchor="mm")
    draw.rounded_rectangle((176, 78, 246, 104), 6, fill="#31465a"), draw.text((211, 91), "CLOSE", fill="white", font=font(16), anchor="mm")
    return page


ASSETS = [tip_rack, pipette_tip, reservoir]
