"""What it was worth: exact scores with their intervals, computed from journal and key.

Only `services` writes scores, and only by adding revisions. What leaves is the signal `attempts_scored`.
"""
