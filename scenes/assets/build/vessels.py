"""Jars, bottles and dishes: specimen_jar, beaker, reagent_bottle, wash_bottle, staining_dish, petri_dish, well_plate."""
from PIL import Image, ImageDraw
import numpy as np
from kit import *
from tubes import clear_plastic, ribbed, screw_cap


def glass():
    return principled("glass", roughness=0.01, transmission=1, ior=1.52, volume=("#eaf6f0", 0.05, 0.002))


def water(color="#ffffff", absorb="#e8f3f6", distance=0.1):
    return principled("liquid", color, roughness=0.02, transmission=1, ior=1.33, volume=(absorb, distance, 0.02))


def cap_keys(radius, top, z):
    keypoint("cap_top", (0, 0, top))
    for name, x, y in (("left", -1, 0), ("right", 1, 0), ("front", 0, -1), ("back", 0, 1)):
        keypoint("cap_rim_" + name, (x * radius, y * radius, z))
    grasp("cap_from_above", (0, 0, z), (0, 0, -1), (1, 0, 0))


def body_grasps(height):
    for name, x, y in (("front", 0, -1), ("right", 1, 0), ("back", 0, 1), ("left", -1, 0)):
        grasp("body_from_" + name, (0, 0, height), (-x, -y, 0), (y, x, 0))


def hazard(draw, x, y, r, kind):
    """A red diamond with a black sign, in the manner of the GHS."""
    draw.polygon([(x, y - r), (x + r, y), (x, y + r), (x - r, y)], fill="#d3222a")
    q = r * 0.8
    draw.polygon([(x, y - q), (x + q, y), (x, y + q), (x - q, y)], fill="#ffffff")
    s = r * 0.42
    if kind == "skull":
        draw.ellipse((x - s * .8, y - s, x + s * .8, y + s * .45), fill="#111111")
        draw.rectangle((x - s * .42, y + s * .2, x + s * .42, y + s * .8), fill="#111111")
        for d in (-1, 1):
            draw.ellipse((x + d * s * .38 - s * .2, y - s * .45, x + d * s * .38 + s * .2, y - s * .02), fill="#ffffff")
    elif kind == "body":
        draw.ellipse((x - s * .3, y - s * 1.1, x + s * .3, y - s * .5), fill="#111111")
        draw.polygon([(x - s, y + s), (x - s * .8, y - s * .2), (x, y - s * .45), (x + s * .8, y - s * .2), (x + s, y + s)], fill="#111111")
        draw.polygon([(x, y - s * .1), (x + s * .15, y + s * .25), (x + s * .5, y + s * .3), (x + s * .2, y + s * .5), (x + s * .3, y + s * .85), (x, y + s * .6),
                      (x - s * .3, y + s * .85), (x - s * .2, y + s * .5), (x - s * .5, y + s * .3), (x - s * .15, y + s * .25)], fill="#ffffff")
    elif kind == "flame":
        draw.polygon([(x - s * .7, y + s * .7), (x - s * .6, y - s * .1), (x - s * .2, y + s * .1), (x, y - s * 1.1), (x + s * .5, y - s * .2), (x + s * .7, y + s * .7)], fill="#111111")
        draw.rectangle((x - s * .8, y + s * .8, x + s * .8, y + s * .95), fill="#111111")
    else:
        draw.rectangle((x - s * .16, y - s, x + s * .16, y + s * .35), fill="#111111")
        draw.ellipse((x - s * .2, y + s * .55, x + s * .2, y + s * .95), fill="#111111")


def product_label(title, sub, lines, band, signs, size=(512, 288)):
    picture = Image.new("RGB", size, "#fdfdfb")
    draw = ImageDraw.Draw(picture)
    w, h = size
    draw.rectangle((0, 0, w, h * 0.26), fill=band)
    points = min(h * 0.17, h * 0.17 * (w - 40) / draw.textlength(title, font=font(h * 0.17)))
    draw.text((20, h * 0.13), title, fill="#ffffff", font=font(points), anchor="lm")
    draw.text((20, h * 0.345), sub, fill="#222222", font=font(h * 0.085), anchor="lm")
    for k, line in enumerate(lines):
        draw.text((20, h * (0.47 + 0.075 * k)), line, fill="#444444", font=font(h * 0.052), anchor="lm")
    for k, kind in enumerate(signs):
        r = h * 0.125
        hazard(draw, w - r * 1.25 - 2.1 * r * k, h * 0.45, r, kind)
    rng = np.random.default_rng(len(title))
    x = w * 0.60
    while x < w * 0.95:  # a bar code
        wide = rng.integers(2, 6)
        draw.rectangle((x, h * 0.68, x + wide - 1, h * 0.90), fill="#111111")
        x += wide + rng.integers(2, 6)
    return picture


def specimen_jar(folder):
    """60 mL, diameter 40 x 60 mm, in formalin."""
    root("specimen_jar", "specimen_jar", mass=0.06, friction=0.45)
    lathe("body", [(0, 0.6), (13, 0.6), (14, 0, 0.3), (18.6, 0, 1.5), (18.8, 46), (17.6, 47.5, 0.6), (17.6, 58.5, 0.4), (16.4, 58.5, 0.4),
                   (16.4, 47.2, 0.6), (17.6, 45.6, 0.6), (17.4, 1.6, 1.2), (0, 1.8)], clear_plastic("jar_plastic"), segments=48, steps=2, part="body")
    formalin = water("#f4f1e4", "#d9d2b4", 0.06)
    lathe("liquid", [(0, 1.92), (17.0, 1.92, 1), (17.45, 39.6), (16.8, 39.0, 0.4), (0, 39.0)], formalin, segments=48, steps=2, part="liquid")
    rng = np.random.default_rng(5)
    pixels = np.clip(np.kron(rng.normal(0, 1, (16, 16, 1)), np.ones((4, 4, 1))) * 10 + rng.normal(0, 8, (64, 64, 1)) + np.array([[[176, 132, 112]]]), 0, 255)
    flesh = principled("specimen", texture=Image.fromarray(pixels.astype(np.uint8)), roughness=0.45)
    lump = lathe("specimen", [(0, 0), (4, 0.3), (7.5, 2.5), (8.4, 6), (6.8, 10.5), (4.2, 13), (0, 14)], flesh, segments=20, part="specimen")
    for vertex in lump.data.vertices:  # an irregular piece that lies on the floor of the jar
        x, y, z = vertex.co * 1000
        wave = 1 + 0.14 * math.sin(0.7 * x + 1) + 0.12 * math.sin(0.8 * y + 0.5 * z) + 0.08 * math.sin(1.4 * z + 0.9 * x)
        vertex.co = Vector((x * 1.15 * wave - 1, y * 0.9 * wave, z * (0.85 + 0.15 * wave) + 2.2)) / 1000
    cap = principled("cap_plastic", "#f3f3f1", roughness=0.42)
    screw_cap("cap", 20, 18.0, 13.5, 47.2, cap, 48, 1.6, 1.0)
    picture = product_label("FORMALIN 10 %", "neutral buffered, 60 mL", ["Danger. Contains formaldehyde < 4 %.", "Toxic if swallowed or inhaled.", "Patient  ____________________", "Case  S26-________   Site  ________", "Date / time  ___________________"],
                            "#c4352b", ["skull", "body", "mark"])
    wrap("label", 18.84, 8, 41, principled("label", texture=picture, roughness=0.6), -180, 0, 40, part="label")
    collider(cylinder("jar", 18.8, 47.2, segments=24), "cylinder")
    collider(cylinder("cap", 20, 13.5, loc=(0, 0, 47.2), segments=24), "hull")
    cap_keys(20, 60.7, 54)
    keypoint("label_center", (0, -18.84, 24.5))
    body_grasps(26)


def beaker(folder):
    """250 mL low form: diameter 70 x 95 mm, with spout."""
    root("beaker", "beaker", mass=0.11, friction=0.35)
    r, h, wall = 34.0, 95.0, 1.6
    thing = lathe("body", [(0, 0.4), (r - 6, 0), (r, 0.1, 5), (r, h - 3), (r + 1.6, h - 0.9, 0.6), (r + 0.8, h, 0.5), (r - 0.4, h - 0.2, 0.5), (r - wall, h - 4, 2),
                           (r - wall, 2.0, 4), (0, 2.0)], glass(), segments=64, part="body")
    for vertex in thing.data.vertices:  # the spout points to +X
        x, y, z = vertex.co * 1000
        angle, up = math.atan2(y, x), max(0, (z - (h - 12)) / 12)
        push = 7.5 * math.exp(-(angle / 0.22) ** 2) * up ** 2
        pinch = -1.2 * math.exp(-((abs(angle) - 0.5) / 0.16) ** 2) * up ** 2
        length = math.hypot(x, y)
        if length > 10:
            vertex.co = Vector((x * (1 + (push + pinch) / length), y * (1 + (push + pinch) / length), z + 0.12 * push)) / 1000
    for polygon in thing.data.polygons:
        polygon.use_smooth = True
    picture = Image.new("RGBA", (220, 300), (255, 255, 255, 0))
    draw = ImageDraw.Draw(picture)
    for k in range(1, 6):
        y = 300 - 300 * (k * 13.4 - 4) / 70
        draw.line((20, y, 90 if k % 2 == 0 else 64, y), fill="#ffffff", width=4)
        if k % 2 == 0 or k == 5:
            draw.text((104, y), str(k * 50) if k < 5 else "250 mL", fill="#ffffff", font=font(24), anchor="lm")
    draw.rounded_rectangle((120, 160, 205, 235), 8, outline="#ffffff", width=3)
    wrap("print", r + 0.03, 8, 78, principled("glass_print", texture=picture, alpha="MASK", roughness=0.6, cull=False), -135, -45, 20, part="print")
    floor, count = 2.0, 16
    collider(cylinder("floor", r, floor, segments=32), "cylinder")
    for k in range(count):  # staves: items can lie inside
        a = 360 * (k + 0.5) / count
        mid = r - wall / 2 - 0.3
        collider_box("stave", (wall + 0.6, 2 * r * math.tan(math.pi / count), h - floor), (mid * math.cos(math.radians(a)), mid * math.sin(math.radians(a)), floor), (0, 0, a))
    keypoint("spout", (r + 7.9, 0, h + 0.6))
    for name, x, y in (("left", 0, 1), ("back", -1, 0), ("right", 0, -1)):
        keypoint("rim_" + name, (x * r, y * r, h))
    keypoint("base_center", (0, 0, 0.3))
    body_grasps(45)
    grasp("rim", (-r + wall / 2, 0, h), (0, 0, -1), (1, 0, 0))
    region("beaker_inside", (42, 42, 60), (0, 0, floor + 0.2))


def reagent_bottle(folder):
    """500 mL, GL45: diameter 86 x 181 mm."""
    root("reagent_bottle", "reagent_bottle", mass=0.78, friction=0.4)
    r, wall, shoulder = 43.0, 2.4, 104.0
    outer = [(0, 2.2), (24, 1.6), (34, 0, 3), (r, 0, 7), (r, shoulder, 26), (19, 145, 14), (19, 151), (21.5, 152, 0.5), (21.5, 154.5, 0.5), (19.2, 155.5), (19.2, 174, 0.8)]
    inner = [(16.0, 174, 0.8), (16.0, 144.5, 13), (r - wall, shoulder - 1.6, 25), (r - wall, 3.4, 6), (30, 3.6), (0, 4.8)]
    lathe("body", outer + inner, glass(), segments=48, steps=4, part="body")
    lathe("liquid", [(0, 4.95), (30, 3.75), (r - wall - 0.15, 3.55, 6), (r - wall - 0.15, 92.6), (r - wall - 0.9, 91.8, 0.5), (0, 91.8)], water("#fdf6f8", "#efb3c6", 0.12), segments=48, steps=3, part="liquid")
    blue = principled("cap_plastic", "#2a5fae", roughness=0.35)
    lathe("pour_ring", [(19.7, 156), (24.5, 156.4, 0.5), (23.6, 159.4, 0.5), (19.7, 159)], blue, closed=True, segments=40, steps=2, part="cap")
    screw_cap("cap", 26.5, 19.9, 21, 160, blue, 40, 2.2, 1.4)
    picture = product_label("EOSIN Y 0.5 %", "aqueous, for histology, 500 mL", ["Lot 26-0417    Exp. 2027-10", "Store at 15 - 25 C, protect from light", "Rinse 30 s before dehydration"], "#c2467c", ["mark"])
    wrap("label", r + 0.04, 28, 78, principled("label", texture=picture, roughness=0.6), -150, -30, 30, part="label")
    scale = Image.new("RGBA", (96, 400), (255, 255, 255, 0))
    draw = ImageDraw.Draw(scale)
    for k in range(1, 5):
        y = 400 - k * 88
        draw.line((6, y, 46, y), fill="#ffffff", width=5)
        draw.text((52, y), str(100 * k), fill="#ffffff", font=font(24), anchor="lm")
    wrap("print", r + 0.03, 8, 92, principled("glass_print", texture=scale, alpha="MASK", roughness=0.6, cull=False), 35, 62, 8, part="print")
    collider(cylinder("body", r, 122, segments=32), "cylinder")
    collider(lathe("neck", [(0, 122), (r * 0.86, 122), (22, 148), (26.5, 160), (26.5, 181), (0, 181)], segments=20), "hull")
    cap_keys(26.5, 180.7, 171)
    keypoint("label_center", (0, -r, 53))
    body_grasps(62)


def wash_bottle(folder):
    """500 mL LDPE, diameter 75 x 180 mm to the cap; bent nozzle to +X."""
    root("wash_bottle", "wash_bottle", mass=0.42, friction=0.5)
    r, wall = 37.0, 1.3
    soft = principled("soft_plastic", "#fafbfa", roughness=0.45, transmission=0.5, ior=1.51)
    outer = [(0, 1.8), (26, 1.2), (31, 0, 2), (r, 0, 5), (r, 128, 18), (17, 150, 8), (17, 162, 0.5)]
    inner = [(17 - wall, 162, 0.5), (17 - wall, 149.4, 8), (r - wall, 127.4, 17), (r - wall, 1.6, 4), (26, 2.6), (0, 3.0)]
    lathe("body", outer + inner, soft, segments=44, steps=4, part="body")
    lathe("liquid", [(0, 3.15), (26, 2.75), (r - wall - 0.15, 1.9, 4), (r - wall - 0.15, 95), (0, 95)], water("#ffffff", "#dfeff5", 0.1), segments=40, steps=2, part="liquid")
    red = principled("cap_plastic", "#c7362f", roughness=0.4)
    screw_cap("cap", 20.5, 17.2, 20, 151, red, 36, 1.8, 1.2)
    lathe("cone", [(0, 170.5), (13, 170.5, 1), (7.5, 180, 2), (5.2, 184, 0.6), (0, 184)], red, segments=32, part="cap")
    path = [(0, 0, 176), (0, 0, 196), (3, 0, 208), (12, 0, 214), (24, 0, 211), (48, 0, 198), (66, 0, 188)]
    tube = principled("nozzle", "#f4f4ee", roughness=0.4, transmission=0.35, ior=1.51)
    sweep("nozzle", path, 2.6, tube, smooth_path=5, segments=3, part="nozzle")
    sweep("tip", [(65, 0, 188.6), (78, 0, 181)], 1.6, tube, segments=3, part="nozzle")
    picture = product_label("ETHANOL 70 %", "denatured, wash bottle", ["Highly flammable liquid and vapour.", "Keep away from heat and flames.", "Refilled  ____ / ____"], "#1f6d4f", ["flame", "mark"])
    wrap("label", r + 0.04, 40, 88, principled("label", texture=picture, roughness=0.6), -150, -30, 30, part="label")
    collider(cylinder("body", r, 128, segments=32), "cylinder")
    collider(lathe("neck", [(0, 128), (r, 128), (20.5, 151), (20.5, 171), (0, 184)], segments=20), "hull")
    collider(sweep("nozzle", [(0, 0, 184), (0, 0, 214)], 2.6, segments=1), "hull")
    collider(sweep("nozzle_arm", [(4, 0, 213), (78, 0, 181)], 2.6, segments=1), "hull")
    keypoint("nozzle_tip", (78, 0, 181))
    cap_keys(20.5, 171, 161)
    keypoint("label_center", (0, -r, 64))
    body_grasps(70)


def staining_dish(folder):
    """Glass staining jar 95 x 80 x 62 mm with a loose lid, three quarters full of haematoxylin."""
    root("staining_dish", "staining_dish", mass=0.52, friction=0.4)
    w, d, h, wall, base = 95.0, 80.0, 60.0, 3.5, 5.0
    clear = glass()
    def ring(width, depth, radius, z, steps=4):
        return [(x, y, z) for x, y in fillet(rect(width, depth, radius), True, steps)]
    def loft(name, rings, mat, part):
        """A closed skin through rings of equal numbers of points, first and last ring filled."""
        n = len(rings[0])
        verts = [v for r in rings for v in r]
        faces = [tuple(range(n)), tuple((len(rings) - 1) * n + k for k in range(n))]
        faces += [(i * n + k, i * n + (k + 1) % n, (i + 1) * n + (k + 1) % n, (i + 1) * n + k) for i in range(len(rings) - 1) for k in range(n)]
        return mesh(name, verts, faces, mat, part=part)
    iw, idp = w - 2 * wall, d - 2 * wall
    loft("body", [ring(w - 3, d - 3, 6.5, 0), ring(w - 0.8, d - 0.8, 7.6, 0.5), ring(w, d, 8, 2), ring(w, d, 8, h - 5), ring(w + 2.4, d + 2.4, 9, h - 4), ring(w + 3, d + 3, 9.4, h - 3), ring(w + 3, d + 3, 9.4, h - 0.8), ring(w + 2, d + 2, 9, h),
                  ring(iw + 1.2, idp + 1.2, 5, h), ring(iw, idp, 4.5, h - 0.9), ring(iw, idp, 4.5, base + 2), ring(iw - 1, idp - 1, 4, base + 0.6), ring(iw - 4, idp - 4, 2.6, base)], clear, "body")
    g = 0.12
    liquid = principled("liquid", "#b79fe0", roughness=0.02, transmission=1, ior=1.34, volume=("#b9a4dc", 0.02, 0.03))
    loft("liquid", [ring(iw - 4 - 2 * g, idp - 4 - 2 * g, 2.5, base + g), ring(iw - 1 - 2 * g, idp - 1 - 2 * g, 3.9, base + 0.6 + g), ring(iw - 2 * g, idp - 2 * g, 4.4, base + 2), ring(iw - 2 * g, idp - 2 * g, 4.4, 44.6),
                    ring(iw - 1.6, idp - 1.6, 3.6, 44)], liquid, "liquid")
    z = h + 0.1
    loft("lid", [ring(iw - 2, idp - 2, 3.5, z - 3.5), ring(iw - 1.2, idp - 1.2, 3.9, z - 3), ring(iw - 1.2, idp - 1.2, 3.9, z), ring(w + 2, d + 2, 9, z), ring(w + 3, d + 3, 9.4, z + 0.7), ring(w + 3, d + 3, 9.4, z + 2.4), ring(w + 1.6, d + 1.6, 8.7, z + 3.2)], clear, "lid")
    lathe("knob", [(0, z + 3.22), (8, z + 3.22), (6.2, z + 5.2, 1.5), (6.2, z + 8, 1.5), (11, z + 12, 2), (10, z + 15.5, 2), (0, z + 16.2)], clear, segments=36, part="lid")
    plates = Image.new("RGB", (320, 4 * 96))  # 4 labels, one below the other
    for k, (name, use, color) in enumerate((("HAEMATOXYLIN", "Mayer, 4 min", "#5a3a96"), ("EOSIN Y", "0.5 %, 45 s", "#c2467c"),
                                            ("BLUEING BUFFER", "pH 8.0, 60 s", "#2a5fae"), ("ETHANOL 96 %", "dehydration", "#1f6d4f"))):
        plates.paste(text_image([name, use], (320, 96), "#ffffff", color, [1.4, 1], "center"), (0, 96 * k))
    panel("label", 48, 14.4, principled("label", texture=plates, roughness=0.6), (0, -d / 2 - 0.04, 24), (90, 0, 0), (0, 0, 1, 0.25), part="label")
    collider_box("body", (w, d, h))
    collider_box("lid", (w + 3, d + 3, 6), (0, 0, h - 2.6))
    collider(cylinder("knob", 11, 16.2 - 3.4, loc=(0, 0, z + 3.4), segments=20), "cylinder")
    keypoint("knob_top", (0, 0, z + 16.2))
    keypoint("label_center", (0, -d / 2 - 0.04, 24))
    for name, x, y in (("front_left", -1, -1), ("front_right", 1, -1), ("back_right", 1, 1), ("back_left", -1, 1)):
        keypoint("lid_corner_" + name, (x * (w / 2 - 2), y * (d / 2 - 2), z + 3))
    grasp("knob_from_above", (0, 0, z + 12), (0, 0, -1), (1, 0, 0))
    grasp("body_from_front", (0, 0, 30), (0, 1, 0), (1, 0, 0))


def petri_dish(folder):
    """90 x 16 mm, polystyrene, with agar and lid."""
    root("petri_dish", "petri_dish", mass=0.032, friction=0.4)
    clear = principled("clear_plastic", roughness=0.03, transmission=1, ior=1.59, volume=("#f2f6f6", 0.05, 0.001))
    lathe("dish", [(0, 0.6), (41.5, 0.6), (42, 0, 0.2), (43.5, 0, 0.3), (43.8, 14, 0.3), (42.8, 14, 0.3), (42.5, 1.6, 0.6), (0, 1.6)], clear, segments=56, steps=2, part="dish")
    lathe("agar", [(0, 1.7), (42.1, 1.7, 0.3), (42.3, 6.2), (41.6, 5.7, 0.3), (0, 5.7)], principled("agar", "#e7c48a", roughness=0.12, transmission=0.7, ior=1.34), segments=56, steps=2, part="agar")
    lathe("lid", [(0, 15.95), (43, 15.95, 0.2), (43.4, 16.3, 0.2), (44.2, 16.3, 0.2), (45, 15.6, 0.4), (45.2, 5.5, 0.3), (44.3, 5.5, 0.3), (44.1, 14.9, 0.4), (0, 14.9)], clear, segments=56, steps=2, part="lid")
    collider(cylinder("dish", 45, 16.2, segments=32), "cylinder")
    keypoint("lid_center", (0, 0, 15.95))
    for name, x, y in (("left", -1, 0), ("right", 1, 0), ("front", 0, -1), ("back", 0, 1)):
        keypoint("rim_" + name, (x * 45, y * 45, 12))
        grasp("sides_from_" + name, (0, 0, 9), (-x, -y, 0), (y, x, 0))
    grasp("sides_from_above", (0, 0, 9), (0, 0, -1), (1, 0, 0))


def well_plate(folder):
    """96 wells, SLAS footprint; A1 at the back left, its notched corner too."""
    root("well_plate", "well_plate", mass=0.042, friction=0.4)
    plastic = principled("plate_plastic", "#f4f6f7", roughness=0.12, transmission=0.8, ior=1.59)
    w, d, h, depth, r = 127.76, 85.48, 14.22, 10.67, 3.43
    centers = [(14.38 + 9 * i - w / 2, 74.24 - 9 * j - d / 2) for j in range(8) for i in range(12)]
    skirt_out = rect(w, d, 3.5)[:3] + [(-w / 2 + 5, d / 2, 1), (-w / 2, d / 2 - 5, 1)]
    tw, td = w - 3.5, d - 3.5
    top_out = rect(tw, td, 3)[:3] + [(-tw / 2 + 5, td / 2, 1), (-tw / 2, td / 2 - 5, 1)]
    def inset(points, by):
        return [(x - math.copysign(by, x), y - math.copysign(by, y), *f) for x, y, *f in points]
    skirt = prism("skirt", skirt_out, 2.6, plastic, holes=[inset(skirt_out, 1.4)], bevel=0.25, segments=1)
    wall = prism("wall", top_out, h - 3.4, plastic, (0, 0, 2.4), holes=[inset(top_out, 1.2)], segments=1)
    deck = prism("deck", top_out, 1.2, plastic, (0, 0, h - 1.2), holes=[circle(r, c, 10) for c in centers])
    # each well: a closed cup below the deck
    verts, faces, n = [], [], 10
    rings = [(r, h - 1.23), (r, h - depth), (r + 0.6, h - depth - 0.9), (r + 0.6, h - 1.23)]  # just below the deck
    for cx, cy in centers:
        start = len(verts)
        for rr, z in rings:
            verts += [(cx + rr * math.cos(2 * math.pi * k / n), cy + rr * math.sin(2 * math.pi * k / n), z) for k in range(n)]
        a, b, c, e = (start + n * i for i in range(4))  # inner top, inner floor, outer floor, outer top
        faces.append([b + k for k in range(n)])
        faces.append([c + k for k in reversed(range(n))])
        for low, high in ((b, a), (e, c), (a, e)):
            faces += [(low + k, low + (k + 1) % n, high + (k + 1) % n, high + k) for k in range(n)]
    wells = mesh("wells", verts, faces, plastic)
    join("plate", [skirt, wall, deck, wells], "plate")
    dye = principled("well_liquid", "#e7a93c", roughness=0.05)
    liquids = [cylinder("liquid", r - 0.05, 3.5, dye, (*c, h - depth + 0.05), segments=10) for k, c in enumerate(centers) if (k // 12) < 4]
    join("liquid", liquids, "liquid")["bs_liquid"] = 1
    scale = 8
    picture = Image.new("RGBA", (int(tw * scale), int(td * scale)), (255, 255, 255, 0))
    draw = ImageDraw.Draw(picture)
    for i in range(12):
        draw.text(((centers[i][0] + tw / 2) * scale, 3.0 * scale), str(i + 1), fill="#2a2f35", font=font(22), anchor="mm")
    for j in range(8):
        draw.text((3.6 * scale, (td / 2 - centers[12 * j][1]) * scale), "ABCDEFGH"[j], fill="#2a2f35", font=font(24), anchor="mm")
    panel("print", tw, td, principled("plate_print", texture=picture, alpha="MASK"), (0, 0, h + 0.02), part="print")
    collider_box("skirt", (w, d, 2.6)), collider_box("plate", (tw, td, h))  # fingers grasp above the skirt
    for name, c in (("well_A1", 0), ("well_A12", 11), ("well_H1", 84), ("well_H12", 95)):
        keypoint(name, (*centers[c], h))
    grasp("short_sides_from_above", (0, 0, h / 2), (0, 0, -1), (1, 0, 0))
    grasp("long_sides_from_above", (0, 0, h / 2), (0, 0, -1), (0, 1, 0))
    grasp("across_short_from_above", (0, 0, 22), (0, 0, -1), (0, 1, 0))  # pads that reach 19 mm further end above the skirt
    grasp("across_long_from_above", (0, 0, 22), (0, 0, -1), (1, 0, 0))


def assay_plate(folder):
    """96 wells in an opaque plate, a third of well_plate's triangles; A1 at the back left."""
    root("assay_plate", "well_plate", mass=0.042, friction=0.4)
    plastic = principled("plate_plastic", "#f1f3f4", roughness=0.35)
    w, d, h, depth, r = 127.76, 85.48, 14.22, 10.67, 3.43
    tw, td = w - 3.5, d - 3.5
    centers = [(14.38 + 9 * i - w / 2, 74.24 - 9 * j - d / 2) for j in range(8) for i in range(12)]
    def notched(width, depth_mm):
        return rect(width, depth_mm, 3)[:3] + [(-width / 2 + 5, depth_mm / 2), (-width / 2, depth_mm / 2 - 5)]
    skirt = prism("skirt", notched(w, d), 2.6, plastic, steps=1)
    block = prism("block", notched(tw, td), depth, plastic, (0, 0, h - depth), holes=[circle(r, c, 8) for c in centers], steps=1)
    floor = prism("floor", notched(tw - 0.1, td - 0.1), h - depth - 2.5, plastic, (0, 0, 2.5), steps=1)
    join("plate", [skirt, block, floor], "plate")
    n, verts, faces = 8, [], []
    for cx, cy in centers[:48]:  # rows A to D are filled
        faces.append([len(verts) + k for k in range(n)])
        verts += [(cx + (r + 0.02) * math.cos(math.tau * k / n), cy + (r + 0.02) * math.sin(math.tau * k / n), h - depth + 4.2) for k in range(n)]
    mesh("liquid", verts, faces, principled("well_liquid", "#e7a93c", roughness=0.05), part="liquid", fix_normals=False)["bs_liquid"] = 1
    scale = 6
    picture = Image.new("RGBA", (int(tw * scale), int(td * scale)), (255, 255, 255, 0))
    draw = ImageDraw.Draw(picture)
    for i in range(12):
        draw.text(((centers[i][0] + tw / 2) * scale, 3.0 * scale), str(i + 1), fill="#2a2f35", font=font(18), anchor="mm")
    for j in range(8):
        draw.text((3.6 * scale, (td / 2 - centers[12 * j][1]) * scale), "ABCDEFGH"[j], fill="#2a2f35", font=font(20), anchor="mm")
    panel("print", tw, td, principled("plate_print", texture=picture, alpha="MASK", roughness=0.5), (0, 0, h + 0.02), part="print")
    collider_box("skirt", (w, d, 2.6)), collider_box("plate", (tw, td, h))
    for c in centers:
        region("plate_well", (2 * r, 2 * r, depth), (*c, h - depth))
    for name, c in (("well_A1", 0), ("well_A12", 11), ("well_H1", 84), ("well_H12", 95)):
        keypoint(name, (*centers[c], h))
    grasp("across_short_from_above", (0, 0, 22), (0, 0, -1), (0, 1, 0))
    grasp("across_long_from_above", (0, 0, 22), (0, 0, -1), (1, 0, 0))
    return {"white": {"plate_plastic": "#f1f3f4"}, "black": {"plate_plastic": "#26292c"}, "grey": {"plate_plastic": "#9fa6ab"}}


ASSETS = [specimen_jar, beaker, reagent_bottle, wash_bottle, staining_dish, petri_dish, well_plate, assay_plate]
