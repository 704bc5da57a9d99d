"""Mappings in SSSOM, made by hand or by a program, each with its evidence and its review status."""
