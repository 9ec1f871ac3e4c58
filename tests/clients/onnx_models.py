"""Writes tests/data/onnx/tiny.onnx, and beside it what onnxruntime answers for some inputs.

Run from the repository's root, with numpy and onnxruntime.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

sys.path.append(str(Path(__file__).parent.parent / "training"))
from onnx_file import FLOAT, UINT8, Graph  # noqa: E402

FOLDER = Path("tests/data/onnx")


def weights(*shape):
    """Numbers in −0.5 … 0.5 that look drawn."""
    n = int(np.prod(shape))
    return (((np.arange(n) * 37 + 11) % 101) / 101 - 0.5).astype(np.float32).reshape(shape)


def tiny():
    """Three numbers, a picture of bytes and one of numbers → two actions of four numbers, and a value."""
    graph = Graph()
    state = graph.input("state", FLOAT, ["batch", 3])
    rows = graph.input("rows", UINT8, [1, 4, 6, 3])
    planes = graph.input("planes", FLOAT, ["batch", 3, 2, 5])
    rows = graph.node("Mul", graph.node("Cast", rows, to=FLOAT), np.float32(1 / 255))
    # Not the mean, which does not mind the order of pixels.
    rows = graph.node("MatMul", graph.node("Reshape", rows, np.array([1, 72])), weights(72, 3))
    planes = graph.node("MatMul", graph.node("Reshape", planes, np.array([1, 30])), weights(30, 3))
    x = graph.node("Concat", state, rows, planes, axis=1)
    x = graph.node("Tanh", graph.node("Gemm", x, weights(9, 5), weights(5)))
    y = graph.node("Gemm", x, weights(5, 8), weights(8))
    graph.node("Reshape", y, np.array([1, 2, 4]), name="actions")
    graph.node("MatMul", x, weights(5, 1), name="value")
    graph.output("actions", FLOAT, [1, 2, 4])
    graph.output("value", FLOAT, [1, 1])
    graph.save(FOLDER / "tiny.onnx", "tests/clients/onnx_models.py", {"task": "none"})


def answers():
    session = onnxruntime.InferenceSession(FOLDER / "tiny.onnx", providers=["CPUExecutionProvider"])
    cases = []
    for k in range(4):
        state = np.array([0.3 - k, 0.25 * k, 7.5 + k], np.float32)
        rows = ((np.arange(72) * (53 + k) + 19) % 256).astype(np.uint8)
        planes = ((np.arange(30) * (71 + k) + 5) % 256).astype(np.uint8)
        # As the test has the entries made ready: normalized; rows, columns, channels → planes.
        mean, std = np.array([0.5, 0.0, 8.0], np.float32), np.array([2.0, 1.0, 0.5], np.float32)
        colour = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
        ready = (planes.reshape(2, 5, 3).astype(np.float32) / 255 - colour[0]) / colour[1]
        feed = {
            "state": ((state - mean) / std)[None],
            "rows": rows.reshape(1, 4, 6, 3),
            "planes": np.ascontiguousarray(ready.transpose(2, 0, 1)[None]),
        }
        actions, value = session.run(["actions", "value"], feed)
        cases.append({
            "state": state.tolist(), "rows": rows.tolist(), "planes": planes.tolist(),
            "actions": actions.ravel().tolist(), "value": value.ravel().tolist(),
        })  # fmt: skip
    (FOLDER / "tiny.json").write_text(json.dumps(cases) + "\n")


FOLDER.mkdir(parents=True, exist_ok=True)
tiny()
answers()
