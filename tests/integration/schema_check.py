#!/usr/bin/env python3
"""schema_check.py <gantry-ssd> <profile.json>...: the schema of descriptions takes all that is one,
and the program and the schema agree on what is wrong with one value."""

import copy
import json
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print("skipped: needs python3-jsonschema")
    sys.exit(77)

PROGRAM, PROFILES = sys.argv[1], sys.argv[2:]


def output(*arguments):
    return subprocess.run([PROGRAM, *arguments], check=True, capture_output=True, text=True).stdout


def is_good(description):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(description, file)
        file.flush()
        return subprocess.run([PROGRAM, "config", "check", file.name], capture_output=True).returncode == 0


schema = json.loads(output("config", "schema"))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
assert len(PROFILES) >= 8, "the profiles are missing"
for path in PROFILES:
    with open(path, encoding="utf-8") as file:
        short = json.load(file)
    full = json.loads(output("config", "init", short["name"]))
    for description in (short, full):
        validator.validate(description)

full = json.loads(output("config", "init", "ref-a"))


def places(value, path=()):
    """Every key of the description, and all in its arrays."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield path + (key,)
        yield from places(inner, path + (key,))


def changed(path, value):
    result = copy.deepcopy(full)
    at = result
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return result


wrong = [changed(path, value) for path in places(full) for value in (None, -1, 1.5, "50parsec")
         if not (value == "50parsec" and path in (("name",), ("origin",)))]
wrong += [{}, [], {**full, "over_provisioning": "20%"}, {**full, "nothing": 1}]
wrong += [changed(("nand", "nothing"), 1), changed(("front_end", "queues", 0, "nothing"), 1)]
wrong += [changed(("front_end", "queues"), []), changed(("nand", "read"), []), changed(("geometry", "channels"), 0)]
for description in wrong:
    assert not validator.is_valid(description), f"the schema takes {json.dumps(description)}"
    assert not is_good(description), f"the program takes {json.dumps(description)}"

names = {path for path in places(full) if not any(isinstance(key, int) for key in path)}


def described(node, path=()):
    for key, inner in node.get("properties", {}).items():
        yield path + (key,)
        yield from described(inner, path + (key,))


missing = set(described(schema)) ^ names
assert missing == {("over_provisioning",)}, f"init and the schema differ in {missing}"
print(f"{len(wrong)} wrong descriptions, {len(names)} keys")
