"""Importing packs."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import record_event
from apps.bank.content import ItemContent
from apps.bank.curriculum import CertificationContent
from apps.bank.lint import Severity, lint_bank, lint_item
from apps.bank.models import Certification
from apps.bank.services import Written, write_curriculum, write_item
from apps.exams.content import FormContent
from apps.exams.services import write_blueprint, write_form
from apps.interchange.formats.certification_pack import parse_certification
from apps.interchange.formats.form_pack import FILE as FORMS
from apps.interchange.formats.form_pack import parse_forms
from apps.interchange.formats.item_pack import parse_item
from apps.interchange.formats.problems import Problem
from apps.interchange.models import ImportBatch

Progress = Callable[[int, int], None]


class BadPack(Exception):
    """A pack cannot be imported; `problems` has every reason with file and line, and nothing was written."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that reads well: its certification, its items by file, and the forms that it brings."""

    certification: CertificationContent
    items: dict[str, ItemContent]
    forms: tuple[FormContent, ...] = ()


def pack_digest(folder: Path) -> str:
    """Return the SHA-256 of a pack's files and their names."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("items/**/*.yaml")]):
        text = path.read_bytes()
        digest.update(f"{path.relative_to(folder)} {len(text)}\n".encode() + text)
    return digest.hexdigest()


def last_import(digest: str) -> ImportBatch | None:
    """Return the import that brought this pack in, if no other pack of its certification came after it."""
    batch = ImportBatch.objects.filter(digest=digest).order_by("-made_at").first()
    if batch is None or batch.certification.imports.filter(made_at__gt=batch.made_at).exists():
        return None
    return batch


def load_pack(folder: Path) -> Pack:
    """Read a whole pack as it stands, flawed items too. Raises BadPack with every problem of form or reference."""
    if not folder.is_dir():
        raise BadPack([Problem(str(folder), 1, "missing", "There is no such folder.")])
    texts = {path.name: _text(path) for path in sorted(folder.glob("*.yaml"))}
    certification, problems = parse_certification(texts)
    forms, found = parse_forms(texts[FORMS]) if FORMS in texts else ([], [])
    problems += found
    items: dict[str, ItemContent] = {}
    for path in sorted(folder.glob("items/**/*.yaml")):
        name = str(path.relative_to(folder))
        item, found = parse_item(name, _text(path))
        problems += found
        if item:
            items[name] = item
    if certification and not problems:
        problems = _unknown_references(certification, items)
    if problems or certification is None:
        raise BadPack(problems)
    return Pack(certification, items, tuple(forms))


def read_pack(folder: Path) -> Pack:
    """Read a whole pack that is fit for forms. Raises BadPack with every problem, the linter's errors too."""
    pack = load_pack(folder)
    if problems := _lint_errors(pack.certification, pack.items):
        raise BadPack(problems)
    return pack


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig", errors="replace")


def _unknown_references(pack: CertificationContent, items: dict[str, ItemContent]) -> list[Problem]:
    objectives = {(domain.number, objective.code) for domain in pack.domains for objective in domain.objectives}
    topics = {topic.slug for domain in pack.domains for topic in domain.topics}
    services = {service.slug for service in pack.services}
    problems = []
    for file, item in items.items():
        if (item.domain, item.objective) not in objectives:
            message = f"Domain {item.domain} has no objective {item.objective}."
            problems.append(Problem(file, 1, "objective", message))
        problems += [
            Problem(file, 1, "topic", f"topics.yaml has no {slug}.") for slug in item.topics if slug not in topics
        ]
        problems += [
            Problem(file, 1, "service", f"services.yaml has no {slug}.")
            for slug in item.services
            if slug not in services
        ]
    return problems


def _lint_errors(pack: CertificationContent, items: dict[str, ItemContent]) -> list[Problem]:
    problems = [
        Problem(file, 1, finding.rule, f"{finding.place}: {finding.message} {finding.remedy}")
        for file, item in items.items()
        for finding in lint_item(item, pack.services)
        if finding.severity == Severity.ERROR and item.state in {"pilot", "active"}
    ]
    problems += [
        Problem(finding.place, 1, finding.rule, f"{finding.message} {finding.remedy}")
        for finding in lint_bank(list(items.values()))
        if finding.severity == Severity.ERROR
    ]
    return problems


@transaction.atomic
def import_pack(
    folder: Path, *, by: User | None = None, dry_run: bool = False, progress: Progress | None = None
) -> ImportBatch:
    """Import a pack, all of it or nothing, and return what it changed.

    What was edited here since an earlier import goes back to what the pack says, as a new version. Its forms are
    published, except those whose code is there: a published form stays as it is. A dry run does
    everything and rolls it back. Raises BadPack before anything is written. `progress` is told (done, of how many)
    after each item.
    """
    digest = pack_digest(folder)
    pack = read_pack(folder)
    try:
        certification = write_curriculum(pack.certification)
    except ValidationError as error:
        raise BadPack([Problem("topics.yaml", 1, "topic", message) for message in error.messages]) from error
    blueprint = write_blueprint(
        certification,
        counts=[(d.number, d.scored_count, d.pilot_count) for d in pack.certification.domains],
        multiple_count=pack.certification.multiple_count,
    )
    counts = _write_items(pack, certification, by, progress)
    for form in pack.forms:
        try:
            write_form(blueprint, form, by=by)
        except ValidationError as error:
            raise BadPack([Problem(FORMS, 1, "form", message) for message in error.messages]) from error
    batch = ImportBatch(
        certification=certification,
        source=str(folder),
        digest=digest,
        made_by=by,
        new_count=counts[Written.NEW],
        changed_count=counts[Written.CHANGED],
        unchanged_count=counts[Written.UNCHANGED],
    )
    if dry_run:
        transaction.set_rollback(True)
    elif batch.new_count or batch.changed_count or last_import(digest) is None:
        batch.save()
        told = {written.value: count for written, count in counts.items()}
        record_event(by, verb="pack.imported", subject=f"interchange.import:{batch.uuid}", detail=told)
    return batch


def _write_items(
    pack: Pack, certification: Certification, by: User | None, progress: Progress | None
) -> Counter[Written]:
    counts: Counter[Written] = Counter()
    problems = []
    for done, (file, item) in enumerate(pack.items.items(), 1):
        try:
            counts[write_item(item, certification=certification, by=by)] += 1
        except ValidationError as error:
            problems += [Problem(file, 1, "item", message) for message in error.messages]
        if progress:
            progress(done, len(pack.items))
    if problems:
        raise BadPack(problems)
    return counts
