"""What the browser fetches beside the pages: routes, signed addresses, thumbnails, scripts, and the middleware."""
