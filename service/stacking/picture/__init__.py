"""A plan as a picture: layout, line breaking, SVG."""
