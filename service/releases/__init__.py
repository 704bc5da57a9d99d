"""Immutable releases: made, sent to an engine, read, compared, dumped, backed up."""
