"""Builds the corner of a clean room with a pipetting deck and a plate reader: python scenes/liquid_deck/build/build.py
Writes liquid_deck.gltf, liquid_deck.bin and textures/. Lengths in millimetres; origin on the floor below the bench's middle."""
import math, os, sys
HERE = os.path.dirname(os.path.abspath(__file__))
SCENE = os.path.normpath(os.path.join(HERE, ".."))
sys.path.insert(0, os.path.normpath(os.path.join(SCENE, "..", "assets", "build")))
import bpy
import kit
import scene_file
import deck
import furniture as f
import room_pictures as pictures
from instruments import LOOKS, finish, look, map_uv
from scene_file import camera, mount, rect_light
from kit import Euler, Vector, box, collider_box, panel, region

X, BACK, FRONT, H = 1500, 440, -1760, 2500  # half width, walls, height of the room
BENCH, DECK = 900, (-620, -220, 960)  # its top; front left corner of slot 1
LOOKS.update({
    "panel_wall": dict(color="#e6e9ea", roughness=0.4), "joint": dict(color="#aab2b6", roughness=0.6), "coving": dict(color="#d3d9db", roughness=0.45),
})


def put(root, x, y, z=0, turn=0):
    root.location, root.rotation_euler = Vector((x, y, z)) * 0.001, Euler((0, 0, math.radians(turn)))
    return root


def room():
    floor = kit.root("floor", "floor", body="static", friction=0.6)
    vinyl = kit.principled("floor_vinyl", texture=pictures.vinyl(), roughness=0.3, jpeg=True)
    map_uv(box("floor", (2 * X + 200, BACK - FRONT + 200, 60), vinyl, (0, (BACK + FRONT) / 2, -60)), 1200)
    collider_box("floor", (2 * X + 200, BACK - FRONT + 200, 60), (0, (BACK + FRONT) / 2, -60))
    finish(floor)
    ceiling = kit.root("ceiling", "ceiling", body="static", collider="none")
    box("slab", (2 * X + 200, BACK - FRONT + 200, 60), look("panel_wall"), (0, (BACK + FRONT) / 2, H))
    finish(ceiling)
    middle, depth = (BACK + FRONT) / 2, BACK - FRONT
    for name, face, along in (("wall_back", BACK, 0), ("wall_front", FRONT, 0), ("wall_left", -X, 1), ("wall_right", X, 1)):
        wall = kit.root(name, "wall", body="static", friction=0.6)
        out = 40 if face > middle * (1 - along) else -40
        def strip(part, length, thick, height, at, **more):  # stands on the wall's line, `at` along it
            spot, size = ((at, face), (length, thick)) if along == 0 else ((face, middle + at), (thick, length))
            return box(part, (*size, height), look(part), (*spot, 0), **more)
        full = 2 * X if along == 0 else depth
        size, spot = ((full, 80, H), (0, face + out, 0)) if along == 0 else ((80, full, H), (face + out, middle, 0))
        box("wall", size, look("panel_wall"), spot)
        for k in (-1, 0, 1):  # joints of the panels
            strip("joint", 8, 2, H, k * 1000 + 300 if along == 0 else k * 700)
        strip("coving", full, 40, 60, 0, bevel=12)
        collider_box("wall", size, spot)
        finish(wall)


def main():
    kit.reset()
    kit.unit(0.001)
    room()
    bench = put(f.lab_bench(1900, 850, [(-640, 560, 2), (640, 560, 0)]), 0, 0)
    region("bench_right", (260, 260, 200), (810, -270, BENCH), parent=bench)
    put(deck.liquid_deck(), *DECK)
    waste = deck.slot_center(12)
    put(deck.tip_waste(), DECK[0] + waste[0], DECK[1] + waste[1], DECK[2])
    put(deck.plate_reader(), 520, 190, BENCH)
    put(f.power_outlet(4, 900, "power_outlet_1"), 150, BACK - 0.5, 1140)
    for k, (size, color) in enumerate((("M", "#2a6fb0"), ("L", "#b8573a"))):
        put(f.glove_box(size, color, f"glove_box_{size.lower()}", holder=True), 1050, BACK - 1, 1330 + k * 150)
    for k, x in enumerate((-600, 600)):
        lamp = put(f.ceiling_light(), x, -350, H - 11)
        lamp["bs_instance"] = f"ceiling_light_{k + 1}"
        rect_light("ceiling_panel" + (f".{k:03d}" if k else ""), (x, -350, H - 18), (548, 548), 4200, 4500)
    mount("robot_mount_gantry", DECK, 0)
    mount("robot_mount_arm", (60, 200, BENCH), -90)
    bpy.context.scene.render.resolution_x = bpy.context.scene.render.resolution_y = 512
    camera("cam_front", (120, -1250, 1780), (20, 0, 930), 56)
    camera("cam_deck_overhead", (-421, -39, 1900), (-421, -38, 960), 38)
    camera("cam_deck_front", (-200, -820, 1520), (-421, -10, 950), 42)
    camera("cam_reader", (860, -760, 1480), (300, -60, 950), 46)
    scene_file.export(SCENE, "liquid_deck")


if __name__ == "__main__":
    main()
