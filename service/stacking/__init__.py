"""Paths and audits: what is held, what is asked, the cheapest way, and the proof of it."""
