#!/usr/bin/env python3
"""peak_memory.py FILE COMMAND...: runs the command, writes the most kilobytes that it had resident into FILE, ends as it ends."""
import os
import sys

child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w", encoding="ascii") as file:
    print(usage.ru_maxrss, file=file)
sys.exit(os.waitstatus_to_exitcode(status))
