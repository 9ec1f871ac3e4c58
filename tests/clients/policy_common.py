"""What the policy servers of the tests share: two policies, their arguments, and their faults.

The echo policy answers 4 steps; step h is the state it was sent plus h, then a checksum of the
pictures, then the length of the prompt in characters. The checksum is the sum over all pictures, by
key, of (i + 1) * byte[i], modulo 997.

The playback policy (--playback FILE) answers what a recording says comes next. FILE is JSON,
{task: {seed: [[number, ...] of each step]}}; the answer is --horizon steps from the one asked for,
the last one again where the recording ends. The task is the prompt up to " seed=". Seed and step
are those of the prompt, if it says "TASK seed=3 step=7", else the last two numbers of the state.
"""

import argparse
import json
import re
import socket
import threading
import time

import numpy as np

FAULTS = ("refuse hang slow garbage nan shape close huge dtype text deep liar error "
          "empty missing").split()
HUGE_BYTES = 100 * 1000 * 1000


def arguments(**more):
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0, help="0: any; printed as the first line")
    parser.add_argument("--fault", choices=FAULTS)
    parser.add_argument("--fault-from", type=int, default=0, help="inferences that go well before")
    parser.add_argument("--playback", help="recording to play back")
    parser.add_argument("--horizon", type=int, default=8, help="steps of a played back answer")
    parser.add_argument("--dtype", default="<f4", help="of the echo policy's answers")
    for name, default in more.items():
        parser.add_argument("--" + name.replace("_", "-"), default=default)
    chosen = parser.parse_args()
    if chosen.fault == "refuse":
        say(free_port())
        time.sleep(3600)
    return chosen


def say(port):
    print(port, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def echo(images, state, prompt, dtype):
    checksum = 0
    for key in sorted(images):
        flat = np.asarray(images[key]).reshape(-1).astype(np.int64)
        checksum += int((np.arange(1, flat.size + 1) * flat).sum()) % 997
    state = np.asarray(state, np.float64).reshape(-1)
    rows = [np.concatenate([state + h, [checksum % 997, len(prompt)]]) for h in range(4)]
    return np.array(rows).astype(np.dtype(dtype))


class Playback:
    def __init__(self, path, horizon):
        with open(path) as file:
            self.recording = json.load(file)
        self.horizon = horizon

    def asked(self, prompt, state):
        task = prompt.split(" seed=")[0]
        said = re.search(r" seed=(\d+) step=(\d+)$", prompt)
        seed, step = said.groups() if said else np.asarray(state).reshape(-1)[-2:]
        return self.actions(task, int(seed), int(step))

    def actions(self, task, seed, step):
        rows = self.recording[task][str(seed)]
        rows = [rows[min(step + h, len(rows) - 1)] for h in range(self.horizon)]
        return np.array(rows, np.float32)


class Policy:
    """The policy that the arguments choose; `infer` counts, and `fault` is that of this count."""

    def __init__(self, chosen):
        self.chosen = chosen
        self.count = 0
        self.playback = Playback(chosen.playback, chosen.horizon) if chosen.playback else None

    def fault(self):
        return self.chosen.fault if self.count > self.chosen.fault_from else None

    def infer(self, images, state, prompt):
        self.count += 1
        fault = self.fault()
        if fault == "error":
            raise ValueError("the policy does not like this")
        if self.playback:
            actions = self.playback.asked(prompt, state)
        else:
            actions = echo(images, state, prompt, self.chosen.dtype)
        return spoiled(actions, fault)


def spoiled(actions, fault):
    if fault == "nan":
        actions[1, 0] = np.nan
    elif fault == "shape":
        actions = np.zeros((2, 3, 4), np.float32)
    elif fault == "dtype":
        actions = np.array([["left", "right"]], "<U5")
    elif fault == "empty":
        actions = np.zeros((0, 7), np.float32)
    return actions


def nonsense(fault):
    """Bytes in place of an answer, for the faults that are of this kind."""
    return {
        "garbage": b"\xc1" + bytes(range(256)),
        "huge": b"\0" * HUGE_BYTES if fault == "huge" else None,
        "deep": b"\x91" * 1_000_000 + b"\xc0",
        "liar": b"\x81\xa7actions\xdd\xff\xff\xff\xff\xc0",
    }.get(fault)


def drip(port, server_port):
    """Passes connections on; from the first long message of the client on, the server's bytes
    come one every 50 ms."""
    listener = socket.create_server(("127.0.0.1", port))

    def pump(source, sink, told, slow):
        try:
            while data := source.recv(65536):
                if not slow:
                    told[0] += len(data)
                    sink.sendall(data)
                    continue
                if told[0] <= 1000:
                    sink.sendall(data)
                    continue
                for i in range(len(data)):
                    time.sleep(0.05)
                    sink.sendall(data[i : i + 1])
        except OSError:
            pass
        source.close()
        sink.close()

    def serve():
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", server_port))
            told = [0]
            for pair in ((client, server, told, False), (server, client, told, True)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def announce(chosen, server_port):
    """Prints the port to be used: the server's own, or that of the drip in front of it."""
    say(drip(chosen.port, server_port) if chosen.fault == "slow" else server_port)


def port_to_bind(chosen):
    return 0 if chosen.fault == "slow" else chosen.port
