"""Pictures that explain: drawn with Pillow, for people to look at."""
