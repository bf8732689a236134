"""Sitting it: assignments, attempts, and the journal of every response.

Run time and write-hot. The journal is the truth and is only ever appended to. This room cannot import keys; what
leaves it is the signal `attempt_submitted`, and losing that signal is harmless.
"""
