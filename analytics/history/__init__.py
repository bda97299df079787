"""A made-up past of the desired size, the same for the same seed: for tests, benchmarks and trying out."""
