"""Compare: the effect of a second training, image by image."""
