"""JSON-LD before it is parsed: envelopes taken off, contexts from disk put in place."""
