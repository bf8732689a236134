"""How Cutscore says durations. Pure."""

from datetime import timedelta


def duration_words(value: timedelta) -> str:
    """Say a duration as people do: 2 h 13 min, 4 min 5 s."""
    seconds = max(0, int(value.total_seconds()))
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes and rest else f"{minutes} min" if minutes else f"{rest} s"
