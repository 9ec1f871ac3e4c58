"""Trains a policy for plate_to_reader from a recording of `benchside record`, and writes it as ONNX.

    benchside record plate_to_reader -n 60 --seed 101 --actions tool-delta --color-only \\
        --cameras front --size 32x32 --samples 1 --formats native -o output/plates
    python tests/training/behaviour_cloning.py output/plates policy.onnx

The policy sees the truth and no pictures: the gripper, the tool's pose, and where plate and nest
are, all in the frame of the robot's base. It answers with the next shifts and turns of the tool.
Needs torch (on the CPU), numpy and pyarrow.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from onnx_file import FLOAT, Graph

# What the policy sees, as the adapter beside it says: gripper, tool position and quaternion (x, y, z, w),
# plate, nest.
GRIPPER, TOOL, QUAT, PLATE, NEST, WIDTH = 0, slice(1, 4), slice(4, 8), slice(8, 11), slice(11, 14), 14
HORIZON, ACTION = 8, 7
# Units of the network's output.
UNIT = np.array([0.005] * 3 + [0.02] * 3, np.float32)
# Steps in which less happens are made one with the next.
LEAST_M, LEAST_RAD = 0.0006, 0.003
# A tool off its way comes back within so many steps.
BACK = 6
PAIRS = [(i, j) for i in range(4) for j in range(i, 4)]


def rotate_inverse(quat, vectors):
    """Vectors in the frame that the quaternion (x, y, z, w) turns."""
    u, w = -np.asarray(quat[:3]), quat[3]
    return vectors + 2 * np.cross(u, np.cross(u, vectors) + w * vectors)


def episode(folder, manifest):
    """Observations (steps, 14) and actions (steps, 7) of an episode; None if it failed."""
    record = json.loads((folder / "episode.json").read_text())
    if not (record["kept"] and record["verdict"]["success"]):
        return None
    names = [c["name"] for c in manifest["state"]]
    pick = lambda *wanted: [names.index(n) for n in wanted]
    table = pq.read_table(folder / "steps.parquet").to_pydict()
    state, action = np.array(table["state"]), np.array(table["action"])
    base = record["spec"]["episode"]["robots"][0]["world_from_base"]
    goal = record["spec"]["ended"]["goal"]["objects"]
    local = lambda p: rotate_inverse(base["quat_xyzw"], np.asarray(p) - base["translation_m"])
    poses = np.array(table["object_poses"]).reshape(len(state), -1, 7)
    plate = local(poses[:, goal["plate"]["instance"] - 1, :3])
    nest = np.broadcast_to(local(goal["nest"]["world_from_object"]["translation_m"]), plate.shape)
    tool = state[:, pick("tool.x", "tool.y", "tool.z", "tool.qx", "tool.qy", "tool.qz", "tool.qw")]
    gripper = state[:, pick("gripper.open_fraction")]
    return np.hstack([gripper, tool, plate, nest]).astype(np.float32), action.astype(np.float32)


def without_pauses(seen, action):
    """Small steps joined until they are worth one; of the gripper, only which way it is to go."""
    command = action[:, 6]
    rising = np.diff(command, prepend=command[0])
    wanted, now = np.empty(len(command), np.float32), float(command[0] > 0.5)
    for i, change in enumerate(rising):
        now = now if change == 0 else float(change > 0)
        wanted[i] = now
    switched = np.flatnonzero(np.diff(wanted)) + 1
    keep, joined, done = [], [], True
    for i in range(len(action)):
        moves = i + 1 < len(seen) and abs(seen[i + 1, GRIPPER] - seen[i, GRIPPER]) > 0.002
        switches = any(s <= i < s + 3 for s in switched)
        if done:
            keep.append(i)
            joined.append(np.zeros(6, np.float32))
        joined[-1] = joined[-1] + action[i, :6]
        shift, turn = np.linalg.norm(joined[-1][:3]), np.linalg.norm(joined[-1][3:])
        done = shift >= LEAST_M or turn >= LEAST_RAD or moves or switches
        # The gripper never changes its mind in the middle of a step.
        done = done or (i + 1 < len(action) and wanted[i + 1] != wanted[i])
    keep = np.array(keep)
    return seen[keep], np.hstack([np.array(joined), wanted[keep, None]]).astype(np.float32)


def chunks(action):
    """For each step the actions from it on, (steps, HORIZON, 7); after the last, rest."""
    still = np.zeros((HORIZON, ACTION), np.float32)
    still[:, 6] = action[-1, 6]
    padded = np.vstack([action, still])
    return np.stack([padded[i : i + HORIZON] for i in range(len(action))])


def features(seen):
    """What the network is given: differences at several scales, and a rotation without a sign."""
    reach, carry = seen[:, PLATE] - seen[:, TOOL], seen[:, NEST] - seen[:, PLATE]
    near = torch.cat([reach, carry], 1)
    scales = [near / 0.2, torch.tanh(near / 0.03), torch.tanh(near / 0.005)]
    quat = seen[:, QUAT]
    turns = quat[:, [i for i, _ in PAIRS]] * quat[:, [j for _, j in PAIRS]]
    grip = (seen[:, :1] - 0.95) / 0.05
    return torch.cat([*scales, turns, torch.tanh(grip), torch.tanh(0.1 * grip)], 1)


class Network(torch.nn.Module):
    def __init__(self, width=192):
        super().__init__()
        sizes = [18 + 10 + 2, width, width, width, HORIZON * ACTION]
        self.layers = torch.nn.ModuleList(torch.nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))

    def forward(self, seen):
        x = features(seen)
        for layer in self.layers[:-1]:
            x = torch.nn.functional.silu(layer(x))
        return self.layers[-1](x).reshape(-1, HORIZON, ACTION)


def astray(seen, action, generator):
    """The same moments with the tool (and what it holds) off its way, and the way back."""
    n = len(seen)
    draw = lambda *shape: torch.randn(*shape, generator=generator)
    choice = torch.randint(0, 4, (n, 1), generator=generator)
    size = torch.tensor([0.0, 0.001, 0.004, 0.012])[choice]
    shift, turn = draw(n, 3) * size, draw(n, 3) * size * 2.5
    seen, action = seen.clone(), action.clone()
    held = ((seen[:, :1] < 0.96) & ((seen[:, PLATE] - seen[:, TOOL]).norm(dim=1, keepdim=True) < 0.05)).float()
    # What stands in the nest or on the deck is not to be pushed through it.
    shift[:, 2:] = torch.where(held > 0, shift[:, 2:].abs(), shift[:, 2:])
    seen[:, TOOL] += shift
    seen[:, PLATE] += shift * held
    (x, y, z), (qx, qy, qz, qw) = (0.5 * turn).T, seen[:, QUAT].T
    turned = [qx + x * qw + y * qz - z * qy, qy - x * qz + y * qw + z * qx, qz + x * qy - y * qx + z * qw]
    turned = torch.stack([*turned, qw - x * qx - y * qy - z * qz], 1)
    seen[:, QUAT] = turned / turned.norm(dim=1, keepdim=True)
    action[:, :BACK, :3] -= shift[:, None] / BACK
    action[:, :BACK, 3:6] -= turn[:, None] / BACK
    return seen, action


def loss(answer, action):
    """Errors count relative to how much is done, so that what is done slowly is done well."""
    unit = torch.from_numpy(UNIT)
    error = answer[..., :6] * unit - action[..., :6]
    shift = error[..., :3].norm(dim=-1) / (action[..., :3].norm(dim=-1) + 0.001)
    turn = error[..., 3:].norm(dim=-1) / (action[..., 3:6].norm(dim=-1) + 0.005)
    grip = torch.nn.functional.binary_cross_entropy_with_logits(answer[..., 6], action[..., 6])
    return shift.mean() + 0.5 * turn.mean() + grip


def train(seen, action, steps, seed):
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    network = Network()
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    for step in range(steps):
        batch = torch.randint(0, len(seen), (512,), generator=generator)
        value = loss(*(lambda s, a: (network(s), a))(*astray(seen[batch], action[batch], generator)))
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        schedule.step()
        if step % 1000 == 0 or step + 1 == steps:
            print(f"step {step}: loss {value.item():.3f}", flush=True)
    return network


def export(network, path, metadata):
    """The features and the layers above as a graph; shifts in metres, the gripper 0 or 1."""
    graph = Graph()
    seen = graph.input("state", FLOAT, [1, WIDTH])
    take = lambda at: graph.node("Gather", seen, np.arange(WIDTH)[at].astype(np.int64), axis=1)
    number = lambda x: np.array(x, np.float32)
    reach = graph.node("Sub", take(PLATE), take(TOOL))
    near = graph.node("Concat", reach, graph.node("Sub", take(NEST), take(PLATE)), axis=1)
    over = lambda x, s: graph.node("Div", x, number(s))
    scales = [over(near, 0.2), graph.node("Tanh", over(near, 0.03)), graph.node("Tanh", over(near, 0.005))]
    first, second = ([QUAT.start + pair[k] for pair in PAIRS] for k in (0, 1))
    turns = graph.node("Mul", take(first), take(second))
    grip = over(graph.node("Sub", take([GRIPPER]), number(0.95)), 0.05)
    grips = [graph.node("Tanh", grip), graph.node("Tanh", graph.node("Mul", grip, number(0.1)))]
    x = graph.node("Concat", *scales, turns, *grips, axis=1)
    for i, layer in enumerate(network.layers):
        weight, bias = (p.detach().numpy() for p in (layer.weight, layer.bias))
        x = graph.node("Gemm", x, np.ascontiguousarray(weight.T), bias)
        if i + 1 < len(network.layers):
            x = graph.node("Mul", x, graph.node("Sigmoid", x))
    x = graph.node("Reshape", x, np.array([1, HORIZON, ACTION], np.int64))
    part = lambda at: graph.node("Gather", x, np.array(at, np.int64), axis=2)
    moves = graph.node("Mul", part(range(6)), UNIT)
    # Open or closed: twenty times as sure as the network.
    gripper = graph.node("Sigmoid", graph.node("Mul", part([6]), number(20)))
    graph.node("Concat", moves, gripper, axis=2, name="actions")
    graph.output("actions", FLOAT, [1, HORIZON, ACTION])
    graph.save(path, "tests/training/behaviour_cloning.py", metadata)


def report(network, episodes):
    """Errors on episodes that were not learned from: of the way over the whole chunk, and of the gripper."""
    with torch.no_grad():
        seen, action = (torch.from_numpy(np.concatenate(x)) for x in zip(*episodes))
        answer = network(seen)
        way = (answer[..., :3] * torch.from_numpy(UNIT[:3])).sum(1) - action[..., :3].sum(1)
        grip = ((answer[..., 6] > 0) == (action[..., 6] > 0.5)).float().mean().item()
    mm = way.norm(dim=-1) * 1000
    return f"way of {HORIZON} steps off by {mm.median():.2f} mm (median), {mm.quantile(0.95):.2f} mm (95 %); gripper right {grip:.2%}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("recording", type=Path)
    arguments.add_argument("policy", type=Path)
    arguments.add_argument("--steps", type=int, default=6000)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--held-out", type=int, default=5, help="episodes to judge by, not to learn from")
    given = arguments.parse_args()
    begin = time.time()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    manifest = json.loads((given.recording / "manifest.json").read_text())["demonstrations"]
    assert manifest["task"] == "plate_to_reader" and manifest["action"][0]["name"] == "tool.x.delta", "wrong recording"
    folders = sorted(f.parent for f in given.recording.glob("episodes/*/*/episode.json"))
    whole = [e for e in (episode(f, manifest) for f in folders) if e]
    ready = [(s, chunks(a)) for s, a in (without_pauses(*e) for e in whole)]
    assert len(ready) > given.held_out, f"{len(ready)} episodes"
    learned, held_out = ready[given.held_out :], ready[: given.held_out]
    seen, action = (torch.from_numpy(np.concatenate(x)) for x in zip(*learned))
    print(f"{len(learned)} episodes, {sum(len(s) for s, _ in whole[given.held_out:])} steps, {len(seen)} without pauses")
    network = train(seen, action, given.steps, given.seed)
    print(report(network, held_out))
    metadata = {"task": manifest["task"], "episodes": len(learned), "samples": len(seen), "steps": given.steps, "seed": given.seed}
    export(network, given.policy, {k: str(v) for k, v in metadata.items()})
    print(f"{given.policy}: {given.policy.stat().st_size} bytes, {time.time() - begin:.0f} s")


if __name__ == "__main__":
    main()
