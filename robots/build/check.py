"""Checks the robots with PyBullet: python3 robots/build/check.py [name ...]

Forward kinematics against the published Denavit-Hartenberg tables at 1,000 random poses, no collision of links that
are no neighbours at home, gravity efforts at home under the limits, sound inertias, and a robot.toml that fits the tree.
"""
import math, os, re, sys, tempfile, tomllib
import numpy as np
import pybullet as pb

ROBOTS = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
HALF = math.pi / 2


def screw(alpha, a, theta, d, modified):
    """One row of a Denavit-Hartenberg table, metres."""
    rx, rz, tx, tz = np.eye(4), np.eye(4), np.eye(4), np.eye(4)
    c, s = math.cos(alpha), math.sin(alpha)
    rx[1:3, 1:3] = [[c, -s], [s, c]]
    c, s = math.cos(theta), math.sin(theta)
    rz[:2, :2] = [[c, -s], [s, c]]
    tx[0, 3], tz[2, 3] = a, d
    return rx @ tx @ rz @ tz if modified else rz @ tz @ tx @ rx


def turn_z(angle):
    return screw(0, 0, angle, 0, True)


def fr3(q):
    rows = [(0, 0, .333), (-HALF, 0, 0), (HALF, 0, .316), (HALF, .0825, 0), (-HALF, -.0825, .384), (HALF, 0, 0), (HALF, .088, 0)]
    m = np.eye(4)
    for (alpha, a, d), angle in zip(rows, q):
        m = m @ screw(alpha, a, angle, d, True)
    return m @ screw(0, 0, HALF / 2, .107 + .1034, True)  # hand turned by -45 deg, tool by +90 deg


def ur5e(q):
    m = turn_z(math.pi)  # X forward, as in ROS
    for (d, a, alpha), angle in zip([(.1625, 0, HALF), (0, -.425, 0), (0, -.3922, 0), (.1333, 0, HALF), (.0997, 0, -HALF), (.0996, 0, 0)], q):
        m = m @ screw(alpha, a, angle, d, False)
    return m @ screw(0, 0, 0, TOOL["ur5e"], True)


def ot2(q):
    m = np.diag([1.0, -1, -1, 1])
    m[:3, 3] = q[1], q[0], q[2]  # the beam (y) carries the carriage (x)
    return m


def remote(q, rows):
    """Modified rows (alpha, a, d, theta offset, 'r' or 'p') from the remote centre."""
    m = np.eye(4)
    for (alpha, a, d, offset, kind), value in zip(rows, q):
        m = m @ (screw(alpha, a, offset, d + value, True) if kind == "p" else screw(alpha, a, offset + value, d, True))
    return m


def psm(q):
    rows = [(HALF, 0, 0, HALF, "r"), (-HALF, 0, 0, -HALF, "r"), (HALF, 0, -.4318, 0, "p"), (0, 0, .4162, 0, "r"),
            (-HALF, 0, 0, -HALF, "r"), (-HALF, .0091, 0, -HALF, "r")]
    return CENTER["psm"] @ remote(q, rows) @ screw(-HALF, 0, 0, TOOL["psm"], True)


def endoscope_arm(q):
    rows = [(HALF, 0, 0, HALF, "r"), (-HALF, 0, 0, -HALF, "r"), (HALF, 0, -.3822, 0, "p"), (0, 0, .3829, HALF, "r")]
    return CENTER["endoscope_arm"] @ remote(q, rows)


def center(x, z):
    m = turn_z(HALF)
    m[:3, 3] = x, 0, z
    return m


TOOL = {"ur5e": 0.145, "psm": 0.0102}
CENTER = {"psm": center(0.55, 0.22), "endoscope_arm": center(0.55, 0.30)}
TABLES = {"fr3": fr3, "ur5e": ur5e, "ot2": ot2, "psm": psm, "endoscope_arm": endoscope_arm}


def check(name):
    folder = os.path.join(ROBOTS, name)
    with open(os.path.join(folder, "robot.toml"), "rb") as file:
        spec = tomllib.load(file)
    text = open(os.path.join(folder, spec["model"])).read()
    text = re.sub(r"<visual>.*?</visual>", "", text, flags=re.S)
    mass = sum(map(float, re.findall(r'<mass value="([^"]+)"', text)))
    nothing = '<inertial><mass value="1e-9"/><inertia ixx="1e-12" iyy="1e-12" izz="1e-12" ixy="0" ixz="0" iyz="0"/></inertial>'
    text = re.sub(r'<link name="(\w+)"/>', rf'<link name="\1">{nothing}</link>', text)  # PyBullet gives bare frames 1 kg
    bare = tempfile.NamedTemporaryFile("w", suffix=".urdf", dir=folder, delete=False)
    with bare:
        bare.write(text)
    try:
        body = pb.loadURDF(bare.name, useFixedBase=True, flags=pb.URDF_USE_SELF_COLLISION | pb.URDF_USE_SELF_COLLISION_EXCLUDE_PARENT | pb.URDF_USE_INERTIA_FROM_FILE)
    finally:
        os.unlink(bare.name)
    info = [pb.getJointInfo(body, j) for j in range(pb.getNumJoints(body))]
    joints, links = {i[1].decode(): i for i in info}, {i[12].decode(): i[0] for i in info}
    mimic = {m[0]: (m[1], float(m[2])) for m in re.findall(r'<joint name="(\w+)"[^>]*>(?:(?!</joint>).)*?<mimic joint="(\w+)" multiplier="([-\d.]+)"', text, re.S)}
    moving = [n for n, i in joints.items() if i[2] != pb.JOINT_FIXED]

    def pose(values):
        for n in moving:
            other, factor = mimic.get(n, (n, 1))
            pb.resetJointState(body, joints[n][0], factor * values.get(other, min(max(0, joints[other][8]), joints[other][9])))

    # robot.toml fits
    root = pb.getBodyInfo(body)[0].decode()
    known = set(links) | {root}
    for link in [*spec.get("link", {}), spec["arm"]["tool"], *spec.get("gripper", {}).get("fingers", []), *(c["link"] for c in spec.get("camera", []))]:
        assert link in known, f"{name}: no link {link}"
    for joint in [*spec["home"], *spec["arm"]["joints"], *spec["drives"]]:
        assert joint in joints, f"{name}: no joint {joint}"
    assert set(spec["drives"]) == set(moving) - set(mimic), (name, set(spec["drives"]) ^ (set(moving) - set(mimic)))
    for joint, value in spec["home"].items():
        assert joints[joint][8] <= value <= joints[joint][9], (name, joint, value)
    # inertias (principal values as PyBullet has read them)
    for link, index in {root: -1, **links}.items():
        kilograms, _, principal = pb.getDynamicsInfo(body, index)[:3]
        if kilograms > 1e-6:
            a, b, c = sorted(principal)
            assert a > 0 and a + b >= c * 0.999, (name, link, principal)
        else:
            assert index < 0 or info[index][2] == pb.JOINT_FIXED, (name, link, "moves without mass")
    # kinematics
    rng, worst = np.random.default_rng(1), 0.0
    arm = spec["arm"]["joints"]
    for _ in range(1000):
        q = [rng.uniform(joints[j][8], joints[j][9]) for j in arm]
        pose(dict(zip(arm, q)))
        state = pb.getLinkState(body, links[spec["arm"]["tool"]], computeForwardKinematics=True)
        got = np.eye(4)
        got[:3, 3], got[:3, :3] = state[4], np.array(pb.getMatrixFromQuaternion(state[5])).reshape(3, 3)
        worst = max(worst, np.abs(got - TABLES[name](q)).max())
    assert worst < 1e-6, (name, worst)
    # home
    pose(spec["home"])
    pb.performCollisionDetection()
    parent = {i[12].decode(): (root if i[16] < 0 else info[i[16]][12].decode(), i[2]) for i in info}

    def merged(link):
        while link in parent and parent[link][1] == pb.JOINT_FIXED:
            link = parent[link][0]
        return link

    names, touching = {v: k for k, v in links.items()} | {-1: root}, set()
    for c in pb.getContactPoints(body, body):
        a, b = merged(names[c[3]]), merged(names[c[4]])
        above = [merged(parent[x][0]) if x in parent else None for x in (a, b)]
        if a != b and above[0] != b and above[1] != a and c[8] < -1e-5:
            touching.add((a, b, round(c[8] * 1000, 2)))
    assert not touching, (name, "touch at home", touching)
    q = [pb.getJointState(body, joints[n][0])[0] for n in moving]
    pb.setGravity(0, 0, -9.81)
    efforts = pb.calculateInverseDynamics(body, q, [0.0] * len(q), [0.0] * len(q))
    share = {n: abs(e) / joints[n][10] for n, e in zip(moving, efforts)}
    worst_joint = max(share, key=share.get)
    assert share[worst_joint] < 1, (name, share)
    state = pb.getLinkState(body, links[spec["arm"]["tool"]], computeForwardKinematics=True)
    print(f"{name}: {mass:.3f} kg, kinematics within {worst:.1e}, gravity at home at most {100 * share[worst_joint]:.0f} % of the effort ({worst_joint}), "
          f"tool at home {np.round(state[4], 4).tolist()}")
    pb.resetSimulation()


if __name__ == "__main__":
    pb.connect(pb.DIRECT)
    for robot in sys.argv[1:] or TABLES:
        check(robot)
