"""A policy server in GR00T's words, on pyzmq.

python policy_gr00t.py [--port N] [--version n15|n16|n17] [--token T] [--fault F] ...

n15: flat observations, as_npy. n16: nested and batched ones, as_npy. n17: the same, answers as
msgpack-numpy has them. Policies and faults: policy_common. A batch takes --delay seconds, is refused with more
rows than --most-rows, and its number of rows is a line of the file --rows. The state is that of all state keys, by
key. The echo policy's action has two parts, `state` and `rest` (the last two numbers), the played
back one's has one, `action`.
"""

import io
import json
import time

import msgpack
import msgpack_numpy
import numpy as np
import zmq

from policy_common import Policy, announce, arguments, nonsense, port_to_bind

chosen = arguments(version="n16", token=None, delay="0", most_rows="1000", rows=None)
policy = Policy(chosen)
flat = chosen.version == "n15"
ACTIONS = ["action"] if chosen.playback else ["state", "rest"]
KEYS = {
    "video": ["front"],
    "state": ["arm"],
    "action": ACTIONS,
    "language": ["annotation.human.task_description"],
}


def encode(value):
    if isinstance(value, np.ndarray):
        if chosen.version == "n17":
            return msgpack_numpy.encode(value)
        file = io.BytesIO()
        np.save(file, value, allow_pickle=False)
        return {"__ndarray_class__": True, "as_npy": file.getvalue()}
    return value


def decode(value):
    if "__ndarray_class__" in value:
        return np.load(io.BytesIO(value["as_npy"]), allow_pickle=False)
    return value


def modality_config():
    config = {}
    for modality, keys in KEYS.items():
        prefixed = flat and modality != "language"
        steps = list(range(4)) if modality == "action" else [0]
        fields = {
            "delta_indices": steps,
            "modality_keys": [f"{modality}.{k}" for k in keys] if prefixed else keys,
        }
        marker = "__ModalityConfig__" if chosen.version == "n17" else "__ModalityConfig_class__"
        config[modality] = {marker: True, "as_json": json.dumps(fields) if flat else fields}
    return config


def nested_of_flat(data):
    data = dict(data)
    prompt = data.pop(KEYS["language"][0])
    assert isinstance(prompt, list) and isinstance(prompt[0], str), prompt
    observation = {"video": {}, "state": {}, "language": {KEYS["language"][0]: [prompt]}}
    for key, value in data.items():
        modality, name = key.split(".", 1)
        observation[modality][name] = value[None]
    return observation


def get_action(data):
    observation = nested_of_flat(data) if flat else data["observation"]
    prompts = observation["language"][KEYS["language"][0]]
    rows = len(prompts)
    for video in observation["video"].values():
        assert video.dtype == np.uint8 and video.ndim == 5 and video.shape[4] == 3, video.shape
        assert video.shape[:2] == (rows, 1), video.shape
    for state in observation["state"].values():
        assert state.dtype == np.float32 and state.ndim == 3, state.shape
        assert state.shape[:2] == (rows, 1), state.shape
    if chosen.rows:
        with open(chosen.rows, "a") as file:
            print(rows, file=file)
    time.sleep(float(chosen.delay))
    if rows > int(chosen.most_rows):
        raise ValueError(f"batch of {rows}, where {chosen.most_rows} is the most")
    answers = []
    for row in range(rows):
        images = {key: video[row] for key, video in observation["video"].items()}
        states = [v[row, 0] for _, v in sorted(observation["state"].items())]
        answers.append(policy.infer(images, np.concatenate(states), prompts[row][0]))
    actions = np.stack(answers)
    if policy.fault() in ("shape", "dtype", "empty") or len(ACTIONS) == 1:
        parts = {key: actions for key in ACTIONS}
    else:
        parts = {"rest": actions[..., -2:], "state": actions[..., :-2]}
    if policy.fault() == "missing":
        del parts[ACTIONS[0]]
    if flat:
        return {f"action.{key}": value[0] for key, value in parts.items()}
    return parts, {"latency": 1.5}


def answer(request):
    if chosen.token and request.get("api_token") != chosen.token:
        return {"error": "Unauthorized: Invalid API token"}
    endpoint = request.get("endpoint", "get_action")
    if endpoint == "ping":
        return {"status": "ok", "message": "Server is running"}
    if endpoint == "get_modality_config":
        return modality_config()
    if endpoint == "reset" and not flat:
        assert request["data"] == {"options": None}, request
        return {}
    if endpoint == "get_action":
        return get_action(request["data"])
    raise ValueError(f"Unknown endpoint: {endpoint}")


server = zmq.Context().socket(zmq.REP)
server.bind(f"tcp://127.0.0.1:{port_to_bind(chosen) or '*'}")
announce(chosen, int(server.getsockopt_string(zmq.LAST_ENDPOINT).rsplit(":", 1)[1]))
while True:
    asked = msgpack.unpackb(server.recv(), object_hook=decode)
    try:
        reply = msgpack.packb(answer(asked), default=encode)
    except Exception as error:
        reply = msgpack.packb({"error": str(error)})
    if asked.get("endpoint") == "get_action":
        if policy.fault() == "hang":
            time.sleep(3600)
        if policy.fault() == "close":
            raise SystemExit
        reply = nonsense(policy.fault()) or reply
        if policy.fault() == "text":
            reply = b"ERROR"
    server.send(reply)
