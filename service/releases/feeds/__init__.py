"""What others harvest: the catalogue in the Commission's catalogue profile, and what of it cannot be said there."""
