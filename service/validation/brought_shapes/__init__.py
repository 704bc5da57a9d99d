"""Shapes that others bring: their files read, held to what SHACL asks of shapes, and run over a document as it is."""
