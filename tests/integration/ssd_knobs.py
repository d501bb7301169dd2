"""ssd_knobs.py <gantry-ssd> <source dir>: every knob of the simulator has a test that it matters.

Options of workloads are turned here, and what they must change is looked at. Keys of a device's
description are turned in unit tests: each must be named with its own, or be turned here. An option
or key that is in neither table fails.
"""

import json
import pathlib
import re
import subprocess
import sys

ssd, source = sys.argv[1], pathlib.Path(sys.argv[2])
DEVICE = {
    "over_provisioning": "25%",
    "geometry": {"channels": 1, "chips_per_channel": 2, "blocks_per_plane": 64, "pages_per_block": 16},
}
BUFFERED = DEVICE | {"write_buffer": {"size": "64KiB"}}
PARTS = DEVICE | {"namespaces": [{"size": "10%"}, {"size": "90%"}]}
FILLED = "--fill=sequential --commands=2000 "
WRITES = "--fill=sequential --read=0% "


def of(opcode, *path):
    def find(report):
        found = report["opcodes"].get(opcode, {})
        for name in path:
            found = found.get(name, {})
        return found or 0

    return find


def amplification(report):
    return report["write_amplification"]


def spread(report):
    return report["wear"]["most"] - report["wear"]["least"]


def iops(report):
    return report["iops"]


def commands(report):
    return report["commands"]


UP, DOWN, OTHER = "more", "less", "other"

# Option: device, other options, value before and after, what must change, and how.
OPTIONS = {
    "pattern": (DEVICE, WRITES + "--commands=20000", "random", "sequential", amplification, DOWN),
    "read": (DEVICE, FILLED, "100%", "50%", of("write", "commands"), UP),
    "trim": (DEVICE, WRITES + "--commands=20000", "0%", "30%", amplification, DOWN),
    "fua": (BUFFERED, FILLED + "--read=0% --think=10ms", "0%", "50%", of("write", "latency_ns", "mean"), UP),
    "flush-every": (BUFFERED, FILLED + "--read=0%", "100", "10", of("flush", "commands"), UP),
    "block-size": (DEVICE, FILLED, "4KiB", "64KiB", of("read", "bytes"), UP),
    "namespace": (PARTS, "--read=0% --pattern=sequential --commands=1500", "1", "2",
                  lambda report: report["pages"]["mapped"], UP),
    "queue-depth": (DEVICE, FILLED, "1", "8", iops, UP),
    "think": (DEVICE, FILLED, "0ns", "1ms", iops, DOWN),
    "rate": (DEVICE, FILLED, "1k/s", "5k/s", iops, UP),
    "arrivals": (DEVICE, FILLED + "--rate=5k/s", "uniform", "bursty", of("read", "latency_ns", "mean"), UP),
    "burst": (DEVICE, FILLED + "--rate=5k/s --arrivals=bursty", "1ms/1ms", "1ms/9ms",
              of("read", "latency_ns", "mean"), UP),
    "streams": (DEVICE, FILLED, "1", "2", iops, UP),
    "time": (DEVICE, "--fill=sequential", "10ms", "20ms", commands, UP),
    "commands": (DEVICE, "--fill=sequential", "100", "200", commands, UP),
    "bytes": (DEVICE, "--fill=sequential", "1MiB", "2MiB", commands, UP),
    "warm-up": (DEVICE, FILLED, "10", "1000", lambda report: report["begin_ns"], UP),
    "fill": (DEVICE, "--commands=100 --rate=1k/s", "none", "sequential", lambda report: report["flash"]["reads"], UP),
    "seed": (DEVICE, FILLED + "--queue-depth=8", "1", "2", of("read", "latency_ns"), OTHER),
}
# These say what is printed, or what the knobs are of.
NO_KNOBS = {"help", "device", "json", "histogram", "csv", "until", "explain", "state", "save-state"}

# As OPTIONS, of a key.
KEYS_HERE = {
    "/wear_leveling/dynamic": (DEVICE, WRITES + "--pattern=hot-cold:90%/10% --commands=100000", True, False, spread,
                               UP),
}
KNOBS = "tests/unit/ssd/knobs_test.cpp"
ENERGY = ("tests/unit/workload/driver_test.cpp", "TEST(Driver, EnergyIsThatOfEachOperation)")
DESCRIPTION = "tests/unit/config/description_test.cpp"
NAMESPACES = "tests/unit/config/namespaces_test.cpp"


def knob(name):
    return KNOBS, f'Knob{{"{name}"'


KEYS = {
    "/name": (DESCRIPTION, "TEST(Description, EveryValueIsTaken)"),
    "/origin": (DESCRIPTION, "TEST(Description, EveryValueIsTaken)"),
    "/geometry/channels": knob("channels"),
    "/geometry/chips_per_channel": knob("chips"),
    "/geometry/dies_per_chip": knob("dies"),
    "/geometry/planes_per_die": knob("planes"),
    "/geometry/blocks_per_plane": knob("blocks"),
    "/geometry/pages_per_block": knob("pages_per_block"),
    "/geometry/page_size": knob("page_bytes"),
    "/geometry/mapping_unit": knob("mapping_bytes"),
    "/capacity": knob("logical_pages"),
    "/over_provisioning": (DESCRIPTION, "TEST(Description, OverProvisioningIsOfWhatTheHostSees)"),
    "/namespaces": (NAMESPACES, "TEST(Namespaces, FollowEachOther)"),
    "/namespaces/*/name": (NAMESPACES, "TEST(Namespaces, AreFoundByNumberAndByName)"),
    "/namespaces/*/size": (NAMESPACES, "TEST(Namespaces, FollowEachOther)"),
    "/nand/cell": knob("cell_bits"),
    "/nand/read": knob("read"),
    "/nand/program": knob("program"),
    "/nand/erase": knob("erase"),
    "/nand/command": knob("command"),
    "/nand/suspend": knob("suspend"),
    "/nand/resume": knob("resume"),
    "/channel/bandwidth": knob("channel_speed"),
    "/channel/latency": knob("channel_latency"),
    "/link/bandwidth": knob("link_speed"),
    "/link/latency": knob("link_latency"),
    "/front_end/queues": knob("urgent"),
    "/front_end/queues/*/weight": knob("weight"),
    "/front_end/queues/*/urgent": knob("urgent"),
    "/front_end/arbitration": knob("arbitration"),
    "/front_end/commands_in_device": knob("commands_in_device"),
    "/front_end/command_cost": knob("command_cost"),
    "/front_end/page_cost": knob("page_cost"),
    "/allocation/order": (KNOBS, "TEST(Knobs, PlaneOrderDecidesWhereNeighboursAre)"),
    "/allocation/policy": knob("allocation"),
    "/scheduling/order": knob("die_order"),
    "/scheduling/suspend_program": knob("suspend_program"),
    "/scheduling/suspend_erase": knob("suspend_erase"),
    "/garbage_collection/victims": knob("victims"),
    "/garbage_collection/choices": knob("choices"),
    "/garbage_collection/start_below": knob("start_below"),
    "/garbage_collection/idle_below": knob("idle_below"),
    "/garbage_collection/generations": knob("generations"),
    "/garbage_collection/preemptible": knob("preemptible"),
    "/wear_leveling/static_above": (KNOBS, "TEST(Knobs, WearLevelingMatters)"),
    "/write_buffer/size": knob("buffer"),
    "/write_buffer/latency": knob("buffer_latency"),
    "/write_buffer/programs_per_die": (KNOBS, "TEST(Knobs, ProgramsGivenToADieKeepAReadWaiting)"),
    "/energy/read": ENERGY,
    "/energy/program": ENERGY,
    "/energy/erase": ENERGY,
    "/energy/transfer": ENERGY,
    "/energy/idle": ENERGY,
    "/attribution": knob("attribution"),
    "/seed": (KNOBS, "TEST(Knobs, SeedDecidesWhatIsDrawn)"),
}

failures = []


def output(*arguments, text=None):
    done = subprocess.run([ssd, *arguments], input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)}: {done.stderr}")
    return done.stdout


def report(device, options):
    return json.loads(output("run", "--json", "--device=/dev/stdin", *options, text=json.dumps(device)))["report"]


def compare(name, before, after, how):
    changed = {UP: lambda: after > before, DOWN: lambda: after < before, OTHER: lambda: after != before}
    if not changed[how]():
        failures.append(f"{name}: {before} became {after}, which is not {how}")


help_text = output("run", "--help")
options = set(re.findall(r"^ +--([a-z-]+)", help_text, re.M)) | set(re.findall(r"^ +-h,--(help)", help_text, re.M))
for option in sorted((options ^ OPTIONS.keys()) - NO_KNOBS):
    failures.append(f"--{option} is {'turned by no test' if option in options else 'no option'}")
for option in sorted(options & OPTIONS.keys()):
    device, others, before, after, figure, how = OPTIONS[option]
    compare("--" + option, *(figure(report(device, [*others.split(), f"--{option}={value}"]))
                             for value in (before, after)), how)

listed = re.findall(r"^\| `(/[^`]*)`", output("config", "schema", "--markdown"), re.M)
for key in listed:
    if key in KEYS_HERE:
        device, others, before, after, figure, how = KEYS_HERE[key]
        group, name = key[1:].split("/")
        compare(key, *(figure(report(device | {group: {name: value}}, others.split()))
                       for value in (before, after)), how)
    elif key not in KEYS:
        failures.append(f"{key} is turned by no test")
    else:
        file, test = KEYS[key]
        if test not in (source / file).read_text():
            failures.append(f"{key}: {file} has no {test}")
if failures:
    sys.exit("\n".join(failures))
