"""What the recording of tests/demo/synth.rs must hold."""

import json
import sys

import numpy as np

RECORDING, DATA = sys.argv[1:3]
with open(sys.argv[3]) as f:
    TRUTH = json.load(f)
SCHEMA = TRUTH["schema"]
FPS = SCHEMA["rate_hz"]
EPISODES = TRUTH["episodes"]
CAMERAS = SCHEMA["cameras"]
# Sharp enough to learn from; neighbouring pictures are below 25.
LEAST_PSNR = 36


def wave(v):
    v = v % 512
    return np.where(v < 256, v, 511 - v)


def color(camera, episode, step):
    """Height, width, 3; 8 bit."""
    w, h = camera["width_px"], camera["height_px"]
    y, x = np.mgrid[0:h, 0:w]
    shift = 90 * episode["recording_index"] + w
    return np.stack(
        [wave(4 * x + 23 * step + shift), wave(5 * y + 31 * step + shift), wave(2 * (x + y) + 17 * step)],
        axis=-1,
    ).astype(np.uint8)


def depth(camera, step):
    """Metres, before rounding to the depth unit."""
    w, h = camera["width_px"], camera["height_px"]
    i = np.arange(w * h)
    z = 0.25 + 0.001 * (i % w) + 0.003 * step
    return np.where((i + step) % 13 == 0, 0, z).reshape(h, w)


def instance(camera, step):
    w, h = camera["width_px"], camera["height_px"]
    i = np.arange(w * h)
    return ((i % w + step) // 32 % 4).reshape(h, w)


def psnr(a, b):
    error = np.mean((a.astype(float) - b.astype(float)) ** 2)
    return 10 * np.log10(255**2 / max(error, 1e-9))


def check_picture(found, camera, episode, step):
    """It is this picture, not the one before or after."""
    assert found.shape == (camera["height_px"], camera["width_px"], 3), found.shape
    value = psnr(found, color(camera, episode, step))
    assert value > LEAST_PSNR, (camera["name"], episode["recording_index"], step, value)
    for other in (step - 1, step + 1):
        assert psnr(found, color(camera, episode, other)) < 25
    return value


QUANTILES = {"q01": 0.01, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q99": 0.99}


def check_stats(found, values, range_share=0.0):
    """`values`: one row a sample. `range_share`: tolerance of quantiles, in ranges."""
    values = np.asarray(values, dtype=float)
    if values.ndim == 1:
        values = values[:, None]

    def near(name, expected, tolerance=1e-9):
        got = np.asarray(found[name], dtype=float).reshape(-1)
        assert got.shape == expected.shape, (name, got.shape)
        assert np.allclose(got, expected, rtol=1e-9, atol=tolerance), (name, got, expected)

    near("min", values.min(0))
    near("max", values.max(0))
    near("mean", values.mean(0))
    near("std", values.std(0))
    span = np.ptp(values, axis=0).max()
    for name, q in QUANTILES.items():
        near(name, np.quantile(values, q, axis=0), 1e-9 + range_share * span)
    assert np.asarray(found["count"]).tolist() == [len(values)], found["count"]


def features(number, episode, first):
    """Every column of the numbers of one episode."""
    n = len(episode["state"])
    last = np.arange(n) == n - 1
    return {
        "observation.state": episode["state"],
        "action": episode["action"],
        "next.reward": episode["reward"],
        "next.done": last,
        "next.success": last & episode["success"],
        "stage": episode["stage"],
        "timestamp": np.float32(np.arange(n) / FPS),
        "frame_index": np.arange(n),
        "episode_index": np.full(n, number),
        "index": first + np.arange(n),
        "task_index": np.full(n, tasks().index(episode["instruction"])),
    }


def tasks():
    return list(dict.fromkeys(e["instruction"] for e in EPISODES))


def pictures(camera, episodes):
    """All pixels of some episodes, in 0 … 1, one row a pixel."""
    all = [color(camera, e, i).reshape(-1, 3) for e in episodes for i in range(len(e["state"]))]
    return np.concatenate(all) / 255


def check_picture_stats(found, camera, episodes):
    for name, value in found.items():
        shape = (1,) if name == "count" else (3, 1, 1)
        assert np.asarray(value).shape == shape, (name, np.asarray(value).shape)
    frames = sum(len(e["state"]) for e in episodes)
    assert np.asarray(found["count"]).tolist() == [frames]
    pixels = pictures(camera, episodes)
    check_stats({**found, "count": [len(pixels)]}, pixels)
