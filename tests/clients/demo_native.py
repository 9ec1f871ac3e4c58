"""Opens the native episodes of a recording as its manifest says, with Pillow, pyarrow and PyAV."""

import hashlib
import json
import zipfile

import av
import numpy as np
import pyarrow.parquet as pq
from demo_truth import CAMERAS, DATA, EPISODES, FPS, SCHEMA, check_picture, depth, instance
from PIL import Image

with open(f"{DATA}/manifest.json") as f:
    manifest = json.load(f)
assert manifest["kind"] == "demonstrations" and manifest["demonstrations"] == SCHEMA
for episode in EPISODES:
    index = episode["recording_index"]
    folder = f"{DATA}/episodes/{index // 1000:03}/{index:06}"
    with open(f"{folder}/episode.json") as f:
        record = json.load(f)
    n = len(episode["state"])
    assert record["instruction"] == episode["instruction"] and record["steps"] == n
    assert record["verdict"]["success"] == episode["success"] and record["kept"]
    assert sum(s["steps"] for s in record["stages"]) == sum(s < 2 for s in episode["stage"])
    for name, digest in record["files"].items():
        with open(f"{folder}/{name}", "rb") as f:
            assert hashlib.sha256(f.read()).hexdigest() == digest, name
    steps = pq.read_table(f"{folder}/steps.parquet").to_pydict()
    for key in ("state", "action", "reward", "stage"):
        assert steps[key] == episode[key], key
    assert [len(c) for c in steps["contact_first"]] == episode["contacts"]
    assert [list(d) for d in steps["state_digest"]] == episode["digest"]
    poses = np.array(steps["object_poses"]).reshape(n, -1, 7)
    assert np.array_equal(poses[:, :, :3], episode["objects_at"])
    assert np.all(poses[:, :, 3:] == [0, 0, 0, 1])
    cameras = np.array(steps["camera_poses"]).reshape(n, len(CAMERAS), 7)
    assert np.array_equal(cameras[:, 0, 1], np.arange(n) / 16)
    for camera in CAMERAS:
        name = camera["name"]
        with av.open(f"{folder}/{name}.mp4") as video:
            assert video.streams.video[0].start_time == 0 and video.start_time == 0
            frames = list(video.decode(video=0))
        assert [f.pts * f.time_base * FPS for f in frames] == list(range(n))
        assert [f.key_frame for f in frames] == [i % 2 == 0 for i in range(n)]
        assert {(f.colorspace, f.color_range) for f in frames} == {(6, 1)}, "BT.601, limited"
        for i, frame in enumerate(frames):
            check_picture(frame.to_ndarray(format="rgb24"), camera, episode, i)
        # Any one picture by itself.
        with av.open(f"{folder}/{name}.mp4") as video:
            stream = video.streams.video[0]
            for i in (n - 1, 3, 0):
                video.seek(int(i / FPS / stream.time_base), stream=stream)
                frame = next(f for f in video.decode(stream) if f.pts * stream.time_base * FPS == i)
                check_picture(frame.to_ndarray(format="rgb24"), camera, episode, i)
        if camera["depth"]:
            archive = zipfile.ZipFile(f"{folder}/{name}.depth.zip")
            assert archive.testzip() is None and len(archive.namelist()) == n
            for i in range(n):
                value = np.array(Image.open(archive.open(f"{i:06}.png")))
                assert value.dtype == np.uint16, value.dtype
                z = depth(camera, i)
                unit = SCHEMA["depth_unit_m"]
                assert np.all(np.abs(value * unit - z) <= unit * 0.501) and np.all((value == 0) == (z == 0))
        if camera["instances"]:
            archive = zipfile.ZipFile(f"{folder}/{name}.instance.zip")
            for i in range(n):
                value = np.array(Image.open(archive.open(f"{i:06}.png")))
                assert np.array_equal(value, instance(camera, i))
print(f"native: {len(EPISODES)} episodes")
