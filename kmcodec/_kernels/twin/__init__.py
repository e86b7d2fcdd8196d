"""The core in Python: what runs without a compiler, and what the core in C is compared with."""
