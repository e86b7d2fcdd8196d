"""Colour points -> indices whose neighbourhoods show the wanted colours."""

from kmcodec.dither.dithering import Dithering

__all__ = ["Dithering"]
