"""The acts on the bank."""

from apps.bank.services.curriculum import write_curriculum
from apps.bank.services.items import Written, revise_key, write_item
from apps.bank.services.opinions import rate_versions
from apps.bank.services.problems import LONGEST, reply_to_problem, report_problem, see_reply

__all__ = [
    "LONGEST",
    "Written",
    "rate_versions",
    "reply_to_problem",
    "report_problem",
    "revise_key",
    "see_reply",
    "write_curriculum",
    "write_item",
]
