"""The acts on the bank."""

from apps.bank.services.curriculum import write_curriculum
from apps.bank.services.items import Written, write_item
from apps.bank.services.problems import LONGEST, reply_to_problem, report_problem, see_reply

__all__ = ["LONGEST", "Written", "reply_to_problem", "report_problem", "see_reply", "write_curriculum", "write_item"]
