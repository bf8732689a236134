"""How bodies are read."""

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# A full save of a hundred events stays far below.
LIMIT = 256 * 1024


class BoundedJSONParser(JSONParser):
    """JSON of bounded length and depth: the stream is not read further, and no nesting ends in a broken server."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Parse a body. Raises ParseError."""
        body = stream.read(LIMIT + 1)
        if len(body) > LIMIT:
            raise ParseError(f"A request takes at most {LIMIT // 1024} kB; send less at once.")
        try:
            return super().parse(BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("This JSON is nested too deeply.") from error
