"""Self-contained HTML pages: one file each, without network, for a browser of today."""
