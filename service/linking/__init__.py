"""The words people use, matched to what the catalogue knows."""
