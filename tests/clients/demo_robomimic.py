"""Reads a robomimic HDF5 file with h5py, and with robomimic's own data set where it is installed."""

import json
import os

import h5py
import numpy as np
from demo_truth import CAMERAS, DATA, EPISODES, SCHEMA, color, depth, instance

with h5py.File(DATA) as f:
    data = f["data"]
    env = json.loads(data.attrs["env_args"])
    assert isinstance(data.attrs["env_args"], str)
    assert env["env_name"] == SCHEMA["task"] and env["env_type"] == 2 and env["env_kwargs"]
    assert data.attrs["total"] == sum(len(e["state"]) for e in EPISODES)
    assert set(data) == {f"demo_{i}" for i in range(len(EPISODES))}
    ranges = [c["range"] for c in SCHEMA["action"]]
    actions = np.concatenate([e["action"] for e in EPISODES])
    seen = list(zip(actions.min(0), actions.max(0)))
    ranges = np.array([r or s for r, s in zip(ranges, seen)])
    assert np.allclose(data.attrs["action_offset"], ranges.mean(1))
    assert np.allclose(data.attrs["action_scale"], np.ptp(ranges, axis=1) / 2)
    for number, episode in enumerate(EPISODES):
        demo = data[f"demo_{number}"]
        n = len(episode["state"])
        assert demo.attrs["num_samples"] == n
        meta = json.loads(demo.attrs["ep_meta"])
        assert meta["lang"] == episode["instruction"] and meta["success"] == episode["success"]
        action = demo["actions"][()]
        assert action.dtype == np.float32 and np.abs(action).max() <= 1
        back = action * data.attrs["action_scale"] + data.attrs["action_offset"]
        assert np.allclose(back, episode["action"], atol=1e-6)
        assert np.array_equal(demo["rewards"][()], episode["reward"])
        assert np.array_equal(demo["dones"][()], np.arange(n) == n - 1)
        assert np.array_equal(demo["stages"][()], episode["stage"])
        states = demo["states"][()].reshape(n, -1, 7)
        assert np.array_equal(states[:, :, :3], episode["objects_at"])
        state = np.array(episode["state"], dtype=np.float32)
        expected = {
            "state": state,
            "arm_joint_position": state[:, :7],
            "gripper_open_fraction": state[:, 7:8],
            "arm_joint_velocity": state[:, 8:],
        }
        for camera in CAMERAS:
            name = camera["name"]
            expected[f"{name}_image"] = np.stack([color(camera, episode, i) for i in range(n)])
            if camera["depth"]:
                z = np.stack([depth(camera, i) for i in range(n)])[..., None]
                unit = SCHEMA["depth_unit_m"]
                found = demo[f"obs/{name}_depth"][()]
                assert np.all(np.abs(found - z) <= unit / 2 + 1e-6) and np.all((found == 0) == (z == 0))
                expected[f"{name}_depth"] = found
            if camera["instances"]:
                ids = np.stack([instance(camera, i) for i in range(n)])[..., None]
                expected[f"{name}_segmentation_instance"] = ids
        assert set(demo["obs"]) == set(demo["next_obs"]) == set(expected)
        for key, values in expected.items():
            found = demo[f"obs/{key}"]
            assert found.shape == values.shape and np.array_equal(found[()], values), key
            assert key.endswith("_image") == (found.dtype == np.uint8)
            after = np.concatenate([values[1:], values[-1:]])
            assert np.array_equal(demo[f"next_obs/{key}"][()], after), key
    masks = {k: [d.decode() for d in v[()]] for k, v in f["mask"].items()}
    assert sorted(masks["train"] + masks["valid"]) == sorted(data) and masks["valid"]
    if any(not e["success"] for e in EPISODES):
        ended = lambda s: [f"demo_{i}" for i, e in enumerate(EPISODES) if e["success"] == s]
        assert masks["success"] == ended(True) and masks["failure"] == ended(False)
    else:
        assert set(masks) == {"train", "valid"}

try:
    import robomimic.utils.obs_utils as ObsUtils
    from robomimic.utils.dataset import SequenceDataset
except ImportError as missing:
    if os.environ.get("CI") == "true":
        raise
    print(f"h5py: {len(EPISODES)} episodes (robomimic is not installed: {missing})")
    raise SystemExit

keys = {"low_dim": ["state"], "rgb": [f"{c['name']}_image" for c in CAMERAS], "depth": [], "scan": []}
ObsUtils.initialize_obs_utils_with_obs_specs({"obs": keys})
for mask, demos in masks.items():
    dataset = SequenceDataset(
        hdf5_path=DATA, obs_keys=keys["low_dim"] + keys["rgb"], dataset_keys=("actions", "rewards", "dones"),
        seq_length=3, frame_stack=1, load_next_obs=True, filter_by_attribute=mask,
    )
    lengths = [len(EPISODES[int(d[5:])]["state"]) for d in dataset.demos]
    assert set(dataset.demos) == set(demos) and len(dataset) == sum(lengths)
    at = 0
    for demo, n in zip(dataset.demos, lengths):
        episode = EPISODES[int(demo[5:])]
        for step in range(n - 2):
            item = dataset[at + step]
            assert np.array_equal(item["obs"]["state"], np.float32(episode["state"][step : step + 3]))
            for camera in CAMERAS:
                found = np.asarray(item["obs"][f"{camera['name']}_image"])
                expected = np.stack([color(camera, episode, step + k) for k in range(3)])
                if found.shape != expected.shape:
                    found = np.moveaxis(found, -3, -1)
                if found.dtype != np.uint8:
                    found = np.round(found * 255)
                assert np.array_equal(found, expected)
        at += n
print(f"robomimic: {len(EPISODES)} episodes, masks {masks}")
