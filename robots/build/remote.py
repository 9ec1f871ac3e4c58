"""Arms that turn an instrument about a remote centre: a column with a yaw drive, and an arc rail along which a carriage
pitches a slide. Everything is given about the centre, with the axes of the root and all joints at 0: X away from the
column, Z up, the instrument straight down. `side` (1, -1): on which side (Y) of the instrument the arc lies."""
import math
from parts import between, bolts, box, disc, kit, prism, ring, rod, screw, shell, turn
from solid import block, capsule, cone, cyl
from urdf import brick, brick_at, round_bar

COLUMN, OFFSET = -550, 92  # x of the column; distance of the arc from the instrument
FIRST, LAST = 94, -66  # degrees of the arc from straight up, towards the column


def on_arc(degrees, radius):
    a = math.radians(degrees)
    return -radius * math.sin(a), radius * math.cos(a)


def column(height):
    plate = [(COLUMN - 110, -100, 24), (COLUMN + 110, -100, 24), (COLUMN + 110, 100, 24), (COLUMN - 110, 100, 24)]
    prism(plate, 16, "shell_dark", (0, 0, -height), bevel=2)
    for x in (-86, 86):
        for y in (-76, 76):
            ring(9, 5, 1.4, "steel", (COLUMN + x, y, 15.6 - height), "z", 0.4, 20)
            screw((COLUMN + x, y, 15.6 - height), "z", 9, "steel", 5)
    field = cone((COLUMN, 0, 14 - height), (COLUMN, 0, -20), 54, 46, 5).join(cyl((COLUMN - 78, 0, 0), (COLUMN + 70, 0, 0), 62, 7), 26)
    shell(field, "shell_white", 2000, 3.0)
    ring(56, 40, 6, "graphite", (COLUMN, 0, 15.5 - height), "z", 1)
    ring(60, 40, 3, "joint_dark", (COLUMN - 77.5, 0, 0), "-x", 0.5)
    turn([(0, 0), (58, 0), (58, 6, 2), (46, 10, 3), (0, 11)], "cap_teal", (COLUMN - 78, 0, 0), "-x", steps=2)
    bolts(51, 6, (COLUMN - 85.5, 0, 0), "-x", 5)
    ring(59, 40, 3, "joint_dark", (COLUMN + 69.5, 0, 0), "x", 0.4)
    box((1.4, 44, 14), "graphite", (COLUMN - 47.5, 0, -height * 0.55), 0.3)
    disc(4, 1.2, "led_green", (COLUMN - 48, 12, -height * 0.55), "-x", 0.4, 20)


def column_hits(height):
    return [brick((COLUMN - 110, -100, -height), (COLUMN + 110, 100, 16 - height)), round_bar((COLUMN, 0, 16 - height), (COLUMN, 0, 0), 52),
            round_bar((COLUMN - 88, 0, 0), (COLUMN + 72, 0, 0), 62)]


def sector(inner, outer, first, last, step=4.0):
    count = max(2, round(abs(last - first) / step))
    angles = [first + (last - first) * k / count for k in range(count + 1)]
    return [on_arc(a, outer) for a in angles] + [on_arc(a, inner) for a in reversed(angles)]


def arc(side, radius):
    y = side * OFFSET
    ring(60, 30, 4, "aluminium", (COLUMN + 72.5, 0, 0), "x", 0.8)
    field = cyl((COLUMN + 76, 0, 0), (COLUMN + 112, 0, 0), 60, 8).join(capsule((COLUMN + 108, 0, 0), (-radius - 35, side * 62, 0), 46, 34), 22)
    field = field.join(capsule((-radius - 32, side * 66, 0), (-radius - 3, y, 26), 32, 24), 20)
    shell(field, "shell_white", 2000, 3.0)
    prism(sector(radius - 15, radius + 15, FIRST, LAST), 20, "shell_white", (0, y + 10, 0), (90, 0, 0), bevel=2.5)
    for s in (-1, 1):  # the rails on both faces, and their screws
        prism(sector(radius - 5, radius + 5, FIRST - 13, LAST + 3), 3, "steel", (0, y + s * 11 + 1.5, 0), (90, 0, 0), bevel=0.5, segments=1)
        for k in range(12):
            x, z = on_arc(FIRST - 18 + (LAST + 5 - FIRST + 18) * k / 11, radius)
            screw((x, y + s * 12.3, z), "y" if s > 0 else "-y", 4.5, "steel_dark", 0.9)
    prism(sector(radius + 14.6, radius + 16.2, FIRST - 20, LAST + 3), 11, "rubber", (0, y + 5.5, 0), (90, 0, 0))
    x, z = on_arc(LAST - 0.6, radius)
    cover = kit.Vector((x, 0, z)).normalized()
    box((8, 24, 34), "graphite", (x, y, z), 2.5, 2, (0, math.degrees(math.atan2(cover.x, cover.z)), 0))


def arc_hits(side, radius):
    hits = [round_bar((COLUMN + 74, 0, 0), (COLUMN + 112, 0, 0), 60), round_bar((COLUMN + 108, 0, 0), (-radius - 35, side * 62, 0), 44)]
    count = 11
    width = (FIRST - LAST) / count
    for k in range(count):
        x, z = on_arc(FIRST - (k + 0.5) * width, radius)
        hits.append(brick_at((2 * (radius + 15) * math.tan(math.radians(width / 2)), 26, 32), (x, side * OFFSET, z), (0, -math.radians(FIRST - (k + 0.5) * width), 0)))
    return hits


def slide(side, radius, bottom, top, bore):
    """The carriage on the arc, the instrument's slide, and the sleeve that holds the shaft at the remote centre."""
    y = side * OFFSET
    body = block((-58, min(y - side * 34, y + side * 30), radius - 34), (58, max(y - side * 34, y + side * 30), radius + 34), 9)
    slot = block((-90, y - 14.5, radius - 19), (90, y + 14.5, radius + 19), 3)
    shell(body.cut(slot, 2), "shell_white", 1500, 2.2)
    for s in (-1, 1):
        disc(9, 2, "shell_grey", (s * 40, y + side * 29.5, radius), "y" if side > 0 else "-y", 0.8, 24)
    disc(21, 5, "cap_teal", (0, y + side * 29.5, radius), "y" if side > 0 else "-y", 1.5, 36)
    bolts(16, 4, (0, y + side * 34.3, radius), "y" if side > 0 else "-y", 4, 45)
    near, far = side * 36, side * 58
    shell(block((-24, min(near, far), bottom), (24, max(near, far), top), 8), "shell_grey", 700, 2.5)
    for x in (-11, 11):
        between((x - 3.5, side * 34.6 - 2.4, bottom + 14), (x + 3.5, side * 34.6 + 2.4, top - 14), "steel", 0.8)
    between((-4, side * 35.4 - 1, bottom + 16), (4, side * 35.4 + 1, top - 16), "joint_dark", 0.4)
    shell(block((-22, min(near, side * 64), top - 8), (22, max(near, side * 64), top + 46), 7), "graphite", 600, 2.5)  # its motor
    # down to the sleeve, whose mark is the centre
    arm = capsule((0, side * 47, bottom + 6), (0, side * 40, 118), 17, 13).join(capsule((0, side * 40, 118), (0, side * 14, 92), 13, 9), 12)
    shell(arm, "shell_white", 1000, 2.0)
    turn([(bore + 0.6, 70), (bore + 2.2, 70, 0.5), (bore + 2.2, 78, 1), (13, 84, 1), (13, 102, 2), (11, 104, 0.6), (bore + 0.6, 90, 1)], "shell_dark", segments=40, closed=True)
    turn([(bore + 0.5, -26), (bore + 1.3, -26, 0.3), (bore + 1.3, 74), (bore + 0.5, 74)], "steel", segments=32, closed=True)
    for z in (-3, 3):
        ring(bore + 1.5, bore + 0.9, 1.2, "graphite", (0, 0, z - 0.6), "z", 0.2, 32)


def slide_hits(side, radius, bottom, top):
    y = side * OFFSET
    low = lambda a, b: (min(a, b), max(a, b))
    y0, y1 = low(y - side * 34, y + side * 34)
    s0, s1 = low(side * 34, side * 58)
    return [brick((-58, y0, radius - 34), (58, y1, radius + 34)), brick((-24, s0, bottom), (24, s1, top + 46)),
            round_bar((0, side * 47, bottom + 6), (0, side * 38, 116), 15)]
