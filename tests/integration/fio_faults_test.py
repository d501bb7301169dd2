"""fio_faults_test.py GANTRY SSD [TEST]: killed jobs, refused options, and what processes share.

GANTRY and SSD are the programs gantry and gantry-ssd.
"""

import json
import os
import pathlib
import signal
import subprocess
import time

from fio_run import GANTRY, SSD, fio, main, run

LONG = ["--name=a", "--rw=randread", "--bs=4k", "--runtime=20000", "--time_based", "--thread=0"]


def children(process):
    tasks = pathlib.Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def is_alive(process):
    """A zombie, which nobody has asked after yet, is not."""
    try:
        stat = pathlib.Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def until(what, condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


class Running:
    """gantry fio with jobs that are processes, once they all work."""

    def __init__(self, jobs, *arguments):
        self.gantry = subprocess.Popen(
            [GANTRY, "fio", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        until("no fio", lambda: len(children(self.gantry.pid)) == 1)
        self.fio = children(self.gantry.pid)[0]
        until("no jobs", lambda: len(children(self.fio)) == jobs)
        self.jobs = children(self.fio)
        time.sleep(0.3)

    def end(self, seconds=30):
        out, err = self.gantry.communicate(timeout=seconds)
        return self.gantry.returncode, out, err


def test_a_killed_job_is_told_and_holds_up_no_other():
    workload = [*LONG, "--numjobs=4"]
    workload[workload.index("--runtime=20000")] = "--runtime=30"
    for number in range(4):
        running = Running(4, "--json", "fio.json", "--", *workload)
        os.kill(running.jobs[number], signal.SIGKILL)
        code, out, err = running.end()
        assert "gantry: a: its process was ended by signal 9" in err, (code, err)
        jobs = json.loads(pathlib.Path("fio.json").read_text())["jobs"]
        others = [job for job in jobs if job["error"] == 0]
        # One that was killed in the middle of the model takes all along, and they say so.
        if "killed while it held the drive" in err:
            assert code == 4 and not others, (code, jobs)
        else:
            assert code == 1 and len(others) == 3 and all(job["job_runtime"] == 30000 for job in others), jobs


def test_the_only_job_may_be_killed():
    running = Running(1, "--html", "report.html", "--", *LONG)
    os.kill(running.jobs[0], signal.SIGKILL)
    code, _, err = running.end()
    assert code == 1 and "gantry: a: its process was ended by signal 9" in err, (code, err)
    assert not pathlib.Path("report.html").exists()


def test_a_job_may_be_killed_as_soon_as_it_is_there():
    for number in range(12):
        gantry = subprocess.Popen(
            [GANTRY, "fio", "--quiet", "--", *LONG, "--runtime=1", "--numjobs=4"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        until("no fio", lambda: children(gantry.pid))
        fio_process = children(gantry.pid)[0]
        until("no jobs", lambda: len(children(fio_process)) == 4)
        victim = children(fio_process)[number % 3]  # fio has waited for it before it started the next
        time.sleep(0.01 * number)
        os.kill(victim, signal.SIGKILL)
        _, err = gantry.communicate(timeout=30)
        assert gantry.returncode != 0 and "gantry: a: its process was ended by signal 9" in err, err


def test_jobs_end_with_fio():
    running = Running(3, "--", *LONG, "--numjobs=3")
    os.kill(running.fio, signal.SIGKILL)
    assert running.end()[0] == 137
    until("jobs go on without fio", lambda: not any(map(is_alive, running.jobs)))


def test_a_signal_ends_fio_with_its_report():
    for sent in (signal.SIGINT, signal.SIGTERM):
        running = Running(2, "--json", "fio.json", "--", *LONG, "--numjobs=2")
        running.gantry.send_signal(sent)
        code, out, err = running.end()
        assert code == 128 + sent, (code, out, err)
        jobs = json.loads(pathlib.Path("fio.json").read_text())["jobs"]
        assert all(job["read"]["total_ios"] > 0 for job in jobs), jobs
    running = Running(2, "--", *LONG, "--numjobs=2")
    os.kill(running.gantry.pid, signal.SIGKILL)
    running.end()
    until("fio goes on without gantry", lambda: not any(map(is_alive, [running.fio, *running.jobs])))


def test_a_second_signal_kills_fio():
    running = Running(2, "--", *LONG, "--numjobs=2")
    os.kill(running.fio, signal.SIGSTOP)
    running.gantry.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    running.gantry.send_signal(signal.SIGTERM)
    code, _, err = running.end()
    assert code == 143 and "fio was ended by signal 9" in err, (code, err)


def test_processes_share_the_drive_of_a_state():
    subprocess.run(
        [SSD, "precondition", "--device", "ref-a", "--fill", "random", "--output", "used.state"],
        stdout=subprocess.DEVNULL, check=True, timeout=60,
    )
    reports = []
    for kind in ("--thread=1", "--thread=0"):
        fio("--name=a", "--filename=x", "--rw=randrw", "--norandommap", "--size=64m", "--io_size=256m",
            "--numjobs=4", "--iodepth=8", kind, gantry=["--state", "used.state", "--device-report", "device.json"])
        reports.append(json.loads(pathlib.Path("device.json").read_text())["report"])
    assert reports[0]["flash"]["moved_pages"] > 0, reports[0]["flash"]
    assert reports[0] == reports[1], (reports[0]["flash"], reports[1]["flash"])


def log_of(path, device, *more):
    lines = [f"{device} {'write' if i % 3 else 'read'} {i * 4096} 4096" for i in range(100)]
    head = [f"{device} {verb}" for verb in ("add", "open")]
    path.write_text("\n".join(["fio version 2 iolog", *head, *lines, *more, f"{device} close", ""]))
    return path


def test_replays_logs_of_several_devices():
    one = log_of(pathlib.Path("one.log"), "/dev/x", "/dev/x sync 0 0", "/dev/x datasync 0 0")
    two = log_of(pathlib.Path("two.log"), "/dev/y", f"/dev/y write {1 << 30} 4096")
    for kind in ("--thread=1", "--thread=0"):
        runs = []
        for _ in range(5):
            workload = ["--name=a", kind, f"--read_iolog={two}", "--name=b", kind, f"--read_iolog={one}",
                        "--name=c", kind, "--rw=randread", "--size=4m"]
            jobs = fio(*workload, gantry=["--device-report", "device.json"])["jobs"]
            runs.append((jobs, [json.loads(pathlib.Path(f"device{number}.json").read_text())["report"]["opcodes"]
                                for number in ("", "-1", "-2")]))
        assert all(each == runs[0] for each in runs), runs
        jobs, drives = runs[0]
        assert [job["error"] for job in jobs] == [0, 0, 0], jobs
        assert [job["write"]["total_ios"] for job in jobs] == [67, 66, 0], jobs
        # The default one, of c, is there before any log has been read.
        assert [drive.get("write", {}).get("commands", 0) for drive in drives] == [0, 67, 66], drives


def test_replays_in_chunks():
    log = log_of(pathlib.Path("one.log"), "/dev/x")
    job = fio("--name=a", f"--read_iolog={log}", "--read_iolog_chunked=1")["jobs"][0]
    assert (job["read"]["total_ios"], job["write"]["total_ios"]) == (34, 66), job


def test_the_report_is_of_the_whole_run():
    workload = ["--name=a", "--rw=randread", "--runtime=3", "--time_based"]
    reads = [fio(*workload, *more)["jobs"][0]["read"] for more in ([], ["--status-interval=1"])]
    for figure in ("total_ios", "runtime", "iops", "lat_ns"):
        assert reads[0][figure] == reads[1][figure], (figure, reads)
    result = run("--expect", "iops>1", "--", *workload, "--status-interval=1")
    assert result.stdout.count("read: IOPS=") > 1, result.stdout


def test_reads_jobs_from_the_standard_input():
    job = "[fromhere]\nioengine=libaio\nrw=randread\nsize=4m\n"
    assert "fromhere: (groupid=0" in run("-", input=job).stdout
    assert run("--quiet", "-", input=job).stdout == ""


def test_tells_of_all_that_it_reads():
    log_of(pathlib.Path("io.log"), "/dev/x")
    pathlib.Path("part.fio").write_text("read_iolog=io.log\n")
    pathlib.Path("job.fio").write_text("[a]\ninclude part.fio\n")
    run("--quiet", "--html", "r.html", "--depfile", "r.d", "job.fio")
    depfile = pathlib.Path("r.d").read_text()
    for name in ("job.fio", "part.fio", "io.log"):
        assert name in depfile, depfile


def test_there_is_no_cache_to_read_into():
    plain = fio("--name=a", "--rw=read", "--size=8m")["jobs"][0]["read"]
    assert fio("--name=a", "--rw=read", "--size=8m", "--pre_read=1")["jobs"][0]["read"] == plain


def test_fills_the_device():
    job = fio("--name=a", "--filename=x", "--rw=write", "--bs=1m", "--fill_device=1")["jobs"][0]
    assert job["error"] == 0 and job["write"]["io_bytes"] == 7516192768, job["write"]


def test_threads_that_verify_are_no_part_of_time():
    workload = ["--name=a", "--rw=randwrite", "--size=16m", "--verify=crc32c", "--verify_backlog=64", "--iodepth=8",
                "--numjobs=3"]
    plain = fio(*workload)["jobs"]
    others = fio(*workload, "--verify_async=3")["jobs"]
    for figure in ("total_ios", "runtime", "iops", "lat_ns", "bw"):
        for way in ("read", "write"):
            assert [job[way][figure] for job in plain] == [job[way][figure] for job in others], figure


def test_writes_the_same_bytes_each_time():
    written = []
    for name in ("one", "two"):
        run("--data-file", name, "--", "--name=a", "--rw=randwrite", "--size=4m", "--verify=crc32c",
            "--filename=x")
        written.append(pathlib.Path(name).read_bytes())
        time.sleep(1.1)  # of the host's, which is no part of them
    assert written[0] == written[1]


def test_says_why_not():
    def refused(message, *arguments, jobs=1):
        result = run("--", "--name=a", "--rw=randwrite", "--size=4m", *arguments, expect=jobs)
        assert message in result.stderr, f"{arguments}: {result.stderr}"

    refused("gantry: a: zonemode=zbd cannot be had: the drive has no zones", "--zonemode=zbd", "--zonesize=1m")
    log = log_of(pathlib.Path("io.log"), "/dev/x")
    refused("fio cannot replay a log in several threads of one job: add thread=0", f"--read_iolog={log}",
            "--numjobs=2", jobs=2)
    refused("two jobs want different devices for the drive ''", "--name=b", "--fill_seed=7", "--rw=read")
    other = ["--filename_format=other", "--name=b", "--rw=read", "--size=4m", "--filename_format=$jobname"]
    refused("the file 'other' has 4194304 bytes, and a later job wants 8388608 of it, which other files have",
            *other, "--name=c", "--rw=read", "--size=8m", "--filename_format=other")
    refused("gantry: a: gtod_cpu cannot be had in simulated time", "--gtod_cpu=0")


main(globals())
