"""What recipes can ask beyond the paper: fresh stegos, crops, a start, recalibration, precision, several devices."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from test_pipeline import write_shard
from test_training import SIZE, data, loaded, recipe, train, write  # noqa: F401 data is a fixture

import embedders
from models import ModelError, devices, inference, models_of, training, weights
from models.pairs import Pairs, epoch_order, in_order
from models.pipeline import batches
from stegdata import changes, images, jpeg
