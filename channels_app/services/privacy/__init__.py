"""What customers may ask of their data, and what time does to it: retention, erasure, access."""
