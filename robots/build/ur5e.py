"""UR5e with a two-finger gripper of 85 mm stroke: six joints of published offsets, housings modelled by eye."""
import math
from parts import between, bolts, box, camera_body, cap, disc, prism, ring, screw, shell
from solid import block, capsule, cone, cyl
from urdf import HALF, Robot, brick, round_bar

BODY, TUBE, BLUE = "shell_silver", "shell_grey", "cap_blue"


def lid(at, direction, r):
    """The blue cover of a joint, with its seam and screws."""
    ring(r + 0.6, r - 6, 2.4, "joint_dark", at, direction, 0.4)
    cap(r - 0.8, 8, BLUE, at, direction)
    bolts(r + 0.4 - 6.5, 4, [p + 6.0 * d for p, d in zip(at, DIRECTIONS[direction])], direction, 4, 45, "steel_dark", 2.2)


DIRECTIONS = {"x": (1, 0, 0), "y": (0, 1, 0), "z": (0, 0, 1), "-x": (-1, 0, 0), "-y": (0, -1, 0), "-z": (0, 0, -1)}


def seam(at, direction, r):
    """The turning gap between two housings."""
    ring(r - 1.6, r - 14, 3.2, "joint_dark", at, direction, 0.3)
    ring(r - 0.4, r - 6, 1.2, "aluminium", at, direction, 0.3)


def base():
    field = cone((0, 0, 0), (0, 0, 30), 74.5, 72, 4).join(cone((0, 0, 12), (0, 0, 97), 64, 59, 3), 14)
    shell(field, BODY, 1800)
    seam((0, 0, 96.5), "z", 59)
    for k in range(4):
        a = math.radians(45 + 90 * k)
        x, y = 66 * math.cos(a), 66 * math.sin(a)
        disc(8.8, 9, "steel_dark", (x, y, 24), "z", 0.6, 20)
        screw((x, y, 33), "z", 9, "steel", 4)
    box((10, 30, 26), "graphite", (-68, 0, 46), 3)
    disc(9, 12, "joint_dark", (-70, 0, 46), "-x", 1, 24)
    disc(4.5, 16, "rubber", (-70, 0, 46), "-x", 1, 16)


def shoulder():
    field = cyl((0, 0, -63), (0, 0, 20), 59, 3).join(cyl((0, 66, 0), (0, -73, 0), 59, 4), 14)
    shell(field, BODY, 2000)
    lid((0, 66, 0), "y", 57)
    seam((0, -72.5, 0), "-y", 59)


def upper_arm():
    field = cyl((0, 0, 76), (0, 0, 196), 58, 4).join(cyl((-20, 0, 138), (-120, 0, 138), 50, 10), 16)
    field = field.join(cyl((-425, 0, 78), (-425, 0, 192), 56, 4).join(cyl((-405, 0, 138), (-330, 0, 138), 47, 10), 16))
    shell(field, BODY, 2400, 3.0)
    ring(48.5, 30, 250, TUBE, (-95, 0, 138), "-x", 1.0, 48)
    for x in (-121.5, -326):
        ring(49.6, 40, 3.4, "joint_dark", (x, 0, 138), "-x", 0.5, 40)
    lid((0, 0, 196), "z", 56)
    lid((-425, 0, 192), "z", 54)
    seam((-425, 0, 78.5), "-z", 56)


def forearm():
    field = cyl((0, 0, 74.5), (0, 0, -48), 54, 4).join(cyl((-20, 0, 7), (-110, 0, 7), 42, 10), 16)
    field = field.join(cyl((-392.2, 0, 57), (-392.2, 0, -38), 38.5, 4).join(cyl((-378, 0, 7), (-315, 0, 7), 36, 8), 12))
    shell(field, BODY, 2400, 3.0)
    ring(38.6, 24, 230, TUBE, (-95, 0, 7), "-x", 1.0, 48)
    ring(40.6, 30, 3.4, "joint_dark", (-110.5, 0, 7), "-x", 0.5, 40)
    ring(39.4, 30, 3.4, "joint_dark", (-311.5, 0, 7), "-x", 0.5, 40)
    lid((0, 0, -48), "-z", 52)
    lid((-392.2, 0, -38), "-z", 37)
    seam((-392.2, 0, 56.5), "z", 38.5)


def wrist_1():
    field = cyl((0, 0, -72.5), (0, 0, 41), 38.5, 4).join(cyl((0, 0, 0), (0, -50, 0), 38.5, 3), 10)
    shell(field, BODY, 1700, 2.0)
    lid((0, 0, 41), "z", 37)
    seam((0, -49.5, 0), "-y", 38.5)


def wrist_2():
    field = cyl((0, 0, -45.5), (0, 0, 41), 38.5, 4).join(cyl((0, 0, 0), (0, 50, 0), 38.5, 3), 10)
    shell(field, BODY, 1700, 2.0)
    lid((0, 0, 41), "z", 37)
    seam((0, 49.5, 0), "y", 38.5)


def wrist_3():
    shell(cyl((0, 0, -45.5), (0, 0, -9), 38.0, 4), BODY, 900, 2.0)
    ring(37, 16, 9.5, "steel", (0, 0, -9.5), "z", 0.8)
    disc(31.5, 1.0, "steel_dark", (0, 0, -1.0), "z", 0.2, 40)
    disc(5.5, 9, "joint_dark", (37, 0, -26), "x", 1, 20)
    disc(3.5, 13, "rubber", (37, 0, -26), "x", 1, 16)


def gripper():
    ring(37.5, 10, 13.5, "steel_dark", (0, 0, 0), "z", 0.8)
    bolts(31, 4, (0, 0, 13.0), "z", 6, 45, "steel")
    field = cyl((0, 0, 14), (0, 0, 50), 34, 4).join(block((-66, -24, 48), (66, 24, 91), 9), 24)
    shell(field, "graphite", 2000, 2.2)
    between((-64, -19, 88), (64, 19, 95), "shell_dark", 1.5)
    for y in (-9, 9):
        between((-62, y - 2.2, 94), (62, y + 2.2, 96.4), "steel", 0.5)
    for x in (-60, 60):
        for y in (-14.5, 14.5):
            screw((x, y, 94.8), "z", 5, "steel")
    for s in (-1, 1):
        box((76, 1.0, 12), "shell_silver", (0, s * 24.1, 79), 0.4, 1)
        for x in (-34, 34):
            screw((x, s * 24.4, 79), "y" if s > 0 else "-y", 4.5, "steel", 1.4)
    disc(3, 1, "led_blue", (50, 24.0, 79), "y", 0.3, 20)
    between((-17, -80, 38.5), (17, -24, 42.5), "aluminium", 1)
    camera_body((0, -75, 62), (0, 0, 180), (1, 0, 0))


def finger():
    """Frame at the gripper's face; the pad is flat at x = 3 mm, so 6 mm stay open at joint position 0."""
    outline = [(4, 0), (27, 0, 1.5), (27, 14, 4), (16, 30, 6), (11, 68.75, 2), (5, 68.75, 0.5), (5, 28)]
    prism(outline, 22, "steel_dark", (0, 11, 0), (90, 0, 0), bevel=0.8)
    box((3.4, 22, 37.5), "pad", (4.7, 0, 50), 0.3, 1)
    for z in (31.25, 68.75):
        box((2.2, 21, 1.6), "aluminium", (6.0, 0, z + (0.9 if z < 40 else -0.9)), 0.2, 1)
    for y in (-5.5, 5.5):
        screw((26.8, y, 7), "x", 5, "steel", 1.6)


def robot():
    r = Robot("ur5e", "UR5e with a two-finger gripper of 85 mm stroke, after Universal Robots' published kinematics, limits and masses.")
    bar, pi = round_bar, math.pi
    r.link("ur5e_base", base, 4.0, [bar((0, 0, 0), (0, 0, 97), 74)])
    r.link("ur5e_shoulder", shoulder, 3.761, [bar((0, 0, -63), (0, 0, 20), 59), bar((0, 74, 0), (0, -73, 0), 59)])
    r.link("ur5e_upper_arm", upper_arm, 8.058, [bar((0, 0, 76), (0, 0, 204), 58), bar((0, 0, 138), (-425, 0, 138), 50), bar((-425, 0, 78), (-425, 0, 200), 56)])
    r.link("ur5e_forearm", forearm, 2.846, [bar((0, 0, -56), (0, 0, 75), 54), bar((0, 0, 7), (-392, 0, 7), 41), bar((-392.2, 0, -46), (-392.2, 0, 57), 38.5)])
    r.link("ur5e_wrist_1", wrist_1, 1.37, [bar((0, 0, -73), (0, 0, 49), 38.5), bar((0, -10, 0), (0, -50, 0), 38.5)])
    r.link("ur5e_wrist_2", wrist_2, 1.3, [bar((0, 0, -46), (0, 0, 49), 38.5), bar((0, 10, 0), (0, 50, 0), 38.5)])
    r.link("ur5e_wrist_3", wrist_3, 0.365, [bar((0, 0, -46), (0, 0, 0), 38)])
    r.link("ur5e_gripper", gripper, 0.777, [bar((0, 0, 0), (0, 0, 50), 38), brick((-66, -25, 46), (66, 25, 95)), brick((-22, -98, 36), (46, -26, 66))])
    for side in ("left", "right"):
        r.link(f"ur5e_{side}finger", finger, 0.07, [brick((3, -11, 31.25), (11, 11, 68.75)), brick((4, -11, 1), (22, 11, 31.25))])
    r.link("ur5e_tool")
    names = ["shoulder_pan", "shoulder_lift", "elbow", "wrist_1", "wrist_2", "wrist_3"]
    links = ["base", "shoulder", "upper_arm", "forearm", "wrist_1", "wrist_2", "wrist_3"]
    places = [((0, 0, 162.5), (0, 0, pi)), ((0, 0, 0), (HALF, 0, 0)), ((-425, 0, 0), (0, 0, 0)), ((-392.2, 0, 133.3), (0, 0, 0)),
              ((0, -99.7, 0), (HALF, 0, 0)), ((0, 99.6, 0), (-HALF, 0, 0))]
    for k, (xyz, rpy) in enumerate(places):
        reach = pi if k == 2 else 2 * pi
        r.joint(f"ur5e_{names[k]}_joint", "revolute", "ur5e_" + links[k], "ur5e_" + links[k + 1], xyz, rpy, limits=(-reach, reach),
                effort=150 if k < 3 else 28, velocity=pi, damping=0.5)
    r.joint("ur5e_gripper_joint", "fixed", "ur5e_wrist_3", "ur5e_gripper")
    for k, side in enumerate(("left", "right")):
        r.joint(f"ur5e_finger_joint{k + 1}", "prismatic", "ur5e_gripper", f"ur5e_{side}finger", (0, 0, 95), (0, 0, k * pi), (1, 0, 0),
                (0, 0.0425), 130, 0.075, 5.0, mimic=("ur5e_finger_joint1", 1) if k else None)
    r.joint("ur5e_tool_joint", "fixed", "ur5e_gripper", "ur5e_tool", (0, 0, 145))
    return r
