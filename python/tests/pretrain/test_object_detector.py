"""The second detector: what it is taught is what it says."""

import torch

from espalier_torch.pretrain.object_detector import COLORS, NO_PLACE, SHAPES, DetectorConfig, ObjectDetector, box_at

PLACES = torch.tensor([[9, NO_PLACE], [54, NO_PLACE], [9, 54], [NO_PLACE, NO_PLACE]])
SHAPE_IDS = torch.tensor([[1, 0], [6, 0], [1, 6], [0, 0]])
COLOR_IDS = torch.tensor([[4, 0], [0, 0], [4, 0], [0, 0]])


def images() -> torch.Tensor:
    """A bright block at token 9, a dark one at token 54, both, and nothing."""
    pixels = torch.zeros(4, 3, 64, 64)
    pixels[[0, 2], :, 0:24, 0:24] = 1.0
    pixels[[1, 2], :, 40:64, 40:64] = -1.0
    return pixels


def test_it_learns_where_what_and_which_color():
    torch.manual_seed(0)
    detector = ObjectDetector(DetectorConfig(width=16))
    optimizer = torch.optim.AdamW(detector.parameters(), lr=5e-3)
    first = detector.loss(images(), PLACES, SHAPE_IDS, COLOR_IDS).item()
    for _ in range(60):
        loss = detector.loss(images(), PLACES, SHAPE_IDS, COLOR_IDS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < first / 20
    found = [
        [(one["class"], one["color"], one["box"]) for one in objects] for objects in detector.detect(images(), 0.5)
    ]
    square, ring = (SHAPES[1], COLORS[4], box_at(1, 1)), (SHAPES[6], COLORS[0], box_at(6, 6))
    assert found[0] == [square]
    assert found[1] == [ring]
    assert sorted(found[2]) == sorted([square, ring])
    assert found[3] == []


def test_a_box_has_the_size_of_an_object_around_its_token():
    assert box_at(1, 6) == [1.0, 41.0, 23.0, 63.0]


def test_a_scene_without_objects_has_a_loss_of_centres_alone():
    detector = ObjectDetector(DetectorConfig(width=8))
    nothing = torch.full((2, 2), NO_PLACE)
    loss = detector.loss(images()[:2], nothing, torch.zeros(2, 2).long(), torch.zeros(2, 2).long())
    assert loss.isfinite()
