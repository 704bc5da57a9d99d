"""The REST API, and what else programmes ask over HTTP."""
