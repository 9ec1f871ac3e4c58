"""A three-axis gantry of OT-2 dimensions with a single-channel pipette of 300 µL.

The root frame is the front left corner of slot 1 on the top of the deck plate; joints x, y, z are the nozzle's
coordinates in it. The deck itself belongs to the scene.
"""
from parts import between, bolts, box, camera_body, disc, prism, ring, rod, screw, shell, turn
from solid import block, cone, cyl
from urdf import Robot, brick, round_bar
import math

LEFT, RIGHT, FRONT, BACK = -115.65, 508.65, -68.03, 497.17  # the deck plate
FEET, TOP, POST = -60, 610, 30
X0, X1, Y0, Y1 = LEFT - 2 - POST, RIGHT + 2 + POST, FRONT - 2 - POST, BACK + 2 + POST  # outside of the posts
RAIL = 420  # height of the rails that carry the beam


def frame():
    for x in (X0, X1 - POST):
        for y in (Y0, Y1 - POST):
            between((x, y, FEET + 8), (x + POST, y + POST, TOP - 70), "shell_white", 6, 3)
            disc(13, 10, "rubber", (x + POST / 2, y + POST / 2, FEET), "z", 2, 20)
    # base: a low dark plinth with a light sill, below the deck's top
    for low, high in (((X0 + 4, Y0 + 6, FEET + 10), (X1 - 4, Y0 + POST - 6, -12)), ((X0 + 4, Y1 - POST + 6, FEET + 10), (X1 - 4, Y1 - 6, -12)),
                      ((X0 + 6, Y0 + 4, FEET + 10), (X0 + POST - 6, Y1 - 4, -12)), ((X1 - POST + 6, Y0 + 4, FEET + 10), (X1 - 6, Y1 - 4, -12))):
        between(low, high, "shell_dark", 2)
    # hood: a ring around the top, with the light strips of the deck inside
    outer = [(X0, Y0, 28), (X1, Y0, 28), (X1, Y1, 28), (X0, Y1, 28)]
    inner = [(X0 + POST, Y0 + POST, 10), (X1 - POST, Y0 + POST, 10), (X1 - POST, Y1 - POST, 10), (X0 + POST, Y1 - POST, 10)]
    prism(outer, 76, "shell_white", (0, 0, TOP - 76), holes=[inner], bevel=3)
    prism([(x, y, 26) for x, y, _ in outer], 3, "graphite", (0, 0, TOP - 78.5), holes=[[(x, y, 10) for x, y, _ in inner]])
    between((X0 + 80, Y0 + POST - 1, TOP - 62), (X1 - 80, Y0 + POST + 3, TOP - 52), "led_white", 1, 1)
    between((X0 + 60, Y0 - 0.8, TOP - 44), (X0 + 64, Y0 + 2, TOP - 34), "graphite", 0)
    ring(10, 6.5, 2.4, "steel", ((X0 + X1) / 2, Y0 + 0.4, TOP - 38), "-y", 0.5, 32)
    disc(6.5, 1.6, "led_blue", ((X0 + X1) / 2, Y0 + 0.4, TOP - 38), "-y", 0.4, 28)
    # back wall and the side beams with their rails and belts
    between((X0 + POST - 4, Y1 - POST + 6, -12), (X1 - POST + 4, Y1 - POST + 10, TOP - 74), "shell_grey", 0)
    for k in range(9):
        between((150 + 12 * k, Y1 - POST + 4.8, 40), (155 + 12 * k, Y1 - POST + 6.2, 110), "graphite", 0)
    for s, x in ((1, X0 + POST), (-1, X1 - POST)):
        a, b = sorted((x - s * 24, x + s * 2))
        between((a, Y0 + 20, RAIL - 34), (b, Y1 - 20, RAIL), "aluminium", 2)
        between((x - s * 16 - 6, Y0 + POST + 6, RAIL - 1), (x - s * 16 + 6, Y1 - POST - 6, RAIL + 9), "steel", 1)
        for k in range(9):
            screw((x - s * 16, Y0 + 60 + 62 * k, RAIL + 8), "z", 6, "joint_dark", 1.4)
        between((x + s * 2, Y0 + 50, RAIL - 24), (x + s * 3.6, Y1 - 50, RAIL - 14), "rubber", 0)
        between((x - s * 12 - 21, Y1 - POST - 46, RAIL - 78), (x - s * 12 + 21, Y1 - POST - 4, RAIL - 36), "graphite", 3)
        disc(8, 22, "steel", (x + s * 2, Y1 - POST - 25, RAIL - 19), "x" if s > 0 else "-x", 1, 24)
        disc(8, 8, "steel", (x + s * 2, Y0 + POST + 25, RAIL - 19), "x" if s > 0 else "-x", 1, 24)


def beam():
    """Frame: y of the nozzle. Carries the x rail, 62 mm behind the nozzle."""
    x0, x1 = X0 + POST, X1 - POST
    between((x0 - 8, 66, RAIL + 14), (x1 + 8, 112, RAIL + 62), "shell_white", 5, 3)
    between((x0 + 14, 63.5, RAIL + 19), (x1 - 14, 67, RAIL + 57), "graphite", 1)
    for z in (RAIL + 25, RAIL + 51):
        between((x0 + 18, 57, z - 5), (x1 - 18, 64.5, z + 5), "steel", 1)
        for k in range(12):
            screw((x0 + 40 + k * (x1 - x0 - 80) / 11, 57.4, z), "-y", 5, "joint_dark", 1.2)
    between((x0 + 24, 59, RAIL + 36.6), (x1 - 24, 60.2, RAIL + 39.4), "rubber", 0)
    for s, x in ((1, x0), (-1, x1)):
        between((x - s * 14 - 14, 58, RAIL + 9.5), (x - s * 14 + 14, 120, RAIL + 20), "aluminium", 2)
        between((x - s * 16 - 13, 62, RAIL + 1), (x - s * 16 + 13, 116, RAIL + 12), "steel_dark", 1.5)
        for dx in (-9, 9):
            for y in (66, 112):
                screw((x - s * 14 + dx, y, RAIL + 20), "z", 6)
        disc(7.5, 12, "steel", (x + s * 24, 58, RAIL + 38), "y", 1, 24)
    between((x1 - 58, 112, RAIL + 18), (x1 - 16, 152, RAIL + 60), "graphite", 3)
    between((x1 - 56, 151, RAIL + 20), (x1 - 18, 156, RAIL + 58), "steel", 2)


def carriage():
    """Frame: x and y of the nozzle. A plate on the x rail with the z slide and its motor."""
    for z in (RAIL + 25, RAIL + 51):
        between((-34, 50, z - 10), (34, 63, z + 10), "steel_dark", 1.5)
    between((-42, 42, 296), (42, 51, RAIL + 68), "aluminium", 3)
    for x in (-34, 34):
        for z in (RAIL + 4, RAIL + 38, RAIL + 62):
            screw((x, 42.4, z), "-y", 6)
    between((-12, 36, 300), (12, 43, RAIL + 50), "steel", 1)
    between((-26, 33, 304), (26, 44, 336), "steel_dark", 1.5)
    between((-21, 10, RAIL + 70), (21, 52, RAIL + 112), "graphite", 3)
    between((-23, 8, RAIL + 66), (23, 54, RAIL + 71), "aluminium", 1)
    disc(4, 34, "steel", (0, 30, RAIL + 40), "z", 0.8, 20)
    shell(block((-46, 49.5, 350), (46, 58, RAIL + 6), 3.5), "shell_white", 500)
    for k in range(9):  # the bend of the cable chain above the beam
        a = math.pi * k / 8
        box((20, 13, 9), "joint_dark", (-20, 70 + 26 * math.sin(a), RAIL + 90 - 18 * math.cos(a)), 1.5, 1, (90 + math.degrees(a) - 90, 0, 0))
    between((-30, 44, RAIL + 103), (-10, 72, RAIL + 112), "joint_dark", 1.5)


def pipette():
    """Frame: the end of the nozzle, Z up."""
    turn([(0, 0), (1.1, 0), (2.3, 0, 0.4), (2.6, 8.5, 0.5), (3.6, 10, 0.3), (3.6, 20, 0.6), (4.6, 24, 1), (6.2, 62, 1), (6.2, 66, 0.6), (0, 66)], "shell_silver", segments=32)
    ring(7.4, 3, 9, "shell_dark", (0, 0, 64), "z", 1, 32)  # ejector sleeve
    turn([(0, 72), (8.5, 72, 1), (9.5, 84, 2), (13, 100, 4), (13, 112), (0, 112)], "shell_white", segments=40)
    shell(block((-17, -17, 104), (17, 24, 262), 8).join(block((-15, -14, 250), (15, 22, 286), 7), 6), "shell_white", 1600, 1.8)
    between((-13.5, -17.6, 150), (13.5, -15, 240), "shell_grey", 1.4)
    box((20, 0.8, 26), "graphite", (0, -17.6, 222), 0.3, 1)
    for k in range(6):
        box((8 if k % 2 else 12, 0.5, 0.9), "shell_white", (0, -17.9, 160 + 7 * k))
    disc(3, 0.8, "led_green", (0, -17.4, 205), "-y", 0.3, 20)
    ring(14, 10, 3, "cap_blue", (0, 0, 113), "z", 0.8, 40)
    # slide that runs in the carriage, ejector rod
    between((-10, 24, 120), (10, 36, 392), "steel_dark", 1.5)
    between((-16, 22, 118), (16, 32, 276), "aluminium", 1.5)
    for z in (136, 258):
        for x in (-12, 12):
            screw((x, 22.4, z), "-y", 4)
    rod([(13, 6, 68), (15, 6, 104)], 1.8, "steel")
    between((4, -3, 66), (15, 9, 70), "shell_dark", 1)
    # camera beside the nozzle
    between((15, -6, 119), (70, 0, 125), "aluminium", 1)
    camera_body((70, -6, 108), (0, 0, -55), (0, 1, 0), -1)


def plunger():
    """Frame as the pipette's; 0 is pressed home, upwards draws liquid in."""
    turn([(0, 284), (5, 284), (5, 300, 0.5), (9, 301, 1), (9, 308, 1.5), (0, 308)], "shell_grey", segments=32)
    ring(6.5, 4, 2, "cap_blue", (0, 0, 298.4), "z", 0.5, 32)


TIP, PRESSED = 59.3, 7.3  # a tip of 300 uL; so far the nozzle is pressed into it


def tip():
    """Frame: the end of the nozzle, Z up. The tip's point is 52 mm below."""
    z = PRESSED - TIP
    outer = [(0.45, z), (1.3, z + 18), (2.55, z + 47), (2.75, z + 51.5), (3.35, z + 52), (3.35, PRESSED)]
    bore = [(2.75, PRESSED), (2.3, z + 49), (1.0, z + 18), (0.22, z)]
    turn(outer + bore, "tip_clear", segments=24, closed=True)


def robot():
    r = Robot("ot2", "Three-axis deck gantry with a single-channel pipette, of OT-2 dimensions.")
    posts = [brick((x, y, FEET), (x + POST, y + POST, TOP)) for x in (X0, X1 - POST) for y in (Y0, Y1 - POST)]
    hood = [brick((X0, y, TOP - 76), (X1, y + POST, TOP)) for y in (Y0, Y1 - POST)] + [brick((x, Y0, TOP - 76), (x + POST, Y1, TOP)) for x in (X0, X1 - POST)]
    plinth = [brick((X0, y, FEET), (X1, y + POST, -12)) for y in (Y0, Y1 - POST)] + [brick((x, Y0, FEET), (x + POST, Y1, -12)) for x in (X0, X1 - POST)]
    sides = [brick((X0 + 4, Y0, RAIL - 78), (X0 + POST + 4, Y1, RAIL + 9)), brick((X1 - POST - 4, Y0, RAIL - 78), (X1 - 4, Y1, RAIL + 9)),
             brick((X0, Y1 - POST + 5, -12), (X1, Y1 - POST + 10, TOP - 70))]
    r.link("ot2_base", frame, 40.0, posts + hood + plinth + sides)
    r.link("ot2_beam", beam, 3.2, [brick((X0 + POST - 8, 57, RAIL + 14), (X1 - POST + 8, 112, RAIL + 62)), brick((X1 - POST - 58, 112, RAIL + 18), (X1 - POST - 16, 156, RAIL + 60))])
    r.link("ot2_carriage", carriage, 1.3, [brick((-46, 33, 296), (46, 56, RAIL + 112))])
    r.link("ot2_pipette", pipette, 0.7, [round_bar((0, 0, 0), (0, 0, 24), 3.6), round_bar((0, 0, 24), (0, 0, 104), 9), brick((-17, -18, 104), (17, 36, 286)),
                                         brick((-10, 24, 286), (10, 36, 392)), brick((20, -24, 96), (88, 40, 136))])
    r.link("ot2_plunger", plunger, 0.05, [round_bar((0, 0, 290), (0, 0, 308), 9)])
    r.link("ot2_nozzle")
    # Only the collar collides: the shaft goes into wells, whose collision shapes are solid.
    r.link("ot2_tip", tip, 0.0006, [round_bar((0, 0, 0), (0, 0, PRESSED), 3.4)])
    r.link("ot2_tip_end")
    r.joint("ot2_y_joint", "prismatic", "ot2_base", "ot2_beam", axis=(0, 1, 0), limits=(0.0055, 0.353), effort=200, velocity=0.4, damping=10)
    r.joint("ot2_x_joint", "prismatic", "ot2_beam", "ot2_carriage", axis=(1, 0, 0), limits=(-0.02875, 0.418), effort=150, velocity=0.6, damping=10)
    r.joint("ot2_z_joint", "prismatic", "ot2_carriage", "ot2_pipette", axis=(0, 0, 1), limits=(0.02, 0.218), effort=100, velocity=0.125, damping=10)
    r.joint("ot2_plunger_joint", "prismatic", "ot2_pipette", "ot2_plunger", axis=(0, 0, 1), limits=(0, 0.0145), effort=60, velocity=0.05, damping=5)
    r.joint("ot2_nozzle_joint", "fixed", "ot2_pipette", "ot2_nozzle", rpy=(math.pi, 0, 0))
    r.joint("ot2_tip_joint", "fixed", "ot2_pipette", "ot2_tip")
    r.joint("ot2_tip_end_joint", "fixed", "ot2_pipette", "ot2_tip_end", (0, 0, PRESSED - TIP), (math.pi, 0, 0))
    return r
