"""Compare: what a second training changed, image by image."""
