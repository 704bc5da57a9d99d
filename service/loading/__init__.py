"""From a source to the work store: loader process, gate, quarantine."""
