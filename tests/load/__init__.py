"""Benchmarks of the promises in docs/quality.md, section P; docs/performance.md says how to run them.

They drive the real processes over loopback and print what they find. Nothing here asserts a timing.
"""
