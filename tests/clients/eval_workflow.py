"""The example workflow of the README: valid by GitHub's schema, and its shell lines by bash."""

import subprocess
import sys

from ruamel.yaml import YAML

readme, file = sys.argv[1:]
with open(readme) as f:
    text = f.read()
blocks = [b.split("```")[0] for b in text.split("```yaml\n")[1:]]
blocks = [b for b in blocks if "benchside" in b and "\njobs:" in b]
assert len(blocks) == 1, f"{len(blocks)} workflows in {readme}"
with open(file, "w") as f:
    f.write(blocks[0])
schema = ["--builtin-schema", "vendor.github-workflows"]
subprocess.run([sys.executable, "-m", "check_jsonschema", *schema, file], check=True)

workflow = YAML(typ="safe", pure=True).load(blocks[0])
steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
for step in steps:
    assert ("uses" in step) != ("run" in step), step
    if "run" in step:
        # Expressions are put in before a shell sees them; as values they belong into `env`.
        assert "${{" not in step["run"], step
        subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True)
    else:
        assert "@" in step["uses"], step
runs = "\n".join(s.get("run", "") for s in steps)
evaluation = next(i for i, s in enumerate(steps) if " eval " in s.get("run", ""))
# What reports must run although the evaluation before it has failed the job.
after = steps[evaluation + 1 :]
assert len(after) >= 3 and all("always()" in s["if"] for s in after), after
assert 'summary.md >> "$GITHUB_STEP_SUMMARY"' in runs
print(f"{len(steps)} steps")
