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


# The C parser reads a pack ten times faster; wheels of PyYAML have it, builds without libyaml don't.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(file: str, text: str) -> Located | Problem:
    """Parse one YAML document safely; what is wrong with it comes back as a Problem with its line."""
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return Located(None, {})
            lines = _lines(node)
            return Located(loader.construct_document(node), lines)
        finally:
            loader.dispose()
    except _Refused as error:
        return Problem(file, error.line, error.code, error.message)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Problem(file, mark.line + 1 if mark else 1, "yaml", f"This is not valid YAML: {error.problem}.")
    except RecursionError:
        return Problem(file, 1, "yaml-depth", "The values are nested too deeply.")
    except (yaml.YAMLError, ValueError) as error:
        return Problem(file, 1, "yaml", f"This is not valid YAML: {error}.")


class _Refused(Exception):
    def __init__(self, node: yaml.Node, code: str, message: str) -> None:
        super().__init__(message)
        self.line: int = node.start_mark.line + 1
        self.code = code
        self.message = message


def _lines(root: yaml.Node) -> dict[Path, int]:
    lines: dict[Path, int] = {}
    met: set[int] = set()

    def walk(node: yaml.Node, path: Path) -> None:
        if id(node) in met:
            # A few nested aliases stand for billions of values, and a pack needs none.
            raise _Refused(node, "yaml-alias", "This value is used a second time by an alias (*). Write it out.")
        met.add(id(node))
        lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise _Refused(key, "yaml-key", "A key must be a plain word.")
                if key.value in seen:
                    # PyYAML would silently keep the last one: half of what the author wrote.
                    raise _Refused(key, "yaml-duplicate", f"The key “{key.value}” stands here a second time.")
                seen.add(key.value)
                lines[(*path, key.value)] = key.start_mark.line + 1
                walk(value, (*path, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                walk(value, (*path, index))

    walk(root, ())
    return lines
