"""The instruments of the laboratory, each alone in a .glb: python scenes/assets/build/instruments.py [name ...]

Lengths in millimetres; the front of an instrument faces -Y, its origin is the centre of its underside.
A builder makes the instrument at the origin and gives its root; the scene calls the same builders.
"""
import math, os, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bpy
import kit
import room_pictures as pictures
from kit import box, collider_box, cylinder, keypoint, lathe, panel, prism, region, sweep

FRONT = (90, 0, 0)  # rotation of a panel that faces -Y
LOOKS = {
    "body_white": dict(color="#e6e5e0", roughness=0.42), "body_grey": dict(color="#b4b9bb", roughness=0.45),
    "body_dark": dict(color="#3b4045", roughness=0.5), "body_teal": dict(color="#2a7f89", roughness=0.42),
    "plastic_black": dict(color="#18191b", roughness=0.38), "rubber": dict(color="#202021", roughness=0.85),
    "steel_brushed": dict(color="#c4c6c8", metallic=1, roughness=0.34), "chrome": dict(color="#dcdddd", metallic=1, roughness=0.09),
    "aluminium": dict(color="#b9bcbe", metallic=1, roughness=0.46), "brass": dict(color="#c9a75c", metallic=1, roughness=0.3),
    "ceramic_white": dict(color="#eceeec", roughness=0.16), "hood_clear": dict(transmission=1, ior=1.49, roughness=0.0, color="#f2f7f8"),
    "lens": dict(color="#0c1018", roughness=0.05), "knob_grey": dict(color="#70777c", roughness=0.5),
    "reagent_dish": dict(color="#dfe3e2", roughness=0.35), "haematoxylin": dict(color="#3a2468", roughness=0.08),
    "eosin": dict(color="#d9496c", roughness=0.08), "alcohol": dict(color="#c3cfd2", roughness=0.05), "xylene": dict(color="#d8d2b4", roughness=0.05),
    "bluing": dict(color="#7f9fd0", roughness=0.08), "button_red": dict(color="#b8322a", roughness=0.4), "button_green": dict(color="#2f8f56", roughness=0.4),
    "led_green": dict(color="#10301a", emission="#38ff7a", strength=500, roughness=0.3),
    "led_blue": dict(color="#0c1c30", emission="#4aa8ff", strength=400, roughness=0.3),
    "led_amber": dict(color="#30220c", emission="#ffae34", strength=500, roughness=0.3),
    "lamp_warm": dict(color="#ffffff", emission="#fff0d8", strength=3000, roughness=0.3),
}


def look(name):
    return kit.principled(name, **LOOKS[name])


def screen(name, picture, nits=180):
    """A dark glossy display that shines with the picture (white = nits)."""
    return kit.principled(name, color=(0.012, 0.012, 0.013), texture=picture, emission=True, strength=nits, roughness=0.18, jpeg=True)


def printed(name, picture, roughness=0.55, jpeg=False):
    return kit.principled(name, texture=picture, roughness=roughness, jpeg=jpeg)


def lettering(name, text, color, size=(256, 48)):
    """A printed word, cut out by its alpha."""
    return kit.principled(name, texture=kit.text_image([text], size, color, None), alpha="BLEND", roughness=0.5)


def paint(thing, material, inside):
    """Gives the faces whose centre passes inside(x, y, z) (mm) another material."""
    thing.data.materials.append(material)
    for polygon in thing.data.polygons:
        if inside(*(c * 1000 for c in polygon.center)):
            polygon.material_index = len(thing.data.materials) - 1
    return thing


def map_uv(thing, size):
    """Texture coordinates by the main direction of each face; the picture covers `size` mm."""
    data = thing.data
    while data.uv_layers:
        data.uv_layers.remove(data.uv_layers[0])
    layer = data.uv_layers.new(name="UVMap")
    for polygon in data.polygons:
        axis = max(range(3), key=lambda k: abs(polygon.normal[k]))
        a, b = [(1, 2), (0, 2), (0, 1)][axis]
        for loop in polygon.loop_indices:
            co = data.vertices[data.loops[loop].vertex_index].co * (1000 / size)
            layer.data[loop].uv = (co[a], co[b])
    return thing


def finish(root):
    """Joins the parts of an object that share a bs_part into one mesh."""
    groups = {}
    for thing in root.children:
        if thing.type == "MESH" and not thing.get("bs_collider_only") and "bs_region" not in thing:
            groups.setdefault(thing.get("bs_part", ""), []).append(thing)
    for part, things in groups.items():
        if len(things) == 1:
            things[0].name = things[0].data.name = f"{root.name}_{part or 'body'}"
            continue
        kit.join(f"{root.name}_{part or 'body'}", things, part or None)
    return root


def feet(x, y, z=0, radius=9, height=6):
    for i in (-1, 1):
        for j in (-1, 1):
            cylinder("foot", radius, height, look("rubber"), (i * x, j * y, z), bevel=1.5, segments=14)


def screws(points, rot=(0, 0, 0), radius=2.6):
    for at in points:
        cylinder("screw", radius, 1.6, look("steel_brushed"), at, rot, bevel=0.7, segments=10)


def vents(count, width, pitch, loc, rot=(0, 0, 0), material="plastic_black"):
    """A column of slots; each is a thin dark bar that stands 0.3 mm proud."""
    for k in range(count):
        up = kit.Euler([math.radians(a) for a in rot]).to_matrix() @ kit.Vector((0, k * pitch, 0))
        box("vent", (width, 4, 0.6), look(material), (loc[0] + up.x, loc[1] + up.y, loc[2] + up.z), rot)


def slide_scanner():
    root = kit.root("slide_scanner", "slide_scanner", body="static", mass=32)
    white, dark = look("body_white"), look("body_dark")
    feet(195, 210)
    box("plinth", (436, 486, 24), dark, (0, 10, 6), bevel=4)
    body = box("shell", (450, 500, 420), white, (0, 0, 30), bevel=16, segments=4)
    opening = box("cut", (204, 150, 84), loc=(-88, -200, 132))
    fascia = box("cut", (418, 8, 172), loc=(0, -250, 236))
    kit.cut(body, [opening, fascia])
    paint(body, dark, lambda x, y, z: y > -249.5 and y < -120 and -192 < x < 16 and 130 < z < 218)
    box("seam", (450.6, 1.6, 400), look("plastic_black"), (0, -150, 40))
    box("top_seam", (420, 1.6, 0.8), look("plastic_black"), (0, -150, 449.8))
    # dark glass fascia with the display
    box("fascia", (416, 5, 170), look("plastic_black"), (0, -248.5, 237), bevel=1.5)
    panel("display", 208, 130, screen("scanner_screen", pictures.scanner_display()), (82, -251.2, 322), FRONT, part="display")
    panel("name", 150, 28, lettering("scanner_name", "histoscan S5", "#e8eef0"), (-110, -251.2, 345), FRONT)
    panel("name_small", 150, 16, lettering("scanner_subtitle", "whole slide imaging", "#8fb6bf", (320, 36)), (-110, -251.2, 322), FRONT)
    box("status_led", (150, 1.6, 4), look("led_green"), (-110, -251.3, 270), part="status_led")
    # mouth of the tray: a frame, rails
    for x in (-193, 17):
        box("mouth_side", (6, 6, 92), dark, (x, -250, 128), bevel=1.5)
    for z in (126, 214):
        box("mouth_edge", (216, 6, 6), dark, (-88, -250, z), bevel=1.5)
    for x in (-178, 2):
        box("rail", (8, 200, 10), look("steel_brushed"), (x, -250 + 30, 141), bevel=1)
    panel("mouth_glow", 190, 30, look("led_blue"), (-88, -127, 200), FRONT)
    # slide tray, driven out: five recesses open at the front, where the label ends stand 26 mm over the edge, so that a
    # finger finds room below them; 57 mm from the slides down to what the hand could strike
    tray_y, top, edge = -312, 160, -324
    back = tray_y + 99
    tray = box("tray", (186, back - edge, 8), look("aluminium"), (-88, (back + edge) / 2, top - 8), bevel=1.0)
    xs = [-88 + 34 * (k - 2) for k in range(5)]
    kit.cut(tray, [box("cut", (27, 77, 4), loc=(x, tray_y, top - 1.2)) for x in xs])
    paint(tray, look("body_grey"), lambda x, y, z: z < top - 0.6 and z > top - 1.8 and y - tray_y < 39)
    tray["bs_part"] = "tray"
    for k in range(6):  # ribs below, down to the grip
        box("tray_rib", (3, 70, 10), dark, (-88 + 34 * (k - 2.5), edge + 37, top - 18), bevel=0.8, part="tray")
    box("tray_grip", (176, 5, 12), dark, (-88, edge + 3.5, top - 20), bevel=1.5, part="tray")
    digits = kit.principled("tray_numbers", texture=pictures.digit_strip(5), alpha="BLEND")
    for k, x in enumerate(xs):
        panel("number", 7, 7, digits, (x, tray_y + 46, top + 0.1), uv=(k / 5, 0, (k + 1) / 5, 1), part="tray")
        region("scanner_tray_slot", (76, 26, 8), (x, tray_y, top - 1.2), (0, 0, 90))
        keypoint(f"tray_slot_{k + 1}", (x, tray_y + 10, top - 1.2))
    # controls right of the mouth
    cylinder("power_ring", 15, 3, look("aluminium"), (150, -250, 130), FRONT, bevel=1)
    cylinder("power_button", 12, 4, look("plastic_black"), (150, -250, 130), FRONT, bevel=1.2, part="power_button")
    cylinder("power_led", 2, 4.4, look("led_green"), (150, -250, 137), FRONT, segments=12)
    box("usb", (14, 1.2, 6), look("plastic_black"), (100, -250.2, 128))
    for side in (-1, 1):
        vents(9, 90, 9, (side * 225.2, 60, 320), (90, 0, 90 if side > 0 else -90), "body_grey")
    screws([(-200, -250.2, 60), (200, -250.2, 60)], FRONT)
    box("mains", (48, 10, 28), look("plastic_black"), (140, 250, 80), bevel=1.5)
    keypoint("front_left", (-209, -251, 237)), keypoint("front_right", (209, -251, 237)), keypoint("display_centre", (82, -251.2, 322))
    keypoint("tray_grip", (-88, edge + 1, top - 14))
    collider_box("lower", (450, 500, 132), (0, 0, 0)), collider_box("upper", (450, 500, 232), (0, 0, 218))
    collider_box("right", (209, 500, 86), (120.5, 0, 132)), collider_box("left", (31, 500, 86), (-209.5, 0, 132))
    collider_box("inner", (204, 375, 86), (-88, 62.5, 132))
    collider_box("tray_floor", (186, back - edge, 6.8), (-88, (back + edge) / 2, top - 8))
    for k in range(6):
        width = 6.6 if 0 < k < 5 else 11.1
        x = -88 + 34 * (k - 2.5) + (-2.2 if k == 0 else 2.2 if k == 5 else 0)
        collider_box("rib", (width, tray_y + 38.5 - edge, 1.2), (x, (tray_y + 38.5 + edge) / 2, top - 1.2))
    collider_box("tray_grip", (176, 5, 12), (-88, edge + 3.5, top - 20))
    collider_box("tray_back", (186, back - tray_y - 38.5, 1.2), (-88, (back + tray_y + 38.5) / 2, top - 1.2))
    return finish(root)


def slide_stainer():
    root = kit.root("slide_stainer", "slide_stainer", body="static", mass=68)
    white, dark, teal = look("body_white"), look("body_dark"), look("body_teal")
    feet(500, 300, radius=16, height=10)
    base = box("base", (1100, 700, 230), white, (0, 0, 10), bevel=14, segments=3)
    kit.cut(base, [box("cut", (1010, 480, 120), loc=(0, -70, 150)), box("cut", (330, 40, 110), loc=(-340, -345, 60))])
    paint(base, look("steel_brushed"), lambda x, y, z: abs(x) < 506 and -311 < y < 171 and z > 140 and z < 239)
    paint(base, dark, lambda x, y, z: -506 < x < -174 and y > -349 and y < -320 and 55 < z < 175)
    tower = box("tower", (1100, 170, 370), white, (0, 265, 232), bevel=14, segments=3)
    box("tower_recess", (1010, 6, 250), dark, (0, 179, 262), bevel=2)
    box("stripe", (1094, 2, 10), teal, (0, -350, 222), bevel=0.8)
    # loading drawer with a rack window
    box("drawer", (322, 26, 104), look("body_grey"), (-340, -340, 63), bevel=5)
    box("drawer_grip", (120, 8, 14), dark, (-340, -354, 140), bevel=3)
    panel("drawer_name", 110, 20, lettering("stainer_load", "LOAD", "#33414a", (220, 40)), (-340, -353.2, 96), FRONT)
    screws([(-490, -353.2, 75), (-190, -353.2, 75)], FRONT)
    # touch display on the sloped pod at the right
    box("display_pod", (250, 26, 165), look("plastic_black"), (395, -345, 46), (-8, 0, 0), bevel=6)
    panel("display", 226, 141, screen("stainer_screen", pictures.stainer_display()), (395, -347.6, 130.2), (82, 0, 0), part="display")
    panel("name", 250, 46, lettering("stainer_name", "chroma 18", "#2a7f89", (256, 48)), (40, -350.3, 130), FRONT)
    cylinder("emergency_base", 20, 4, kit.principled("button_yellow", color="#e8bf2c", roughness=0.45), (215, -350, 120), FRONT, bevel=1)
    cylinder("emergency", 15, 18, look("button_red"), (215, -350, 120), FRONT, bevel=4, part="stop_button")
    # two rows of nine reagent stations
    fills = ["xylene", "xylene", "alcohol", "alcohol", "alcohol", "alcohol", "haematoxylin", "haematoxylin", "alcohol",
             "bluing", "alcohol", "eosin", "eosin", "alcohol", "alcohol", "alcohol", "xylene", "xylene"]
    for k, fill in enumerate(fills):
        x, y = -444 + (k % 9) * 111, -190 + (k // 9) * 225
        dish = prism("dish", kit.rect(100, 190, 8), 88, look("reagent_dish"), (x, y, 150), bevel=1.5)
        kit.cut(dish, prism("cut", kit.rect(94, 184, 6), 90, loc=(x, y, 155)))
        box("rim", (100, 8, 3), teal if k % 9 else look("body_grey"), (x, y - 91, 238), bevel=1)
        box("liquid", (93.8, 183.8, 62), look(fill), (x, y, 156), part="liquid")
    for k in (6, 11):  # racks of slides being stained: a frame and a row of glass edges
        x, y = -444 + (k % 9) * 111, -190 + (k // 9) * 225
        for dx in (-38, 38):
            box("rack_side", (4, 150, 16), look("plastic_black"), (x + dx, y, 222), bevel=1)
        for j in range(18):
            box("slide_edge", (74, 1.0, 22), kit.principled("glass_edge", color="#c9d9d8", roughness=0.15), (x, y - 68 + j * 8, 206))
    # gantry: rail, carriage, hook
    box("rail_y", (1000, 26, 34), look("aluminium"), (0, 160, 470), bevel=3)
    box("carriage", (90, 70, 80), look("body_grey"), (-110, 130, 450), bevel=8, segments=3)
    box("carriage_led", (30, 2, 4), look("led_blue"), (-110, 94.5, 505))
    box("arm", (34, 300, 26), look("aluminium"), (-110, -40, 470), bevel=3)
    box("lift", (24, 24, 190), look("steel_brushed"), (-110, -185, 300), bevel=2)
    for x in (-150, -70):
        box("finger", (4, 14, 50), look("steel_brushed"), (x, -185, 256), bevel=1)
    box("finger_bar", (86, 16, 6), look("steel_brushed"), (-110, -185, 300), bevel=1.5)
    # clear hood: 5 mm sheet, open below and behind
    side = [(-346, 242, 8), (180, 242), (180, 596), (-60, 596, 60), (-300, 420, 60)]
    inner = [(-341, 230, 4), (190, 230), (190, 591), (-58, 591, 56), (-295.5, 417.5, 56)]
    hood = prism("hood", side, 1076, look("hood_clear"), (-538, 0, 0), (90, 0, 90), steps=5)
    hood["bs_part"] = "hood"
    kit.cut(hood, prism("cut", inner, 1066, loc=(-533, 0, 0), rot=(90, 0, 90), steps=5))
    sweep("handle", [(-150, -322, 330), (-150, -362, 328), (150, -362, 328), (150, -322, 330)], 6, look("steel_brushed"), segments=2, part="hood")
    keypoint("hood_handle", (0, -368, 328)), keypoint("display_centre", (395, -348, 130)), keypoint("stop_button", (215, -368, 120))
    collider_box("base", (1100, 704, 240)), collider_box("upper", (1100, 560, 360), (0, 70, 240))
    return finish(root)


def bench_centrifuge():
    root = kit.root("bench_centrifuge", "bench_centrifuge", body="static", mass=14)
    white, dark = look("body_white"), look("body_dark")
    feet(110, 140)
    body = box("shell", (290, 360, 196), white, (0, 0, 6), bevel=22, segments=5)
    kit.cut(body, [cylinder("cut", 112, 140, loc=(0, 20, 70), segments=64), box("cut", (300, 60, 170), loc=(0, -211, 120), rot=(-38, 0, 0))])
    paint(body, look("steel_brushed"), lambda x, y, z: math.hypot(x, y - 20) < 112.5 and 69 < z < 201)
    kit.round_edges(body, 2, 2, 50)
    # gasket, sloped control panel, name
    lathe("gasket", [(112.5, 201), (120, 201), (120, 205, 2), (112.5, 205, 2)], look("rubber"), (0, 20, 0), segments=64, closed=True)
    slope = kit.Euler((math.radians(-38), 0, 0)).to_matrix()
    spot = kit.Vector((0, -211, 120)) + slope @ kit.Vector((0, 29.5, 70))
    panel("controls", 190, 59, printed("centrifuge_controls", pictures.centrifuge_panel(), 0.3), tuple(spot), (52, 0, 0), part="controls")
    box("front_grille", (180, 1.2, 3), dark, (0, -180.3, 52)), box("front_grille", (180, 1.2, 3), dark, (0, -180.3, 42))
    panel("name", 120, 22, lettering("centrifuge_name", "roto 24", "#2a7f89"), (0, -180.4, 76), FRONT)
    # swing-out rotor at rest: six upright cups for 15 ml tubes; slots k and k + 3 are opposite
    steel, alu = look("steel_brushed"), look("aluminium")
    lathe("hub", [(0, 78), (30, 78, 4), (34, 120, 4), (34, 142, 4), (20, 150, 3), (0, 150)], alu, (0, 20, 0), segments=40, part="rotor")
    cylinder("rotor_knob", 15, 24, look("body_teal"), (0, 20, 149), bevel=3, part="rotor", segments=20)
    for k in range(6):
        a = math.radians(60 * k)
        c, s = math.cos(a), math.sin(a)
        x, y = 72 * c, 20 + 72 * s
        for side in (-1, 1):  # the yoke's two prongs
            box("prong", (62, 6, 16), alu, (47 * c - side * 15.5 * s, 20 + 47 * s + side * 15.5 * c, 126), (0, 0, 60 * k), bevel=1.5, segments=1, part="rotor")
            cylinder("trunnion", 4, 6, steel, (x - side * 10.5 * s, y + side * 10.5 * c, 134), (-90 * side, 0, 60 * k), segments=12, part="rotor")
        lathe("cup", [(0, 84), (6, 84, 2), (11.6, 94, 3), (11.6, 160), (13, 162, 0.5), (13, 165, 0.5), (9.2, 165, 0.5), (9.2, 98, 2), (4, 90, 1), (0, 90)], steel, (x, y, 0), segments=20, steps=1, part="rotor")
        lathe("collar", [(11.5, 126), (13.4, 126, 0.6), (13.4, 142, 0.6), (11.5, 142)], alu, (x, y, 0), segments=20, steps=1, closed=True, part="rotor")
        region("centrifuge_slot", (18, 18, 30), (x, y, 90), (0, 0, 60 * k))
        collider_box("cup_floor", (22, 22, 6), (x, y, 84), (0, 0, 60 * k))
        for side in (-1, 1):  # square inside, as the holes of the racks
            at = side * 10.4
            collider_box("cup_side", (2.8, 23.6, 75), (x + at * c, y + at * s, 90), (0, 0, 60 * k))
            collider_box("cup_side", (18, 2.8, 75), (x - at * s, y + at * c, 90), (0, 0, 60 * k))
    collider_box("hub", (60, 60, 84), (0, 20, 66)), collider_box("knob", (26, 26, 24), (0, 20, 149))
    # lid, open at 78 degrees about its hinge at the back
    hinge = (0, 168, 206)
    lid = prism("lid", kit.rect(280, 300, 40, (0, -150)), 34, white, hinge, (-82, 0, 0), bevel=8, segments=3)
    lid["bs_part"] = "lid"
    turn = kit.Euler((math.radians(-82), 0, 0)).to_matrix()
    under = kit.Vector(hinge) + turn @ kit.Vector((0, -150, 0))
    lathe("lid_seal", [(0, -0.5), (104, -0.5), (104, -7, 2), (112, -7, 2), (112, -0.5)], dark, tuple(under), (-82, 0, 0), segments=48, part="lid")
    cylinder("lid_plate", 100, 1.5, look("steel_brushed"), tuple(kit.Vector(under) + turn @ kit.Vector((0, 0, -2))), (-82, 0, 0), segments=48, part="lid")
    latch = kit.Vector(hinge) + turn @ kit.Vector((0, -292, -16))
    box("latch", (30, 8, 18), look("steel_brushed"), tuple(latch), (-82, 0, 0), bevel=2, part="lid")
    for x in (-80, 80):
        cylinder("hinge", 8, 40, dark, (x - 20, 172, 204), (0, 90, 0), bevel=1, segments=16)
    keypoint("lid_front", tuple(kit.Vector(hinge) + turn @ kit.Vector((0, -300, 17)))), keypoint("rotor_centre", (0, 20, 173)), keypoint("panel_centre", tuple(spot))
    collider_box("low", (290, 360, 66)), collider_box("left", (33, 360, 136), (-128.5, 0, 66)), collider_box("right", (33, 360, 136), (128.5, 0, 66))
    collider_box("front", (224, 60, 96), (0, -130, 66)), collider_box("back", (224, 46, 136), (0, 157, 66))
    collider_box("lid", (280, 34, 300), (0, 190, 206))
    return finish(root)


def microscope():
    root = kit.root("microscope", "microscope", body="static", mass=9)
    white, dark, black = look("body_white"), look("body_dark"), look("plastic_black")
    feet(58, 118, height=5)
    prism("base", [(-95, -140, 30), (95, -140, 30), (88, 40, 30), (70, 150, 30), (-70, 150, 30), (-88, 40, 30)], 52, white, (0, 0, 5), bevel=9, segments=3)
    cylinder("lamp_housing", 36, 12, dark, (0, -70, 56), bevel=3)
    cylinder("lamp", 24, 1.6, look("lamp_warm"), (0, -70, 67.6), bevel=0.4, part="lamp")
    # arm: a C in the YZ plane
    outline = [(62, 50, 4), (146, 50, 20), (150, 250, 60), (120, 342, 40), (20, 346, 20), (-92, 346, 30), (-92, 300, 14), (20, 294, 30), (72, 262, 40), (74, 160, 30)]
    prism("arm", outline, 62, white, (-31, 0, 0), (90, 0, 90), bevel=9, segments=3, steps=4)
    # stage with mechanical slide holder
    z = 182
    box("stage_bracket", (60, 90, 40), dark, (0, 44, z - 48), bevel=6)
    stage = prism("stage", kit.rect(190, 150, 10, (0, -62)), 14, black, (0, 0, z - 14), bevel=1.5)
    kit.cut(stage, [prism("cut", kit.rect(34, 60, 17, (0, -70)), 40, loc=(0, 0, z - 25))])
    stage["bs_part"] = "stage"
    box("slide_bar", (120, 12, 8), look("steel_brushed"), (10, -50, z), bevel=1.5, part="stage")
    box("slide_stop", (10, 40, 5), look("steel_brushed"), (-44, -66, z), bevel=1, part="stage")
    sweep("slide_clip", [(58, -54, z + 4), (52, -66, z + 4), (43, -78, z + 4), (41, -88, z + 4)], 2.2, look("steel_brushed"), segments=2, smooth_path=4, part="stage")
    for k, h in enumerate((48, 74)):
        cylinder("stage_knob", 13 - k * 3, 22, black, (84, -20, z - 14 - h), bevel=2, segments=24)
    cylinder("stage_shaft", 4, 60, look("steel_brushed"), (84, -20, z - 62), segments=12)
    # condenser
    lathe("condenser", [(0, 118), (26, 118, 2), (26, 140, 2), (20, 142), (20, 158, 2), (14, 166), (0, 166)], dark, (0, -70, 0), segments=32)
    box("condenser_arm", (30, 110, 12), dark, (0, 0, 124), bevel=3)
    cylinder("condenser_lens", 11, 0.8, look("lens"), (0, -70, 165.8), segments=24)
    # turret and objectives
    tilt = 14
    cylinder("turret_base", 36, 14, dark, (0, -62, 286), bevel=3)
    cylinder("turret", 42, 16, look("steel_brushed"), (0, -62, 272), (tilt, 0, 0), bevel=4, segments=40)
    bands = ["#c0392b", "#e2b93b", "#3f7fc1", "#f2f2f2"]
    for k in range(4):
        a = math.radians(90 * k - 90)
        lean, length = 16, (50, 40, 62, 66)[k] if k else 66
        at = (30 * math.cos(a), -62 + 26 * math.sin(a), 274)
        rot = (180 + lean * math.sin(a) + (0 if k == 0 else 0), lean * math.cos(a), 0) if k else (180, 0, 0)
        if not k:
            at = (0, -70, 278)
            length = 84
        scale = length / 66
        profile = [(0, 0), (15, 0), (15, 8 * scale), (17, 10 * scale, 1), (17, 40 * scale, 1), (12, 52 * scale, 1), (9, 60 * scale), (6, length), (0, length)]
        lathe("objective", profile, look("chrome"), at, rot, segments=18, part="objectives")
        lathe("band", [(17.15, 30 * scale), (17.15, 34 * scale)], kit.principled(f"objective_band_{k + 1}", color=bands[k], roughness=0.4), at, rot, segments=18, part="objectives")
    # head: body, binocular tubes, eyepieces
    cylinder("head_ring", 40, 16, black, (0, -40, 344), bevel=3, segments=40)
    prism("head", [(-88, 356, 20), (10, 356, 20), (26, 380, 20), (10, 424, 24), (-62, 424, 20), (-118, 392, 20)], 116, white, (-58, 0, 0), (90, 0, 90), bevel=14, segments=3, steps=3)
    for x in (-31, 31):
        start, rot = (x, -88, 386), (58, 0, 0)
        cylinder("tube", 19, 46, black, start, rot, bevel=2, segments=32)
        ocular = [(0, 30), (17, 30), (17, 52, 1), (20, 56, 1), (20, 78, 2), (15, 86, 2), (15, 80), (0, 80)]
        lathe("eyepiece", ocular, dark, start, rot, segments=22, part="eyepieces")
        cylinder("eye_lens", 13, 1.5, look("lens"), tuple(kit.Vector(start) + kit.Euler((math.radians(58), 0, 0)).to_matrix() @ kit.Vector((0, 0, 80.2))), rot, segments=24, part="eyepieces")
    # focus knobs, brightness wheel, lettering
    for side in (-1, 1):
        rot = (0, 90 * side, 0)
        cylinder("coarse", 27, 24, black, (side * 42, 88, 100), rot, bevel=3, segments=40, part="focus_knobs")
        cylinder("fine", 17, 18, look("knob_grey"), (side * 65, 88, 100), rot, bevel=2.5, segments=32, part="focus_knobs")
        cylinder("axle", 12, 30, look("steel_brushed"), (side * 28, 88, 100), rot, segments=20)
    cylinder("dimmer", 12, 8, black, (-86, 20, 34), (0, -90, 4), bevel=1.5, segments=24)
    panel("name", 66, 14, lettering("microscope_name", "optima B2", "#2a7f89"), (0, -141.2, 30), FRONT)
    cylinder("power_led", 2, 1.4, look("led_green"), (60, -140.4, 30), FRONT, segments=10)
    region("microscope_stage", (76, 26, 10), (0, -70, z))
    keypoint("stage_centre", (0, -70, z)), keypoint("focus_knob_left", (-83, 88, 100)), keypoint("focus_knob_right", (83, 88, 100)), keypoint("turret", (0, -104, 280))
    collider_box("base", (190, 290, 57), (0, 5, 0)), collider_box("pillar", (170, 90, 290), (0, 105, 57))
    collider_box("stage", (190, 150, 14), (0, -62, z - 14)), collider_box("head", (116, 240, 200), (0, -20, 250))
    collider_box("condenser", (60, 100, 50), (0, -50, 118))
    collider_box("bar", (120, 12, 8), (10, -50, z)), collider_box("stop", (10, 40, 5), (-44, -66, z))
    return finish(root)


def hot_plate():
    root = kit.root("hot_plate", "hot_plate", body="static", mass=2.9)
    feet(70, 100)
    outline = [(-130, 6, 8), (130, 6, 8), (130, 78, 10), (-60, 78, 6), (-122, 34, 10)]
    prism("body", outline, 180, look("body_white"), (-90, 0, 0), (90, 0, 90), bevel=5, segments=3)
    box("heat_gap", (160, 160, 8), look("body_dark"), (0, 36, 77))
    box("plate", (180, 180, 14), look("ceramic_white"), (0, 36, 84), bevel=4, segments=3, part="plate")
    slope = math.degrees(math.atan2(44, 62))
    rot = (slope, 0, 0)
    base, up = kit.Vector((0, -93, 55)), kit.Euler((math.radians(slope), 0, 0)).to_matrix()
    for x, part in ((-50, "knob_heat"), (50, "knob_stir")):
        at = base + kit.Vector((x, 0, 0))
        cylinder("ring", 19, 1.5, look("body_dark"), tuple(at), rot, segments=32)
        cylinder("knob", 15, 16, look("knob_grey"), tuple(at), rot, bevel=3, top_radius=13, segments=24, part=part)
        box("mark", (2, 11, 0.8), look("body_white"), tuple(at + up @ kit.Vector((0, 5, 15.8))), rot, part=part)
    panel("display", 46, 21, screen("hot_plate_screen", pictures.digits("37.0 C"), 120), tuple(base + up @ kit.Vector((0, 6, 0.5))), rot, part="display")
    cylinder("hot_led", 2.5, 1.5, look("led_amber"), tuple(base + up @ kit.Vector((0, -18, 0))), rot, segments=12)
    region("hot_plate_top", (150, 150, 60), (0, 36, 98)), keypoint("plate_centre", (0, 36, 98)), keypoint("knob_heat", tuple(base + up @ kit.Vector((-50, 0, 16))))
    collider_box("body", (180, 260, 84)), collider_box("plate", (180, 180, 14), (0, 36, 84))
    return finish(root)


def vortex_mixer():
    root = kit.root("vortex_mixer", "vortex_mixer", body="static", mass=3.4)
    feet(48, 62, height=8, radius=11)
    outline = [(-84, 8, 10), (84, 8, 14), (78, 92, 30), (46, 112, 14), (-40, 112, 14), (-80, 60, 16)]
    prism("body", outline, 124, look("body_teal"), (-62, 0, 0), (90, 0, 90), bevel=10, segments=4)
    lathe("collar", [(0, 110), (34, 110), (34, 122, 4), (24, 128, 2), (0, 128)], look("body_dark"), segments=36)
    lathe("cup", [(0, 128), (20, 128, 3), (26, 150, 3), (27, 162, 2), (22, 162, 2), (6, 149), (0, 148)], look("rubber"), segments=36, part="cup")
    cylinder("knob", 15, 14, look("knob_grey"), (0, -68, 44), (66, 0, 0), bevel=3, segments=24, part="knob")
    box("switch", (14, 8, 22), look("plastic_black"), (-38, -72, 32), (-24, 0, 0), bevel=1.5)
    cylinder("led", 2.2, 2, look("led_green"), (36, -75, 50), (66, 0, 0), segments=12)
    panel("name", 60, 12, lettering("vortex_name", "whirl 3000", "#f2f4f4"), (0, -84.3, 22), FRONT)
    keypoint("cup_centre", (0, 0, 149)), keypoint("knob", (0, -81, 50))
    collider_box("body", (124, 168, 112)), collider_box("cup", (54, 54, 50), (0, 0, 112))
    return finish(root)


def monitor():
    root = kit.root("monitor", "monitor", body="static", mass=5.6)
    dark, black = look("body_dark"), look("plastic_black")
    prism("foot", kit.rect(240, 190, 30), 9, dark, (0, 20, 0), bevel=3, segments=3)
    prism("neck", [(20, 8, 4), (56, 8, 4), (62, 350, 10), (38, 350, 10)], 62, dark, (-31, 0, 0), (90, 0, 90), bevel=4, segments=3)
    cylinder("cable_hole", 16, 70, black, (-35, 44, 90), (0, 90, 0), segments=24)
    box("mount", (110, 26, 110), dark, (0, 24, 270), (-4, 0, 0), bevel=6)
    tilt = (-4, 0, 0)
    box("panel_back", (420, 26, 230), dark, (0, 10, 200), tilt, bevel=10, segments=3)
    box("panel", (546, 16, 330), black, (0, -4, 150), tilt, bevel=3, segments=3)
    turn = kit.Euler((math.radians(-4), 0, 0)).to_matrix()
    at = kit.Vector((0, -4, 150)) + turn @ kit.Vector((0, -8.2, 168))
    panel("screen", 531, 299, screen("monitor_screen", pictures.slide_viewer(), 200), tuple(at), (86, 0, 0), part="screen")
    low = kit.Vector((0, -4, 150)) + turn @ kit.Vector((0, -8.3, 8))
    panel("name", 44, 9, lettering("monitor_name", "visio", "#b8bcc0", (160, 40)), tuple(low), (86, 0, 0))
    box("power_led", (6, 1, 1.6), look("led_blue"), tuple(low + kit.Vector((245, 0, 0))))
    for name, x, z in (("screen_top_left", -265, 317), ("screen_top_right", 265, 317), ("screen_bottom_left", -265, 19), ("screen_bottom_right", 265, 19)):
        keypoint(name, tuple(kit.Vector((0, -4, 150)) + turn @ kit.Vector((x, -8.3, z))))
    collider_box("foot", (240, 190, 9), (0, 20, 0)), collider_box("neck", (62, 40, 340), (0, 41, 9)), collider_box("panel", (546, 36, 330), (0, 6, 150), tilt)
    return finish(root)


def keyboard():
    root = kit.root("keyboard", "keyboard", body="static", mass=0.55)
    dark = look("plastic_black")
    width, depth = 372, 138
    prism("case", [(-depth / 2, 1, 3), (depth / 2, 1, 4), (depth / 2, 17, 4), (-depth / 2, 10, 3)], width, dark, (-width / 2, 0, 0), (90, 0, 90), bevel=2)
    left, top = -15 * 19 / 2 - 32.5, 3 * 19
    legends = kit.principled("keyboard_keys", texture=pictures.keyboard_legends(18.6 * 19, 6 * 19), roughness=0.5)
    verts, faces, uvs = [], [], []
    slope = (17 - 10) / depth
    for x, y, w, _ in pictures.key_layout():
        x0, x1, y1, y0 = left + x + 0.9, left + x + w - 0.9, top - y - 0.9, top - y - 18.1
        base = len(verts)
        for inset, rise in ((0, -1.0), (0.3, 3.4), (1.8, 4.4)):
            for px, py in ((x0 + inset, y0 + inset), (x1 - inset, y0 + inset), (x1 - inset, y1 - inset * 0.6), (x0 + inset, y1 - inset * 0.6)):
                verts.append((px, py, 13.5 + slope * py + rise))
        rings = [[base + 4 * r + k for k in range(4)] for r in range(3)]
        new = [tuple(rings[2])] + [(rings[r][k], rings[r][(k + 1) % 4], rings[r + 1][(k + 1) % 4], rings[r + 1][k]) for r in (0, 1) for k in range(4)]
        faces += new
        uvs += [[((verts[v][0] - left) / (18.6 * 19), 1 - (top - verts[v][1]) / (6 * 19)) for v in face] for face in new]
    kit.mesh("keys", verts, faces, legends, uvs=uvs, part="keys", smooth=30, fix_normals=False)
    for x in (-150, 150):
        box("foot", (30, 10, 3), look("rubber"), (x, 55, 0))
        box("foot", (30, 8, 1.5), look("rubber"), (x, -58, 0))
    cylinder("led", 1.2, 1, look("led_green"), (170, 62, 16.2), segments=8)
    keypoint("space_bar", (left + 130, top - 5.5 * 19, 17))
    collider_box("case", (width, depth, 18))
    return finish(root)


def mouse():
    root = kit.root("mouse", "mouse", body="static", mass=0.09)
    rows, cols, verts, faces = 14, 32, [], []
    for i in range(rows + 1):
        t = math.pi / 2 * i / rows
        for k in range(cols):
            a = 2 * math.pi * k / cols
            c, s = math.cos(a), math.sin(a)
            shape = (abs(c) ** 2.6 + abs(s) ** 2.6) ** (-1 / 2.6)
            r = math.cos(t) ** 0.62
            y = 56 * shape * s * r
            verts.append((30.5 * shape * c * r * (1 - 0.06 * math.sin(math.pi * s)), y, 2 + (35 - 0.10 * abs(y + 8)) * math.sin(t) ** 0.9))
    for i in range(rows):
        for k in range(cols):
            n = (k + 1) % cols
            quad = (i * cols + k, i * cols + n, (i + 1) * cols + n, (i + 1) * cols + k)
            faces.append(quad)
    faces.append(tuple(range(cols - 1, -1, -1)))
    kit.mesh("shell", verts, faces, look("plastic_black"), smooth=60)
    box("sole", (44, 84, 2.4), look("body_dark"), (0, 0, 0), bevel=0.8)
    cylinder("wheel", 11, 7, look("rubber"), (-3.5, -30, 25.5), (0, 90, 0), bevel=1.5, segments=24, part="wheel")
    sweep("seam", [(0, -55, 12), (0, -49, 24), (0, -40, 30.4), (0, -20, 35.0), (0, 0, 36.4)], 0.5, look("rubber"), segments=0, smooth_path=4)
    keypoint("wheel", (0, -30, 36.5))
    collider_box("body", (58, 108, 34))
    return finish(root)


ALL = [slide_scanner, slide_stainer, bench_centrifuge, microscope, hot_plate, vortex_mixer, monitor, keyboard, mouse]


def main(builders, folder):
    """Writes each builder's object as folder/<name>.glb (those named on the command line, or all)."""
    wanted = sys.argv[1:]
    for build in builders:
        if wanted and build.__name__ not in wanted:
            continue
        kit.reset()
        kit.unit(0.001)
        build()
        kit.export(os.path.join(folder, build.__name__ + ".glb"))


if __name__ == "__main__":
    main(ALL, os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")))
