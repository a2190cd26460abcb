"""Files of images, and what they hold as arrays."""

import lazy_loader

__getattr__, _, _ = lazy_loader.attach(__name__, ["dicom", "images", "jpeg"])
