"""The item-writing linter: pure rules over ItemContent, each with an id, a severity, a place and a remedy.

`lint_item` judges one item, `lint_bank` what only shows over many, `guess` says what the test-wise would score, and
`build_report` measures a bank. The rules are those of docs/item-writing.md.
"""

from collections.abc import Sequence
from datetime import date

from apps.bank.content import ItemContent
from apps.bank.curriculum import CertificationContent, ServiceContent
from apps.bank.lint import artefacts, bank_rules, coverage, cues, lengths, lifecycle, structure, wording
from apps.bank.lint.bank_rules import Bank
from apps.bank.lint.findings import Finding, Rule, Severity
from apps.bank.lint.guesser import Guess, guess
from apps.bank.lint.report import Report, build_report
from apps.bank.lint.report_text import report_lines

__all__ = [
    "BANK_RULES",
    "ITEM_RULES",
    "Finding",
    "Guess",
    "Report",
    "Rule",
    "Severity",
    "build_report",
    "guess",
    "lint_bank",
    "lint_item",
    "report_lines",
]

_ANY_LANGUAGE = (*structure.RULES, *lengths.RULES, *cues.RULES, *artefacts.RULES)
ITEM_RULES = (*_ANY_LANGUAGE, *wording.RULES, *lifecycle.RULES)
BANK_RULES = (*bank_rules.RULES, *coverage.RULES)


def lint_item(item: ItemContent, services: Sequence[ServiceContent] = (), as_of: date | None = None) -> list[Finding]:
    """Return what is wrong with one item, errors first.

    `services` is the life-cycle table; without `as_of`, the day of judgement, no service is too new. The rules of
    wording know English alone.
    """
    is_english = item.language.split("-")[0].lower() == "en"
    rules = (*_ANY_LANGUAGE, *wording.RULES) if is_english else _ANY_LANGUAGE
    findings = [finding for rule in rules for finding in rule(item)]
    findings += [finding for rule in lifecycle.RULES for finding in rule(item, services, as_of)]
    return sorted(findings, key=lambda finding: finding.severity != Severity.ERROR)


def lint_bank(
    items: Sequence[ItemContent], certification: CertificationContent | None = None, as_of: date | None = None
) -> list[Finding]:
    """Return the flaws of a bank as a whole; `place` names the items.

    Without `certification` its coverage is not judged, without `as_of` its freshness is not.
    """
    bank = Bank(tuple(items), certification, as_of)
    return [finding for rule in BANK_RULES for finding in rule(bank)]
