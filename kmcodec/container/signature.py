"""How a file begins, for those who ask no more of it."""

SIGNATURE = b"\x8fKMQ"  # spec 2.1
