"""Small palette PNGs: orders of the palette, rows, filters, and the file. It opens no file."""

from kmcodec.png.writing import png_bytes

__all__ = ["png_bytes"]
