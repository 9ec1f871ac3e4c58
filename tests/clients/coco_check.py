"""Opens a data set with pycocotools: python coco_check.py DATASET

Masks must be the instance plane's pixels, ids must start at 1, and the evaluation of the truth
against itself must be perfect.
"""
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def check_masks(root, coco):
    """Every mask, area and box against the instance plane."""
    for info in coco.loadImgs(coco.getImgIds()):
        color = root / info["file_name"]
        size = Image.open(color).size
        assert size == (info["width"], info["height"]), (color, size)
        annotations = coco.loadAnns(coco.getAnnIds(imgIds=info["id"]))
        plane_file = color.parent / "instance.png"
        if not plane_file.exists():
            continue
        plane = np.array(Image.open(plane_file))
        seen = set(np.unique(plane)) - {0}
        assert {a["instance"] for a in annotations} == seen, (plane_file, seen)
        for a in annotations:
            mask = coco.annToMask(a).astype(bool)
            truth = plane == a["instance"]
            assert np.array_equal(mask, truth), (plane_file, a["id"])
            assert a["area"] == truth.sum(), a["id"]
            ys, xs = np.nonzero(truth)
            box = [xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1]
            assert a["bbox"] == box, (a["id"], a["bbox"], box)


def evaluate(coco, kind, results, categories, sigmas=None):
    """Average precision of `results`."""
    evaluation = COCOeval(coco, coco.loadRes(results), kind)
    evaluation.params.catIds = categories
    if sigmas is not None:
        evaluation.params.kpt_oks_sigmas = sigmas
    # COCO counts the best 20 (keypoints) or 100 objects of a class in an image; a rack holds more.
    evaluation.params.maxDets = [1000]
    evaluation.evaluate()
    evaluation.accumulate()
    # Threshold, recall, class, area (the first is all), number of detections.
    precision = evaluation.eval["precision"][:, :, :, 0, -1]
    return precision[precision > -1].mean()


def main(root):
    annotations = root / "coco" / "annotations.json"
    coco = COCO(str(annotations))
    ids = sorted(coco.anns)
    assert ids == list(range(1, len(ids) + 1)), "annotation ids are not 1, 2, …"
    assert min(coco.imgs) >= 1 and min(coco.cats) >= 1
    check_masks(root, coco)

    truth = list(coco.anns.values())
    shapes = [{k: a[k] for k in ("image_id", "category_id", "segmentation")} | {"score": 1.0}
              for a in truth]
    categories = sorted({a["category_id"] for a in truth})
    ap = evaluate(coco, "segm", shapes, categories)
    assert ap > 0.999, f"segmentation AP {ap}"

    evaluated = 0
    for category in coco.loadCats(coco.getCatIds()):
        names = category.get("keypoints", [])
        points = [
            {k: a[k] for k in ("image_id", "category_id", "keypoints")} | {"score": 1.0}
            for a in truth if a["category_id"] == category["id"] and a.get("num_keypoints")
        ]
        if not names or not points:
            continue
        sigmas = np.full(len(names), 0.05)
        ap = evaluate(coco, "keypoints", points, [category["id"]], sigmas)
        assert ap > 0.999, f"keypoint AP {ap} of {category['name']}"
        evaluated += 1
    assert evaluated, "no category with keypoints"
    print(json.dumps({"annotations": len(ids), "keypoint_categories": evaluated}))


main(Path(sys.argv[1]))
