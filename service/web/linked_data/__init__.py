"""Stable addresses: things, terms, releases, dumps, catalogues."""
