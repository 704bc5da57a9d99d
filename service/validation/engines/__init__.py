"""The SHACL engines behind one function: a fast one, pySHACL, and both held against each other."""
