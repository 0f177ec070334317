"""NoisyFER: an encoder, a decoder and discriminators that learn jointly from several noisy label sets.

Siwei Zhang, Zhiwu Huang, Danda Pani Paudel, Luc Van Gool, "Facial Emotion Recognition with Noisy Multi-task
Annotations", WACV 2021. `method.py` is the method; the networks, the losses and the label codes have a file each.
"""
