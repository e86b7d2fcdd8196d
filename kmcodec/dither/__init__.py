"""Colour points -> indices whose neighbourhoods show the wanted colours."""

from kmcodec.dither.dithering import METHODS, DitherMethod, check_method, check_strength, dither

__all__ = ["METHODS", "DitherMethod", "check_method", "check_strength", "dither"]
