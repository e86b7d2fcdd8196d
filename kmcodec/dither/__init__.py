"""Colour points -> indices whose neighbourhoods show the wanted colours."""

from kmcodec.dither.dithering import METHODS, Dithering, DitherMethod

__all__ = ["METHODS", "DitherMethod", "Dithering"]
