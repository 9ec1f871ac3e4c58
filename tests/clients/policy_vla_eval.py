"""A policy server of the real vla-eval package: its own server, codec and protocol.

python policy_vla_eval.py [--port N] [--chunk-size N] [--fault F] ...

Policies and faults: policy_common. With --chunk-size the package's server buffers chunks and
answers one step at a time. Played back, task and seed are those of the episode, steps are counted.
"""

import functools

import anyio
import numpy as np
from vla_eval.model_servers import serve as serving
from vla_eval.model_servers.predict import PredictModelServer
from vla_eval.specs import DimSpec

from policy_common import Policy, announce, arguments, nonsense, port_to_bind, spoiled

chosen = arguments(chunk_size=None)
policy = Policy(chosen)


class Server(PredictModelServer):
    def __init__(self):
        size = int(chosen.chunk_size) if chosen.chunk_size else None
        super().__init__(chunk_size=size)
        self.episodes = {}

    def get_action_spec(self):
        return {"position": DimSpec("position", 3, "delta_xyz", (-1, 1))}

    def get_observation_spec(self):
        return {"state": DimSpec("state", 7, "joints")}

    async def on_episode_start(self, config, ctx):
        if config["task"]["name"] == "refused":
            raise ValueError("no such task here")
        self.episodes[ctx.session_id] = config["task"]
        await super().on_episode_start(config, ctx)

    async def on_episode_end(self, result, ctx):
        assert isinstance(result.get("metrics", {}).get("success", False), bool), result
        await super().on_episode_end(result, ctx)

    def predict(self, obs, ctx):
        for image in obs["images"].values():
            assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
        task = self.episodes[ctx.session_id]
        if policy.playback:
            policy.count += 1
            actions = policy.playback.actions(task["name"], task["seed"], ctx.step)
            actions = spoiled(actions, policy.fault())
        else:
            actions = policy.infer(obs["images"], obs["state"], obs["task_description"])
        return {"nothing": 1} if policy.fault() == "missing" else {"actions": actions}

    def _normalize_result(self, result, ctx):
        # The echo policy's answers keep their type, to be converted at the other end.
        return super()._normalize_result(result, ctx) if self.chunk_size else result


class Faulty:
    """The package's connection, with other answers to observations than it means to give."""

    def __init__(self, connection):
        self.connection = connection

    def __aiter__(self):
        return self.connection.__aiter__()

    async def send(self, message):
        fault = policy.fault()
        if fault == "hang":
            await anyio.sleep(3600)
        if fault == "close":
            await self.connection.close()
        elif fault == "text":
            await self.connection.send("what is due here is binary")
        else:
            await self.connection.send(nonsense(fault) or message)


async def main():
    handle = serving._handle_connection
    serving._handle_connection = lambda ws, server: handle(Faulty(ws), server)
    async with anyio.create_task_group() as tasks:
        start = functools.partial(serving.serve_async, Server(), "127.0.0.1", port_to_bind(chosen))
        announce(chosen, await tasks.start(start))


anyio.run(main)
