"""What makes kmcodec at home in other libraries: Pillow, numcodecs, Zarr."""
