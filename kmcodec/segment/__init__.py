"""Pixels -> regions."""
