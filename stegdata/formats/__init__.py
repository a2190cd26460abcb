"""Files of images, and what they hold as arrays."""

import lazy_loader

__getattr__, _, _ = lazy_loader.attach(__name__, ["dicom", "images", "jpeg"])

#: Endings of files, in small letters: of grey images that are taken as they are, of JPEG, of all that can be a cover.
GREY = (".pgm", ".pnm", ".png")
JPEG = (".jpg", ".jpeg", ".jpe", ".jfif")
IMAGES = frozenset({*GREY, ".ppm", ".tif", ".tiff", ".bmp", *JPEG, ".dcm"})
