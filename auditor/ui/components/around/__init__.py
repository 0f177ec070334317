"""Scripts of the page around every screen: the skip link, and what is said while the server is away."""
