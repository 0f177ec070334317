"""The server's routes beside the pages: signed addresses, thumbnails, scripts, and the middleware."""
