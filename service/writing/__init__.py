"""Writes through the interfaces: keys, the queue, the programs that carry them out."""
