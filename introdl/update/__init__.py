"""Bring a student's copy of the course up to date, without touching what the student has begun."""
