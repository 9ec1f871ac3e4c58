"""Builds the labware: python scenes/assets/build/build.py [name ...]  (all without a name).

Needs Python 3.11 with bpy 5, numpy, pillow and ppf.datamatrix. Everything is in millimetres; writes ../<name>.glb.
"""
import contextlib, os, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import kit

FOLDER = os.path.normpath(os.path.join(HERE, ".."))


def main(names):
    makers = {}
    for theme in ("slides", "tubes", "vessels", "tools", "deck", "surgery"):
        if os.path.exists(os.path.join(HERE, theme + ".py")):
            makers.update({maker.__name__: maker for maker in __import__(theme).ASSETS})
    unknown = [name for name in names if name not in makers]
    if unknown:
        sys.exit(f"unknown: {', '.join(unknown)}; known: {', '.join(makers)}")
    for name in names or makers:
        kit.reset()
        kit.unit(0.001)
        variants = makers[name](FOLDER)
        kit.export(os.path.join(FOLDER, name + ".glb"), variants=variants)


if __name__ == "__main__":
    main(sys.argv[1:])
