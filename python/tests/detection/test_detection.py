"""The detector of photographs: from logits to objects, colours, and both models from their folders."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_detectors import whole_model, written_mask2former
from tiny_verifiers import written_clip
from transformers import AutoProcessor, CLIPModel, Mask2FormerImageProcessor

from espalier_torch.detection.classes import CLASSES, class_names
from espalier_torch.detection.colors import ColorNamer, cut_outs, load_color_namer
from espalier_torch.detection.detector import load_detector
from espalier_torch.detection.instances import Frame, Instances, boxes_of, instances_of
from espalier_torch.detection.mask2former import ObjectFinder

CPU = torch.device("cpu")
COLORS = ["red", "green", "blue", "white"]
WORDINGS = ["a photo of a {color} {name}", "a photo of a {color} object"]


def logits(*rows: list[float]) -> torch.Tensor:
    return torch.tensor(rows).log()


def same(side: int) -> Frame:
    return Frame((side, side), (side, side), (side, side))


def test_a_score_is_the_classs_probability_times_the_masks():
    # Probabilities of two classes and of "no object"; the mask's three pixels have probabilities .9, .8 and .7.
    inside = torch.full((4, 4), -9.0)
    inside[1, 1], inside[1, 2], inside[3, 2] = (torch.logit(torch.tensor(p)) for p in (0.9, 0.8, 0.7))
    found = instances_of(logits([0.25, 0.7, 0.05]), inside[None], same(4), 0.3)
    assert found.labels.tolist() == [1]
    assert found.scores.tolist() == pytest.approx([0.7 * 0.8], abs=1e-6)
    assert found.boxes.tolist() == [[1, 1, 3, 4]]
    assert found.masks[0].nonzero().tolist() == [[1, 1], [1, 2], [3, 2]]


def test_one_query_can_be_two_objects_and_an_empty_mask_is_none():
    masks = torch.stack([torch.full((2, 2), 50.0), torch.full((2, 2), -50.0)])
    found = instances_of(logits([0.35, 0.6, 0.05], [0.99, 0.005, 0.005]), masks, same(2), 0.3)
    assert found.labels.tolist() == [1, 0]
    assert found.scores.tolist() == pytest.approx([0.6, 0.35], abs=1e-5)
    assert instances_of(logits([0.35, 0.6, 0.05]), masks[:1], same(2), 0.6).labels.tolist() == []


def test_the_threshold_is_float32_and_itself_left_out():
    sure = torch.full((1, 1, 1), 100.0)
    score = instances_of(logits([0.3, 0.7]), sure, same(1), 0.0).scores.item()
    assert instances_of(logits([0.3, 0.7]), sure, same(1), score).labels.tolist() == []
    assert instances_of(logits([0.3, 0.7]), sure, same(1), score - 1e-6).labels.tolist() == [0]


def test_masks_are_brought_to_the_picture_without_the_padding():
    # 4 x 4 logits of a 16 x 16 input, of which the left 12 columns are a picture of 24 rows and 18 columns.
    half = torch.tensor([10.0, 10.0, -10.0, -10.0])[:, None].expand(4, 4)
    side = torch.tensor([-10.0, 10.0, 10.0, 10.0]).expand(4, 4)
    frame = Frame((16, 16), (16, 12), (24, 18))
    found = instances_of(logits([0.9, 0.05, 0.05], [0.05, 0.8, 0.15]), torch.stack([half, side]), frame, 0.5)
    # The upper half; and all right of the first column's end, 4 of 12 input columns, where the slope crosses zero.
    assert found.boxes.tolist() == [[0, 0, 18, 12], [6, 0, 18, 24]]
    assert found.masks.shape == (2, 24, 18)


def test_logits_that_are_no_numbers_are_no_empty_picture():
    for spoilt in (float("nan"), float("inf")):
        with pytest.raises(FloatingPointError, match="finite"):
            instances_of(torch.tensor([[spoilt, 0.0]]), torch.zeros(1, 2, 2), same(2), 0.3)


def test_boxes_close_tightly_around_masks():
    generator = np.random.default_rng(3)
    masks = torch.from_numpy(generator.random((40, 7, 9)) < 0.05)
    for mask, box in zip(masks.numpy(), boxes_of(masks).tolist(), strict=True):
        rows, columns = np.nonzero(mask)
        expected = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] if len(rows) else [0, 0, 0, 0]
        assert box == expected


def test_agrees_with_transformers_own_post_processing():
    # transformers goes by way of 384 x 384, so at that size nothing is resized on either side.
    torch.manual_seed(4)
    classes = torch.randn(1, 100, 81) * 4
    coarse = torch.randn(1, 100, 6, 6) * 4
    masks = torch.nn.functional.interpolate(coarse, (384, 384), mode="bilinear")
    outputs = SimpleNamespace(class_queries_logits=classes, masks_queries_logits=masks)
    [known] = Mask2FormerImageProcessor().post_process_instance_segmentation(
        outputs, threshold=0.3, target_sizes=[(384, 384)], return_binary_maps=True
    )
    expected = sorted(
        zip(known["segments_info"], known["segmentation"], strict=True), key=lambda pair: -pair[0]["score"]
    )
    found = instances_of(classes[0], masks[0], same(384), 0.3)
    assert len(expected) > 10
    assert found.labels.tolist() == [told["label_id"] for told, _ in expected]
    assert found.scores.tolist() == pytest.approx([told["score"] for told, _ in expected], abs=2e-6)
    assert all(torch.equal(mask, map == 1) for mask, (_, map) in zip(found.masks, expected, strict=True))


def picture_with(*squares: tuple[int, tuple[int, int, int]]) -> tuple[torch.Tensor, Instances]:
    """A yellow 8 x 12 picture with 3 x 3 squares of given colours at given columns, and their instances."""
    pixels = torch.tensor([255, 255, 0], dtype=torch.uint8).expand(8, 12, 3).clone()
    masks = torch.zeros(len(squares), 8, 12, dtype=torch.bool)
    for mask, (column, color) in zip(masks, squares, strict=True):
        mask[2:5, column : column + 3] = True
        mask[2, column] = False
        pixels[mask] = torch.tensor(color, dtype=torch.uint8)
    count = len(squares)
    return pixels, Instances(torch.zeros(count, dtype=torch.int64), torch.ones(count), boxes_of(masks), masks)


def test_cut_outs_are_the_references_composite_and_crop():
    pixels, found = picture_with((1, (250, 0, 10)), (7, (0, 0, 200)))
    image = Image.fromarray(pixels.numpy())
    for cut, mask, box in zip(cut_outs(pixels, found), found.masks, found.boxes.tolist(), strict=True):
        composite = Image.composite(image, Image.new("RGB", image.size, "#999"), Image.fromarray(mask.numpy()))
        assert np.array_equal(cut, np.asarray(composite.crop(box)))


VALUES = {"red": [1.0, 0, 0], "green": [0, 1.0, 0], "blue": [0, 0, 1.0], "white": [1.0, 1.0, 1.0]}


class WordCounter:
    """A tokenizer of words."""

    model_max_length = 77

    def __call__(self, texts: list[str], **_: Any) -> dict[str, list[list[str]]]:
        return {"input_ids": [text.split() for text in texts]}


class ColorKnower:
    """A CLIP whose vectors are colours: pictures by the mean of what is not grey, texts by the colour they name."""

    device, dtype = CPU, torch.float32
    config = SimpleNamespace(text_config=SimpleNamespace(max_position_embeddings=77))

    def __init__(self) -> None:
        self.read: list[str] = []
        self.visual_projection = self.text_projection = lambda vectors: vectors
        self.vision_model = lambda pixels: SimpleNamespace(pooler_output=pixels)
        self.text_model = lambda input_ids: SimpleNamespace(pooler_output=input_ids)
        self.tokenizer = WordCounter()

    def __call__(self, text: list[str] | None = None, images: list[np.ndarray] | None = None, **_: Any) -> Any:
        if text is not None:
            self.read += text
            return {"input_ids": torch.tensor([VALUES[next(c for c in COLORS if c in one)] for one in text])}
        colored = [image[(image != 0x99).any(-1)] for image in images or []]
        return {"pixel_values": torch.tensor(np.stack([pixels.mean(0) / 255 for pixels in colored]))}


def test_colours_are_those_of_the_objects_not_of_what_is_around_them():
    pixels, found = picture_with((0, (220, 20, 30)), (4, (250, 250, 245)), (8, (10, 20, 130)))
    knower = ColorKnower()
    namer = ColorNamer(knower, knower, COLORS, WORDINGS, batch=2)  # type: ignore[arg-type]
    assert namer.name(pixels, found, ["tv remote", "cat", "tv remote"]) == ["red", "white", "blue"]
    assert knower.read[:3] == ["a photo of a red tv remote", "a photo of a red object", "a photo of a green tv remote"]
    assert len(knower.read) == 2 * len(COLORS) * len(WORDINGS), "texts are read once a name"


def test_a_colour_is_what_clip_says(tmp_path: Path):
    folder = written_clip(tmp_path / "clip")
    namer, _ = load_color_namer(folder, ["red", "blue"], ["a {color} {name}"], CPU)
    model, processor = CLIPModel.from_pretrained(folder), AutoProcessor.from_pretrained(folder)
    pixels = torch.randint(0, 256, (20, 30, 3), generator=torch.Generator().manual_seed(2)).to(torch.uint8)
    inputs = processor(text=["a red cat", "a blue cat"], images=[pixels.numpy()], return_tensors="pt", padding=True)
    with torch.inference_mode():
        known = model(**inputs).logits_per_image[0] / model.logit_scale.exp()
        found = namer.colors_of("cat") @ namer.looked_at([pixels.numpy()])[0]
    assert torch.allclose(found, known, atol=1e-6) and abs(known[0] - known[1]) > 1e-4
    whole = torch.ones(1, 20, 30, dtype=torch.bool)
    instance = Instances(torch.zeros(1, dtype=torch.int64), torch.ones(1), boxes_of(whole), whole)
    assert namer.name(pixels, instance, ["cat"]) == [["red", "blue"][int(known.argmax())]]


def test_the_finder_is_transformers_own_model(tmp_path: Path):
    finder = ObjectFinder(written_mask2former(tmp_path / "finder"), CPU, batch=2)
    whole = whole_model()
    torch.manual_seed(1)
    pixels, mask = torch.randn(2, 3, 64, 96), torch.ones(2, 64, 96, dtype=torch.int64)
    mask[:, :, 80:] = 0
    with torch.inference_mode():
        known = whole(pixel_values=pixels, pixel_mask=mask)
        classes, masks = finder.model(pixels, mask)
    assert torch.allclose(classes, known.class_queries_logits, atol=1e-5)
    assert torch.allclose(masks, known.masks_queries_logits, atol=1e-5)


def test_a_detector_says_the_same_in_any_company(tmp_path: Path):
    folders = str(written_mask2former(tmp_path / "finder")), str(written_clip(tmp_path / "clip"))
    detector = load_detector(*folders, COLORS, WORDINGS, CPU, batch=2)
    assert sorted(detector.classes) == sorted(CLASSES)
    pictures = torch.randint(0, 256, (3, 40, 48, 3), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    together = detector.detect(pictures, 0.1)
    [alone] = detector.detect(pictures[2:], 0.1)
    assert sum(map(len, together)) > 0
    assert [one["class"] for one in alone] == [one["class"] for one in together[2]]
    for found in together:
        assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
        for one in found:
            x1, y1, x2, y2 = one["box"]
            assert 0 <= x1 < x2 <= 48 and 0 <= y1 < y2 <= 40 and 0.1 < one["score"] <= 1 and one["color"] in COLORS
    other = load_detector(*folders, COLORS[:2], WORDINGS, CPU, batch=2)
    assert detector.identity != other.identity == load_detector(*folders, COLORS[:2], WORDINGS, CPU, 8).identity


def test_folders_of_something_else_are_refused(tmp_path: Path):
    finder, clip = written_mask2former(tmp_path / "finder", labels=5), written_clip(tmp_path / "clip")
    for call, words in (
        (lambda: ObjectFinder(finder, CPU), "80 objects.*5 labels"),
        (lambda: ObjectFinder(clip, CPU), "Expected a Mask2Former"),
        (lambda: load_color_namer(finder, COLORS, WORDINGS, CPU), "no CLIP"),
        (lambda: load_color_namer(clip, COLORS, ["a {colour}"], CPU), "may hold"),
        (lambda: load_color_namer(clip, COLORS, ["a {name}"], CPU), "must hold"),
    ):
        with pytest.raises(ValueError, match=words):
            call()


def test_class_names_are_known_by_other_spellings_too():
    labels = dict(enumerate(CLASSES))
    other = {
        name: spelt
        for spelt, name in zip(("tvmonitor", "Sofa", "cell-phone"), ("tv", "couch", "cell phone"), strict=True)
    }
    assert class_names({index: other.get(name, name) for index, name in labels.items()}) == list(CLASSES)
    with pytest.raises(ValueError, match="'LABEL_0'"):
        class_names({0: "LABEL_0"})
