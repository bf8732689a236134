"""What a form is apart from any table: the shape that packs bring and take away."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FormContent:
    """A form by the codes of its items in order; those in `pilots` are unscored. It was assembled with `seed`."""

    code: str
    title: str
    seed: int
    items: tuple[str, ...]
    pilots: frozenset[str]
