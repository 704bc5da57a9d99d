"""Requirement trees: read from RDF and JSON, checked, written."""
