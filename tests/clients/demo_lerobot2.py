"""Applies the rules of the LeRobot v2.1 loader (and GR00T's) to a data set, with pyarrow and PyAV."""

import json
import re

import av
import numpy as np
import pyarrow.parquet as pq
from demo_truth import (
    CAMERAS, DATA, EPISODES, FPS, SCHEMA, check_picture, check_picture_stats, check_stats, features,
    tasks,
)


def read(name):
    with open(f"{DATA}/{name}") as f:
        return json.load(f)


def lines(name):
    with open(f"{DATA}/{name}") as f:
        return [json.loads(line) for line in f]


info = read("meta/info.json")
assert info["codebase_version"] == "v2.1" and info["fps"] == FPS
assert info["total_episodes"] == len(EPISODES) and info["total_chunks"] == 1
assert info["total_videos"] == len(EPISODES) * len(CAMERAS) and info["chunks_size"] == 1000
assert info["splits"] == {"train": f"0:{len(EPISODES)}"}
assert lines("meta/tasks.jsonl") == [{"task_index": i, "task": t} for i, t in enumerate(tasks())]
assert info["total_tasks"] == len(tasks())

NUMPY = {"float32": np.float32, "int64": np.int64, "bool": bool}
first = 0
whole = []
for number, episode in enumerate(EPISODES):
    place = {"episode_chunk": number // 1000, "episode_index": number}
    n = len(episode["state"])
    columns = features(number, episode, first)
    whole.append(columns)
    table = pq.read_table(f"{DATA}/{info['data_path'].format(**place)}")
    videos = [k for k, f in info["features"].items() if f["dtype"] == "video"]
    assert set(table.column_names) == set(info["features"]) - set(videos) == set(columns)
    for key, values in columns.items():
        feature = info["features"][key]
        found = np.array(table[key].to_pylist())
        shape = (n,) if feature["shape"] == [1] else (n, *feature["shape"])
        assert found.shape == shape, (key, found.shape)
        expected = np.asarray(values).astype(NUMPY[feature["dtype"]])
        assert np.all(found == expected), key
        assert str(table.schema.field(key).type).replace("list<element: ", "").rstrip(">") in (
            {"float32": "float", "int64": "int64", "bool": "bool"}[feature["dtype"]]
        )
    stamps = np.array(table["timestamp"])
    assert np.all(np.abs(np.diff(stamps) - 1 / FPS) <= 1e-4)

    assert lines("meta/episodes.jsonl")[number] == {
        "episode_index": number, "tasks": [episode["instruction"]], "length": n
    }
    stats = lines("meta/episodes_stats.jsonl")[number]
    assert stats["episode_index"] == number and set(stats["stats"]) == set(info["features"])
    for key, values in columns.items():
        check_stats(stats["stats"][key], values)

    for camera in CAMERAS:
        key = f"observation.images.{camera['name']}"
        check_picture_stats(stats["stats"][key], camera, [episode])
        assert info["features"][key]["shape"] == [camera["height_px"], camera["width_px"], 3]
        with av.open(f"{DATA}/{info['video_path'].format(video_key=key, **place)}") as video:
            stream = video.streams.video[0]
            assert stream.codec_context.name == "h264" and stream.codec_context.pix_fmt == "yuv420p"
            assert stream.average_rate == FPS and stream.frames == n and stream.start_time == 0
            frames = list(video.decode(stream))
        assert len(frames) == n
        for step, frame in enumerate(frames):
            assert frame.pts * frame.time_base * FPS == step, "exact"
            check_picture(frame.to_ndarray(format="rgb24"), camera, episode, step)
    first += n
assert info["total_frames"] == first
stats = read("meta/stats.json")
for key in columns:
    check_stats(stats[key], np.concatenate([np.float64(w[key]) for w in whole]), 1 / 8192)

# As GR00T splits the vectors.
modality = read("meta/modality.json")
slices = {"arm_joint_position": {"start": 0, "end": 7}, "gripper_open_fraction": {"start": 7, "end": 8}}
assert modality["action"] == slices
assert modality["state"] == {**slices, "arm_joint_velocity": {"start": 8, "end": 9}}
for part in ("state", "action"):
    ends = sorted((s["start"], s["end"]) for s in modality[part].values())
    assert ends[0][0] == 0 and ends[-1][1] == len(SCHEMA[part])
    assert all(a[1] == b[0] for a, b in zip(ends, ends[1:]))
    assert all(re.fullmatch(r"\w+", name) for name in modality[part])
assert {v["original_key"] for v in modality["video"].values()} == set(videos)
for annotation in modality["annotation"].values():
    assert annotation["original_key"] in info["features"]

print(f"v2.1: {first} frames of {len(EPISODES)} episodes")
