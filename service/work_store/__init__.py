"""Everything that is loaded: one writer, a redo journal, a change log."""
