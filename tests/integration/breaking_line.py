#!/usr/bin/env python3
"""breaking_line.py PORT BYTES REPORT: a line to 127.0.0.1:PORT of which every connection is reset after BYTES in either direction.

Prints the port that it listens at. On SIGTERM it writes the bytes that have gone up and come down, and how many connections were
reset, into the file REPORT.
"""
import os
import selectors
import signal
import socket
import struct
import sys
import threading

upstream, limit, report = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
lock = threading.Lock()
totals = {"up": 0, "down": 0, "breaks": 0}


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def carry(client):
    server = socket.create_connection(("127.0.0.1", upstream))
    for end in (client, server):  # what is in here at a break is lost
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    carried = {"up": 0, "down": 0}
    selector = selectors.DefaultSelector()
    selector.register(client, selectors.EVENT_READ, (server, "up"))
    selector.register(server, selectors.EVENT_READ, (client, "down"))
    try:
        while True:
            for key, _ in selector.select():
                other, way = key.data
                piece = key.fileobj.recv(min(65536, limit - carried[way]))
                if not piece:
                    return
                other.sendall(piece)
                carried[way] += len(piece)
                if carried[way] == limit:
                    with lock:
                        totals["breaks"] += 1
                    return
    except OSError:
        pass
    finally:
        with lock:
            totals["up"] += carried["up"]
            totals["down"] += carried["down"]
        reset(client)
        reset(server)


def finish(*_):
    with open(report, "w", encoding="ascii") as file:
        print(totals["up"], totals["down"], totals["breaks"], file=file)
    os._exit(0)


signal.signal(signal.SIGTERM, finish)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    accepted, _ = listener.accept()
    threading.Thread(target=carry, args=(accepted,), daemon=True).start()
