"""qemu_monitor.py <socket> <command> [<arguments as JSON>]...: of QEMU's monitor, one after another;
`wait` waits until a migration has ended."""
import json
import socket
import sys
import time


class Monitor:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.lines = self.socket.makefile("rw")
        self.lines.readline()
        self.execute("qmp_capabilities")

    def execute(self, command, arguments=None):
        message = {"execute": command}
        if arguments:
            message["arguments"] = arguments
        self.lines.write(json.dumps(message) + "\n")
        self.lines.flush()
        while True:
            answer = json.loads(self.lines.readline())
            if "error" in answer:
                sys.exit(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def wait(self):
        while True:
            status = self.execute("query-migrate").get("status")
            if status == "completed":
                return
            if status in ("failed", "cancelled"):
                sys.exit(f"the migration has {status}")
            time.sleep(0.01)


def main():
    monitor = Monitor(sys.argv[1])
    words = sys.argv[2:]
    while words:
        command = words.pop(0)
        if command == "wait":
            monitor.wait()
        else:
            monitor.execute(command, json.loads(words.pop(0)) if words and words[0][0] == "{" else None)


main()
