"""What it means: reports, weak areas, cohort figures, statistics and the nightly self-audit.

Everything here can be recomputed from the rooms to the left.
"""
