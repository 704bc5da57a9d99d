"""Engines behind one protocol: embedded Oxigraph and any SPARQL 1.1 endpoint."""
