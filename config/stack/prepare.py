"""Bringing a database up to date: migrations, bank, demo. One process: each start costs a second."""

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import django

from config.env import Misconfigured


def main() -> None:
    """Migrate, import, seed and collect static files, saying so."""
    try:
        django.setup()
    except Misconfigured as error:
        sys.exit(f"{error}")
    from django.conf import settings
    from django.core.management import CommandError, call_command
    from django.db import OperationalError

    try:
        _say("Bringing the database up to date")
        call_command("migrate", verbosity=0, interactive=False)
        _say("Loading the DOP-C02 bank")
        # Edits made in the running bank stay: only another pack is imported.
        call_command("bank", "import", "fixtures/dop-c02", "--new")
        _say("Preparing the demo")
        call_command("seed_demo")
        load_packs(os.environ.get("PACKS", "").split())
    except CommandError as error:
        sys.exit(f"{error}")
    except OperationalError as error:
        sys.exit(f"The database at DATABASE_URL does not answer: {error}")
    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    wanted = _fingerprint(Path("static"), Path("requirements.lock"))
    if not stamp.exists() or stamp.read_text() != wanted:
        _say("Collecting static files")
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp.write_text(wanted)


def load_packs(folders: Sequence[str]) -> None:
    """Import further packs and offer the published forms of each, a first one where there is none.

    Raises CommandError.
    """
    from django.core.management import call_command

    from apps.delivery.services import offer_form
    from apps.exams.models import Form
    from apps.interchange.services import load_pack

    for folder in folders:
        _say(f"Loading {folder}")
        call_command("bank", "import", folder, "--new")
        code = load_pack(Path(folder)).certification.code
        forms = Form.objects.filter(blueprint__certification__code=code, state=Form.State.PUBLISHED, is_drill=False)
        for form in forms:
            offer_form(form, title=form.title)
        if not forms:
            call_command("exam", "assemble", code, "--form", f"{code}-a", "--offer")


def _fingerprint(folder: Path, lock: Path) -> str:
    content = hashlib.sha256(lock.read_bytes())
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content.update(str(path).encode() + path.read_bytes())
    return content.hexdigest()


def _say(words: str) -> None:
    sys.stdout.write(f"{words} …\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
