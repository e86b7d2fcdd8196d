"""``python -m kmcodec`` is the command line."""

from kmcodec.cli import main

main()
