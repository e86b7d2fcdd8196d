"""Small palette PNGs: orders of the palette, rows, filters, and the file. It opens no file."""

from kmcodec.png.writing import Resolution, png_bytes

__all__ = ["Resolution", "png_bytes"]
