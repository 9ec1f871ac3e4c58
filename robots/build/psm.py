"""A patient-side manipulator with a large needle driver: the kinematics of the dVRK classic PSM about an exact remote
centre. The real arm's parallelogram is replaced by an arc rail, which turns about the same centre."""
import math
import remote
from parts import between, bolts, box, disc, prism, ring, screw, shell, turn
from solid import block, capsule, cone, cyl
from urdf import HALF, Robot, brick, brick_at, modified_dh, round_bar

HEIGHT, SIDE, RADIUS = 220, 1, 340
ZERO = 431.8  # the instrument's housing above the centre when nothing is inserted
PITCH = ZERO - 416.2  # the wrist's pitch axis
YAW = PITCH - 9.1  # and its yaw axis
# At 0 the pitch axis of the wrist is along Y, the yaw axis and so the jaws' hinge along X; the jaws close along Y.


def housing():
    """What slides: the carriage, and the instrument's box on it."""
    z = ZERO
    shell(block((-27, 14, z - 2), (27, 33, z + 84), 5), "shell_dark", 900, 2.2)
    for x in (-11, 11):
        between((x - 6.5, 30, z + 6), (x + 6.5, 36.5, z + 76), "steel_dark", 1)
    disc(33, 9, "shell_dark", (0, 0, z - 3), "z", 2, 48)
    ring(30, 24, 2, "steel", (0, 0, z + 5), "z", 0.5)
    field = block((-25, -30, z + 6), (25, 14, z + 62), 8).join(block((-20, -25, z + 50), (20, 12, z + 78), 7), 8)
    shell(field, "cap_teal", 1600, 2.0)
    box((30, 0.9, 34), "shell_white", (0, -30, z + 32), 0.3, 1)
    for k in range(4):
        box((20 - 3 * (k % 2), 0.5, 1.2), "graphite", (0, -30.5, z + 24 + 5 * k))
    for s in (-1, 1):
        shell(block((s * 25 - 5, -16, z + 14), (s * 25 + 5, 4, z + 44), 3), "shell_grey", 300, 2.0)
        for zz in (12, 72):
            screw((s * 20, 14.2, z + zz), "-y", 4)


def shaft():
    """What rolls: the 8 mm shaft, and the fork of the wrist's pitch axis."""
    turn([(0, PITCH + 9), (3.2, PITCH + 8), (4, PITCH + 10, 0.3), (4, ZERO - 30), (0, ZERO - 30)], "graphite", segments=28)
    turn([(0, ZERO - 32), (4.6, ZERO - 32, 0.4), (4.6, ZERO - 20), (9, ZERO - 12, 2), (9, ZERO - 2), (0, ZERO - 2)], "steel", segments=32)
    turn([(0, PITCH + 5.2), (3.6, PITCH + 5.2, 0.3), (4.05, PITCH + 6.2), (4.05, PITCH + 12, 0.3), (0, PITCH + 12)], "steel", segments=28)
    ear = [(-2.6, 6.5), (-2.6, 0, 2.55), (0, -2.6, 2), (2.6, 0, 2.55), (2.6, 6.5)]
    for s in (-1, 1):
        prism(ear, 1.1, "steel", (0, s * 2.75 + 0.55, PITCH), (90, 0, 0), bevel=0.15, segments=1)
        disc(1.3, 0.35, "steel_dark", (0, s * 3.3, PITCH), "y" if s > 0 else "-y", 0.1, 16)


def wrist():
    """From the pitch to the yaw axis."""
    disc(2.5, 4.2, "steel", (0, -2.1, PITCH), "y", 0.2, 24)
    disc(1.9, 4.3, "joint_dark", (0, -2.15, PITCH), "y", 0.1, 20)
    block_top, block_low = PITCH - 1.2, YAW + 3.0
    between((-2.9, -2.1, block_low), (2.9, 2.1, block_top), "steel", 0.5)
    ear = [(-2.2, 4), (-2.2, 0, 2.15), (0, -2.2, 2), (2.2, 0, 2.15), (2.2, 4)]
    for s in (-1, 1):
        prism(ear, 0.9, "steel", (s * 2.55 - 0.45, 0, YAW), (90, 0, 90), bevel=0.12, segments=1)
        disc(1.1, 0.3, "steel_dark", (s * 3.0, 0, YAW), "x" if s > 0 else "-x", 0.08, 16)


def hub():
    """The pulleys on the yaw axis, between the jaws' hinges."""
    disc(2.1, 0.9, "brass", (-0.45, 0, YAW), "x", 0.1, 24)


def jaw(side):
    """side 1 closes from +Y. Its pad is flat at y = 0, from 6 to 14.4 mm beyond the hinge."""
    s = side
    disc(2.3, 1.35, "steel", (s * 1.2 - 0.675, 0, YAW), "x", 0.15, 24)
    # seen along X: from the hinge out to the back of the pad
    blade = [(s * 0.7, 1.2), (s * 2.2, 0.2, 0.8), (s * 2.5, -6), (s * 1.5, -14.4, 0.7), (s * 0.9, -14.4), (s * 0.9, -4.5), (s * 0.1, -2.6, 0.5), (s * -0.6, -1.6)]
    prism(blade if s > 0 else blade[::-1], 1.35, "steel", (s * 1.2 - 0.675, 0, YAW), (90, 0, 90), bevel=0.12, segments=1)
    back = [(s * 0.75, -5.2), (s * 2.3, -5.2, 0.4), (s * 1.5, -14.4, 0.7), (s * 0.75, -14.4)]
    prism(back if s > 0 else back[::-1], 3.6, "steel", (-1.8, 0, YAW), (90, 0, 90), bevel=0.2, segments=1)
    between((-1.7, min(0, s * 0.9), YAW - 14.3), (1.7, max(0, s * 0.9), YAW - 5.9), "tungsten", 0)


def robot():
    r = Robot("psm", "Patient-side manipulator with a large needle driver: the dVRK classic PSM's published kinematics about an exact remote centre.")
    r.modelled_about((-remote.COLUMN, 0, HEIGHT))
    bottom, top = 186, 548
    r.link("psm_base", lambda: remote.column(HEIGHT), 9.0, remote.column_hits(HEIGHT))
    r.link("psm_yaw_link", lambda: remote.arc(SIDE, RADIUS), 2.6, remote.arc_hits(SIDE, RADIUS))
    r.link("psm_pitch_link", lambda: remote.slide(SIDE, RADIUS, bottom, top, 4.2), 1.9, remote.slide_hits(SIDE, RADIUS, bottom, top))
    r.link("psm_insertion_link", housing, 0.55, [brick((-27, -31, ZERO + 6), (27, 36, ZERO + 84)), round_bar((0, 0, ZERO - 3), (0, 0, ZERO + 6), 33)])
    r.link("psm_roll_link", shaft, 0.08, [round_bar((0, 0, PITCH + 5), (0, 0, ZERO - 20), 4), brick((-2.6, -3.3, PITCH - 2.6), (2.6, 3.3, PITCH + 6))], 2e-5)
    r.link("psm_wrist_link", wrist, 0.02, [brick((-3, -2.1, YAW + 2.4), (3, 2.1, PITCH + 2))], 4e-6)
    r.link("psm_hub_link", hub, 0.01, [], 4e-6)
    for side, s in (("left", 1), ("right", -1)):
        pad = brick((-1.8, min(0, s * 1.7), YAW - 14.4), (1.8, max(0, s * 1.7), YAW - 5.9))
        root = brick((s * 1.2 - 0.675, min(s * 0.9, s * 2.3), YAW - 5.9), (s * 1.2 + 0.675, max(s * 0.9, s * 2.3), YAW - 2.5))
        r.link(f"psm_{side}_jaw", (lambda s=s: jaw(s)), 0.01, [pad, root], 2e-6)
    r.link("psm_tool")
    r.link("psm_remote_center")
    r.joint("psm_remote_center_joint", "fixed", "psm_base", "psm_remote_center", (-remote.COLUMN, 0, HEIGHT), (0, 0, HALF))
    rows = [("yaw", "yaw_link", (HALF, 0, 0, HALF), (-1.588, 1.588), 30, 2.0), ("pitch", "pitch_link", (-HALF, 0, 0, -HALF), (-0.925, 0.925), 30, 2.0),
            ("insertion", "insertion_link", (HALF, 0, -ZERO, 0), (0, 0.24), 60, 0.4), ("roll", "roll_link", (0, 0, 416.2, 0), (-4.538, 4.538), 1.0, 6.0),
            ("wrist_pitch", "wrist_link", (-HALF, 0, 0, -HALF), (-1.396, 1.396), 0.5, 6.0), ("wrist_yaw", "hub_link", (-HALF, 9.1, 0, -HALF), (-1.396, 1.396), 0.5, 6.0)]
    parent = "psm_remote_center"
    for name, link, (alpha, a, d, theta), limits, effort, speed in rows:
        xyz, rpy = modified_dh(alpha, a, d, theta)
        damping = {"insertion": 10.0, "yaw": 0.5, "pitch": 0.5}.get(name, 0.002)
        r.joint(f"psm_{name}_joint", "prismatic" if name == "insertion" else "revolute", parent, "psm_" + link, xyz, rpy, limits=limits, effort=effort, velocity=speed, damping=damping)
        parent = "psm_" + link
    r.joint("psm_jaw_joint", "revolute", "psm_hub_link", "psm_left_jaw", axis=(0, 0, LEFT), limits=(0, 0.698), effort=0.3, velocity=6.0, damping=0.001)
    r.joint("psm_jaw_follower_joint", "revolute", "psm_hub_link", "psm_right_jaw", axis=(0, 0, LEFT), limits=(-0.698, 0), effort=0.3, velocity=6.0, damping=0.001,
            mimic=("psm_jaw_joint", -1))
    r.joint("psm_tool_joint", "fixed", "psm_hub_link", "psm_tool", (0, 10.2, 0), (-HALF, 0, 0))
    return r


LEFT = 1  # sign of the hinge's axis that swings the left jaw away from the right one
