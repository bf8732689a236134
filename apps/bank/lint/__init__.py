"""The item-writing linter: pure rules over ItemContent, each with an id, a severity, a place and a remedy.

`lint_item` judges one item, `lint_bank` what only shows over many, and
`guess` says what the test-wise would score. The rules are those of docs/item-writing.md.
"""

from collections.abc import Mapping

from apps.bank.content import ItemContent
from apps.bank.lint.bank_rules import lint_bank
from apps.bank.lint.findings import Finding, Severity
from apps.bank.lint.guesser import Guess, guess
from apps.bank.lint.structure import RULES as STRUCTURE
from apps.bank.lint.wording import RULES as WORDING

__all__ = ["Finding", "Guess", "Severity", "guess", "lint_bank", "lint_item"]


def lint_item(item: ItemContent, unusable_services: Mapping[str, str] | None = None) -> list[Finding]:
    """Return what is wrong with one item, errors first.

    `unusable_services` maps the name of a service that is closed or ended to its status; a key that names one is wrong.
    """
    findings = [finding for rule in (*STRUCTURE, *WORDING) for finding in rule(item)]
    findings += _dead_services(item, unusable_services or {})
    return sorted(findings, key=lambda finding: finding.severity != Severity.ERROR)


def _dead_services(item: ItemContent, unusable: Mapping[str, str]) -> list[Finding]:
    return [
        Finding(
            "dead-service",
            Severity.ERROR,
            f"option {number}",
            f"The key names {name}, which is {status}.",
            "Rest the key on a service that a new customer can use.",
        )
        for number, option in enumerate(item.options, 1)
        if option.is_keyed
        for name, status in unusable.items()
        if name.lower() in option.text.lower()
    ]
