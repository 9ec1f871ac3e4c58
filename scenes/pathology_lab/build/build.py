"""Builds the pathology laboratory: python scenes/pathology_lab/build/build.py
Writes pathology_lab.gltf, pathology_lab.bin and textures/. Lengths in millimetres; room 5,200 x 3,600 x 2,700,
origin at the centre of its floor, bench along the back wall (+Y)."""
import math, os, sys
HERE = os.path.dirname(os.path.abspath(__file__))
SCENE = os.path.normpath(os.path.join(HERE, ".."))
sys.path.insert(0, os.path.normpath(os.path.join(SCENE, "..", "assets", "build")))
import bpy
import kit
import scene_file
import furniture as f
import instruments as i
import room_pictures as pictures
from instruments import LOOKS, finish, look, map_uv
from scene_file import camera, mount, rect_light
from kit import Euler, Vector, box, collider_box, lathe, panel, prism, region, sweep

X, Y, H = 2600, 1800, 2700  # half width, half depth, height of the room
LOOKS.update({
    "wall_paint": dict(color="#e3e5e1", roughness=0.75), "wall_accent": dict(color="#bccfcd", roughness=0.75),
    "tile": dict(color="#eceeec", roughness=0.13), "grout": dict(color="#b9bab5", roughness=0.85),
    "skirting": dict(color="#8d9599", roughness=0.5), "t_bar": dict(color="#e8e8e4", roughness=0.4),
    "clock_rim": dict(color="#2b2d30", roughness=0.35), "cable": dict(color="#2a2b2d", roughness=0.6), "cable_white": dict(color="#dcdcd8", roughness=0.5),
})


_twins = {}  # class -> the objects placed so far


def put(root, x, y, z=0, turn=0):
    """Stands an object (mm) in the room, turned about Z (degrees)."""
    twins = _twins.setdefault(root["bs_class"], [])
    twins.append(root)
    if "." in root.name:
        root["bs_instance"] = f"{root['bs_class']}_{len(twins)}"
    root.location, root.rotation_euler = Vector((x, y, z)) * 0.001, Euler((0, 0, math.radians(turn)))
    return root


def structure(name, cls):
    return kit.root(name, cls, body="static", friction=0.6)


def tiles(columns, rows, loc, turn=0, width=200, height=100, skip=lambda c, r: False):
    """Bevelled wall tiles that face -Y (before turn); loc is the lower left corner, on the wall."""
    verts, faces = [], []
    for c in range(columns):
        for r in range(rows):
            if skip(c, r):
                continue
            x0, x1, z0, z1, n = c * width + 1, (c + 1) * width - 1, r * height + 1, (r + 1) * height - 1, len(verts)
            for inset, y in ((0, 0), (0, -5), (1.6, -6.5)):
                verts += [(x0 + inset, y, z0 + inset), (x1 - inset, y, z0 + inset), (x1 - inset, y, z1 - inset), (x0 + inset, y, z1 - inset)]
            faces.append((n + 8, n + 9, n + 10, n + 11))
            faces += [(n + 4 * s + k, n + 4 * s + (k + 1) % 4, n + 4 * s + 4 + (k + 1) % 4, n + 4 * s + 4 + k) for s in (0, 1) for k in range(4)]
    kit.mesh("tiles", verts, faces, look("tile"), loc, (0, 0, turn), part="tiles", smooth=30, fix_normals=False)
    w, h = columns * width, rows * height
    side = Euler((0, 0, math.radians(turn))).to_matrix()
    at = Vector(loc) + side @ Vector((w / 2, -3, 0))
    box("grout", (w, 6, h), look("grout"), tuple(at), (0, 0, turn), part="tiles")
    box("trim", (w, 8, 5), look("aluminium"), tuple(at + Vector((0, 0, h))), (0, 0, turn), bevel=1, part="tiles")


def room():
    floor = structure("floor", "floor")
    vinyl = kit.principled("floor_vinyl", texture=pictures.vinyl(), roughness=0.36, jpeg=True)
    map_uv(box("floor", (2 * X + 200, 2 * Y + 200, 60), vinyl, (0, 0, -60)), 1200)
    for x in (-800, 1000):  # welded seams of the sheets
        box("weld", (4, 2 * Y, 0.4), look("skirting"), (x, 0, 0))
    region("floor_walk", (3000, 1700, 100), (0.0, -500, 0))
    collider_box("floor", (2 * X + 200, 2 * Y + 200, 60), (0, 0, -60))
    finish(floor)

    ceiling = structure("ceiling", "ceiling")
    fibre = kit.principled("ceiling_tile", texture=pictures.ceiling_tile(), roughness=0.9, jpeg=True)
    map_uv(box("slab", (2 * X + 200, 2 * Y + 200, 50), fibre, (0, 0, H)), 600)
    for k in range(-4, 5):
        if abs(k * 600 - 300) < X:
            box("t_bar", (24, 2 * Y, 5), look("t_bar"), (k * 600 - 300, 0, H - 5))
    for k in range(-3, 4):
        box("t_bar", (2 * X, 24, 5), look("t_bar"), (0, k * 600 * 0.998, H - 5.4))
    for k in range(4):  # square air outlet
        s = 540 - k * 130
        prism("diffuser", kit.rect(s, s), 10, look("t_bar"), (0, -300, H - 14 - 3 * k), holes=[kit.rect(s - 70, s - 70)], bevel=1.5, part="air_outlet")
    lathe("smoke_detector", [(0, 0), (34, 0, 8), (48, 20, 4), (52, 42), (0, 42)], look("window_frame"), (600, 300, H - 42), segments=32, part="smoke_detector")
    collider_box("slab", (2 * X + 200, 2 * Y + 200, 50), (0, 0, H))
    finish(ceiling)

    back = structure("wall_back", "wall")
    box("wall", (2 * X + 200, 100, H), look("wall_paint"), (0, Y + 50, 0))
    tiles(26, 5, (-X, Y, 900))
    box("skirting", (2 * X, 10, 100), look("skirting"), (0, Y - 5, 0), bevel=3)
    collider_box("wall", (2 * X + 200, 100, H), (0, Y + 50, 0))
    poster = kit.principled("poster", texture=pictures.protocol_poster(), roughness=0.25, jpeg=True)
    box("poster_back", (424, 2, 598), look("carton"), (-880, Y - 1, 1560), part="poster")
    panel("poster", 420, 594, poster, (-880, Y - 2.4, 1859), i.FRONT, part="poster")
    lathe("clock_rim", [(0, 0), (150, 0), (150, 34, 6), (138, 34, 4), (136, 22), (0, 22)], look("clock_rim"), (-1500, Y, 2080), i.FRONT, segments=56, part="clock")
    panel("clock_face", 192, 192, kit.principled("clock_face", texture=pictures.clock_face(), roughness=0.4), (-1500, Y - 22.6, 2080), i.FRONT, part="clock")
    finish(back)

    left = structure("wall_left", "wall")
    opening = kit.rect(1300, 1000, 0, (-200, 1310 + 500))
    prism("wall", kit.rect(2 * Y, H, 0, (0, H / 2)), 100, look("wall_accent"), (-X - 100, 0, 0), (90, 0, 90), holes=[opening])
    tiles(14, 3, (-X, -1000, 900), 90)
    box("skirting", (10, 2 * Y - 20, 100), look("skirting"), (-X + 5, 0, 0), bevel=3)
    box("board_frame", (18, 620, 440), look("aluminium"), (-X + 9, -1330, 1400), bevel=3, part="notice_board")
    box("board", (6, 596, 416), kit.principled("felt", color="#5b7688", roughness=0.95), (-X + 17, -1330, 1412), part="notice_board")
    notes = [("ROTA", "Mon A. Vogt", "#fdfcf6", -1490, 1700, 130, 170, 2), ("Xylene", "vent on!", "#f6e27a", -1330, 1730, 100, 100, -4), ("QC 21/11", "passed", "#d6ecd8", -1200, 1690, 130, 170, 1),
             ("Waste", "Tue + Fri", "#f9d3cf", -1350, 1530, 140, 110, 3), ("Service", "ext. 4471", "#fdfcf6", -1180, 1520, 120, 90, -2)]
    for k, (a, b, color, y, z, w, h, lean) in enumerate(notes):
        page = kit.principled(f"note_{k + 1}", texture=kit.text_image([a, b, "", ""][: 4 if h > w else 2], (160, int(160 * h / w)), "#2a2f33", color), roughness=0.8)
        panel("note", w, h, page, (-X + 23.5, y, z), (90, lean, 90), part="notice_board")
    collider_box("wall", (100, 2 * Y, H), (-X - 50, 0, 0))
    finish(left)

    right = structure("wall_right", "wall")
    hole = kit.rect(1024, 2114, 0, (-750, 1056))
    prism("wall", kit.rect(2 * Y, H, 0, (0, H / 2)), 100, look("wall_paint"), (X, 0, 0), (90, 0, 90), holes=[hole])
    tiles(4, 5, (X, Y, 900), -90)
    for y0, y1 in ((-Y, -1270), (-230, Y)):
        box("skirting", (10, y1 - y0 - 12, 100), look("skirting"), (X - 5, (y0 + y1) / 2, 0), bevel=3)
    box("switch", (10, 82, 82), look("socket_white"), (X - 5, -130, 1080), bevel=3, part="light_switch")
    box("switch_key", (6, 56, 56), look("socket_white"), (X - 10, -130, 1093), (0, 3, 0), bevel=2, part="light_switch")
    collider_box("wall", (100, 2 * Y, H), (X + 50, 0, 0))
    finish(right)

    front = structure("wall_front", "wall")
    box("wall", (2 * X + 200, 100, H), look("wall_paint"), (0, -Y - 50, 0))
    box("skirting", (2 * X, 10, 100), look("skirting"), (0, -Y + 5, 0), bevel=3)
    # whiteboard, opposite the bench
    box("board_frame", (1240, 20, 940), look("aluminium"), (1150, -Y + 10, 1080), bevel=3, part="whiteboard")
    box("board", (1200, 4, 900), look("ceramic_white"), (1150, -Y + 20.5, 1100), bevel=0.5, part="whiteboard")
    box("pen_tray", (700, 70, 14), look("aluminium"), (1150, -Y + 50, 1070), bevel=3, part="whiteboard")
    for k, color in enumerate(("tap_blue", "tap_red", "plastic_black")):
        kit.cylinder("pen", 8, 135, kit.principled(color, color="#2462b0") if k == 0 else kit.principled(color, color="#b02a24") if k == 1 else look(color),
                     (1000 + 150 * k, -Y + 50, 1092), (0, 90, 0), bevel=1.5, segments=16, part="whiteboard")
    collider_box("wall", (2 * X + 200, 100, H), (0, -Y - 50, 0))
    finish(front)


def cable(owner, points, radius=3.2, mat="cable"):
    """A mains lead through world points (mm), a part of its owner."""
    bpy.context.view_layer.update()
    inverse = owner.matrix_world.inverted()
    local = [tuple(inverse @ (Vector(p) * 0.001) * 1000) for p in points]
    sweep(owner.name + "_cable", local, radius, look(mat), segments=1, smooth_path=6, part="cable", parent=owner)
    end, last = Vector(local[-1]), Vector(local[-2])
    kit.cylinder(owner.name + "_plug", 19, 34, look(mat), tuple(end), _towards(end - last), bevel=4, segments=20, part="cable", parent=owner)


def _towards(direction):
    return tuple(math.degrees(a) for a in direction.to_track_quat("Z", "Y").to_euler())


def equipment():
    bench = put(f.lab_bench(5196, 850, [(-1330, 600, 4), (-700, 600, 3), (950, 600, 3), (2050, 900, 0)], hole=(2050, -10, 460, 400),
                            legs=(-2560, -1660, -380, 630, 1540, 2570)), 0, 1375)
    region("bench_work", (1200, 480, 150), (180, -155, 900), parent=bench)
    region("bench_right", (260, 440, 150), (1520, -175, 900), parent=bench)
    # around the robot's place, 950 x 650 mm that stay free in the main recipe
    region("robot_slides", (120, 180, 150), (-1900, 90, 900), parent=bench)
    region("robot_tray", (290, 130, 150), (-1790, 268, 900), parent=bench)
    region("robot_cassettes", (160, 250, 150), (-1730, 45, 900), parent=bench)
    region("robot_tubes", (190, 130, 150), (-1450, -280, 900), parent=bench)
    side = put(f.lab_bench(1990, 800, [(-560, 600, 3), (560, 600, 0)], name="lab_bench_side"), -2198, -48, 0, 90)
    # the side bench faces +X: its own X is the room's Y
    region("bench_left", (440, 560, 150), (750, -70, 900), parent=side)

    stainer = put(i.slide_stainer(), -2235, -240, 900, 90)
    centrifuge = put(i.bench_centrifuge(), -1360, 1430, 900, -12)
    scanner = put(i.slide_scanner(), -2280, 1515, 900)
    monitor = put(i.monitor(), -880, 1570, 900, 4)
    put(i.keyboard(), -900, 1150, 900, 2), put(i.mouse(), -622, 1150, 900, -8)
    heater = put(i.hot_plate(), -330, 1640, 900, -3)
    vortex = put(i.vortex_mixer(), 640, 1665, 900, 5)
    scope = put(i.microscope(), 1130, 1480, 900, -4)
    put(f.sharps_container(), 1560, 1680, 900, 8)
    put(f.sink(), 2050, 1365, 700)

    put(f.shelf(1260), 190, Y - 6, 1440)
    put(f.cabinet(800, name="cabinet_a"), 1330, Y - 1, 1470), put(f.cabinet(800, name="cabinet_b"), 2140, Y - 1, 1470)
    put(f.cabinet(900, 420, 1980, name="cabinet_tall_a", plinth=90), -1500, -Y + 2, 0, 180)
    put(f.cabinet(900, 420, 1980, name="cabinet_tall_b", plinth=90), -590, -Y + 2, 0, 180)
    for k, (color, title) in enumerate((("binder_blue", "SOP I"), ("binder_blue", "SOP II"), ("binder_grey", "QC 2026"), ("binder_red", "SAFETY"), ("binder_green", "ANTIBODIES"))):
        put(f.binder(color, title, f"notebook_{k + 1}", 72), -372 + k * 75, 1658 - (k == 2) * 6, 1792)
    put(f.lab_stool(), 200, 690, 0, 25)
    put(f.lab_stool(), -1000, 480, 0, 60)
    put(f.waste_bin(), 1820, 760, 0, -4)
    for k, (size, color) in enumerate((("S", "#3a8f6b"), ("M", "#2a6fb0"), ("L", "#b8573a"))):
        put(f.glove_box(size, color, f"glove_box_{size.lower()}", holder=True), -2200, Y - 7, 1560 + k * 150)
    put(f.eyewash_station(), X - 7, 1235, 1000, -90)
    for k, x in enumerate((-1900, -700, 200, 1250)):
        put(f.power_outlet(6 if k == 2 else 4, 1180 if k == 0 else 1000 if k == 2 else 700, f"power_outlet_{k + 1}"), x, Y - 6.5, 1120)
    put(f.window(), -X, -200, 1310, 90)
    put(f.door(), X, -750, 0, -90)

    wall = Y - 56
    cable(scope, [(1130, 1630, 925), (1150, 1700, 906), (1190, 1725, 960), (1205, 1720, 1080), (1205, wall - 30, 1163), (1205, wall, 1163)])
    cable(heater, [(-330, 1760, 930), (-250, 1765, 910), (-120, 1750, 960), (-25, 1720, 1100), (-25, wall - 36, 1163), (-25, wall, 1163)])
    cable(vortex, [(640, 1740, 930), (600, 1765, 910), (500, 1755, 950), (425, 1725, 1090), (425, wall - 36, 1163), (425, wall, 1163)])
    cable(monitor, [(-880, 1610, 1080), (-860, 1680, 1000), (-790, 1730, 1030), (-745, 1725, 1120), (-745, wall - 36, 1163), (-745, wall, 1163)])


def lights():
    for k, (x, y) in enumerate(((-1200, 900), (1200, 900), (-1200, -900), (1200, -900))):
        put(f.ceiling_light(), x, y, H - 11)
        rect_light("ceiling_panel" + (f".{k:03d}" if k else ""), (x, y, H - 18), (548, 548), 4200, 4000)
    rect_light("task_light", (190, Y - 6 - 130, 1440 - 28), (980, 34), 650, 4000)
    rect_light("window_light", (-X + 45, -200, 1710), (1200, 780), 2600, 6500, rot=(90, 0, -90))


def cameras():
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 640, 480
    camera("cam_overview", (2200, -1560, 1820), (-400, 1000, 1080), 52)
    camera("cam_bench_front", (250, -60, 1480), (190, 1330, 1000), 44)
    camera("cam_scanner", (-1790, 560, 1420), (-2270, 1290, 1060), 42)
    camera("cam_microscope", (560, 120, 1560), (1500, 1500, 1060), 46)
    camera("cam_overhead", (190, 1180, 2380), (190, 1225, 900), 40)
    camera("cam_robot_front", (-1740, 1775, 1800), (-1800, 1260, 900), 62)
    camera("cam_robot_left", (-2180, 300, 1800), (-1970, 1300, 960), 46)
    camera("cam_robot_right", (-1110, 560, 1640), (-1890, 1290, 960), 48)


def main():
    kit.reset()
    kit.unit(0.001)
    room(), equipment(), lights()
    mount("robot_mount_bench", (-1860, 1055, 900), 90)
    cameras()
    scene_file.export(SCENE, "pathology_lab")


if __name__ == "__main__":
    main()
