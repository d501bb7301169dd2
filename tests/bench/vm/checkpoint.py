"""checkpoint.py DIRECTORY GANTRY_VM RESUME [PART...]: what checkpoint.sh measures; see there."""

import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

directory, gantry_vm, resume = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
parts = sys.argv[4:] or ["boot", "resume", "revert", "used", "clones"]
results = directory / "results.json"
MEMORY = 512 << 20
CPU = "Opteron_G3,misalignsse=off,monitor=off,ssse3=on,sse4.1=on,sse4.2=on"


def keep(name, value):
    known = json.loads(results.read_text()) if results.exists() else {}
    known[name] = value
    results.write_text(json.dumps(known))


def known(name):
    return json.loads(results.read_text())[name]


def median(values):
    return round(statistics.median(values), 1)


def bar(is_kept):
    return "kept" if is_kept else "MISSED"


def ask_console(path, give_up):
    """Until the console at a socket answers; the machine behind it may be another by then."""
    while time.monotonic() < give_up:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(path))
            connection.settimeout(0.25)
            heard = b""
            connection.sendall(b"echo a$((20+3))b\n")
            while b"a23b" not in heard:
                try:
                    got = connection.recv(65536)
                except TimeoutError:
                    connection.sendall(b"echo a$((20+3))b\n")  # what comes too early is lost
                    continue
                if not got:
                    raise ConnectionError
                heard += got
            return
        except OSError:
            time.sleep(0.001)
        finally:
            connection.close()
    raise TimeoutError(path)


def run_on_console(path, script):
    """In a shell that has answered."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.settimeout(120)
        connection.sendall(f"{'; '.join(script.splitlines())}; echo b$((20+3))b\n".encode())
        heard = b""
        while b"b23b" not in heard:
            heard += connection.recv(65536)


def boot_directly():
    """Seconds from the start of QEMU, with the disk that the guest boots from, to an answer."""
    console = directory / "boot.console"
    start = time.monotonic()
    qemu = subprocess.Popen(
        ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-accel", "tcg", "-machine",
         "pc-q35-7.2", "-cpu", CPU, "-m", "512", "-drive",
         f"file={directory}/debian.qcow2,if=virtio,snapshot=on", "-nic",
         "user,model=virtio-net-pci", "-serial", f"unix:{console},server=on,wait=off"])
    try:
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(console))
                break
            except OSError:
                time.sleep(0.01)
        connection.settimeout(120)
        heard = b""
        while b"root@guest:~#" not in heard:
            heard += connection.recv(65536)
        connection.close()
        ask_console(console, start + 120)
        return time.monotonic() - start
    finally:
        qemu.kill()
        qemu.wait()


class Clone:
    """A process of gantry_vm_resume, with its machine."""

    def __init__(self, checkpoint, mode):
        self.process = subprocess.Popen(
            [resume, str(time.monotonic_ns()), directory / "store", directory / checkpoint, mode],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def answered(self):
        words = self.process.stdout.readline().split()
        self.running, self.console = float(words[0]), float(words[1])
        self.pid = int(words[2])
        return self

    def memory(self):
        text = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return int(re.search(r"^Pss: +(\d+)", text, re.M)[1]) << 10

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def resume_once(checkpoint, mode):
    clone = Clone(checkpoint, mode).answered()
    clone.end()
    return clone


def resume_times(checkpoint, mode, runs):
    running, console = [], []
    for _ in range(runs):
        clone = resume_once(checkpoint, mode)
        running.append(clone.running)
        console.append(clone.console)
    return median(running), median(console), [round(value) for value in console]


# Runs a program, and waits for whatever it detaches, as gantry does: libvirt need not wait until the
# first process of the machine has done so. What is measured is its best.
BURY = """
import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
program = subprocess.Popen(sys.argv[1:])
while True:
    pid, status = os.wait()
    if pid == program.pid:
        os._exit(os.waitstatus_to_exitcode(status))
"""


class Libvirt:
    """virsh with libvirt's driver in its own process, as gantry has it: no daemon, no other user."""

    def __init__(self):
        root = directory / "libvirt"
        shutil.rmtree(root, ignore_errors=True)
        (root / "etc").mkdir(parents=True, exist_ok=True)
        (root / "etc" / "qemu.conf").write_text(
            'user = "root"\ngroup = "root"\ndynamic_ownership = 0\nremember_owner = 0\n'
            'stdio_handler = "file"\nnamespaces = []\n')
        self.process = subprocess.Popen(
            [sys.executable, "-c", BURY, "virsh", "--quiet", "-c", f"qemu:///embed?root={root}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def do(self, command):
        self.process.stdin.write(f"{command}; echo DONE\n".encode())
        self.process.stdin.flush()
        said = b""
        while said.count(b"DONE") < 2:  # it repeats the command first
            got = os.read(self.process.stdout.fileno(), 65536)
            if not got:
                break
            said += got
        if b"error:" in said:
            raise ChildProcessError(said.decode())


def revert_once(libvirt, console, before="suspend"):
    """Milliseconds, of a machine that stands still, or does not run (destroy) before."""
    libvirt.do(f"{before} peer")
    start = time.monotonic()
    libvirt.do("snapshot-revert peer saved")
    ask_console(console, start + 60)
    return 1000 * (time.monotonic() - start)


def twice(measure):
    """What came of the second time: the first one is the machine's, to wake up, and finds nothing in
    its caches but what the peer has left."""
    measure()
    return measure()


def revert_times(runs):
    console, disk = directory / "libvirt.console", directory / "libvirt.qcow2"
    disk.unlink(missing_ok=True)
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b",
                    directory / "debian.qcow2", disk], check=True)
    def address(slot):
        return f"<address type='pci' bus='0' slot='{slot}'/>"

    xml = directory / "libvirt.xml"
    # The machine that gantry describes to libvirt, but for its memory, which is no file here, and for
    # what libvirt has no words for.
    xml.write_text(f"""<domain type='qemu'><name>peer</name>
<memory unit='b'>{MEMORY}</memory><vcpu>1</vcpu><genid/>
<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os><features><acpi/></features>
<cpu mode='custom' match='exact' check='none'><model fallback='forbid'>Opteron_G3</model>
<feature policy='disable' name='misalignsse'/><feature policy='disable' name='monitor'/>
<feature policy='require' name='ssse3'/>
<feature policy='require' name='sse4.1'/><feature policy='require' name='sse4.2'/></cpu>
<devices><disk type='file' device='disk'>
<driver name='qemu' type='qcow2' cache='unsafe' discard='unmap' detect_zeroes='unmap'/>
<source file='{disk}'/><target dev='vda' bus='virtio'/>{address(5)}</disk>
<interface type='user'><model type='virtio'/>{address(2)}</interface>
<serial type='unix'><source mode='bind' path='{console}'/></serial>
<controller type='virtio-serial'>{address(3)}</controller>
<channel type='unix'><source mode='bind' path='{directory}/libvirt.agent'/>
<target type='virtio' name='gantry.agent.0'/></channel>
<rng model='virtio'><backend model='random'>/dev/urandom</backend>{address(4)}</rng>
<memballoon model='none'/><video><model type='none'/></video></devices></domain>
""")
    libvirt = Libvirt()
    try:
        libvirt.do(f"define {xml}; start peer")
        ask_console(console, time.monotonic() + 120)
        run_on_console(console, (directory / "up").read_text())
        ask_console(console, time.monotonic() + 120)
        time.sleep(0.2)  # as a guest rests before gantry saves it
        start = time.monotonic()
        libvirt.do("snapshot-create-as peer saved")
        saved = time.monotonic() - start
        reverted, from_off, resumed = [], [], []
        for _ in range(runs):
            libvirt.do("suspend peer")
            resumed.append(twice(lambda: resume_once("ready.checkpoint", "restore").console))
            reverted.append(twice(lambda: revert_once(libvirt, console)))
            from_off.append(twice(lambda: revert_once(libvirt, console, "destroy")))
        return 1000 * saved, reverted, from_off, resumed
    finally:
        libvirt.do("destroy peer")
        libvirt.process.stdin.close()
        libvirt.process.wait()


def measure_boot():
    times = [boot_directly() for _ in range(2)]
    keep("boot", 1000 * statistics.median(times))
    print(f"cold boot to console             {statistics.median(times):8.1f} s   {[round(t, 1) for t in times]}")


def measure_resume():
    running, console, each = resume_times("ready.checkpoint", "restore", 9)
    keep("restored", console)
    print(f"resumed to console               {console:8.1f} ms  {each}, running {running:.0f} ms "
          f"(200 at most: {bar(console <= 200)})")
    running, console, each = resume_times("ready.checkpoint", "clone", 9)
    keep("clone", console)
    print(f"clone of its own to console      {console:8.1f} ms  {each}, its own {running:.0f} ms "
          f"(200 at most: {bar(console <= 200)})")
    pause = known("pause")
    print(f"pause by a save                  {pause:8.1f} ms (50 at most: {bar(pause <= 50)})")
    boot = known("boot")
    for name in ("restored", "clone"):
        ratio = boot / known(name)
        print(f"cold boot / {name:8}             {ratio:8.1f} x   (100 at least: {bar(ratio >= 100)})")


def measure_revert():
    saved, reverted, from_off, resumed = revert_times(9)
    print(f"libvirt snapshot-create-as       {saved:8.1f} ms")
    print(f"libvirt snapshot-revert          {median(reverted):8.1f} ms  {[round(t) for t in reverted]}")
    print(f"resumed to console, in turns     {median(resumed):8.1f} ms  {[round(t) for t in resumed]}")
    ratio = median(reverted) / median(resumed)
    print(f"snapshot-revert / resumed        {ratio:8.1f} x   (8 at least: {bar(ratio >= 8)})")
    print(f"snapshot-revert / clone          {median(reverted) / known('clone'):8.1f} x   (which gets an "
          "identity besides)")
    print(f"snapshot-revert of one that is off {median(from_off):6.1f} ms  {[round(t) for t in from_off]}: "
          f"{median(from_off) / median(resumed):.1f} x resumed (nothing has to be ended before)")


def measure_used():
    least, small, _ = resume_times("small.checkpoint", "clone", 7)
    most, large, each = resume_times("large.checkpoint", "clone", 7)
    used = [int((directory / name).read_text()) for name in ("small.used", "large.used")]
    print(f"1 GiB, {used[0]} MiB used, to console {small:8.1f} ms")
    print(f"1 GiB, {used[1]} MiB used            {large:8.1f} ms  {each}: {used[1] / used[0]:.1f} x "
          f"the memory, {large / small:.2f} x the time (2 at most: {bar(large <= 2 * small)})")


def measure_clones():
    for count in (1, 4, 16):
        start = time.monotonic()
        clones = [Clone("ready.checkpoint", "clone") for _ in range(count)]
        for clone in clones:
            clone.answered()
        took = time.monotonic() - start
        total = sum(clone.memory() for clone in clones)
        times = [clone.console for clone in clones]
        for clone in clones:
            clone.end()
        if count == 1:
            alone = total
        share = (total - alone) / max(count - 1, 1) / MEMORY
        print(f"{count:2} clones of 512 MiB: all answer in {took:5.2f} s, median {median(times):7.1f} ms, "
              f"{total >> 20} MiB together"
              + ("" if count == 1 else f", each more {share * 512:.0f} MiB = 1/{1 / share:.1f} "
                 f"(1/6 at most: {bar(share <= 1 / 6)})"))
    identities = [subprocess.Popen(
        [gantry_vm, "run", directory / "ready.checkpoint", "--store", directory / "store",
         "--in-guest", "--", "sh", "-c",
         "hostname; cat /etc/machine-id /sys/class/net/*/address; head -c 16 /dev/urandom | md5sum; "
         "cat /root/mine 2>/dev/null; cat /etc/machine-id >/root/mine; cmp /root/mine /etc/machine-id"],
        stdout=subprocess.PIPE, text=True) for _ in range(16)]
    said = [process.communicate()[0].splitlines() for process in identities]
    own = all(len({lines[i] for lines in said}) == 16 for i in (0, 1, 4)) and \
        len({lines[2] + lines[3] for lines in said}) == 16 and all(len(lines) == 5 for lines in said) \
        and all(process.returncode == 0 for process in identities)
    print(f"16 clones at once: host name, machine ID, MAC, random numbers and disk of its own: {bar(own)}")


for part in parts:
    globals()["measure_" + part]()
