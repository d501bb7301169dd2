"""A client of NBD that asks for what others never do. The protocol: doc/proto.md of the NBD project."""
import socket
import struct

READ, WRITE, DISCONNECT, FLUSH, TRIM, _CACHE, WRITE_ZEROES, BLOCK_STATUS = range(8)
FUA, NO_HOLE, DF, REQ_ONE, FAST_ZERO = (1 << bit for bit in range(5))
EIO, EINVAL, ENOSPC, EOPNOTSUPP = 5, 22, 28, 95

_GO, _STRUCTURED_REPLY, _SET_META_CONTEXT = 7, 8, 10
_ACK, _INFO, _META_CONTEXT, _ERROR = 1, 3, 4, 1 << 31
_OPTION = struct.Struct(">8sII")
_OPTION_REPLY = struct.Struct(">QIII")
_REQUEST = struct.Struct(">IHHQQI")


class Refused(Exception):
    """The server does not have the export."""


class Client:
    """A connection to an export; structured: with replies in chunks, and block status."""

    def __init__(self, path, export="", structured=False):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self._take(18)  # magics and flags
        self.socket.sendall(struct.pack(">I", 3))
        name = export.encode()
        if structured:
            self._option(_STRUCTURED_REPLY)
            context = b"base:allocation"
            self._option(
                _SET_META_CONTEXT,
                struct.pack(f">I{len(name)}sII", len(name), name, 1, len(context)) + context,
            )
        replies = self._option(_GO, struct.pack(f">I{len(name)}sH", len(name), name, 0))
        info = next(data for kind, data in replies if kind == _INFO and data[:2] == b"\0\0")
        self.size, self.flags = struct.unpack(">QH", info[2:])
        self._last = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _take(self, count):
        data = bytearray()
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionError("the server has hung up")
            data += part
        return bytes(data)

    def _option(self, option, data=b""):
        self.socket.sendall(_OPTION.pack(b"IHAVEOPT", option, len(data)) + data)
        replies = []
        while True:
            _magic, _option, kind, length = _OPTION_REPLY.unpack(self._take(_OPTION_REPLY.size))
            data = self._take(length)
            if kind & _ERROR:
                raise Refused(data.decode())
            if kind == _ACK:
                return replies
            replies.append((kind, data))

    def send(self, kind, offset=0, length=0, data=b"", flags=0):
        """Asks, and does not wait. What it returns is in the answer."""
        self._last += 1
        header = _REQUEST.pack(0x25609513, flags, kind, self._last, offset, length)
        self.socket.sendall(header + data)
        return self._last

    def receive(self, length=0):
        """The next answer, to a read of that length or to something else: (cookie, error, data)."""
        found, error = {}, 0
        while True:
            magic = struct.unpack(">I", self._take(4))[0]
            if magic == 0x67446698:
                error, cookie = struct.unpack(">IQ", self._take(12))
                return cookie, error, self._take(length) if length and not error else b""
            assert magic == 0x668E33EF, magic
            last, kind, cookie, size = struct.unpack(">HHQI", self._take(16))
            chunk = self._take(size)
            if kind == 1:
                found[struct.unpack(">Q", chunk[:8])[0]] = chunk[8:]
            elif kind == 2:
                at, zeros = struct.unpack(">QI", chunk)
                found[at] = bytes(zeros)
            elif kind == 5:
                found[0] = chunk[4:]
            elif kind & 0x8000:
                error = struct.unpack(">I", chunk[:4])[0]
            if last & 1:
                return cookie, error, b"".join(found[at] for at in sorted(found))

    def ask(self, kind, offset=0, length=0, data=b"", flags=0):
        """(error, data)"""
        length = length or len(data)
        cookie = self.send(kind, offset, length, data, flags)
        answered, error, data = self.receive(length if kind == READ else 0)
        assert answered == cookie
        return error, data

    def extents(self, offset, length):
        """Pairs of a length and its flags."""
        error, data = self.ask(BLOCK_STATUS, offset, length)
        assert not error, error
        return list(struct.iter_unpack(">II", data))
