"""Loaders: source in, N-Quads and a report out; a folder a family of formats."""
