"""The acts on the bank."""

from apps.bank.services.curriculum import write_curriculum
from apps.bank.services.items import Written, revise_key, write_item
from apps.bank.services.opinions import rate_versions

__all__ = ["Written", "rate_versions", "revise_key", "write_curriculum", "write_item"]
