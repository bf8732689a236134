"""The shape of what scoring's pages send."""


def read_event_name(text: str) -> tuple[str, int] | None:
    """Return the (client, n) that a check box names as client/n, or None for anything else."""
    client, _, n = text.rpartition("/")
    return (client, int(n)) if client and len(client) <= 40 and n.isdecimal() and len(n) <= 10 else None
