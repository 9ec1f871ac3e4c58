"""Franka FR3 with a parallel hand: seven joints of published offsets, shells modelled by eye."""
import math
from parts import between, bolts, box, camera_body, cap, disc, prism, ring, screw, shell, turn
from solid import block, capsule, cone, cyl
from urdf import HALF, Robot, brick, round_bar

R, WHITE = 55, "shell_white"  # radius of the big drums


def lid(at, direction, r=47):
    """The cover at the end of a drum: a dark seam, a grey lid, four screws."""
    ring(r + 2.5, r - 2, 2.2, "joint_dark", at, direction, 0.5)
    cap(r - 1, 4.0, "shell_grey", at, direction)


def collar(at, direction, r=R):
    """The joint between two shells: a dark groove with a metal ring in it."""
    ring(r - 2.0, r - 14, 3.0, "joint_dark", at, direction, 0.3)
    ring(r - 0.8, r - 6, 1.0, "aluminium", at, direction, 0.3)


def link0():
    field = cone((0, 0, 0), (0, 0, 137), 66, 55, 4)
    field = field.join(block((-118, -93, 0), (68, 93, 20), 9), 30)
    field = field.join(block((-152, -47, 0), (-30, 47, 86), 12), 38)
    shell(field.cut(block((-200, -120, -30), (120, 120, 0), 0)), WHITE, 2400)
    collar((0, 0, 136), "z")
    between((-153.5, -36, 12), (-150, 36, 74), "graphite", 1.2)
    for y, z, r in ((-20, 52, 9), (4, 52, 9), (-20, 28, 6.5), (4, 28, 6.5)):
        disc(r, 3, "steel_dark", (-153, y, z), "-x", 0.8, 20)
        disc(r * 0.62, 3.4, "joint_dark", (-153, y, z), "-x", 0.3, 16)
    between((-155.5, 17, 24), (-153, 31, 34), "steel", 0.4)
    between((-155, 17, 44), (-153, 31, 60), "joint_dark", 0.4)
    for x in (-98, 50):
        for y in (-80, 80):
            ring(9, 4.6, 1.6, "steel", (x, y, 19.2), "z", 0.4, 20)
            screw((x, y, 19.4), "z", 8, height=5)
    ring(58.5, 50, 2.4, "led_blue", (0, 0, 112), "z", 0.6)


def link1():
    field = cyl((0, 0, -190), (0, 0, -30), R, 2.5).join(cyl((0, -129, 0), (0, -1.5, 0), R, 9), 28)
    field = field.cut(cyl((0, -1.5, 0), (0, 140, 0), R + 5, 1), 5)
    shell(field, WHITE, 2000)
    collar((0, -1.5, 0), "y")
    lid((0, -129, 0), "-y")


def link2():
    field = cyl((0, 0, 1.5), (0, 0, 129), R, 9).join(cyl((0, -192, 0), (0, -30, 0), R, 2.5), 28)
    field = field.cut(cyl((0, 0, -140), (0, 0, 1.5), R + 5, 1), 5)
    shell(field, WHITE, 2000)
    lid((0, 0, 129), "z")
    collar((0, -192, 0), "-y")


def link3():
    field = cyl((0, 0, -120), (0, 0, -40), R, 2.5).join(capsule((0, 0, -50), (62, 30, -8), 52, 44), 25)
    field = field.join(cyl((82.5, 1.5, 0), (82.5, 111, 0), R, 9), 30)
    field = field.cut(cyl((82.5, -160, 0), (82.5, 1.5, 0), R + 5, 1), 5)
    shell(field, WHITE, 2100)
    lid((82.5, 111, 0), "y")
    collar((82.5, 1.5, 0), "-y")


def link4():
    field = cyl((-82.5, 40, 0), (-82.5, 119, 0), R, 2.5).join(capsule((-82.5, 50, 0), (-20, 8, 30), 52, 44), 25)
    field = field.join(cyl((0, 0, 1.5), (0, 0, 111), R, 9), 30)
    field = field.cut(cyl((0, 0, -160), (0, 0, 1.5), R + 5, 1), 5)
    shell(field, WHITE, 2100)
    lid((0, 0, 111), "z")
    collar((-82.5, 119, 0), "y")


def link5():
    field = cyl((0, 0, -262), (0, 0, -200), R, 2.5).join(capsule((0, 8, -208), (0, 76, -110), 50, 42), 40)
    field = field.join(capsule((0, 78, -120), (0, 78, -20), 42, 44), 20)
    field = field.join(cyl((0, 46, 0), (0, 126, 0), 48, 9), 20)
    field = field.cut(cyl((0, -120, 0), (0, 46, 0), 142, 6), 14).cut(block((-90, -90, -320), (90, 90, -262), 0))
    field = field.cut(block((-90, 126, -150), (90, 190, 90), 0), 3)
    shell(field, WHITE, 2300)
    lid((0, 126, 0), "y", 41)
    collar((0, 46, 0), "-y", 48)


def link6():
    field = cyl((0, 0, -43), (0, 0, 54), 47, 9).join(capsule((0, 0, 3), (84, 12, 3), 38, 36), 18)
    field = field.join(cyl((88, -49, 0), (88, 80, 0), 44, 9), 22)
    shell(field.cut(block((0, -80, -80), (160, -49, 80), 0)), WHITE, 2100)
    lid((0, 0, 54), "z", 40)
    lid((88, 80, 0), "y", 37)
    collar((88, -49, 0), "-y", 44)


def link7():
    field = cyl((0, 0, 53), (0, 0, 93), 44, 5).join(capsule((30, 30, 74), (52, 52, 74), 20, 18), 16)
    shell(field.cut(block((-90, -90, 30), (90, 90, 53), 0)), WHITE, 1600)
    ring(31.5, 20, 14.5, "steel", (0, 0, 92.5), "z", 1.0)
    disc(20.2, 12.5, "steel_dark", (0, 0, 92.5), "z", 0.3, 32)
    bolts(25, 8, (0, 0, 107), "z", 5, 22.5, height=0.01)
    out = (math.sqrt(0.5), math.sqrt(0.5), 0)
    disc(11, 2.2, "graphite", (48.5 + 15.2, 48.5 + 15.2, 74), out, 0.8, 28)
    disc(6.5, 1.6, "led_blue", (50 + 15.2, 50 + 15.2, 74), out, 0.6, 24)


def hand():
    field = block((-31, -102, 9), (31, 102, 63), 15).join(cyl((0, 0, 0.3), (0, 0, 30), 38, 3), 16)
    shell(field, WHITE, 2000)
    between((-21, -94, 55), (21, 94, 66), "graphite", 2)
    for x in (-9, 9):
        between((x - 2, -90, 65.2), (x + 2, 90, 67), "steel", 0.5)
    for y in (-86, 86):
        for x in (-14.5, 14.5):
            screw((x, y, 65.8), "z", 5)
    ring(38.6, 34, 1.6, "joint_dark", (0, 0, 4), "z", 0.4)
    for s in (-1, 1):
        disc(2.2, 1.0, "led_green", (s * 30.6, 60, 36), "x" if s > 0 else "-x", 0.3, 16)
        box((1.2, 70, 1.2), "joint_dark", (s * 30.7, 0, 46))
    between((27, -17, 27), (74, 17, 31), "aluminium", 1)
    camera_body((70, 0, 50), (0, 0, 180), (0, 1, 0))
    for y in (-11, 11):
        screw((40, y, 31), "z", 4.5)


def finger():
    outline = [(2, 0), (21, 0, 1.5), (21, 17, 5), (9.5, 32, 6), (7, 54, 1.5), (2, 54, 0.5)]
    prism(outline, 20, "aluminium", (-10, 0, 0), (90, 0, 90), bevel=0.8)
    box((20, 2.4, 18), "pad", (0, 1.2, 45), 0.3, 1)
    for z in (7, 14):
        screw((0, 20.6, z), "y", 5)
    for s in (-1, 1):
        box((0.8, 9, 9), "graphite", (s * 9.9, 13, 9), 0.3, 1)


def robot():
    r = Robot("fr3", "Franka FR3 with a parallel hand, after Franka's published kinematics, limits and masses.")
    bar = round_bar
    r.link("fr3_link0", link0, 2.3966, [bar((0, 0, 20), (0, 0, 136), 62), brick((-118, -93, 0), (68, 93, 22)), brick((-152, -47, 0), (-20, 47, 86))])
    r.link("fr3_link1", link1, 2.9275, [bar((0, 0, -190), (0, 0, -40), 56), bar((0, -131, 0), (0, -1, 0), 56)])
    r.link("fr3_link2", link2, 2.9355, [bar((0, -192, 0), (0, -40, 0), 56), bar((0, 0, 1), (0, 0, 131), 56)])
    r.link("fr3_link3", link3, 2.2449, [bar((0, 0, -120), (0, 0, -10), 56), bar((82.5, 1, 0), (82.5, 113, 0), 56), bar((0, 0, -40), (70, 40, -5), 50)])
    r.link("fr3_link4", link4, 2.6156, [bar((-82.5, 20, 0), (-82.5, 119, 0), 56), bar((0, 0, 1), (0, 0, 113), 56), bar((-82.5, 30, 0), (-10, 5, 40), 50)])
    r.link("fr3_link5", link5, 2.3271, [bar((0, 0, -262), (0, 0, -190), 56), bar((0, 20, -210), (0, 76, -100), 48), bar((0, 84, -130), (0, 84, 0), 41), bar((0, 46, 0), (0, 128, 0), 48)])
    r.link("fr3_link6", link6, 1.8170, [bar((0, 0, -44), (0, 0, 56), 48), bar((88, -49, 0), (88, 82, 0), 44), bar((0, 5, 3), (80, 5, 3), 38)])
    r.link("fr3_link7", link7, 0.6271, [bar((0, 0, 52), (0, 0, 107), 44), bar((20, 20, 74), (64, 64, 74), 20)])
    r.link("fr3_link8")
    r.link("fr3_hand", hand, 0.63, [brick((-31, -102, 6), (31, 102, 66)), bar((0, 0, 0), (0, 0, 10), 38), brick((28, -20, 24), (92, 44, 54))])
    r.link("fr3_leftfinger", finger, 0.05, FINGER)
    r.link("fr3_rightfinger", finger, 0.05, FINGER)
    r.link("fr3_tool")
    turns = [((0, 0, 333), (0, 0, 0)), ((0, 0, 0), (-HALF, 0, 0)), ((0, -316, 0), (HALF, 0, 0)), ((82.5, 0, 0), (HALF, 0, 0)),
             ((-82.5, 384, 0), (-HALF, 0, 0)), ((0, 0, 0), (HALF, 0, 0)), ((88, 0, 0), (HALF, 0, 0))]
    ranges = [(-2.7437, 2.7437), (-1.7837, 1.7837), (-2.9007, 2.9007), (-3.0421, -0.1518), (-2.8065, 2.8065), (0.5445, 4.5169), (-3.0159, 3.0159)]
    speeds, efforts = [2.62, 2.62, 2.62, 2.62, 5.26, 4.18, 5.26], [87, 87, 87, 87, 12, 12, 12]
    for k, ((xyz, rpy), limits, speed, effort) in enumerate(zip(turns, ranges, speeds, efforts)):
        r.joint(f"fr3_joint{k + 1}", "revolute", f"fr3_link{k}", f"fr3_link{k + 1}", xyz, rpy, limits=limits, effort=effort, velocity=speed, damping=0.5)
    r.joint("fr3_joint8", "fixed", "fr3_link7", "fr3_link8", (0, 0, 107))
    r.joint("fr3_hand_joint", "fixed", "fr3_link8", "fr3_hand", rpy=(0, 0, -HALF / 2))
    for k, side in enumerate(("left", "right")):
        r.joint(f"fr3_finger_joint{k + 1}", "prismatic", "fr3_hand", f"fr3_{side}finger", (0, 0, 58.4), (0, 0, k * math.pi), (0, 1, 0),
                (0, 0.04), 70, 0.2, 5.0, mimic=("fr3_finger_joint1", 1) if k else None)
    r.joint("fr3_tool_joint", "fixed", "fr3_hand", "fr3_tool", (0, 0, 103.4), (0, 0, HALF))
    return r


FINGER = [brick((-10, 0, 36), (10, 7, 54)), brick((-10, 2, 17), (10, 14, 36)), brick((-10, 2, 0), (10, 21, 18))]
