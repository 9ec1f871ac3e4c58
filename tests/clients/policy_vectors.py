"""Golden vectors of the policy protocols' codecs, by the packages themselves: `name hex` lines.

python policy_vectors.py > ../policy/vectors.txt
"""

import io

import msgpack
import msgpack_numpy
import numpy as np
from openpi_client import msgpack_numpy as openpi
from vla_eval.protocol import image_codec, messages, numpy_codec


def npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def as_npy(array):
    return {"__ndarray_class__": True, "as_npy": npy(array)}


def vla_eval(kind, payload):
    message = messages.Message(messages.MessageType(kind), payload, seq=7, timestamp=1.5)
    return messages.pack_message(message)


SIX = np.arange(6).reshape(2, 3)
numpy_codec.set_image_format("raw")
VECTORS = {
    "openpi_one": openpi.packb({"a": np.array([1.0], np.float32)}),
    "openpi_actions_f8": openpi.packb(
        {"actions": SIX.astype("<f8"), "server_timing": {"infer_ms": np.float64(1.5)}}
    ),
    "openpi_actions_big": openpi.packb({"actions": SIX.astype(">f4")}),
    "openpi_observation": openpi.packb(
        {
            "observation/image": np.arange(12, dtype=np.uint8).reshape(2, 2, 3),
            "observation/state": np.array([0.5, -2.0], np.float32),
            "prompt": "pick up the tube",
        }
    ),
    "openpi_nested": openpi.packb(
        {"images": {"cam_high": np.arange(12, dtype=np.uint8).reshape(3, 2, 2)}, "prompt": "é"}
    ),
    "npy_f4": npy(SIX.astype("<f4")),
    "npy_vector": npy(np.array([0.5, -2.0], np.float32)),
    "npy_video": npy(np.arange(12, dtype=np.uint8).reshape(1, 1, 2, 2, 3)),
    "npy_fortran": npy(np.asfortranarray(np.arange(24).reshape(2, 3, 4).astype("<i4"))),
    "gr00t_as_npy": msgpack.packb([{"left_arm": as_npy(SIX[None].astype("<f4"))}, {}]),
    "gr00t_msgpack_numpy": msgpack.packb(
        [{"left_arm": SIX[None].astype("<f8")}, {"steps": np.int64(3)}],
        default=msgpack_numpy.encode,
    ),
    "vla_eval_action": vla_eval("action", {"actions": SIX.astype("<f2")}),
    "vla_eval_error": vla_eval("error", {"error": "observation_failed: ValueError: no"}),
    "vla_eval_observation": vla_eval(
        "observation",
        {"state": np.array([0.5, -2.0], np.float32), "task_description": "pick up the tube"},
    ),
    "vla_eval_raw_image": msgpack.packb(
        image_codec.encode_image(np.arange(12, dtype=np.uint8).reshape(2, 2, 3), "raw")
    ),
    "numbers": msgpack.packb(
        [0, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**63, 2**64 - 1,
         -1, -32, -33, -128, -129, -32768, -32769, -(2**31), -(2**31) - 1, -(2**63),
         1.5, True, False, None]
    ),
    "lengths": msgpack.packb(["a" * 31, "a" * 32, "a" * 255, "a" * 256, b"b" * 255, b"b" * 256,
                              [1] * 15, [1] * 16, {i: i for i in range(16)}]),
}
for name, value in VECTORS.items():
    print(name, value.hex())
