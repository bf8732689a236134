"""Keep-alive HTTP/1.1, no more than a benchmark needs: the driver shares its cores with what it measures."""

import asyncio
import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import brotli

TIMEOUT = 30.0


_UNPACK: dict[str, Callable[[bytes], bytes]] = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}


class Unexpected(Exception):
    """The server answered something else than the candidate needs."""


FAILURES = (Unexpected, OSError, asyncio.IncompleteReadError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came; `wire` is its length in bytes, head and chunk marks included."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    wire: int

    def header(self, name: str) -> str:
        """Return a header's value, or an empty text; `name` in lower case."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def text(self) -> str:
        """The body as text, unpacked."""
        return _UNPACK[self.header("content-encoding")](self.body).decode()

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.text)


class Connection:
    """One connection to 127.0.0.1; opens itself, and again when the server has closed it in a pause."""

    def __init__(self, port: int, *, source: str = "127.0.0.1") -> None:
        self._port = port
        self._source = source
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Connect, as a browser is connected whose page has just loaded."""
        self._reader, self._writer = await asyncio.open_connection(
            "127.0.0.1", self._port, local_addr=(self._source, 0), limit=2**20
        )

    def close(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send a request and return its answer. Raises OSError, IncompleteReadError or TimeoutError."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        message = "\r\n".join([*lines, "", ""]).encode() + body
        async with asyncio.timeout(TIMEOUT), self._turn:
            if self._writer is not None:
                try:
                    return await self._exchange(message)
                except (ConnectionError, asyncio.IncompleteReadError):
                    self.close()  # closed while it was idle; browsers try once more as well
            await self.open()
            return await self._exchange(message)

    async def _exchange(self, message: bytes) -> Answer:
        assert self._reader
        assert self._writer
        self._writer.write(message)
        head = await self._reader.readuntil(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in rest if line)]
        status = int(first.split(" ", 2)[1])
        wire = len(head)
        answer = Answer(status, headers, b"", wire)
        if answer.header("transfer-encoding") == "chunked":
            body, overhead = await self._chunks(self._reader)
        else:
            body, overhead = await self._reader.readexactly(int(answer.header("content-length") or 0)), 0
        if answer.header("connection") == "close":
            self.close()
        return Answer(status, headers, body, wire + len(body) + overhead)

    @staticmethod
    async def _chunks(reader: asyncio.StreamReader) -> tuple[bytes, int]:
        parts, overhead = list[bytes](), 0
        while True:
            mark = await reader.readuntil(b"\r\n")
            size = int(mark, 16)
            part = await reader.readexactly(size + 2)
            overhead += len(mark) + 2
            if size == 0:
                return b"".join(parts), overhead
            parts.append(part[:-2])
