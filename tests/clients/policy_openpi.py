"""A policy server in openpi's words, on openpi-client's own codec and `websockets`.

python policy_openpi.py [--port N] [--dialect openpi|roboarena] [--key K] [--fault F] ...

Policies and faults: policy_common. Pictures are all arrays of bytes of the observation, the state
the concatenation of all arrays of floats, by key.
"""

import time
import traceback

import numpy as np
from openpi_client import msgpack_numpy
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from policy_common import Policy, announce, arguments, nonsense, port_to_bind

chosen = arguments(dialect="openpi", key=None)
policy = Policy(chosen)
METADATA = {
    "openpi": {"policy": "echo", "horizon": 4, "gripper": np.array([-1, 1], np.float32)},
    "roboarena": {
        "image_resolution": [180, 320],
        "needs_wrist_camera": True,
        "n_external_cameras": 2,
        "needs_stereo_camera": False,
        "needs_session_id": True,
        "action_space": "joint_position",
    },
}


def flat(observation, prefix=""):
    for key, value in observation.items():
        if isinstance(value, dict):
            yield from flat(value, prefix + key + "/")
        else:
            yield prefix + key, value


def answer(observation):
    entries = dict(flat(observation))
    arrays = {k: v for k, v in sorted(entries.items()) if isinstance(v, np.ndarray)}
    images = {k: v for k, v in arrays.items() if v.dtype == np.uint8}
    for image in images.values():
        assert image.ndim == 3 and 3 in (image.shape[0], image.shape[2]), image.shape
    states = [v for v in arrays.values() if v.dtype == np.float32]
    actions = policy.infer(images, np.concatenate(states), entries["prompt"])
    return {"actions": actions, "server_timing": {"infer_ms": np.float64(1.5)}}


def handle(connection):
    session = None
    packer = msgpack_numpy.Packer()
    connection.send(packer.pack(METADATA[chosen.dialect]))
    while True:
        try:
            observation = msgpack_numpy.unpackb(connection.recv())
            if chosen.dialect == "roboarena":
                endpoint = observation.pop("endpoint")
                if endpoint == "reset":
                    session = observation["session_id"]
                    connection.send("reset successful")
                    continue
                assert endpoint == "infer", endpoint
                assert observation.pop("session_id") == session
            reply = answer(observation)
            fault = policy.fault()
            if fault == "hang":
                time.sleep(3600)
            if fault == "close":
                connection.close()
                return
            if fault == "missing":
                del reply["actions"]
            if fault == "text":
                connection.send("what is due here is binary")
                continue
            message = nonsense(fault) or packer.pack(reply)
            # RoboArena's servers answer what the policy does, be it an array alone.
            if chosen.dialect == "roboarena" and fault is None:
                message = packer.pack(reply["actions"])
            connection.send(message)
        except ConnectionClosed:
            return
        except Exception:
            connection.send(traceback.format_exc())
            connection.close(1011, "internal server error; traceback in previous frame")
            return


def authorized(connection, request):
    if chosen.key and request.headers.get("Authorization") != f"Api-Key {chosen.key}":
        return connection.respond(401, "no\n")
    return None


with serve(handle, "127.0.0.1", port_to_bind(chosen), compression=None, max_size=None,
           process_request=authorized) as server:
    announce(chosen, server.socket.getsockname()[1])
    server.serve_forever()
