"""Benchmarks: our figures beside those of named peers, taken in the same run. Never part of the tests."""
