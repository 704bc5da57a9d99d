"""What the W3C and operators prescribe: SPARQL query and update, Graph Store, health."""
