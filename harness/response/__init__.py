"""A response as one parsed program: blocks with roles, names resolved across them."""
