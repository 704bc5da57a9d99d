"""Degree programmes with rules, in YAML."""
