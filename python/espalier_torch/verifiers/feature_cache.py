"""What a judge's eyes made of the last images, so that another question about one of them costs its words alone."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor


class FeatureCache:
    """Kept by image, the longest unused let go first.

    see: (B, H, W, 3) uint8 -> what the eyes keep of each image, indexable by rows.
    most: images kept.
    looks: images that were really looked at.
    """

    def __init__(self, see: Callable[[Tensor], Any], most: int):
        self.see, self.most, self.looks = see, most, 0
        self.kept: OrderedDict[bytes, Any] = OrderedDict()

    def of(self, keys: Sequence[bytes], images: Callable[[list[int]], Tensor]) -> list[Any]:
        """What is kept of each image, in order.

        Args:
            keys: names of the images; the same name is the same image.
            images: the pixels of some of them by place; asked only for those that are not kept.
        """
        new = {key: place for place, key in enumerate(keys) if key not in self.kept}
        found = {key: self.kept[key] for key in keys if key in self.kept}
        if new:
            found.update(zip(new, self.see(images(list(new.values()))), strict=True))
            self.looks += len(new)
        for key in keys:
            self.kept[key] = found[key]
            self.kept.move_to_end(key)
        while len(self.kept) > self.most:
            self.kept.popitem(last=False)
        return [found[key] for key in keys]
