"""Importing this makes Pillow open and save ``.kmq`` files: ``import kmcodec.pillow``."""

from __future__ import annotations

from kmcodec.adapters.pillow import register_pillow

register_pillow()
