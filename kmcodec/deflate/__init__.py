"""DEFLATE (RFC 1951): Huffman codes, blocks, and an encoder with the same bytes everywhere."""
