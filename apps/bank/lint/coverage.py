"""Rules that hold a bank against its certification: blueprint, objectives, curriculum, and the day of review."""

from collections import Counter

from apps.bank.lint.bank_rules import Bank
from apps.bank.lint.findings import Places, warning

# What forms take, in the words of Item.State: active items are scored, pilots are not.
IN_USE = {"active", "pilot"}


@warning("blueprint", "Write items for it, or take reviewed ones into use.")
def blueprint(bank: Bank) -> Places:
    """The items in use fill one form: scored items and pilots of each domain, and its multiple-response items."""
    if bank.certification is None:
        return
    have = Counter((item.domain, item.state) for item in bank.items)
    for domain in bank.certification.domains:
        for state, wanted in (("active", domain.scored_count), ("pilot", domain.pilot_count)):
            if (count := have[domain.number, state]) < wanted:
                yield f"domain {domain.number}", f"A form needs {wanted} {state} items and there are {count}."
    multiple = sum(item.choose > 1 and item.state in IN_USE for item in bank.items)
    if multiple < bank.certification.multiple_count:
        said = f"A form needs {bank.certification.multiple_count} multiple-response items and there are {multiple}."
        yield "bank", said


@warning("objective-uncovered", "Write items for it.")
def objective_uncovered(bank: Bank) -> Places:
    """Each task statement is asked for."""
    asked = {(item.domain, item.objective) for item in bank.items if item.state in IN_USE}
    for domain in bank.certification.domains if bank.certification else ():
        for objective in domain.objectives:
            if (domain.number, objective.code) not in asked:
                yield f"objective {objective.code}", f"No item asks for “{objective.title}”."


@warning("topic-uncovered", "Write an item for each, or name it in one that turns on it; --report has all names.")
def topic_uncovered(bank: Bank) -> Places:
    """Each topic of the curriculum is in some item."""
    asked = {topic for item in bank.items if item.state in IN_USE for topic in item.topics}
    for domain in bank.certification.domains if bank.certification else ():
        if missing := [topic.slug for topic in domain.topics if topic.slug not in asked]:
            some = ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
            yield f"domain {domain.number}", f"{len(missing)} of {len(domain.topics)} topics have no item: {some}."


@warning("review-overdue", "Check its facts again and set the next day.")
def review_overdue(bank: Bank) -> Places:
    """What has not been checked in time may have become wrong."""
    for item in bank.items:
        if bank.as_of and item.review_due and item.review_due < bank.as_of and item.state in IN_USE:
            yield item.code, f"It was due for review on {item.review_due}."


RULES = (blueprint, objective_uncovered, topic_uncovered, review_overdue)
