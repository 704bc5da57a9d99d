"""Catalogues and documents in the European Learning Model, in any RDF syntax."""
