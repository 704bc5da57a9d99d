"""Links what people write to skills and occupations of ESCO: candidates by n-grams, features, a logistic reranker."""
