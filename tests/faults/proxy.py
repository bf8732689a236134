"""A bad network: a small proxy between candidates and the web server that mistreats whole requests.

One request per connection; the candidates ask for it with `Connection: close`.
"""

import random
import socket
import struct
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from enum import Enum

from config.stack.servers import free_port

_READ = 65536


class Fault(Enum):
    """What happens to a request."""

    DELAY = "delay"  # it arrives later
    DROP = "drop"  # it is done, and nobody hears of it
    DUPLICATE = "duplicate"  # it arrives twice, at about the same time
    ECHO = "echo"  # it is answered, and arrives once more later
    HALF_OPEN = "half-open"  # half of it arrives, and nothing comes back; the connection stays
    REFUSE = "refuse"  # the connection is reset


class Proxy:
    """Listens on `port` and passes requests on to `upstream` (a port), as `mix` says: a share from 0 to 1 per fault."""

    def __init__(self, upstream: int, *, seed: int = 1) -> None:
        self.upstream = upstream
        self.mix: Mapping[Fault, float] = {}
        self.longest_delay = 1.0
        self.done: dict[Fault, int] = dict.fromkeys(Fault, 0)
        self.port = free_port()
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=512)
        self._held: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def seen(self) -> dict[str, int]:
        """Return how often each fault has happened."""
        return {fault.value: count for fault, count in self.done.items() if count}

    def close(self) -> None:
        """Stop listening and let go of half-open connections."""
        # Without the shutdown a thread that waits in accept keeps the socket listening.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._held:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _draw(self) -> tuple[Fault | None, float]:
        with self._lock:
            dice = self._random.random()
            delay = self._random.uniform(0, self.longest_delay)
            for fault, share in self.mix.items():
                if dice < share:
                    self.done[fault] += 1
                    return fault, delay
                dice -= share
        return None, delay

    def _serve(self, connection: socket.socket) -> None:
        fault, delay = self._draw()
        with suppress(OSError):
            if fault is Fault.REFUSE:
                # A linger of zero makes the close a reset.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
                return
            connection.settimeout(30)
            request = _read_request(connection)
            if fault is Fault.HALF_OPEN:
                self._held.append(connection)
                half = socket.create_connection(("127.0.0.1", self.upstream), 5)
                half.sendall(request[: len(request) // 2])
                self._held.append(half)
                return
            if fault is Fault.DELAY:
                time.sleep(delay)
            if fault in (Fault.DUPLICATE, Fault.ECHO):
                wait = delay if fault is Fault.ECHO else 0.0
                threading.Thread(target=self._again, args=(request, wait), daemon=True).start()
            answer = self._forward(request)
            if fault is not Fault.DROP:
                connection.sendall(answer)
        if connection not in self._held:
            connection.close()

    def _again(self, request: bytes, wait: float) -> None:
        time.sleep(wait)
        with suppress(OSError):
            self._forward(request)

    def _forward(self, request: bytes) -> bytes:
        with closing(socket.create_connection(("127.0.0.1", self.upstream), 30)) as upstream:
            upstream.sendall(request)
            parts = []
            while part := upstream.recv(_READ):
                parts.append(part)
            return b"".join(parts)


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += _more(connection)
    return head + b"\r\n\r\n" + body


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(_READ)
    if not part:
        raise ConnectionError("The candidate hung up.")
    return part
