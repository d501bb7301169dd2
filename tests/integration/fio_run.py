"""What tests of gantry fio have in common: sys.argv is GANTRY SSD [TEST]."""

import json
import pathlib
import subprocess
import sys
import tempfile

GANTRY, SSD = sys.argv[1:3]

# What of fio's JSON is about the host; docs/demos.md lists the same.
HOST_FIELDS = {"timestamp", "timestamp_ms", "time", "usr_cpu", "sys_cpu", "ctx", "majf", "minf"}


def run(*arguments, expect=0, **options):
    result = subprocess.run(
        [GANTRY, "fio", *arguments], capture_output=True, text=True, timeout=60, check=False, **options
    )
    assert result.returncode == expect, f"{arguments}: {result.returncode}\n{result.stdout}{result.stderr}"
    return result


def fio(*arguments, gantry=()):
    """What fio says as JSON, without what it says of the host."""
    path = pathlib.Path("fio.json")
    run("--json", str(path), *gantry, "--", *arguments)
    return without_host(json.loads(path.read_text()))


def without_host(value):
    if isinstance(value, dict):
        return {key: without_host(each) for key, each in value.items() if key not in HOST_FIELDS}
    return [without_host(each) for each in value] if isinstance(value, list) else value


def near(what, measured, expected, part):
    assert abs(measured - expected) <= part * expected, f"{what}: {measured}, not {expected}"


def main(tests):
    """Runs those functions of a module that are tests, each in a directory of its own."""
    for name, test in [(name, test) for name, test in tests.items() if name.startswith("test_")]:
        if len(sys.argv) > 3 and sys.argv[3] not in name:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            pathlib.os.chdir(scratch)
            test()
            pathlib.os.chdir("/")
        print("ok", name, flush=True)
