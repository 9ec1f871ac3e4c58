"""What an evaluation loop in Python over MuJoCo makes of the same work: the arm of robots/ur5e in the room of
scenes/liquid_deck with the cameras `front` of the scene and `wrist` of the robot, the actions of a recording
(`benchside record plate_to_reader -o FOLDER`) played back, physics at 500 Hz, control at 20 Hz, both
cameras rendered in colour and handed to the policy before every action.

pip install mujoco numpy pandas pyarrow
usage: MUJOCO_GL=egl python mujoco_rollouts.py FOLDER [--processes 2] [--size 128] [--steps N] [--no-shadows]
       [--picture FILE.png]

Prints control steps a second over all processes. Meshes, triangles, bodies and joints are the same
ones; contacts are not made to agree (the hulls are MuJoCo's), success is not judged.
"""

import argparse
import json
import multiprocessing
import os
import re
import struct
import time
import xml.etree.ElementTree as xml

import mujoco
import numpy as np
import pandas as pd

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
DTYPES = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
Z_UP_FROM_Y_UP = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1.0]])
SUBSTEPS = 25
HOME = {"shoulder_lift_joint": -1.5708, "elbow_joint": 1.5708, "wrist_1_joint": -1.5708, "wrist_2_joint": -1.5708,
        "finger_joint1": 0.0425, "finger_joint2": 0.0425}


def read_gltf(path):
    """JSON and buffer of a .gltf or .glb."""
    if path.endswith(".gltf"):
        with open(path) as file:
            gltf = json.load(file)
        with open(os.path.join(os.path.dirname(path), gltf["buffers"][0]["uri"]), "rb") as file:
            return gltf, file.read()
    with open(path, "rb") as file:
        data = file.read()
    length = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + length]), data[28 + length :]


def accessor(gltf, buffer, index):
    a = gltf["accessors"][index]
    view = gltf["bufferViews"][a["bufferView"]]
    dtype, width = np.dtype(DTYPES[a["componentType"]]), WIDTHS[a["type"]]
    begin = view.get("byteOffset", 0) + a.get("byteOffset", 0)
    stride = view.get("byteStride", dtype.itemsize * width)
    rows = np.ndarray((a["count"], width), dtype, buffer, begin, (stride, dtype.itemsize))
    return np.array(rows)


def local(node):
    if "matrix" in node:
        return np.array(node["matrix"]).reshape(4, 4).T
    m = np.eye(4)
    x, y, z, w = node.get("rotation", [0, 0, 0, 1])
    rotation = np.zeros(9)
    mujoco.mju_quat2Mat(rotation, np.array([w, x, y, z], float))
    m[:3, :3] = rotation.reshape(3, 3) * np.array(node.get("scale", [1, 1, 1]))
    m[:3, 3] = node.get("translation", [0, 0, 0])
    return m


def nodes(gltf):
    """Every node with its pose in the file's world."""
    todo = [(n, np.eye(4)) for n in gltf["scenes"][gltf.get("scene", 0)]["nodes"]]
    while todo:
        index, parent = todo.pop()
        node = gltf["nodes"][index]
        world = parent @ local(node)
        yield node, world
        todo += [(child, world) for child in node.get("children", [])]


def add_meshes(spec, body, path, prefix):
    """All that is seen of a file as geoms of a body, in the file's own frame for robots (Z up)."""
    gltf, buffer = read_gltf(path)
    known = {}
    for node, world in nodes(gltf):
        if "mesh" not in node or node.get("name", "").startswith("U"):
            continue  # collision shapes, by their prefixes
        for number, primitive in enumerate(gltf["meshes"][node["mesh"]]["primitives"]):
            material = gltf["materials"][primitive["material"]] if "material" in primitive else {}
            color = material.get("pbrMetallicRoughness", {}).get("baseColorFactor", [0.8] * 3 + [1])
            name = f"{prefix}{node['mesh']}_{number}"
            if name not in known:
                points = accessor(gltf, buffer, primitive["attributes"]["POSITION"])
                faces = accessor(gltf, buffer, primitive["indices"]).reshape(-1, 3)
                known[name] = np.ptp(points, axis=0).min() > 1e-6
                if known[name]:
                    spec.add_mesh(name=name, uservert=points.astype(float).ravel(),
                                  userface=faces.astype(np.int32).ravel())
            if not known[name]:
                continue  # MuJoCo takes no flat mesh
            pose = Z_UP_FROM_Y_UP @ world
            quat = np.zeros(4)
            mujoco.mju_mat2Quat(quat, np.ascontiguousarray(pose[:3, :3]).ravel())
            body.add_geom(type=mujoco.mjtGeom.mjGEOM_MESH, meshname=name, pos=pose[:3, 3], quat=quat,
                          rgba=color, contype=0, conaffinity=0, mass=0)


def model(size, shadows=True):
    folder = os.path.join(ROOT, "robots", "ur5e")
    tree = xml.parse(os.path.join(folder, "ur5e.urdf")).getroot()
    visuals = {}
    for link in tree.findall("link"):
        for visual in link.findall("visual"):
            mesh = visual.find("geometry/mesh")
            visuals[link.get("name")] = os.path.join(folder, mesh.get("filename"))
            link.remove(visual)
    compiler = xml.SubElement(xml.SubElement(tree, "mujoco"), "compiler")
    compiler.set("fusestatic", "false")
    arm = mujoco.MjSpec.from_string(xml.tostring(tree, encoding="unicode"))
    for link, path in visuals.items():
        add_meshes(arm, arm.body(link), path, link)
    with open(os.path.join(folder, "robot.toml")) as file:
        drives = re.findall(r"\[drives\.(\w+)\]\nstiffness = ([\d.]+)\ndamping = ([\d.]+)", file.read())
    wrist = arm.body("ur5e_gripper")
    wrist.add_camera(name="wrist", pos=[0, -0.075, 0.062], fovy=70, xyaxes=[1, 0, 0, 0, -0.844, 0.536])

    spec = mujoco.MjSpec()
    spec.option.timestep = 1.0 / 500
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.visual.global_.offwidth = spec.visual.global_.offheight = size
    scene = os.path.join(ROOT, "scenes", "liquid_deck", "liquid_deck.gltf")
    add_meshes(spec, spec.worldbody, scene, "room")
    gltf, _ = read_gltf(scene)
    for node, world in nodes(gltf):
        pose = Z_UP_FROM_Y_UP @ world
        if node.get("name") == "robot_mount_arm":
            mount = pose
        if node.get("name") == "cam_front":
            front = pose
    spec.worldbody.add_camera(name="front", pos=front[:3, 3], fovy=56,
                              xyaxes=[*front[:3, 0], *front[:3, 1]])
    spec.worldbody.add_light(pos=[0, 0, 2.4], dir=[0, 0, -1], castshadow=shadows)
    quat = np.zeros(4)
    mujoco.mju_mat2Quat(quat, np.ascontiguousarray(mount[:3, :3]).ravel())
    frame = spec.worldbody.add_frame(pos=mount[:3, 3], quat=quat)
    spec.attach(arm, frame=frame, prefix="")
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[1.4, 0.45, 0.01],
                            pos=[0, 0, mount[2, 3] - 0.011], rgba=[0, 0, 0, 0])
    plate = spec.worldbody.add_body(name="plate", pos=mount[:3, 3] + [0.35, -0.2, 0.05])
    plate.add_freejoint()
    plate.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.0639, 0.0427, 0.0072], mass=0.05)
    for joint, stiffness, damping in drives:
        actuator = spec.add_actuator(name=joint, target=joint, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        actuator.set_to_position(kp=float(stiffness), kv=float(damping))
    return spec.compile()


class Policy:
    """Looks at what it is shown, and says what was recorded."""

    def __init__(self, actions):
        self.actions = actions

    def act(self, observation, step):
        assert all(picture.dtype == np.uint8 for picture in observation.values())
        return self.actions[step]


def rollout(m, d, renderer, actions):
    mujoco.mj_resetData(m, d)
    for name, value in HOME.items():
        d.joint(f"ur5e_{name}").qpos = value
    policy = Policy(actions)
    for step in range(len(actions)):
        observation = {}
        for camera in ("front", "wrist"):
            renderer.update_scene(d, camera)
            observation[camera] = renderer.render()
        action = policy.act(observation, step)
        d.ctrl[:6] = action[:6]
        d.ctrl[6] = 0.0425 * action[6]
        mujoco.mj_step(m, d, nstep=SUBSTEPS)
    return len(actions)


def work(task):
    recorded, size, shadows = task
    m = model(size, shadows)
    d = mujoco.MjData(m)
    renderer = mujoco.Renderer(m, size, size)
    rollout(m, d, renderer, recorded[0][:20])
    begin = time.perf_counter()
    steps = sum(rollout(m, d, renderer, actions) for actions in recorded)
    return steps, time.perf_counter() - begin, int(m.nmesh), int(m.mesh_facenum.sum())


def picture(path, size):
    m = model(size)
    d = mujoco.MjData(m)
    for name, value in HOME.items():
        d.joint(f"ur5e_{name}").qpos = value
    mujoco.mj_forward(m, d)
    renderer = mujoco.Renderer(m, size, size)
    shown = []
    for camera in ("front", "wrist"):
        renderer.update_scene(d, camera)
        shown.append(renderer.render().copy())
    from PIL import Image

    Image.fromarray(np.hstack(shown)).save(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--picture")
    parser.add_argument("--no-shadows", action="store_true")
    parser.add_argument("--steps", type=int, help="of each rollout no more")
    chosen = parser.parse_args()
    if chosen.picture:
        picture(chosen.picture, chosen.size)
    frames = pd.read_parquet(os.path.join(chosen.folder, "lerobot3", "data"))
    recorded = [np.stack(rows["action"])[: chosen.steps] for _, rows in frames.groupby("episode_index")]
    shares = [recorded[i :: chosen.processes] for i in range(chosen.processes)]
    with multiprocessing.get_context("spawn").Pool(chosen.processes) as pool:
        done = pool.map(work, [(share, chosen.size, not chosen.no_shadows) for share in shares])
    rate = sum(steps / secs for steps, secs, *_ in done)
    print(f"mujoco {mujoco.__version__}: {sum(d[0] for d in done)} control steps of {len(recorded)} rollouts, "
          f"two {chosen.size}px cameras, {'no shadows' if chosen.no_shadows else 'shadows'}, {done[0][2]} meshes, {done[0][3]} triangles, "
          f"{chosen.processes} processes: {rate:.1f} steps/s")
