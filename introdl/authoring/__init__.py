"""What maintainers use: stubs, the corpus of mistakes, and the proof that the course works."""
