"""RDF as data: terms, statements, namespaces, syntaxes, SPARQL results and JSON-LD, without a store."""
