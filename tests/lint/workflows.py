"""workflows.py <source tree>: the workflows are well-formed, ask for no more rights than they use, and
every shell step is one of the project's scripts, which tests run, or one of a few lines known here."""
import json
import os
import re
import subprocess
import sys

import yaml

KNOWN_LINES = {
    "apt-get update && apt-get install --yes --no-install-recommends ca-certificates ccache git",
    'git config --global --add safe.directory "$GITHUB_WORKSPACE"',
}
WORKFLOW_KEYS = {"name", "on", "permissions", "concurrency", "env", "jobs"}
JOB_KEYS = {"name", "needs", "if", "runs-on", "timeout-minutes", "permissions", "container", "outputs",
            "strategy", "env", "steps"}
STEP_KEYS = {"id", "name", "if", "run", "uses", "with", "env"}
CONTEXTS = {"github", "matrix", "needs", "secrets", "steps", "env"}


class Loader(yaml.SafeLoader):
    """Takes no word for a boolean, since workflows have a key `on`, and no key twice."""

    def construct_mapping(self, node, deep=False):
        names = [key.value for key, _ in node.value]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"twice: {twice}", node.start_mark)
        return super().construct_mapping(node, deep)


Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Check:
    def __init__(self, root):
        self.root = root
        self.presets = self.read_presets()
        self.problems = []
        self.steps = 0

    def read_presets(self):
        names = set()
        folder = os.path.join(self.root, "presets")
        for file in os.listdir(folder):
            with open(os.path.join(folder, file), encoding="utf-8") as stream:
                presets = json.load(stream).get("workflowPresets", [])
            names |= {preset["name"] for preset in presets}
        return names

    def expect(self, holds, where, what):
        if not holds:
            self.problems.append(f"{where}: {what}")

    def keys(self, where, mapping, known):
        for key in mapping:
            self.expect(key in known, where, f"the key '{key}' is not known")

    def workflow(self, file, text):
        tree = yaml.load(text, Loader)
        self.keys(file, tree, WORKFLOW_KEYS)
        self.expect(isinstance(tree.get("permissions"), dict), file, "it has no permissions of its own")
        jobs = tree.get("jobs") or {}
        self.expect(jobs, file, "it has no jobs")
        for name, job in jobs.items():
            self.job(f"{file}: {name}", job, jobs)

    def examples(self, file):
        """The examples of the documentation can be read, at least."""
        with open(os.path.join(self.root, file), encoding="utf-8") as stream:
            blocks = re.findall(r"\n```yaml\n(.*?)\n```", stream.read(), re.DOTALL)
        self.expect(blocks, file, "it has no examples")
        for block in blocks:
            try:
                yaml.load(block, Loader)
            except yaml.YAMLError as error:
                self.problems.append(f"{file}: {error}")

    def job(self, where, job, jobs):
        self.keys(where, job, JOB_KEYS)
        self.expect("runs-on" in job, where, "it does not say where it runs")
        self.expect("timeout-minutes" in job, where, "it has no time limit")
        needs = job.get("needs", [])
        needs = [needs] if isinstance(needs, str) else needs
        for need in needs:
            self.expect(need in jobs, where, f"it needs the job '{need}', which is not there")
        matrix = job.get("strategy", {}).get("matrix", {})
        for preset in matrix.get("preset", []):
            self.expect(preset in self.presets, where, f"there is no preset '{preset}'")
        ids = {step["id"] for step in job.get("steps", []) if "id" in step}
        self.expressions(where, job, needs, matrix, ids, jobs)
        for number, step in enumerate(job.get("steps", []), 1):
            self.step(f"{where}: step {number}", step, matrix)

    def expressions(self, where, job, needs, matrix, ids, jobs):
        for expression in re.findall(r"\$\{\{(.*?)\}\}", json.dumps(job)):
            for name in re.findall(r"[a-z][a-zA-Z0-9_.-]*", expression):
                first, *rest = name.split(".")
                self.expect(first in CONTEXTS, where, f"the context '{first}' is not known")
                known = {"matrix": matrix, "needs": needs, "steps": ids}.get(first)
                if known is not None:
                    self.expect(rest and rest[0] in known, where, f"'{name}' is nothing")
                if first == "needs" and rest[0] in jobs:
                    outputs = jobs[rest[0]].get("outputs", {})
                    self.expect(rest[-1] in outputs, where, f"'{name}' is no output")

    def step(self, where, step, matrix):
        self.steps += 1
        self.keys(where, step, STEP_KEYS)
        self.expect(("run" in step) != ("uses" in step), where, "it takes one of run and uses")
        if "uses" in step:
            self.expect(re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]), where,
                        f"'{step['uses']}' is no action of a fixed version")
        if "run" in step and step["run"] not in KNOWN_LINES:
            self.script(where, step["run"], matrix)

    def script(self, where, line, matrix):
        for name in re.findall(r"\$\{\{ *(\S+) *\}\}", line):
            self.expect(name.startswith("matrix."), where, f"'{name}' in a command: pass it by env")
        words = re.sub(r"\$\{\{.*?\}\}", "VALUE", line).split()
        words = words[1:] if words[0] == "sh" else words
        path = os.path.join(self.root, words[0])
        ours = re.fullmatch(r"(\.ci/run|(tools|\.github/scripts)/[a-z_]+\.sh)", words[0])
        self.expect(ours and os.access(path, os.X_OK), where, f"'{words[0]}' is no script of the project")
        shell = subprocess.run(["sh", "-n", "-c", re.sub(r"\$\{\{.*?\}\}", "VALUE", line)],
                               capture_output=True, text=True, check=False)
        self.expect(shell.returncode == 0, where, shell.stderr.strip())
        self.expect(not re.search(r"[;&|<>`]|\$\(", line.replace("${{", "")), where,
                    f"more than one script: {line}")


def main():
    check = Check(sys.argv[1])
    folder = os.path.join(sys.argv[1], ".github", "workflows")
    for file in sorted(os.listdir(folder)):
        with open(os.path.join(folder, file), encoding="utf-8") as stream:
            try:
                check.workflow(file, stream.read())
            except yaml.YAMLError as error:
                check.problems.append(f"{file}: {error}")
    check.examples(os.path.join("docs", "ci.md"))
    check.expect(check.steps >= 5, folder, "hardly any step was found")
    for problem in check.problems:
        print(problem)
    return 1 if check.problems else 0


if __name__ == "__main__":
    sys.exit(main())
