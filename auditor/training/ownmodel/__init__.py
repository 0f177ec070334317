"""What a model of the user's own says about a data set, recorded as a training of one epoch.

The model brings probabilities, features or both: in files, as an ONNX network, or as one of torchvision's backbones.
Features alone become p(y|x) by an out-of-fold logistic regression on the given labels of the training images.
"""

OF_LABELS, OF_IMAGES = "opinion", "opinion of images"
"""Kinds of record: made with the given labels, or by a model that never saw them, whichever are audited."""
