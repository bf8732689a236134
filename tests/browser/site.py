"""What the browser tests know of the site: its address, its database, and the pack as it was written.

Everything that a test expects is computed here from the pack's own files and plain arithmetic, not by the program.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import uuid4

import psycopg
import yaml

from tests.live import ROOT, manage

PASSWORD = "cutscore-demo"
WEIGHTS = {1: 22, 2: 17, 3: 15, 4: 15, 5: 14, 6: 17}
CUT = Fraction(72, 100)


@dataclass(frozen=True)
class Question:
    """A question of the form: what the pack's file says, and whether it counts."""

    position: int
    is_scored: bool
    pack: dict[str, Any]

    @property
    def objective(self) -> str:
        """The task statement that it belongs to."""
        return str(self.pack["objective"])

    def texts(self, *, right: bool) -> list[str]:
        """Return the visible texts of a full answer: the keyed options, or as many wrong ones as are asked for."""
        key = self.pack["answer"]["key"]
        chosen = [o for o in self.pack["options"] if (o["id"] in key) == right]
        if not right and len(chosen) < self.pack["choose"]:
            chosen += [o for o in self.pack["options"] if o["id"] in key]
        return [plain(option["text"]) for option in chosen[: self.pack["choose"]]]


def plain(text: str) -> str:
    """Return Markdown as it reads on the page, spaces folded."""
    return re.sub(r"\s+", " ", re.sub(r"[`*]", "", text)).strip()


@dataclass(frozen=True)
class Site:
    """A running site."""

    address: str
    database: str

    def questions(self) -> list[Question]:
        """Return the questions of mock exam A in order."""
        pack = {
            content["code"]: content
            for path in (ROOT / "fixtures" / "dop-c02" / "items").rglob("*.yaml")
            for content in [yaml.safe_load(path.read_text())]
        }
        rows = self.sql(
            "SELECT fi.position, fi.is_scored, i.code FROM exams_formitem fi JOIN exams_form f ON f.id = fi.form_id "
            "JOIN bank_itemversion v ON v.id = fi.version_id JOIN bank_item i ON i.id = v.item_id "
            "WHERE f.code = 'dop-c02-a' ORDER BY fi.position"
        )
        return [Question(position, scored, pack[code]) for position, scored, code in rows]

    def sql(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask the database directly."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def new_student(self) -> str:
        """Make a student of one's own with the password of the demo, and return the address."""
        email = f"student-{uuid4().hex[:8]}@example.com"
        self.sql(
            "INSERT INTO accounts_user (email, password, name, role, is_active, is_staff, is_superuser, is_demo, "
            "date_joined) SELECT %s, password, '', role, true, false, false, true, now() FROM accounts_user "
            "WHERE email = 'student@example.com'",
            email,
        )
        return email

    def offer_small(self, email: str) -> str:
        """Offer a form of seven items, with pauses and blind review, to one person alone; returns its public id."""
        found = self.sql("SELECT id, uuid FROM delivery_assignment WHERE title = 'Mock A'")
        if not found:
            manage("shell", "-c", "from tests import world; world.build('small')", env={"DATABASE_URL": self.database})
            found = self.sql(
                "UPDATE delivery_assignment SET audience = 'people', pause_allowed = true, blind_review = true "
                "WHERE title = 'Mock A' RETURNING id, uuid"
            )
        (offer, uuid) = found[0]
        self.sql(
            "INSERT INTO delivery_assignment_people (assignment_id, user_id) "
            "SELECT %s, id FROM accounts_user WHERE email = %s",
            offer,
            email,
        )
        return str(uuid)


def expected(questions: list[Question], right: dict[int, bool]) -> tuple[Fraction, int, dict[int, tuple[int, int]]]:
    """Return raw score, scaled score and (right, of) per domain, by the formulas of docs/scoring.md."""
    domains = {
        domain: (
            sum(right.get(q.position, False) for q in questions if q.is_scored and q.pack["domain"] == domain),
            sum(q.is_scored and q.pack["domain"] == domain for q in questions),
        )
        for domain in WEIGHTS
    }
    raw = sum((Fraction(WEIGHTS[d] * hits, 100 * n) for d, (hits, n) in domains.items()), Fraction(0))
    scaled = 750 + 250 * (raw - CUT) / (1 - CUT) if raw >= CUT else 100 + 650 * raw / CUT
    return raw, min(int(scaled + Fraction(1, 2)), 1000 if raw >= CUT else 749), domains
