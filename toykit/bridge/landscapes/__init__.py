"""Torch modules as landscapes: any module, dense ones with layers, convolutional ones with channels."""
