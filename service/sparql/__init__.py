"""The text of SPARQL: named queries and their slots, what a public query or update may say, the protocol."""
