"""Link poses and masses of robot files, as PyBullet and MuJoCo have them.

robot_models.py list                      the files there are, one a line: kind, path
robot_models.py poses KIND FILE N OUT     random positions, and where the links are, as JSON
"""

import glob
import importlib.util
import json
import os
import sys
import xml.etree.ElementTree as ET

import numpy as np


def files():
    import pybullet_data

    yield "pybullet", os.path.join(pybullet_data.getDataPath(), "franka_panda", "panda.urdf")
    package = importlib.util.find_spec("robosuite").submodule_search_locations[0]
    assets = os.path.join(package, "models", "assets")
    for pattern in ["robots/*/robot.xml", "grippers/*.xml"]:
        for path in sorted(glob.glob(os.path.join(assets, pattern))):
            yield "mujoco", path


def rounded(values):
    return [round(float(v), 9) for v in values]


def by_pybullet(path, count):
    import pybullet as p

    p.connect(p.DIRECT)
    robot = p.loadURDF(path, useFixedBase=True)
    joints = [p.getJointInfo(robot, i) for i in range(p.getNumJoints(robot))]
    mimics = {}
    for joint in ET.parse(path).getroot().iter("joint"):
        mimic = joint.find("mimic")
        if mimic is not None:
            factor, offset = float(mimic.get("multiplier", 1)), float(mimic.get("offset", 0))
            mimics[joint.get("name")] = (mimic.get("joint"), factor, offset)
    moving = [j for j in joints if j[2] != p.JOINT_FIXED]
    rng = np.random.default_rng(1)
    poses = []
    for _ in range(count):
        q = {j[1].decode(): rng.uniform(j[8], j[9]) for j in moving}
        for name, (master, factor, offset) in mimics.items():
            q[name] = factor * q[master] + offset
        for j in moving:
            p.resetJointState(robot, j[0], q[j[1].decode()])
        states = p.getLinkStates(robot, [j[0] for j in joints], computeForwardKinematics=True)
        poses.append({"q": rounded(q.values()), "links": [rounded(s[4] + s[5]) for s in states]})
    return {
        "joints": [j[1].decode() for j in moving],
        "links": [j[12].decode() for j in joints],
        "poses": poses,
        "bodies": [],
    }


def by_mujoco(path, count):
    import mujoco

    model = mujoco.MjModel.from_xml_path(path)
    data = mujoco.MjData(model)
    single = [int(mujoco.mjtJoint.mjJNT_HINGE), int(mujoco.mjtJoint.mjJNT_SLIDE)]
    moving = [j for j in range(model.njnt) if model.jnt_type[j] in single]
    names = [model.joint(j).name for j in moving]
    rng = np.random.default_rng(1)
    poses = []
    for _ in range(count):
        data.qpos[:] = model.qpos0
        for j in moving:
            low, high = model.jnt_range[j] if model.jnt_limited[j] else (-3.0, 3.0)
            data.qpos[model.jnt_qposadr[j]] = rng.uniform(low, high)
        for e in range(model.neq):
            if model.eq_type[e] != int(mujoco.mjtEq.mjEQ_JOINT) or not model.eq_active0[e]:
                continue
            y, x = (model.jnt_qposadr[j] for j in (model.eq_obj1id[e], model.eq_obj2id[e]))
            a0, a1 = model.eq_data[e][:2]
            data.qpos[y] = model.qpos0[y] + a0 + a1 * (data.qpos[x] - model.qpos0[x])
        mujoco.mj_kinematics(model, data)
        links = [
            rounded([*data.xpos[b], *data.xquat[b][1:], data.xquat[b][0]])
            for b in range(1, model.nbody)
        ]
        q = rounded(data.qpos[model.jnt_qposadr[j]] for j in moving)
        poses.append({"q": q, "links": links})
    bodies = []
    for b in range(1, model.nbody):
        turn = np.zeros(9)
        mujoco.mju_quat2Mat(turn, model.body_iquat[b])
        turn = turn.reshape(3, 3)
        inertia = turn @ np.diag(model.body_inertia[b]) @ turn.T
        bodies.append(
            {
                "mass": float(model.body_mass[b]),
                "center": [float(v) for v in model.body_ipos[b]],
                "inertia": [float(v) for v in inertia.flatten()],
            }
        )
    return {
        "joints": names,
        "links": [model.body(b).name or f"body {b}" for b in range(1, model.nbody)],
        "poses": poses,
        "bodies": bodies,
    }


def main():
    if sys.argv[1] == "list":
        for kind, path in files():
            print(kind, path)
        return
    kind, path, count, out = sys.argv[2:]
    result = {"pybullet": by_pybullet, "mujoco": by_mujoco}[kind](path, int(count))
    with open(out, "w") as f:
        json.dump(result, f)


main()
