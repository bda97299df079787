"""Measurements, each beside a peer that is measured in the same run: `python -m bench [NAME...] [--check]`."""
