"""Brands as files: written (`exporting`), compared and brought in (`applying`), and begun (`beginning`)."""
