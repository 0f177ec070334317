"""The protection of the faces: file permissions, the folders that may be read and written, and clean-up."""
