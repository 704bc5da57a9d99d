"""One micro-credential a row, CSV or XLSX."""
