"""Loads a LeRobot v3.0 data set with lerobot itself and compares every frame with the truth."""

import numpy as np
import torch
from demo_truth import (
    CAMERAS, DATA, EPISODES, FPS, SCHEMA, check_picture, check_picture_stats, check_stats, features,
    tasks,
)
from lerobot.datasets.lerobot_dataset import LeRobotDataset

dataset = LeRobotDataset("benchside/test", root=DATA)
meta = dataset.meta
lengths = [len(e["state"]) for e in EPISODES]
assert dataset.num_episodes == len(EPISODES) and dataset.num_frames == len(dataset) == sum(lengths)
assert dataset.fps == FPS and meta.robot_type == SCHEMA["robot"]
assert list(meta.tasks.index) == tasks() and meta.total_tasks == len(tasks())
assert meta.features["observation.state"]["names"] == [c["name"] for c in SCHEMA["state"]]
assert meta.features["action"]["names"] == [c["name"] for c in SCHEMA["action"]]
assert meta.video_keys == [f"observation.images.{c['name']}" for c in CAMERAS]


def same(found, expected):
    found = found.numpy() if isinstance(found, torch.Tensor) else np.asarray(found)
    expected = np.asarray(expected)
    assert found.shape == expected.shape and np.all(found == expected), (found, expected)


worst, frame = 99.0, 0
for number, episode in enumerate(EPISODES):
    row = meta.episodes[number]
    assert (row["dataset_from_index"], row["length"]) == (frame, lengths[number])
    assert row["tasks"] == [episode["instruction"]]
    columns = features(number, episode, frame)
    for step in range(lengths[number]):
        item = dataset[frame]
        assert item["task"] == episode["instruction"]
        for key, values in columns.items():
            same(item[key], np.asarray(values)[step].astype(item[key].numpy().dtype))
        for camera in CAMERAS:
            picture = item[f"observation.images.{camera['name']}"]
            assert picture.dtype == torch.float32
            picture = (picture.permute(1, 2, 0) * 255).round().byte().numpy()
            worst = min(worst, check_picture(picture, camera, episode, step))
        frame += 1

# In any order, by several workers, in batches.
loader = torch.utils.data.DataLoader(dataset, batch_size=4, shuffle=True, num_workers=2)
seen = torch.cat([batch["index"] for batch in loader])
assert sorted(seen.tolist()) == list(range(frame))

# Windows, as policies ask for them; the last step has no successor.
key = f"observation.images.{CAMERAS[0]['name']}"
deltas = {key: [-1 / FPS, 0], "action": [0, 1 / FPS]}
windows = LeRobotDataset("benchside/test", root=DATA, delta_timestamps=deltas)
for step in range(1, lengths[0]):
    item = windows[step]
    for back in (1, 0):
        picture = (item[key][1 - back].permute(1, 2, 0) * 255).round().byte().numpy()
        check_picture(picture, CAMERAS[0], EPISODES[0], step - back)
    assert item["action_is_pad"].tolist() == [False, step == lengths[0] - 1]

# Some episodes alone.
part = LeRobotDataset("benchside/test", root=DATA, episodes=[1, 3])
assert len(part) == lengths[1] + lengths[3] and part[lengths[1]]["episode_index"] == 3

# Statistics, against NumPy on all values.
whole = [features(i, e, sum(lengths[:i])) for i, e in enumerate(EPISODES)]
for key in whole[0]:
    check_stats(meta.stats[key], np.concatenate([np.float64(w[key]) for w in whole]), 1 / 8192)
for camera in CAMERAS:
    check_picture_stats(meta.stats[f"observation.images.{camera['name']}"], camera, EPISODES)

# And of single episodes, which the loader leaves out.
import pandas

rows = pandas.read_parquet(f"{DATA}/meta/episodes")
stack = lambda v: np.stack([stack(x) for x in v]) if isinstance(v, np.ndarray) and v.dtype == object else np.asarray(v)
for number, episode in enumerate(EPISODES):
    row = rows.iloc[number]
    of = lambda key: {c.rsplit("/", 1)[1]: stack(row[c]) for c in rows.columns if c.startswith(f"stats/{key}/")}
    for key, values in whole[number].items():
        check_stats(of(key), values)
    for camera in CAMERAS:
        check_picture_stats(of(f"observation.images.{camera['name']}"), camera, [episode])

print(f"lerobot: {frame} frames of {len(EPISODES)} episodes, worst PSNR {worst:.1f} dB")
