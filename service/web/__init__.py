"""Everything that speaks HTTP: the REST API, pages, linked data and protocols."""
