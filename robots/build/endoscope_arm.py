"""A camera holder: yaw, pitch, insertion and roll about a remote centre, with a straight endoscope of 10 mm."""
import remote
from parts import between, bolts, box, disc, ring, rod, screw, shell, turn
from solid import block, capsule, cone, cyl
from urdf import HALF, Robot, brick, modified_dh, round_bar

HEIGHT, SIDE, RADIUS = 300, -1, 400  # wider than that of the manipulators: it passes over theirs
ZERO = 382.2  # the camera head above the centre when nothing is inserted
TIP = ZERO - 382.9


def carriage():
    z = ZERO
    near, far = SIDE * 15, SIDE * 33
    shell(block((-27, min(near, far), z - 2), (27, max(near, far), z + 70), 5), "shell_dark", 900, 2.2)
    for x in (-11, 11):
        between((x - 6.5, min(SIDE * 31, SIDE * 36.5), z + 6), (x + 6.5, max(SIDE * 31, SIDE * 36.5), z + 62), "steel_dark", 1)
    shell(cyl((0, 0, z + 8), (0, 0, z + 52), 24, 5).join(block((-20, min(0, near * 1.3), z + 12), (20, max(0, near * 1.3), z + 48), 4), 8), "shell_white", 1500, 2.0)
    ring(24.6, 12, 3, "joint_dark", (0, 0, z + 29), "z", 0.5)
    for k in range(3):
        between((-12, -SIDE * 24.2 - 0.5, z + 15 + 4 * k), (12, -SIDE * 24.2 + 0.5, z + 16.2 + 4 * k), "joint_dark", 0)


def scope():
    """What rolls: endoscope, light cable, camera head."""
    z = ZERO
    turn([(0, TIP + 0.4), (2.6, TIP + 0.4), (2.6, TIP), (5, TIP, 0.3), (5, z - 26), (7, z - 22, 1), (7, z - 12, 1), (10, z - 4, 2), (10, z + 6), (0, z + 6)], "steel", segments=36)
    disc(2.55, 0.35, "lens", (0, 0, TIP + 0.45), "-z", 0.1, 24)
    ring(4.4, 3.0, 0.5, "led_white", (0, 0, TIP + 0.3), "-z", 0.1, 32)
    turn([(0, z + 54), (20, z + 54, 1), (20, z + 60, 1), (15, z + 64, 2), (15, z + 78, 1), (0, z + 78)], "steel_dark", segments=40)
    shell(block((-22, -19, z + 74), (22, 19, z + 150), 9).join(cyl((0, 0, z + 140), (0, 0, z + 164), 13, 4), 8), "shell_dark", 1500, 2.2)
    ring(20.8, 14, 6, "cap_teal", (0, 0, z + 67), "z", 1, 40)
    for k in (-1, 0, 1):
        disc(4, 2, "shell_grey", (22 - 0.6, 0, z + 112 + 13 * k), "x", 0.6, 20)
    box((0.8, 20, 30), "cap_teal", (-22, 0, z + 112), 0.3, 1)
    rod([(0, 0, z + 160), (0, 0, z + 185), (10, 0, z + 212), (40, 0, z + 226), (74, 0, z + 214)], 4.5, "rubber", 5)
    rod([(0, -SIDE * y, z + 70) for y in (10, 20, 30)], 4.5, "steel")  # light post
    disc(6, 8, "graphite", (0, -SIDE * 28, z + 70), "-y" if SIDE > 0 else "y", 1, 24)


def robot():
    r = Robot("endoscope_arm", "Camera holder: yaw, pitch, insertion and roll about an exact remote centre, with a straight endoscope of 10 mm.")
    r.modelled_about((-remote.COLUMN, 0, HEIGHT))
    bottom, top = 166, 500
    r.link("endoscope_base", lambda: remote.column(HEIGHT), 10.0, remote.column_hits(HEIGHT))
    r.link("endoscope_yaw_link", lambda: remote.arc(SIDE, RADIUS), 2.6, remote.arc_hits(SIDE, RADIUS))
    r.link("endoscope_pitch_link", lambda: remote.slide(SIDE, RADIUS, bottom, top, 5.2), 1.9, remote.slide_hits(SIDE, RADIUS, bottom, top))
    r.link("endoscope_insertion_link", carriage, 0.5, [brick((-27, min(-24, SIDE * 36), ZERO - 2), (27, max(24, SIDE * 36), ZERO + 70))])
    r.link("endoscope_scope", scope, 0.45, [round_bar((0, 0, TIP), (0, 0, ZERO - 20), 5), brick((-22, -19, ZERO + 72), (22, 19, ZERO + 164)), brick((-6, min(-SIDE * 12, -SIDE * 36), ZERO + 64), (6, max(-SIDE * 12, -SIDE * 36), ZERO + 76))], 2e-5)
    r.link("endoscope_remote_center")
    r.link("endoscope_tip")
    r.joint("endoscope_remote_center_joint", "fixed", "endoscope_base", "endoscope_remote_center", (-remote.COLUMN, 0, HEIGHT), (0, 0, HALF))
    rows = [("yaw", "yaw_link", (HALF, 0, 0, HALF), (-1.588, 1.588), 30, 2.0), ("pitch", "pitch_link", (-HALF, 0, 0, -HALF), (-0.925, 0.925), 30, 2.0),
            ("insertion", "insertion_link", (HALF, 0, -ZERO, 0), (0, 0.24), 60, 0.4), ("roll", "scope", (0, 0, 382.9, HALF), (-1.5626, 1.5626), 2.0, 3.0)]
    parent = "endoscope_remote_center"
    for name, link, (alpha, a, d, theta), limits, effort, speed in rows:
        xyz, rpy = modified_dh(alpha, a, d, theta)
        damping = {"insertion": 10.0, "roll": 0.01}.get(name, 0.5)
        r.joint(f"endoscope_{name}_joint", "prismatic" if name == "insertion" else "revolute", parent, "endoscope_" + link, xyz, rpy, limits=limits, effort=effort, velocity=speed, damping=damping)
        parent = "endoscope_" + link
    r.joint("endoscope_tip_joint", "fixed", "endoscope_scope", "endoscope_tip")
    return r
