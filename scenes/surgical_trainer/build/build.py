"""Builds the box trainer: python scenes/surgical_trainer/build/build.py
Writes surgical_trainer.gltf, surgical_trainer.bin and textures/. Lengths in millimetres; origin on the floor of the room below
the middle of the box, the operator stands at -Y."""
import math, os, sys
HERE = os.path.dirname(os.path.abspath(__file__))
SCENE = os.path.normpath(os.path.join(HERE, ".."))
sys.path.insert(0, os.path.normpath(os.path.join(SCENE, "..", "assets", "build")))
import bpy
import kit
import scene_file
import room_pictures as pictures
from instruments import LOOKS, finish, look, map_uv
from scene_file import camera, mount, rect_light
from kit import Euler, Vector, box, circle, collider_box, cylinder, keypoint, lathe, prism, rect, region

CLIP_M = (0.005, 10)  # of cameras: the scope is near
TABLE, FLOOR, SKIN = 750, 790, 950  # table top, floor inside the box, outer side of the skin
PORTS = {"scope": (0, -110), "right": (100, 0), "left": (-100, 0)}  # where the remote centres of motion lie, at SKIN
LOOKS.update({
    "wall_green": dict(color="#c4d3cd", roughness=0.7), "drape": dict(color="#2f6f78", roughness=0.85), "cart_white": dict(color="#d9dcdd", roughness=0.4),
    "box_white": dict(color="#d8dadb", roughness=0.45), "box_inside": dict(color="#b79a92", roughness=0.6), "box_floor": dict(color="#b98d84", roughness=0.6),
    "skin": dict(color="#c98f78", roughness=0.5), "port_grey": dict(color="#4a5157", roughness=0.5),
})


def put(root, x, y, z=0, turn=0):
    root.location, root.rotation_euler = Vector((x, y, z)) * 0.001, Euler((0, 0, math.radians(turn)))
    return root


def room():
    floor = kit.root("floor", "floor", body="static", friction=0.6)
    vinyl = kit.principled("floor_vinyl", texture=pictures.vinyl(), roughness=0.3, jpeg=True)
    map_uv(box("floor", (3200, 3200, 60), vinyl, (0, 0, -60)), 1200)
    collider_box("floor", (3200, 3200, 60), (0, 0, -60))
    finish(floor)
    ceiling = kit.root("ceiling", "ceiling", body="static", collider="none")
    box("slab", (3200, 3200, 60), look("cart_white"), (0, 0, 2600))
    finish(ceiling)
    for name, size, at in (("wall_back", (3200, 60, 2600), (0, 1630, 0)), ("wall_front", (3200, 60, 2600), (0, -1630, 0)),
                           ("wall_left", (60, 3200, 2600), (-1630, 0, 0)), ("wall_right", (60, 3200, 2600), (1630, 0, 0))):
        wall = kit.root(name, "wall", body="static", collider="box")
        box("wall", size, look("wall_green"), at)
        finish(wall)


def table(name, width, depth, height, cover):
    """A table, or the cart that carries an arm; the top's upper side is at `height`."""
    root = kit.root(name, "table", body="static", friction=0.6)
    prism("top", rect(width, depth, 20), 30, look(cover), (0, 0, height - 30), bevel=3, steps=3)
    for i in (-1, 1):
        for j in (-1, 1):
            box("leg", (40, 40, height - 30), look("steel_brushed"), (i * (width / 2 - 45), j * (depth / 2 - 45), 0), bevel=3, segments=1)
    for i in (-1, 1):
        box("rail", (30, depth - 100, 40), look("steel_brushed"), (i * (width / 2 - 45), 0, height - 110), bevel=2, segments=1)
    collider_box("top", (width, depth, 30), (0, 0, height - 30))
    return finish(root)


def trainer():
    """The box; its frame is the middle of its underside."""
    root = kit.root("box_trainer", "box_trainer", body="static", friction=0.6)
    w, d, top, base = 400, 320, SKIN - TABLE, FLOOR - TABLE
    white = look("box_white")
    prism("base", rect(w, d, 10), base - 2, white, bevel=3)
    box("mat", (w - 14, d - 12, 2), look("box_floor"), (0, 0, base - 2), part="mat")
    walls = (((8, d, top - 14), (-w / 2 + 4, 0)), ((8, d, top - 14), (w / 2 - 4, 0)), ((w - 16, 8, top - 14), (0, d / 2 - 4)))
    for size, at in walls:
        box("wall", (size[0], size[1], size[2] - base), white, (*at, base), bevel=1.5, segments=1)
        collider_box("wall", size, (*at, 0))
    for size, at in (((1, d - 8, top - base - 16), (-w / 2 + 8.5, -2)), ((1, d - 8, top - base - 16), (w / 2 - 8.5, -2)), ((w - 18, 1, top - base - 16), (0, d / 2 - 8.5))):
        box("lining", size, look("box_inside"), (*at, base), part="lining")
    for i in (-1, 1):  # the front is open but for a frame
        box("post", (14, 14, top - 14 - base), white, (i * (w / 2 - 7), -d / 2 + 7, base), bevel=1.5, segments=1)
    prism("frame", rect(w, d, 10), 14, white, (0, 0, top - 14), holes=[rect(w - 40, d - 40, 16)], bevel=2)
    # the skin and its ports
    skin = prism("skin", rect(w - 36, d - 36, 16), 4, look("skin"), (0, 0, top - 4), holes=[circle(11, at, 24) for at in PORTS.values()], bevel=0.6, segments=1, steps=3)
    skin["bs_part"] = "skin"
    for name, at in PORTS.items():
        lathe("port", [(10, -8), (12, -8, 0.5), (12, 0), (19, 0.6, 0.5), (19, 3, 1), (12, 6, 1), (10, 6, 0.5)], look("port_grey"), (*at, top), closed=True, segments=28, steps=2, part="ports")
        cylinder("seal", 10.4, 1, look("rubber"), (*at, top - 6), segments=20, part="ports")  # keeps the room's light out
        keypoint("port_" + name, (*at, top))
    collider_box("base", (w, d, base))
    # the skin in strips that leave 38 mm about each port
    for x0, x1, y0, y1 in ((-200, 200, 19, 160), (-200, 200, -91, -19), (-200, 200, -160, -129), (-200, -119, -19, 19), (-81, 81, -19, 19), (119, 200, -19, 19),
                           (-200, -19, -129, -91), (19, 200, -129, -91)):
        collider_box("skin", (x1 - x0, y1 - y0, 4), ((x0 + x1) / 2, (y0 + y1) / 2, top - 4))
    region("trainer_fixture", (180, 130, 60), (45, 38, base))  # within the reach of the right arm
    region("trainer_floor", (90, 80, 60), (-128, -75, base))
    keypoint("floor_centre", (0, 0, base))
    return finish(root)


def main():
    kit.reset()
    kit.unit(0.001)
    room()
    table("table", 860, 540, TABLE, "drape")
    put(trainer(), 0, 0, TABLE)
    # an arm's remote centre of motion lies 550 mm in front of its foot: 220 mm above that of a psm, 300 mm above that of an
    # endoscope_arm; the carts have the heights that bring it to the port. The endoscope comes from behind: so its arc passes
    # over that of the right arm
    psm, scope = SKIN - 220, SKIN - 300
    for side, turn in (("right", 180), ("left", 0)):
        x, y = PORTS[side]
        foot = x + (550 if side == "right" else -550), y
        put(table(f"cart_{side}", 300, 420, psm, "cart_white"), foot[0], foot[1])
        mount("robot_mount_psm" if side == "right" else "robot_mount_psm_left", (*foot, psm), turn)
    foot = PORTS["scope"][0], PORTS["scope"][1] + 550
    put(table("cart_scope", 420, 300, scope, "cart_white"), *foot)
    mount("robot_mount_endoscope", (*foot, scope), -90)
    rect_light("ceiling_panel", (0, 200, 2580), (1100, 500), 6000, 4500)
    bpy.context.scene.render.resolution_x = bpy.context.scene.render.resolution_y = 512
    tip, aim = Vector((*PORTS["scope"], SKIN)), Vector((40, 38, FLOOR + 8))
    camera("cam_scope", tip + (aim - tip).normalized() * 42, aim, 70, CLIP_M)
    camera("cam_room", (620, -980, 1620), (0, 0, 880), 44, CLIP_M)
    camera("cam_front", (0, -520, 985), (0, 30, 820), 38, CLIP_M)
    scene_file.export(SCENE, "surgical_trainer")


if __name__ == "__main__":
    main()
