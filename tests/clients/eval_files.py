"""Opens a run's tables with pandas, and compares eval_info.json with LeRobot's own aggregation of
the same episodes."""

import json
import sys
from unittest import mock

import numpy as np
import pandas as pd
from lerobot.scripts import lerobot_eval

folder = sys.argv[1]
rollouts = pd.read_parquet(f"{folder}/rollouts.parquet")
with open(f"{folder}/rollouts.jsonl") as f:
    lines = pd.DataFrame([json.loads(line) for line in f])
assert len(rollouts) == len(lines) == 7 * 19 * 20
assert list(rollouts["reason"]) == list(lines["reason"])
assert list(rollouts["class"]) == list(lines["class"])
for name in ("error_mm", "error_deg", "spilled_ul", "secs", "peak_force_n"):
    expected = [m[name] for m in lines["metrics"]]
    expected = np.array([np.nan if x is None else x for x in expected], dtype=float)
    assert np.array_equal(rollouts[name], expected, equal_nan=True), name
assert rollouts["error_deg"].isna().any() and rollouts["error_deg"].notna().any()
assert rollouts["video"].isna().sum() == rollouts["success"].sum()
timing = pd.read_parquet(f"{folder}/timing.parquet")
keys = ["task", "axis", "severity", "seed"]
both = rollouts.merge(timing, on=keys, validate="one_to_one")
assert len(both) == len(rollouts)
assert (both["latency_p50_ms"] <= both["latency_p95_ms"]).all()
wall = both["physics_secs"] + both["render_secs"] + both["policy_secs"]
assert (wall <= both["wall_secs"]).all()

# LeRobot's aggregation, with the episodes put in where it would run an environment.
evidence = rollouts[rollouts["is_evidence"]]
names = sorted(set(rollouts["task"]))
group = evidence["axis"].where(
    evidence["axis"] == "none", evidence["axis"] + "_" + evidence["severity"].astype(str)
)
arms = {}
for (name, task), arm in evidence.groupby([group, "task"]):
    reward = [float(s) for s in arm["success"]]
    arms.setdefault(name, {})[names.index(task)] = {
        "sum_rewards": reward,
        "max_rewards": reward,
        "successes": [bool(s) for s in arm["success"]],
        "video_paths": list(arm["video"].dropna()),
    }


def run_one(task_group, task_id, env, **_):
    return task_group, task_id, env


with mock.patch.object(lerobot_eval, "run_one", run_one):
    theirs = lerobot_eval.eval_policy_all(arms, None, None, None, None, None, 20)
with open(f"{folder}/eval_info.json") as f:
    ours = json.load(f)
assert ours.keys() == theirs.keys()
per_task = {(t["task_group"], t["task_id"]): t for t in ours["per_task"]}
assert len(per_task) == len(theirs["per_task"]) == len(ours["per_task"])
for task in theirs["per_task"]:
    assert task.keys() <= per_task[task["task_group"], task["task_id"]].keys()
    assert per_task[task["task_group"], task["task_id"]]["metrics"] == task["metrics"]
pairs = [(ours["overall"], theirs["overall"])]
assert ours["per_group"].keys() == theirs["per_group"].keys()
pairs += [(ours["per_group"][g], theirs["per_group"][g]) for g in theirs["per_group"]]
for mine, other in pairs:
    assert other.keys() <= mine.keys()
    for key in ("avg_sum_reward", "avg_max_reward", "pc_success", "n_episodes"):
        assert abs(mine[key] - other[key]) < 1e-9, key
    assert sorted(mine["video_paths"]) == sorted(other["video_paths"])
print(f"{len(rollouts)} rollouts, {len(per_task)} arms as LeRobot has them")
