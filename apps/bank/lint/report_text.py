"""The report of a bank as readable text."""

from collections import Counter
from collections.abc import Iterator

from apps.bank.lint.bank_rules import MOST_GAIN, MOST_LONGEST, RATIO_SLACK, RELATED
from apps.bank.lint.measures import KeyLengths
from apps.bank.lint.report import WORDS_A_MINUTE, DomainRow, Report, Spread

_MOST_SERVICES = 12


def report_lines(report: Report) -> Iterator[str]:
    """Yield the lines of a report, in sections; every share stands with its n and its goal."""
    yield f"{report.title} ({report.certification}), {report.as_of}"
    yield from _contents(report)
    yield from _keys(report)
    yield from _guesses(report)
    yield from _similar(report)
    yield from _reading(report)
    yield from _coverage(report)
    yield from _sources(report)


def _goal(*, is_met: bool, said: str) -> str:
    return f"goal {said}: {'met' if is_met else 'NOT MET'}"


def _figures(spread: Spread, form: str) -> str:
    if spread.mean is None:
        return "no items"
    return f"mean {spread.mean:{form}}, {spread.least:{form}} to {spread.most:{form}} (n = {spread.n})"


def _contents(report: Report) -> Iterator[str]:
    states = ", ".join(f"{count} {state}" for state, count in report.states.items())
    kinds = ", ".join(f"{count} × {kind}" for kind, count in report.kinds.items())
    yield ""
    yield f"ITEMS  {report.items}: {states or 'none'}; {kinds or 'no kinds'}"
    for domain in report.domains:
        yield f"  {domain.number} {domain.title}: {domain.items} ({domain.single} single, {domain.multiple} multiple)"
        yield f"      {_blueprint(domain)}"
        yield f"      Angoff {_figures(domain.angoff, '.2f')}"
        for objective in domain.objectives:
            yield f"      {objective.items:4d}  {objective.code} {objective.title}"


def _blueprint(domain: DomainRow) -> str:
    parts = [(domain.active, domain.scored_wanted, "active"), (domain.pilot, domain.pilot_wanted, "pilot")]
    said = "; ".join(
        f"{have} {name}, a form wants {wanted}" + ("" if have >= wanted else f", {wanted - have} MISSING")
        for have, wanted, name in parts
    )
    return f"blueprint: {said}"


def _keys(report: Report) -> Iterator[str]:
    yield ""
    yield "KEYS"
    for unit, found in (("words", report.lengths_in_words), ("characters", report.lengths_in_characters)):
        yield from _lengths(unit, found)
    for places in report.key_places:
        counts = ", ".join(f"place {place}: {count}" for place, count in enumerate(places.counts, 1))
        yield (
            f"  {counts} (n = {places.n}, chi-square {places.chi_square:.2f}, p = {places.p:.3f}); "
            + _goal(is_met=places.p >= 0.01, said="p ≥ .01")
        )


def _lengths(unit: str, found: KeyLengths) -> Iterator[str]:
    if found.n:
        for name, share in (("longest", found.longest), ("shortest", found.shortest)):
            goal = _goal(is_met=share <= MOST_LONGEST, said=f"≤ {MOST_LONGEST:.0%}")
            yield f"  key is the {name} option, in {unit}: {share:.0%} of {found.n} single items; {goal}"
    if found.ratio is not None:
        goal = _goal(is_met=abs(found.ratio - 1) <= RATIO_SLACK, said=f"within ±{RATIO_SLACK:.0%}")
        yield f"  key to distractor, in {unit}: {found.ratio:.2f} on average (n = {found.n_ratio}); {goal}"


def _guesses(report: Report) -> Iterator[str]:
    yield ""
    yield "GUESSERS  what a reader without knowledge hits, over single items"
    for row in report.guesses:
        goal = _goal(is_met=abs(row.gain) <= MOST_GAIN, said=f"within {100 * MOST_GAIN:.0f} points")
        share = f"{row.hits / row.n:.0%} (chance {row.chance / row.n:.0%} ± {100 * row.noise:.0f})"
        yield f"  {row.trick}: {row.hits:.1f} of {row.n}, {share}, {100 * row.gain:+.1f} points; {goal}"


def _similar(report: Report) -> Iterator[str]:
    yield ""
    yield f"NEAR-DUPLICATES  pairs with a similarity of {RELATED:.2f} or more: {len(report.similar)}"
    for pair in report.similar:
        yield f"  {pair.first}, {pair.second}: {pair.similarity:.2f}"
    if report.nearest:
        yield f"  nearest pair: {report.nearest.first}, {report.nearest.second}: {report.nearest.similarity:.2f}"


def _reading(report: Report) -> Iterator[str]:
    reading = report.reading
    goal = _goal(is_met=2 * reading.minutes < reading.limit_minutes, said="under half of the time")
    yield ""
    yield f"READING  words of an item, code not counted: {_figures(report.item_words, '.0f')}"
    yield (
        f"  an average form of {reading.items} items: {reading.words:,.0f} words, at {WORDS_A_MINUTE} a minute "
        f"{reading.minutes:.0f} of {reading.limit_minutes:.0f} min; {goal}; "
        f"{reading.artefact_words:,.0f} words of code come on top"
    )


def _coverage(report: Report) -> Iterator[str]:
    counts = Counter(topic.items for topic in report.topics)
    histogram = ", ".join(f"{topics} with {items}" for items, topics in sorted(counts.items()))
    yield ""
    yield f"TOPICS  {len(report.topics)} by number of items: {histogram or 'none'}"
    for domain in report.domains:
        missing = [topic.slug for topic in report.topics if topic.domain == domain.number and not topic.items]
        if missing:
            yield f"  domain {domain.number} without an item ({len(missing)}): {', '.join(missing)}"


def _sources(report: Report) -> Iterator[str]:
    touched = sorted((s for s in report.services if s.items), key=lambda service: (-service.items, service.slug))
    untouched = [service.slug for service in report.services if not service.items and service.status == "current"]
    dead = [f"{s.slug} ({s.status}, {s.items})" for s in touched if s.status != "current"]
    yield ""
    yield f"REFERENCES  of an item: {_figures(report.references, '.1f')}"
    yield (
        f"  {report.overdue} items in use are overdue for review"
        + (f"; the next is due on {report.next_review}" if report.next_review else "")
    )
    yield f"SERVICES  {len(touched)} of {len(report.services)} named by an item"
    yield f"  most: {', '.join(f'{s.slug} {s.items}' for s in touched[:_MOST_SERVICES])}"
    if dead:
        yield f"  not current: {', '.join(dead)}"
    if untouched:
        yield f"  current and in no item ({len(untouched)}): {', '.join(untouched)}"
