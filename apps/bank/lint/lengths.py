"""Rules about length: everything stays within the reading budget of a form, and the key is not the long one."""

from apps.bank.content import ItemContent
from apps.bank.lint.findings import Places, error, warning
from apps.bank.lint.text import prose_words, words


def option_words(item: ItemContent) -> list[int]:
    """Return the number of words of each option, code not counted."""
    return [len(words(option.text)) for option in item.options]


@error("stem-limit", "Write 70 to 130 words, code not counted.")
def stem_limit(item: ItemContent) -> Places:
    """A stem outside these bounds is no scenario, or no candidate reads it twice."""
    if not 40 <= (size := len(words(item.stem))) <= 180:
        yield "stem", f"The stem has {size} words."


@warning("stem-length", "Aim at 70 to 130 words.")
def stem_length(item: ItemContent) -> Places:
    """The stem keeps to its part of the budget."""
    size = len(words(item.stem))
    if 40 <= size < 70 or 130 < size <= 180:
        yield "stem", f"The stem has {size} words."


@warning("option-length", "Aim at 20 to 45 words.")
def option_length(item: ItemContent) -> Places:
    """Options are whole thoughts, and short enough to compare."""
    for number, size in enumerate(option_words(item), 1):
        if not 20 <= size <= 45:
            yield f"option {number}", f"It has {size} words."


@warning("option-spread", "Keep within 30 %.")
def option_spread(item: ItemContent) -> Places:
    """Options of like length give nothing away."""
    sizes = option_words(item)
    if sizes and max(sizes) > 1.3 * min(sizes) + 1:
        yield "options", f"Lengths run from {min(sizes)} to {max(sizes)} words."


@warning("whole-length", "Aim at 180 to 300 words.")
def whole_length(item: ItemContent) -> Places:
    """Reading a form takes less than half of its time."""
    if not 170 <= (size := prose_words(item)) <= 310:
        yield "item", f"The whole item has {size} words."


@error("key-longest", "Shorten it, or level up.")
def key_longest(item: ItemContent) -> Places:
    """The key must not give itself away by being the long one."""
    keyed = [len(words(option.text)) for option in item.keyed]
    others = [len(words(option.text)) for option in item.distractors]
    if keyed and others and min(keyed) > 1.2 * max(others):
        yield "options", "The key is over 20 % longer than every distractor."


RULES = (stem_limit, stem_length, option_length, option_spread, whole_length, key_longest)
