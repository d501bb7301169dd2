"""nbd_protocol.py <socket>: what may and may not be asked of a drive of 64 MiB that has the namespaces
left and right, of 16 and 48 MiB."""
import random
import socket
import sys
import threading

from nbd_client import (BLOCK_STATUS, EINVAL, ENOSPC, EOPNOTSUPP, FAST_ZERO, FLUSH, FUA, NO_HOLE, READ,
                        TRIM, WRITE, WRITE_ZEROES, Client, Refused)

path = sys.argv[1]
MIB = 1 << 20
SIZE = 64 * MIB


def equal(found, expected):
    if found != expected:
        raise AssertionError(f"{found!r:.200} is not {expected!r:.200}")


def any_range(client_range, generator):
    """Some bytes of it, often few, seldom aligned."""
    length = generator.choice([1, 2, 511, 512, 513, 4095, 4096, 4097, 70_001, generator.randint(1, 300_000)])
    offset = client_range[0] + generator.randrange(client_range[1] - length)
    return (offset - offset % 4096 if generator.random() < 0.3 else offset), length


def change(client, shadow, generator, allowed):
    """One request, of the drive and of what is known to be on it."""
    offset, length = any_range(allowed, generator)
    kind = generator.choice([READ, WRITE, WRITE, TRIM, WRITE_ZEROES])
    fua = generator.choice([0, 0, FUA])
    if kind == READ:
        equal(client.ask(READ, offset, length), (0, bytes(shadow[offset : offset + length])))
        return
    data = generator.randbytes(length) if kind == WRITE else bytes(length)
    hole = generator.choice([0, NO_HOLE, FAST_ZERO]) if kind == WRITE_ZEROES else 0
    equal(client.ask(kind, offset, length, data if kind == WRITE else b"", fua | hole), (0, b""))
    shadow[offset : offset + length] = data


def test_any_alignment():
    generator = random.Random(1)
    shadow = bytearray(SIZE)
    with Client(path) as client:
        equal(client.size, SIZE)
        equal(client.ask(TRIM, 0, SIZE), (0, b""))
        for _ in range(1500):
            change(client, shadow, generator, (0, 3 * MIB))
        equal(client.ask(READ, 0, 4 * MIB), (0, bytes(shadow[: 4 * MIB])))
        # The very last bytes.
        equal(client.ask(WRITE, SIZE - 3, data=b"end"), (0, b""))
        equal(client.ask(READ, SIZE - 1, 1), (0, b"d"))


def test_beyond_the_end():
    for export, size in (("", SIZE), ("left", 16 * MIB)):
        with Client(path, export) as client:
            equal(client.size, size)
            for kind, data, error in ((READ, b"", EINVAL), (WRITE, b"ab", ENOSPC), (TRIM, b"", EINVAL),
                                      (WRITE_ZEROES, b"", ENOSPC)):
                for offset in (size - 1, size, 1 << 40, (1 << 64) - 2):
                    equal((kind, offset, client.ask(kind, offset, 2, data)[0]), (kind, offset, error))
            equal(client.ask(READ, size - 2, 2)[0], 0)


def test_nothing_at_all():
    with Client(path) as client:
        for kind, error in ((READ, EINVAL), (WRITE, ENOSPC), (TRIM, EINVAL), (WRITE_ZEROES, ENOSPC)):
            client.send(kind, 4096, 0)
            equal((kind, client.receive()[1]), (kind, error))
        equal(client.ask(99)[0], EINVAL)
        equal(client.ask(FLUSH, flags=1 << 9)[0], EINVAL)
        equal(client.ask(FLUSH)[0], 0)


def test_large_requests():
    data = random.Random(2).randbytes(32 * MIB)
    with Client(path, structured=True) as client:
        equal(client.ask(WRITE, 12345, data=data, flags=FUA)[0], 0)
        equal(client.ask(READ, 12345, len(data)), (0, data))
        equal(client.ask(READ, 0, SIZE)[0], 0)  # as much as one may ask for
        equal(client.ask(READ, 0, SIZE + 1)[0], EINVAL)
        equal(client.ask(WRITE_ZEROES, 0, SIZE, flags=NO_HOLE)[0], 0)
        equal(client.ask(READ, 12345, len(data)), (0, bytes(len(data))))


def test_zeros():
    with Client(path) as client:
        for flags in (0, NO_HOLE, FAST_ZERO, FUA, FUA | NO_HOLE, FUA | FAST_ZERO):
            equal(client.ask(WRITE, 1000, data=b"x" * 20_000)[0], 0)
            equal(client.ask(WRITE_ZEROES, 1001, 19_998, flags=flags)[0], 0)
            equal(client.ask(READ, 1000, 20_000)[1], b"x" + bytes(19_998) + b"x")
        # What has to be written is not fast, and nothing is done.
        equal(client.ask(WRITE_ZEROES, 1000, 4096, flags=FAST_ZERO | NO_HOLE)[0], EOPNOTSUPP)
        equal(client.ask(READ, 1000, 1)[1], b"x")


def test_a_flush_holds_for_all_connections():
    with Client(path) as one, Client(path) as other:
        for number in range(50):
            data = bytes([number]) * 5000
            equal(one.ask(WRITE, 777, data=data)[0], 0)
            equal(other.ask(FLUSH)[0], 0)
            equal(other.ask(READ, 777, 5000)[1], data)


def test_block_status():
    with Client(path, structured=True) as client:
        equal(sum(length for length, _ in client.extents(0, SIZE)), SIZE)
        # Nothing that is not zero may be called so.
        equal(client.ask(WRITE, 40_000, data=b"y" * 5000)[0], 0)
        equal(client.extents(40_000, 5000)[0][1], 0)
        equal(client.ask(BLOCK_STATUS, SIZE, 1)[0], EINVAL)


def test_exports():
    for export in ("middle", "0", "3", "left\n", "\u00fc" * 100, "x" * 4000, "../left"):
        try:
            Client(path, export)
        except Refused:
            continue
        raise AssertionError(f"there is an export {export!r}")
    with Client(path, "2") as second, Client(path, "right") as right, Client(path) as whole:
        equal(right.ask(WRITE, 99, data=b"number two")[0], 0)
        equal(second.ask(READ, 99, 10)[1], b"number two")
        equal(whole.ask(READ, 16 * MIB + 99, 10)[1], b"number two")


def test_many_connections():
    failures = []

    def work(number):
        try:
            generator = random.Random(number)
            with Client(path, structured=number % 2 == 0) as client:
                shadow = bytearray(SIZE)
                begin = number * 4 * MIB
                equal(client.ask(TRIM, begin, 4 * MIB)[0], 0)
                for _ in range(60):
                    change(client, shadow, generator, (begin, 4 * MIB))
                equal(client.ask(READ, begin, 4 * MIB)[1], bytes(shadow[begin : begin + 4 * MIB]))
        except Exception as failure:  # of a thread, to be told by the first
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(failures, [])


def test_clients_that_go_away():
    with Client(path) as client:
        equal(client.ask(WRITE, 0, data=b"before")[0], 0)
    for data in (b"", b"half", b"x" * 70_000):
        # In the middle of a header, and of a write of 100 kB.
        client = Client(path)
        client.socket.sendall(b"\x25\x60\x95\x13\0")
        client.socket.close()
        client = Client(path)
        client.send(WRITE, 0, 100_000, data)
        client.socket.close()
        # With requests outstanding, whose answers nobody reads.
        client = Client(path)
        for page in range(60):
            client.send(READ, page * MIB, MIB)
        client.socket.shutdown(socket.SHUT_RD)
        client.socket.close()
    for rubbish in (b"\0" * 28, b"\xff" * 28, b"GET / HTTP/1.0\r\n\r\n" * 3):
        client = Client(path)
        client.socket.sendall(rubbish)
        client.socket.close()
    with Client(path) as client:
        equal(client.ask(READ, 0, 6)[1], b"before")


for name, test in sorted(globals().items()):
    if name.startswith("test_"):
        print(name, flush=True)
        test()
