"""Benchmarks of the supplies room."""
