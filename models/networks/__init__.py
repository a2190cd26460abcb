"""The networks, as functions from options to Keras models."""
