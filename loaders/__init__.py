"""Loaders: one module a source format; source in, N-Quads and a report out."""
