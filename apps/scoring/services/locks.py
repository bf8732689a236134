"""One lock for the keys of a form: who scores shares it, who corrects a key has it alone.

A scorer takes it before it asks for the latest key revisions and keeps it until its scores are committed. So a
correction, once it has the lock, sees every score that an older key gave, and a scorer that waited for it reads the
new key. Without it an attempt that ends while a key is corrected could keep the old key, and nothing would owe it a
new score.
"""

from collections.abc import Iterable

from django.db import connection

# Any fixed number, the first of the pair that names an advisory lock; the second is the form.
_KEYS_LOCK = 0x4B455953
_SHARE = "SELECT pg_advisory_xact_lock_shared(%s, (form %% 2147483647)::int) FROM unnest(%s::bigint[]) AS form"
_OWN = _SHARE.replace("_lock_shared", "_lock")


def share_keys(form_ids: Iterable[int]) -> None:
    """Wait for whoever corrects a key of these forms, and hold corrections up until this transaction ends."""
    _take(_SHARE, form_ids)


def own_keys(form_ids: Iterable[int]) -> None:
    """Wait for whoever scores attempts on these forms, and hold scorers up until this transaction ends."""
    _take(_OWN, form_ids)


def _take(statement: str, form_ids: Iterable[int]) -> None:
    wanted = sorted(form_ids)
    if not wanted:
        return
    with connection.cursor() as cursor:
        # In one order, so that two who need several forms never wait for each other.
        cursor.execute(statement, [_KEYS_LOCK, wanted])
