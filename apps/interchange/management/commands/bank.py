"""`manage.py bank`: import and lint item packs."""

import json
import sys
from argparse import ArgumentTypeError
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from apps.bank.lint import Finding, Severity, build_report, guess, lint_bank, lint_item, report_lines
from apps.core.services import refresh_plans
from apps.interchange.services import BadPack, Pack, import_pack, last_import, load_pack, pack_digest


class Command(BaseCommand):
    """Item packs in and out."""

    help = "Import or lint an item pack (docs/item-format.md)."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the act and its folder."""
        acts = parser.add_subparsers(dest="act", required=True)
        load = acts.add_parser("import", help="Import a pack: new, changed and unchanged items, all or nothing.")
        load.add_argument("folder", type=Path)
        load.add_argument("--dry-run", action="store_true", help="Check and count, write nothing.")
        load.add_argument("--new", action="store_true", help="Do nothing when this pack was the last one imported.")
        load.add_argument("--json", action="store_true", dest="as_json", help="Print the counts as JSON.")
        lint = acts.add_parser("lint", help="Judge a pack; exit 1 on errors. No database is needed.")
        lint.add_argument("folder", type=Path)
        lint.add_argument("--json", action="store_true", dest="as_json", help="Print the findings as JSON.")
        lint.add_argument("--strict", action="store_true", help="Exit 1 on warnings too.")
        lint.add_argument("--report", action="store_true", help="Measure the bank too, against its certification.")
        lint.add_argument("--as-of", type=_day, help="Judge as on this day, such as 2026-11-28; today without it.")

    def handle(self, *, act: str, folder: Path, as_json: bool, **options: Any) -> None:
        """Do the act; problems go to standard error with file and line, and the exit code is 1."""
        try:
            if act == "import":
                batch = last_import(pack_digest(folder)) if options["new"] else None
                if batch:
                    self.stdout.write(f"{folder}: imported on {batch.made_at:%Y-%m-%d}, not changed since.")
                else:
                    self._import(folder, as_json=as_json, dry_run=options["dry_run"])
            else:
                self._lint(
                    load_pack(folder),
                    as_of=options["as_of"] or timezone.localdate(),
                    as_json=as_json,
                    strict=options["strict"],
                    report=options["report"],
                )
        except BadPack as error:
            for problem in error.problems:
                self.stderr.write(str(problem))
            raise CommandError(f"{len(error.problems)} problems in {folder}; nothing was written.") from error

    def _import(self, folder: Path, *, as_json: bool, dry_run: bool) -> None:
        batch = import_pack(folder, dry_run=dry_run, progress=None if as_json else self._progress)
        if batch.new_count and not dry_run:
            refresh_plans()
        counts = {"new": batch.new_count, "changed": batch.changed_count, "unchanged": batch.unchanged_count}
        if as_json:
            self.stdout.write(json.dumps(counts))
            return
        said = ", ".join(f"{count} {name}" for name, count in counts.items())
        self.stdout.write(f"{folder}: {said}{' (dry run, nothing written)' if dry_run else ''}.")

    def _progress(self, done: int, total: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r  {done} of {total} items", ending="\n" if done == total else "")
            self.stdout.flush()
        elif done == total:
            self.stdout.write(f"  {total} items read")

    def _lint(self, pack: Pack, *, as_of: date, as_json: bool, strict: bool, report: bool) -> None:
        items = list(pack.items.values())
        found: list[tuple[str, Finding]] = [
            (file, finding)
            for file, item in pack.items.items()
            for finding in lint_item(item, pack.certification.services, as_of)
        ]
        found += [("bank", finding) for finding in lint_bank(items, pack.certification, as_of)]
        measured = build_report(items, pack.certification, as_of) if report else None
        if as_json:
            listed = [_as_dict(file, finding) for file, finding in found]
            content = {"findings": listed, "report": asdict(measured)} if measured else listed
            self.stdout.write(json.dumps(content, indent=1, cls=DjangoJSONEncoder))
        else:
            for file, finding in found:
                where = f"{file}: {finding.severity} [{finding.rule}] {finding.place}"
                self.stdout.write(f"{where}: {finding.message} {finding.remedy}")
            if measured:
                self.stdout.write("\n".join(report_lines(measured)))
            else:
                for try_ in guess(items):
                    said = f"{try_.hits:.0f} of {try_.n}, chance {try_.chance:.0f}"
                    self.stdout.write(f"A guesser who takes “{try_.trick}” hits {said}.")
            self.stdout.write(f"{len(items)} items, {len(found)} findings.")
        errors = any(finding.severity == Severity.ERROR for _, finding in found)
        if errors or (strict and found):
            sys.exit(1)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is no day; write it as 2026-11-28.") from error


def _as_dict(file: str, finding: Finding) -> dict[str, str]:
    return {
        "file": file,
        "rule": finding.rule,
        "severity": finding.severity,
        "place": finding.place,
        "message": finding.message,
        "remedy": finding.remedy,
    }
