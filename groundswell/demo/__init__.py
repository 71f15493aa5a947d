"""The simulated platforms."""
