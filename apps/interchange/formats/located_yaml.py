"""YAML whose every value knows its line, so that a problem can name its place."""

from typing import Any

import yaml

from apps.interchange.formats.problems import Problem

Path = tuple[str | int, ...]


class Located:
    """A parsed document and the line on which each of its values starts."""

    def __init__(self, data: Any, lines: dict[Path, int]) -> None:
        self.data = data
        self._lines = lines

    def line(self, path: Path) -> int:
        """Return the 1-based line of the value at `path`, or of the nearest value above it that exists."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)


def load(file: str, text: str) -> Located | Problem:
    """Parse one YAML document safely; duplicate keys and syntax errors come back as a Problem with its line."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        lines: dict[Path, int] = {}
        if node is not None:
            _walk(node, (), lines)
        return Located(yaml.safe_load(text), lines)
    except _DuplicateKey as error:
        return Problem(file, error.line, "yaml-duplicate", f"The key “{error.key}” stands here a second time.")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Problem(file, mark.line + 1 if mark else 1, "yaml", f"This is not valid YAML: {error.problem}.")
    except (yaml.YAMLError, ValueError) as error:
        return Problem(file, 1, "yaml", f"This is not valid YAML: {error}.")


class _DuplicateKey(Exception):
    def __init__(self, key: str, line: int) -> None:
        super().__init__(key)
        self.key = key
        self.line = line


def _walk(node: yaml.Node, path: Path, lines: dict[Path, int]) -> None:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                # PyYAML would silently keep the last one: half of what the author wrote.
                raise _DuplicateKey(key.value, key.start_mark.line + 1)
            seen.add(key.value)
            _walk(value, (*path, key.value), lines)
            lines[(*path, key.value)] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*path, index), lines)
