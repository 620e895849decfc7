"""Tools of the course "Introduction to Deep Learning with JAX"."""
