"""Pictures of the room and its instruments (screens, labels, surfaces), drawn with numpy and Pillow, all seeded."""
import math
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

import kit

INK = "#22303a"


def noise(size, scale, seed, power=2.0):
    """Tileable random field (height, width) in 0..1 whose features are about `scale` pixels."""
    h, w = size
    rng = np.random.default_rng(seed)
    fy, fx = np.fft.fftfreq(h)[:, None], np.fft.rfftfreq(w)[None, :]
    f = np.hypot(fy, fx) * scale
    field = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((h, w))) * np.exp(-(f ** power)), (h, w))
    order = field.argsort(axis=None).argsort().reshape(h, w)  # rank: flat histogram
    return order / (h * w)


def picture(array):
    return Image.fromarray((np.clip(array, 0, 1) * 255 + 0.5).astype(np.uint8))


def tissue(width, height, seed=5, field=1.0):
    """An H&E stained section seen at low power: glands with nuclei around lumina, in fibrous stroma."""
    rng = np.random.default_rng(seed)
    size = (height, width)
    unit = 62 * field
    yy, xx = np.mgrid[0:height, 0:width].astype(float)
    xx = xx + (noise(size, 25, seed + 1) - 0.5) * 0.9 * unit
    yy = yy + (noise(size, 25, seed + 2) - 0.5) * 0.9 * unit
    count = int(width * height / (unit * unit * 1.5))
    centers = rng.uniform((0, 0), (width, height), (count, 2))
    best, second = np.full(size, 1e9), np.full(size, 1e9)
    for cx, cy in centers:
        d = np.hypot(xx - cx, yy - cy)
        second = np.minimum(second, np.maximum(best, d))
        best = np.minimum(best, d)
    wall = (second - best) / unit                       # 0 on the border between glands
    ring = np.exp(-((wall - 0.40) / 0.11) ** 2)
    lumen = 1 / (1 + np.exp(-(wall - 0.66) * 16)) * (noise(size, 60, seed + 3) > 0.12)
    grain, fine = noise(size, 3.2, seed + 4), noise(size, 7, seed + 6)
    nuclei = (grain > 0.42) * ring + (grain > 0.93) * 0.6
    fibres = noise((height, width), 5, seed + 7)
    eosin = 0.42 + 0.35 * fibres + 0.25 * (1 - np.clip(wall, 0, 1)) * fine
    blob = noise(size, 230 * field, seed + 8) * 0.6 + 0.55 * (1 - np.hypot((xx - width / 2) / (0.55 * width), (yy - height / 2) / (0.56 * height)))
    mask = 1 / (1 + np.exp(-(blob - 0.22) * 60))
    eosin, haem = eosin * (1 - lumen) * mask, (1.15 * nuclei + 0.10 + 0.16 * ring) * (1 - lumen) * mask
    density = haem[..., None] * np.array([0.650, 0.704, 0.286]) * 1.5 + eosin[..., None] * np.array([0.10, 0.95, 0.30]) * 0.52
    return picture(np.array([0.965, 0.955, 0.965]) * np.exp(-density))


def slide_viewer(size=(1280, 720)):
    """The whole-slide viewer on the monitor."""
    page = Image.new("RGB", size, "#eef1f3")
    draw = ImageDraw.Draw(page)
    w, h = size
    draw.rectangle((0, 0, w, 44), fill="#24506b")
    draw.text((18, 22), "HistoView", fill="white", font=kit.font(24), anchor="lm")
    for i, word in enumerate(("Case", "View", "Annotate", "Measure", "Report")):
        draw.text((190 + i * 105, 22), word, fill="#cfe0ea", font=kit.font(18), anchor="lm")
    draw.text((w - 18, 22), "Case 26-004817   A2   H&E", fill="white", font=kit.font(18), anchor="rm")
    view = tissue(960, 640, 5)
    page.paste(view, (60, 56))
    draw.rectangle((0, 45, 48, h), fill="#dde3e7")
    for i in range(9):
        draw.rounded_rectangle((9, 62 + i * 44, 39, 92 + i * 44), 5, fill="#24506b" if i == 2 else "#b9c6cf")
    draw.rectangle((1032, 45, w, h), fill="#f7f9fa")
    page.paste(tissue(220, 150, 5, 0.3), (1046, 60))
    draw.rectangle((1110, 96, 1166, 140), outline="#d33a2c", width=3)
    for i in range(5):
        y = 232 + i * 92
        draw.rounded_rectangle((1046, y, 1266, y + 82), 5, fill="#ffffff", outline="#2f7fb0" if i == 1 else "#ccd5da", width=3 if i == 1 else 1)
        page.paste(tissue(92, 66, 20 + i, 0.25), (1054, y + 8))
        draw.text((1156, y + 24), f"A{i + 1}", fill=INK, font=kit.font(20), anchor="lm")
        draw.text((1156, y + 54), ("H&E", "H&E", "Ki-67", "CD3", "PAS")[i], fill="#6a7a84", font=kit.font(17), anchor="lm")
    draw.polygon([(420, 300), (520, 262), (600, 330), (560, 420), (450, 410)], outline="#f0b400", width=4)
    draw.rectangle((80, 664, 240, 670), fill="#101010")
    draw.text((160, 652), "0.5 mm", fill="#101010", font=kit.font(17), anchor="mm")
    draw.rectangle((52, 698, 1031, h), fill="#dde3e7")
    draw.text((64, 709), "x 12 480   y 7 316      8.0x      ", fill="#55646e", font=kit.font(15), anchor="lm")
    return page


def scanner_display(size=(480, 300)):
    page = Image.new("RGB", size, "#0f2530")
    draw = ImageDraw.Draw(page)
    draw.text((18, 26), "SCAN 5", fill="#7fd4e6", font=kit.font(28), anchor="lm")
    draw.text((462, 26), "14:32", fill="#9fb6c0", font=kit.font(22), anchor="rm")
    page.paste(tissue(250, 170, 9, 0.5), (18, 56))
    for i in range(5):
        color = ("#3fbf6f", "#3fbf6f", "#f2b632", "#46606d", "#46606d")[i]
        draw.rounded_rectangle((290, 58 + i * 34, 462, 86 + i * 34), 6, fill="#1b3a49")
        draw.ellipse((300, 65 + i * 34, 314, 79 + i * 34), fill=color)
        draw.text((326, 72 + i * 34), f"Slot {i + 1}", fill="#dfeaf0", font=kit.font(18), anchor="lm")
    draw.rounded_rectangle((18, 246, 300, 278), 8, fill="#1b3a49")
    draw.rounded_rectangle((18, 246, 196, 278), 8, fill="#2fa4c4")
    draw.text((462, 262), "2 of 5", fill="#dfeaf0", font=kit.font(22), anchor="rm")
    return page


def stainer_display(size=(480, 300)):
    page = Image.new("RGB", size, "#f1f5f6")
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 480, 44), fill="#1f7f78")
    draw.text((16, 22), "H&E routine", fill="white", font=kit.font(24), anchor="lm")
    draw.text((464, 22), "00:18:40", fill="white", font=kit.font(24), anchor="rm")
    rng = np.random.default_rng(2)
    fills = ["#e6edf0", "#d9e6ee", "#5a3f86", "#e6edf0", "#e48aa6", "#f1d8b0"]
    for row in range(2):
        for i in range(9):
            x, y = 18 + i * 50, 66 + row * 88
            draw.rounded_rectangle((x, y, x + 42, y + 74), 5, fill=fills[int(rng.integers(6))], outline="#8aa0a8", width=2)
            draw.text((x + 21, y + 64), str(row * 9 + i + 1), fill="#40525a", font=kit.font(14), anchor="mm")
    draw.rounded_rectangle((18, 246, 220, 286), 8, fill="#2a9d55")
    draw.text((119, 266), "RUNNING", fill="white", font=kit.font(22), anchor="mm")
    draw.rounded_rectangle((236, 246, 462, 286), 8, fill="#c5d1d6")
    draw.text((349, 266), "PAUSE", fill=INK, font=kit.font(22), anchor="mm")
    return page


def centrifuge_panel(size=(640, 200)):
    page = Image.new("RGB", size, "#2b3238")
    draw = ImageDraw.Draw(page)
    draw.rounded_rectangle((20, 24, 380, 176), 10, fill="#9fc9b8")
    for x, big, small in ((110, "13.2", "x1000 rpm"), (285, "05:00", "min")):
        draw.text((x, 84), big, fill="#12241d", font=kit.font(62), anchor="mm")
        draw.text((x, 146), small, fill="#12241d", font=kit.font(24), anchor="mm")
    for i, (word, color) in enumerate((("START", "#3c9d5c"), ("STOP", "#c8473b"), ("OPEN", "#6d7a84"), ("SHORT", "#6d7a84"))):
        x, y = 404 + (i % 2) * 114, 24 + (i // 2) * 82
        draw.rounded_rectangle((x, y, x + 100, y + 70), 10, fill=color)
        draw.text((x + 50, y + 35), word, fill="white", font=kit.font(24), anchor="mm")
    return page


def digits(text, size=(200, 90), ink="#ff5b3a", back="#120a08"):
    return kit.text_image([text], size, ink, back, align="center")


def digit_strip(count):
    page = Image.new("RGBA", (32 * count, 32), (32, 40, 44, 0))
    for k in range(count):
        ImageDraw.Draw(page).text((32 * k + 16, 16), str(k + 1), fill="#20282c", font=kit.font(28), anchor="mm")
    return page


KEYS = [[1] * 15, [1] * 13 + [2], [1.5] + [1] * 12 + [1.5], [1.75] + [1] * 11 + [2.25], [2.25] + [1] * 10 + [2.75],
        [1.25, 1.25, 1.25, 6.25, 1.25, 1.25, 1.25, 1.25]]
LEGENDS = ["Esc|F1|F2|F3|F4|F5|F6|F7|F8|F9|F10|F11|F12|Prt|Del", "`|1|2|3|4|5|6|7|8|9|0|-|=|Bksp", "Tab|Q|W|E|R|T|Y|U|I|O|P|[|]|\\",
           "Caps|A|S|D|F|G|H|J|K|L|;|'|Enter", "Shift|Z|X|C|V|B|N|M|,|.|/|Shift", "Ctrl|Fn|Alt||Alt|Fn|Mn|Ctrl"]
PAD = [["Ins", "Hm", "Up"], ["7", "8", "9"], ["4", "5", "6"], ["1", "2", "3"], ["0", ".", "+"], ["<", "v", ">"]]


def key_layout(pitch=19.0):
    """(x, y, width, legend) of each key in mm, from the top left of the field; keypad 3 columns at the right."""
    for row, (widths, legends) in enumerate(zip(KEYS, LEGENDS)):
        x, y = 0.0, row * pitch
        names = legends.split("|")
        scale = 15 * pitch / sum(widths)
        for w, name in zip(widths, names):
            yield x, y, w * scale, name
            x += w * scale
        for column in range(3):
            yield 15.6 * pitch + column * pitch, y, pitch, PAD[row][column]


def keyboard_legends(width_mm, height_mm, scale=2.4):
    page = Image.new("RGB", (int(width_mm * scale), int(height_mm * scale)), "#2c2e31")
    draw = ImageDraw.Draw(page)
    for x, y, w, name in key_layout():
        draw.text(((x + 7) * scale, (y + 7) * scale), name, fill="#d8dadc", font=kit.font(13 if len(name) < 2 else 9), anchor="mm")
    return page


def vinyl(size=512, seed=11):
    """Speckled homogeneous vinyl floor, tileable (1.2 m)."""
    base = np.ones((size, size, 3)) * np.array([0.655, 0.668, 0.668])
    base += (noise((size, size), 26, seed)[..., None] - 0.5) * 0.030
    for i, color in enumerate(([0.56, 0.58, 0.60], [0.80, 0.81, 0.80], [0.52, 0.56, 0.58])):
        chip = np.clip((noise((size, size), 3.4 + i, seed + i + 1) - 0.90) * 14, 0, 1)[..., None] * 0.6
        base = base * (1 - chip) + np.array(color) * chip
    return picture(base)


def laminate(size=512, seed=41):
    """Fine-grained light grey worktop, tileable (0.4 m)."""
    base = np.ones((size, size, 3)) * np.array([0.835, 0.845, 0.842])
    base += (noise((size, size), 2.2, seed)[..., None] - 0.5) * 0.045 + (noise((size, size), 60, seed + 1)[..., None] - 0.5) * 0.012
    for i, color in enumerate(([0.68, 0.70, 0.71], [0.93, 0.93, 0.92])):
        chip = np.clip((noise((size, size), 2.6, seed + 2 + i) - 0.93) * 20, 0, 1)[..., None] * 0.5
        base = base * (1 - chip) + np.array(color) * chip
    return picture(base)


def ceiling_tile(size=256, seed=21):
    """Mineral fibre tile: off-white with pinholes, tileable (0.6 m)."""
    base = np.ones((size, size, 3)) * np.array([0.90, 0.895, 0.88])
    base += (noise((size, size), 5, seed)[..., None] - 0.5) * 0.025
    holes = np.clip((noise((size, size), 2.4, seed + 1) - 0.955) * 40, 0, 1)[..., None]
    return picture(base * (1 - 0.40 * holes))


def outdoors(size=(512, 448), seed=31):
    """A blurred view from an upper floor: pale sky, trees, a facade."""
    w, h = size
    page = Image.new("RGB", size)
    draw = ImageDraw.Draw(page)
    for y in range(h):
        t = y / h
        draw.line((0, y, w, y), fill=(int(178 + 60 * t), int(208 + 34 * t), int(240 - 4 * t)))
    draw.rectangle((300, 150, 520, h), fill="#cbbfae")
    for j in range(5):
        for i in range(5):
            draw.rectangle((318 + i * 40, 172 + j * 52, 342 + i * 40, 204 + j * 52), fill="#8fa2ae")
    rng = np.random.default_rng(seed)
    for _ in range(160):
        x, r = rng.uniform(-20, w), rng.uniform(12, 34)
        y = h - rng.uniform(0, 150) * (0.5 + 0.5 * math.sin(x / 70))
        green = (int(rng.uniform(95, 140)), int(rng.uniform(130, 170)), int(rng.uniform(85, 110)))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=green)
    return page.filter(ImageFilter.GaussianBlur(5))


def protocol_poster(size=(420, 594)):
    page = Image.new("RGB", size, "#fbfbf8")
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 420, 76), fill="#1f6f8b")
    draw.text((22, 38), "H&E staining", fill="white", font=kit.font(38), anchor="lm")
    steps = [("1  Xylene", "2 x 5 min", "#dfe8ec"), ("2  Ethanol 100 %", "2 x 2 min", "#dfe8ec"), ("3  Ethanol 95 %", "2 min", "#dfe8ec"),
             ("4  Water", "1 min", "#cfe3f2"), ("5  Haematoxylin", "6 min", "#6a4c96"), ("6  Bluing", "5 min", "#9db8dd"),
             ("7  Eosin", "45 s", "#ea86a5"), ("8  Ethanol 100 %", "3 x 1 min", "#dfe8ec"), ("9  Xylene", "2 x 3 min", "#dfe8ec"), ("10 Coverslip", "", "#f4ecd2")]
    for i, (name, time, color) in enumerate(steps):
        y = 96 + i * 44
        draw.rounded_rectangle((22, y, 398, y + 36), 6, fill=color)
        ink = "white" if i == 4 else INK
        draw.text((36, y + 18), name, fill=ink, font=kit.font(20), anchor="lm")
        draw.text((386, y + 18), time, fill=ink, font=kit.font(18), anchor="rm")
    draw.text((22, 566), "SOP-HIS-012  rev. 7", fill="#7b8a92", font=kit.font(16), anchor="lm")
    return page


def notice(lines, size, back, ink="white", heights=None):
    return kit.text_image(lines, size, ink, back, heights, align="center")


def biohazard(size=(360, 420)):
    """A label in the manner of a biohazard notice: three open rings about a disc, in a triangle."""
    page = Image.new("RGB", size, "#f7c81a")
    draw = ImageDraw.Draw(page)
    w = size[0]
    draw.polygon([(w / 2, 16), (w - 22, 292), (22, 292)], outline="#141414", width=12)
    cx, cy = w / 2, 205
    for k in range(3):
        a = math.radians(-90 + 120 * k)
        x, y = cx + 36 * math.cos(a), cy + 36 * math.sin(a)
        draw.ellipse((x - 40, y - 40, x + 40, y + 40), outline="#141414", width=13)
        tip = math.radians(-90 + 120 * k)
        px, py = cx + 76 * math.cos(tip), cy + 76 * math.sin(tip)
        draw.ellipse((px - 13, py - 13, px + 13, py + 13), fill="#f7c81a")
    draw.ellipse((cx - 13, cy - 13, cx + 13, cy + 13), fill="#f7c81a")
    draw.ellipse((cx - 24, cy - 24, cx + 24, cy + 24), outline="#141414", width=7)
    draw.text((w / 2, 330), "BIOHAZARD", fill="#141414", font=kit.font(44), anchor="mm")
    draw.text((w / 2, 380), "SHARPS ONLY", fill="#141414", font=kit.font(34), anchor="mm")
    return page


def glove_carton(size_name, color):
    """Atlas: top half the large face with the tear opening's frame, bottom half the long side."""
    page = Image.new("RGB", (480, 400), "#f4f6f7")
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 480, 56), fill=color)
    draw.rectangle((0, 194, 480, 250), fill=color)
    draw.text((18, 28), "nitra-soft", fill="white", font=kit.font(34), anchor="lm")
    draw.text((462, 28), size_name, fill="white", font=kit.font(38), anchor="rm")
    draw.text((18, 170), "nitrile examination gloves", fill=INK, font=kit.font(20), anchor="lm")
    draw.text((462, 170), "200 pcs", fill=INK, font=kit.font(20), anchor="rm")
    draw.text((18, 300), "nitra-soft", fill=color, font=kit.font(52), anchor="lm")
    draw.text((18, 360), "powder-free  non-sterile  EN 455", fill="#5a6871", font=kit.font(22), anchor="lm")
    draw.rounded_rectangle((380, 268, 460, 348), 10, fill=color)
    draw.text((420, 308), size_name, fill="white", font=kit.font(48), anchor="mm")
    return page


def clock_face(size=256):
    page = Image.new("RGB", (size, size), "#f7f7f4")
    draw = ImageDraw.Draw(page)
    c = size / 2
    for k in range(60):
        a, inner = math.radians(6 * k), 0.80 if k % 5 == 0 else 0.86
        draw.line((c + c * 0.92 * math.sin(a), c - c * 0.92 * math.cos(a), c + c * inner * math.sin(a), c - c * inner * math.cos(a)),
                  fill="#16181a", width=6 if k % 5 == 0 else 2)
    for angle, length, width in ((307, 0.50, 11), (192, 0.74, 8)):
        a = math.radians(angle - 30 if length < 0.6 else angle)
        draw.line((c, c, c + c * length * math.sin(a), c - c * length * math.cos(a)), fill="#16181a", width=width)
    draw.ellipse((c - 9, c - 9, c + 9, c + 9), fill="#b5332a")
    return page
