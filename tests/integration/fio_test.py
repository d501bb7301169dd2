"""fio_test.py GANTRY SSD [TEST]: fio in simulated time says what the simulator says, and the same each time.

GANTRY and SSD are the programs gantry and gantry-ssd.
"""

import json
import pathlib
import subprocess

from fio_run import SSD, fio, main, near, run

RANDOM_READS = ["--name=a", "--rw=randread", "--bs=4k", "--time_based"]


def simulated(depth, seconds):
    """The same by the simulator alone."""
    out = subprocess.run(
        [SSD, "run", "--device", "ref-a", "--fill", "sequential", "--queue-depth", str(depth)]
        + ["--time", f"{seconds}s", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    return json.loads(out)["report"]


def test_one_command_at_a_time_takes_what_the_model_says():
    read = fio(*RANDOM_READS, "--runtime=1")["jobs"][0]["read"]
    # Command, tR, transfer, link: 0.29 + 50 + 8.192 + 1.33 us.
    assert read["lat_ns"]["mean"] == 59812.0, read["lat_ns"]
    assert read["lat_ns"]["min"] == read["lat_ns"]["max"] == 59812, read["lat_ns"]
    assert read["slat_ns"]["max"] == 0, read["slat_ns"]


def test_rates_are_those_of_the_simulator():
    # Long enough that the addresses, which are others, make no difference.
    for depth, seconds in ((1, 1), (4, 3), (32, 3), (256, 10)):
        workload = [*RANDOM_READS, "--norandommap", f"--runtime={seconds}", f"--iodepth={depth}"]
        read = fio(*workload)["jobs"][0]["read"]
        report = simulated(depth, seconds)
        near(f"IOPS at depth {depth}", read["iops"], report["iops"], 0.001)


def test_four_jobs_are_like_one_with_all_their_commands():
    one = fio(*RANDOM_READS, "--runtime=300ms", "--iodepth=32")["jobs"][0]["read"]["iops"]
    first = None
    for kind in ["--thread=1"] * 10 + ["--thread=0"] * 10:
        jobs = fio(*RANDOM_READS, "--runtime=300ms", "--iodepth=8", "--numjobs=4", kind)["jobs"]
        near("IOPS of four jobs", sum(job["read"]["iops"] for job in jobs), one, 0.01)
        for job in jobs:  # how they run is among them
            job["job options"] = None
        first = first or jobs
        assert jobs == first, f"with {kind} another result"


def test_load_of_the_machine_changes_nothing():
    workload = ["--name=a", "--rw=randrw", "--bs=4k", "--iodepth=16", "--runtime=1", "--time_based", "--numjobs=2"]
    alone = fio(*workload)
    with subprocess.Popen(["sh", "-c", "while :; do :; done"]) as first:
        with subprocess.Popen(["sh", "-c", "while :; do :; done"]) as second:
            try:
                loaded = fio(*workload)
            finally:
                first.kill()
                second.kill()
    assert loaded == alone


SMALL_DEVICE = {
    "geometry": {"channels": 2, "chips_per_channel": 1, "dies_per_chip": 1, "planes_per_die": 1}
    | {"blocks_per_plane": 160, "pages_per_block": 64, "page_size": "4KiB", "mapping_unit": "4KiB"},
    "capacity": "64MiB",
}

CASES = {
    "rate": ["--rw=randread", "--rate_iops=1000", "--runtime=3", "--time_based"],
    "poisson": ["--rw=randread", "--rate_iops=2000", "--rate_process=poisson", "--runtime=3", "--time_based"],
    "thinktime": ["--rw=randwrite", "--thinktime=500us", "--runtime=2", "--time_based"],
    "spin": ["--rw=randread", "--thinktime=20ms", "--thinktime_spin=5ms", "--runtime=1", "--time_based"],
    "ramp": ["--rw=randread", "--ramp_time=1", "--runtime=1", "--time_based", "--iodepth=4"],
    "trim": ["--rw=randtrim", "--bs=64k", "--runtime=100ms", "--time_based"],
    "trimwrite": ["--rw=trimwrite", "--bs=64k", "--size=64m"],
    "fsync": ["--rw=write", "--size=8m", "--fsync=4", "--end_fsync=1"],
    "fdatasync": ["--rw=randwrite", "--size=8m", "--fdatasync=1"],
    "sync": ["--rw=randwrite", "--size=8m", "--sync=1"],
    "offset": ["--rw=read", "--offset=1g", "--size=64m", "--bs=128k", "--iodepth=4"],
    "files": ["--rw=randwrite", "--size=64m", "--nrfiles=4", "--iodepth=8"],
    "drives": ["--rw=randwrite", "--filename=one:two", "--io_size=16m", "--iodepth=8"],
    "logs": ["--rw=randread", "--runtime=1", "--time_based", "--write_lat_log=log", "--log_avg_msec=100"],
    "processes": ["--rw=randrw", "--thread=0", "--numjobs=3", "--iodepth=4", "--runtime=500ms", "--time_based"],
    "status": ["--rw=randread", "--runtime=2", "--time_based", "--group_reporting", "--numjobs=2"],
}


def test_every_run_is_the_same():
    for name, case in CASES.items():
        first = fio("--name=a", *case)
        assert first == fio("--name=a", *case), name
        done = sum(job[way]["total_ios"] for job in first["jobs"] for way in ("read", "write", "trim"))
        assert done > 0 and all(job["error"] == 0 for job in first["jobs"]), name


def test_sleeps_are_of_simulated_time():
    near("rate", fio("--name=a", *CASES["rate"])["jobs"][0]["read"]["iops"], 1000, 0.001)
    jobs = fio(
        "--name=a", "--rw=randread", "--size=4m",
        "--name=b", "--startdelay=3600", "--rw=randread", "--size=4m",
    )["jobs"]
    # An hour passes in no time, and nothing of it is b's.
    assert jobs[0]["job_runtime"] == jobs[1]["job_runtime"], jobs


def test_stonewalls_part_jobs_in_time():
    together = fio("--name=a", "--rw=randread", "--size=32m", "--iodepth=32", "--numjobs=2")["jobs"]
    apart = fio(
        "--name=a", "--rw=randread", "--size=32m", "--iodepth=32",
        "--name=b", "--stonewall", "--rw=randread", "--size=32m", "--iodepth=32",
        "--name=c", "--wait_for=b", "--rw=randread", "--size=32m", "--iodepth=32",
    )["jobs"]
    alone = apart[0]["read"]["iops"]
    near("a job after another", apart[1]["read"]["iops"], alone, 0.02)
    near("a job that waits for another", apart[2]["read"]["iops"], alone, 0.02)
    assert together[0]["read"]["iops"] < 0.8 * alone


def test_replays_a_log():
    pathlib.Path("io.log").write_text(
        "fio version 3 iolog\n0 /dev/x add\n0 /dev/x open\n"
        + "".join(f"{i * 1000} /dev/x {'write' if i % 2 else 'read'} {i * 4096} 4096\n" for i in range(1, 50))
        + "50000 /dev/x close\n"
    )
    job = fio("--name=a", "--read_iolog=io.log")["jobs"][0]
    assert (job["read"]["total_ios"], job["write"]["total_ios"]) == (24, 25), job
    near("the log's time", job["job_runtime"], 49, 0.05)  # ms


def test_verifies_data_through_collection_and_restarts():
    workload = ["--name=a", "--rw=randwrite", "--bs=8k", "--size=256m", "--verify=crc32c", "--iodepth=16"]
    for kind in ("--thread=1", "--thread=0"):
        jobs = fio(*workload, "--numjobs=2", kind)["jobs"]
        assert all(job["read"]["total_ios"] == 32768 for job in jobs), jobs
    device = pathlib.Path("small.json")
    device.write_text(
        json.dumps(SMALL_DEVICE)
    )
    trims = ["--name=a", "--rw=randtrimwrite", "--bs=4k", "--size=48m", "--io_size=256m", "--norandommap"]
    run("--device", str(device), "--device-report", "device.json",
        "--", *trims, "--iodepth=16", "--verify=crc32c")
    report = json.loads(pathlib.Path("device.json").read_text())["report"]
    assert report["opcodes"]["trim"]["commands"] == 65536, report["opcodes"]
    assert report["flash"]["moved_pages"] > 0, report["flash"]

    files = ["--data-file", "data", "--save-state", "drive.state", "--device-report", "device.json"]
    churn = ["--name=a", "--rw=randwrite", "--bs=4k", "--iodepth=16", "--io_size=512m", "--norandommap",
             "--randrepeat=1", "--verify=crc32c", "--verify_backlog=1024"]
    run("--device", str(device), *files, "--", *churn, "--name=b", "--stonewall", "--rw=write", "--bs=4k",
        "--iodepth=16", "--verify=crc32c", "--do_verify=0")
    report = json.loads(pathlib.Path("device.json").read_text())["report"]
    assert report["flash"]["moved_pages"] > 0, report["flash"]
    check = ["--", "--name=b", "--rw=read", "--bs=4k", "--iodepth=16", "--verify=crc32c"]
    run("--state", "drive.state", "--data-file", "data", *check)
    with open("data", "r+b") as data:
        data.seek(5_000_000)
        data.write(b"\x00" * 64)
    broken = run("--state", "drive.state", "--data-file", "data", *check, expect=1)
    assert "verify" in broken.stderr, broken.stderr


def test_says_what_is_wrong():
    def wrong(message, *arguments, code=1):
        result = run(*arguments, expect=code)
        assert message in result.stderr, f"{arguments}: {result.stderr}"

    wrong("there is no profile 'nope'", "--device", "nope", "--", "--name=a", "--rw=read")
    wrong("the drive has 7516192768", "--", "--name=a", "--rw=read", "--size=64g")
    wrong("the drive ends at 7516192768", "--", "--name=a", "--rw=read", "--filename=x", "--size=64g")
    wrong("cannot read no.fio", "no.fio")
    wrong("failed parsing rw=reed", "--", "--name=a", "--rw=reed")
    wrong("create_serialize=0 cannot be had", "--", "--name=a", "--rw=read", "--create_serialize=0")
    wrong("can't be used with offloaded submit", "--", "--name=a", "--rw=read", "--io_submit_mode=offload")
    wrong("'p99<5' is no expectation", "--expect", "p99<5", "--", "--name=a")
    wrong("expected iops>1M, measured 16703", "--expect", "iops>1M", "--", *RANDOM_READS, "--runtime=1")
    wrong("engine was built for fio-3.33", "--fio", "/bin/ls", "--", "--name=a")


def test_takes_the_place_of_other_engines():
    pathlib.Path("job.fio").write_text(
        "[global]\nioengine=libaio\nhipri\ndirect=1\n[a]\nfilename=/dev/nvme0n1\nrw=randread\nsize=4m\n"
    )
    result = run("--expect", "mean<60us", "job.fio")
    assert "takes the place of: ioengine=libaio, hipri" in result.stderr, result.stderr
    assert "expected mean<60us: measured 59.812 us" in result.stdout, result.stdout


def test_real_time_is_as_slow_as_the_drive():
    result = run("--clock", "real", "--json", "real.json", "--device-report", "device.json",
                 "--", *RANDOM_READS, "--runtime=1")
    read = json.loads(pathlib.Path("real.json").read_text())["jobs"][0]["read"]
    assert 59000 < read["lat_ns"]["mean"] < 20000000, read["lat_ns"]
    punctuality = json.loads(pathlib.Path("device.json").read_text())["real_time"]
    assert punctuality["delivered"] == read["total_ios"], punctuality
    assert "real time:" in result.stdout + result.stderr


main(globals())
