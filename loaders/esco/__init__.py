"""Official ESCO releases, as CSV packs or RDF."""
