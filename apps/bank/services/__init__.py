"""The acts on the bank."""

from apps.bank.services.curriculum import write_curriculum
from apps.bank.services.items import Written, write_item

__all__ = ["Written", "write_curriculum", "write_item"]
