"""Image files into pixels, and the cache of decoded images."""
