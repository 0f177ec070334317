"""The map: a WebGL2 canvas for hundreds of thousands of faces."""
