"""The 80 classes of COCO as GenEval's metadata names them, and what models call them."""

from collections.abc import Mapping

CLASSES: tuple[str, ...] = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow",
    "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee",
    "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard",
    "tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple",
    "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch",
    "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "computer mouse", "tv remote",
    "computer keyboard", "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock",
    "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
)  # fmt: skip
"""COCO's classes under GenEval's names, which differ from COCO's for mouse, remote and keyboard."""

OTHER_NAMES: Mapping[str, str] = {
    "motorbike": "motorcycle", "aeroplane": "airplane", "sofa": "couch", "tvmonitor": "tv", "mouse": "computer mouse",
    "remote": "tv remote", "keyboard": "computer keyboard", "hairdryer": "hair drier", "doughnut": "donut",
    "mobilephone": "cell phone",
}  # fmt: skip
"""What some label files write instead, spaces left out."""


def squeezed(name: str) -> str:
    """A name by its letters alone, in lower case: label files differ in spaces and dashes."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def class_names(labels: Mapping[int, str]) -> list[str]:
    """GenEval's name of each label of a model, in the order of its outputs.

    Raises:
        ValueError: the labels are not COCO's 80 objects, each once.
    """
    known = {**{squeezed(name): name for name in CLASSES}, **OTHER_NAMES}
    names = [known.get(squeezed(labels[index]), "") for index in sorted(labels)]
    if sorted(names) == sorted(CLASSES):
        return names
    strange = [label for label in labels.values() if squeezed(label) not in known]
    more = f" and {len(strange) - 3} more (id2label in it has all)" if len(strange) > 3 else ""
    found = f"{len(labels)} labels" + (f", among them {', '.join(map(repr, strange[:3]))}{more}" if strange else "")
    raise ValueError(
        f"A detector for GenEval finds COCO's {len(CLASSES)} objects, each once; the model's config.json has {found}. "
        "Use a Mask2Former trained for COCO instances, such as facebook/mask2former-swin-small-coco-instance"
    )
