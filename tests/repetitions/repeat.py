"""How often `benchside compare` calls a policy regressed that is equally good: in physics, many times over.

    benchside eval tests/repetitions/repeat.suite.toml --policy expert --video none -o output/repeat
    python tests/repetitions/repeat.py output/repeat [BENCHSIDE]

The run's 10,000 rollouts are all the same expert's, each with its own start, well and noise. They are cut
into 200 pairs of 25 seeds: one half plays the baseline, the other the policy, so that both are equally good
and independent of each other (seeds are renumbered). Each pair is compared after 5, 10, 15, 20 and 25
seeds, as somebody would who cannot wait; one look that says "regressed" counts. Needs Python alone.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

REPETITIONS, SEEDS, LOOK = 200, 25, 5
WORDS = {0: "pass", 1: "regressed", 2: "not enough evidence"}


def write(folder, info, rollouts):
    folder.mkdir(exist_ok=True)
    shutil.copy(info, folder / "run.json")
    lines = []
    for seed, rollout in enumerate(rollouts):
        rollout = json.loads(json.dumps(rollout))
        rollout["id"]["seed"] = seed
        lines.append(json.dumps(rollout) + "\n")
    (folder / "rollouts.jsonl").write_text("".join(lines))


def main():
    run = Path(sys.argv[1])
    binary = sys.argv[2] if len(sys.argv) > 2 else "target/release/benchside"
    rollouts = [json.loads(line) for line in (run / "rollouts.jsonl").read_text().splitlines()]
    assert len(rollouts) >= 2 * REPETITIONS * SEEDS, f"{len(rollouts)} rollouts"
    succeeded = sum(r["class"] == "success" for r in rollouts)
    print(f"{len(rollouts)} rollouts, {succeeded} succeed ({succeeded / len(rollouts):.1%})")
    ends, discordant = Counter(), 0
    with tempfile.TemporaryDirectory() as temporary:
        folders = [Path(temporary) / name for name in ("baseline", "policy")]
        for repetition in range(REPETITIONS):
            first = 2 * repetition * SEEDS
            halves = [rollouts[first + k * SEEDS :][:SEEDS] for k in (0, 1)]
            discordant += sum((a["class"] == "success") != (b["class"] == "success") for a, b in zip(*halves))
            looks = []
            for seeds in range(LOOK, SEEDS + 1, LOOK):
                for folder, half in zip(folders, halves):
                    write(folder, run / "run.json", half[:seeds])
                command = [binary, "compare", "--sequential", *map(str, folders)]
                looks.append(subprocess.run(command, stdout=subprocess.DEVNULL).returncode)
                assert looks[-1] in WORDS, f"repetition {repetition}: exit code {looks[-1]}"
            ends["regressed" if 1 in looks else WORDS[looks[-1]]] += 1
    print(f"pairs that end differently: {discordant} of {REPETITIONS * SEEDS}")
    print(f"{REPETITIONS} repetitions, a look after every {LOOK} of {SEEDS} seeds: {dict(ends)}")


main()
