"""Names in somebody's table matched to things of the catalogue, and what is known of these given back."""
