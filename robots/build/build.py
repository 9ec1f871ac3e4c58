"""Builds the robots: python3 robots/build/build.py [name ...]  (all without a name).

Needs Python 3.11 with bpy 5, numpy and pillow. Writes robots/<name>/<name>.urdf and robots/<name>/meshes/*.glb;
robots/<name>/robot.toml is written by hand.
"""
import os, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
NAMES = ["fr3", "ur5e", "ot2", "psm", "endoscope_arm"]


def main(names):
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        sys.exit(f"unknown: {', '.join(unknown)}; known: {', '.join(NAMES)}")
    for name in names or NAMES:
        print(name)
        __import__(name).robot().write(os.path.normpath(os.path.join(HERE, "..", name)))


if __name__ == "__main__":
    main(sys.argv[1:])
