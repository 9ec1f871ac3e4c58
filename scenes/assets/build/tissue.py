"""Macroscopic H&E sections: one atlas of 4 x 4 cells, 24 x 20 mm each, alpha outside the tissue.

Colours follow Beer-Lambert: RGB = exp(-(cH * H + cE * E)), with cH (haematoxylin: nuclei) and cE (eosin: the rest)
painted per kind of tissue. Works at twice the resolution, then halves.
"""
import numpy as np
from PIL import Image

CELL_MM, CELL_PX, FINE = (24.0, 20.0), (384, 320), 2
# the second vector (0.072, 0.990, 0.105) is turned by 5 degrees towards salmon
H, E = np.array([0.650, 0.704, 0.286]), np.array([0.085, 0.978, 0.190])
W, HT = CELL_PX[0] * FINE, CELL_PX[1] * FINE
PX = W / CELL_MM[0]  # pixels a millimetre
Y, X = np.mgrid[0:HT, 0:W]
X, Y = (X + 0.5) / PX - CELL_MM[0] / 2, CELL_MM[1] / 2 - (Y + 0.5) / PX
FX, FY = np.meshgrid(np.fft.fftfreq(W, 1 / PX), np.fft.fftfreq(HT, 1 / PX))


def noise(rng, mm, slope=1.5, stretch=1.0, angle=0.0):
    """Noise of mean 0 and deviation 1 whose largest blobs are about `mm` wide; stretch > 1 gives fibres."""
    u = (FX * np.cos(angle) + FY * np.sin(angle)) * stretch
    v = -FX * np.sin(angle) + FY * np.cos(angle)
    f = np.sqrt(u * u + v * v) * mm
    field = np.fft.ifft2(np.fft.fft2(rng.standard_normal((HT, W))) / (1 + f ** 2) ** slope).real
    return (field - field.mean()) / field.std()


def blur(field, mm):
    return np.fft.ifft2(np.fft.fft2(field) * np.exp(-2 * (np.pi * mm) ** 2 * (FX ** 2 + FY ** 2))).real


def step(field, low, high):
    t = np.clip((field - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def cells(rng, mm, jitter=0.45, warp=0.0):
    """Voronoi cells about `mm` wide: distance (mm) to the nearest seed, gap to the second, a random number a cell."""
    x, y = X, Y
    if warp:
        x, y = X + warp * noise(rng, 2 * mm), Y + warp * noise(rng, 2 * mm)
    i, j = np.floor(x / mm).astype(int), np.floor(y / mm).astype(int)
    n = 128
    seeds = rng.uniform(0.5 - jitter, 0.5 + jitter, (n, n, 2))
    value = rng.random((n, n))
    first, second, own = np.full(X.shape, 9e9), np.full(X.shape, 9e9), np.zeros(X.shape)
    for di in (-1, 0, 1):
        for dj in (-1, 0, 1):
            a, b = i + di, j + dj
            seed = seeds[a % n, b % n]
            d = np.hypot((a + seed[..., 0]) * mm - x, (b + seed[..., 1]) * mm - y)
            closer = d < first
            second = np.where(closer, first, np.minimum(second, d))
            own = np.where(closer, value[a % n, b % n], own)
            first = np.where(closer, d, first)
    return first, second - first, own


def blob(rng, center, size, rough=0.12, angle=0.0):
    """About the distance (mm, positive inside) to the rim of an irregular round piece."""
    x, y = X - center[0], Y - center[1]
    x, y = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
    theta = np.arctan2(y / size[1], x / size[0])
    radius = 1 + sum(rough / k * rng.standard_normal() * np.cos(k * theta + rng.uniform(0, 6.3)) for k in range(2, 8))
    return (radius - np.hypot(x / size[0], y / size[1])) * min(size)


def strip(rng, center, length, width, angle, bend=1.0):
    """A needle biopsy: a thin bent strip."""
    x, y = X - center[0], Y - center[1]
    x, y = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
    y = y - bend * np.sin(x / length * rng.uniform(2, 5) + rng.uniform(0, 6.3)) * 0.4
    wide = width / 2 * (1 + 0.25 * noise(rng, 3))
    return np.minimum(wide - np.abs(y), length / 2 - np.abs(x))


# ------------------------------------------------ kinds of tissue: (cH, cE, opening) from the distance to the rim

def stroma(rng, d, fibre=4, angle=0.3):
    f = noise(rng, 1.2, 1.2, fibre, angle + 0.0)
    return 0.10 + 0.05 * step(noise(rng, 0.12, 0.8), 0.5, 2), 0.42 + 0.10 * f + 0.06 * noise(rng, 3), step(f, 1.9, 2.6) * 0.6


def fat(rng, d):
    near, gap, _ = cells(rng, 0.34)
    wall = 1 - step(gap, 0.01, 0.09)
    return 0.05 * wall, 0.28 * wall + 0.02, 1 - np.clip(wall + 0.06, 0, 1)


def glands(rng, d, size=0.45, dark=0.75, lumen=0.3):
    near, gap, own = cells(rng, size, 0.3, 0.06)
    ring = step(near, size * 0.12, size * 0.24) * step(gap, 0.02, 0.10)
    hole = (1 - step(near, size * 0.08, size * 0.2)) * (own < lumen)
    return 0.18 + dark * ring + 0.08 * noise(rng, 1.5), 0.32 + 0.1 * ring + 0.05 * noise(rng, 0.6), hole


def lymph(rng, d):
    near, _, own = cells(rng, 1.7, 0.35, 0.12)
    radius = 0.35 + 0.35 * own
    center, mantle = 1 - step(near, radius * 0.7, radius * 0.95), np.exp(-((near - radius) / 0.14) ** 2)
    sinus = step(noise(rng, 0.8, 1.2), 0.9, 1.8)
    dark = 0.85 - 0.38 * center + 0.3 * mantle - 0.35 * sinus
    capsule = 1 - step(d, 0.1, 0.3)
    return dark * (1 - 0.85 * capsule), 0.28 + 0.3 * capsule + 0.05 * noise(rng, 0.5), sinus * 0.25


def layers(rng, d, depth):
    """Gut wall: crypts at the rim, pink muscle line, loose submucosa with vessels, muscle."""
    wavy = depth + 0.12 * noise(rng, 2)
    gh, ge, gap = glands(rng, d, 0.26, 0.65, 0.35)
    mucosa, line = 1 - step(wavy, 1.0, 1.15), np.exp(-((wavy - 1.25) / 0.1) ** 2)
    sub = step(wavy, 1.3, 1.5) * (1 - step(wavy, 2.6, 2.9))
    muscle = step(wavy, 2.7, 2.9)
    near, _, own = cells(rng, 1.3, 0.4)
    vessel = (1 - step(near, 0.1, 0.16)) * (own < 0.5) * sub
    loose = noise(rng, 0.5, 1.0, 3, 0.2)
    fibre = noise(rng, 1.5, 1.2, 6, 0.1)
    ch = mucosa * gh + (1 - mucosa) * (0.07 + 0.06 * muscle + 0.25 * (np.abs(near - 0.16) < 0.05) * sub * (own < 0.5))
    ce = mucosa * ge + 0.5 * line + sub * (0.20 + 0.06 * loose) + muscle * (0.55 + 0.07 * fibre)
    return ch, ce, np.clip(mucosa * gap * 0.8 + vessel + sub * step(loose, 1.0, 2.0) * 0.7, 0, 1)


def skin(rng, d, depth):
    wavy = depth + 0.07 * noise(rng, 0.5)
    keratin = 1 - step(depth, 0.05, 0.12)
    epidermis = (1 - step(wavy, 0.28, 0.36)) * (1 - keratin)
    h, e, gap = stroma(rng, d, 3, 0.1)
    near, _, own = cells(rng, 1.5, 0.4, 0.1)
    adnexa = (1 - step(near, 0.22, 0.3)) * (own < 0.55) * step(wavy, 0.5, 0.9)
    fh, fe, hole = fat(rng, d)
    deep = step(wavy + 0.5 * noise(rng, 2), 3.6, 4.2)
    ch = 1.0 * epidermis + (1 - epidermis) * ((h + 0.7 * adnexa) * (1 - deep) + fh * deep)
    ce = 0.6 * keratin + 0.3 * epidermis + (1 - keratin) * (1 - epidermis) * ((e + 0.06) * (1 - deep) + fe * deep)
    return ch, ce, hole * deep * (1 - epidermis) + (1 - deep) * gap * 0.4


def liver(rng, d):
    near, gap, own = cells(rng, 1.1, 0.35, 0.1)
    vein = (1 - step(near, 0.07, 0.11)) * (own < 0.7)
    portal = (1 - step(gap, 0.05, 0.22)) * step(noise(rng, 0.7), 0.4, 1.2)
    return 0.26 + 0.45 * portal + 0.06 * noise(rng, 0.3, 0.9), 0.50 - 0.12 * portal + 0.05 * noise(rng, 1), vein


def tumour(rng, d):
    nest = step(noise(rng, 1.6, 1.6) + 0.4 * noise(rng, 0.4), 0.0, 0.5)
    h, e, gap = stroma(rng, d)
    necrosis = step(noise(rng, 2.5), 1.3, 1.8)
    return h + nest * (0.75 + 0.1 * noise(rng, 0.25)) * (1 - 0.8 * necrosis), e + 0.12 * necrosis, gap * (1 - nest)


def thyroid(rng, d):
    near, gap, own = cells(rng, 0.7, 0.4, 0.05)
    wall = 1 - step(gap, 0.04, 0.16)
    return 0.06 + 0.5 * wall, 0.30 + 0.3 * own + 0.03 * noise(rng, 0.4), (1 - step(gap, 0.10, 0.2)) * step(gap, 0.05, 0.1) * 0.4


def kidney(rng, d):
    near, gap, own = cells(rng, 0.24, 0.4)
    tubule = step(near, 0.03, 0.09)
    gn, _, go = cells(rng, 0.9, 0.4)
    cortex = 1 - step(d, 3.0, 3.6)
    glom = (1 - step(gn, 0.12, 0.15)) * (go < 0.75) * cortex
    rim = np.exp(-((gn - 0.17) / 0.025) ** 2) * (go < 0.75) * cortex
    ray = noise(rng, 0.8, 1.2, 5, 1.4)
    return 0.2 + 0.12 * tubule + 0.5 * glom + 0.05 * ray, 0.42 + 0.12 * cortex + 0.05 * ray, (1 - tubule) * 0.6 * (own < 0.6) + rim


def brain(rng, d):
    white = step(d + 0.3 * noise(rng, 3), 2.2, 2.9)
    near, _, own = cells(rng, 1.4, 0.45)
    vessel = (1 - step(near, 0.05, 0.08)) * (own < 0.5)
    return 0.16 + 0.12 * white + 0.05 * noise(rng, 0.15, 0.7), 0.22 + 0.16 * white + 0.03 * noise(rng, 1), vessel


def placenta(rng, d):
    near, gap, own = cells(rng, 0.42, 0.45, 0.08)
    villus = 1 - step(near, 0.13 + 0.06 * own, 0.17 + 0.06 * own)
    rim = villus * step(near, 0.08 + 0.06 * own, 0.14 + 0.06 * own)
    blood = step(noise(rng, 2), 0.2, 1.2) * (1 - villus)
    return 0.15 * villus + 0.6 * rim, 0.28 * villus + 0.75 * blood, 1 - np.clip(villus + blood, 0, 1)


def breast(rng, d):
    h, e, gap = stroma(rng, d, 3, 0.8)
    fh, fe, hole = fat(rng, d)
    fatty = step(noise(rng, 4, 1.6), -0.3, 0.1)
    near, _, own = cells(rng, 1.2, 0.4, 0.1)
    near2, _, _ = cells(rng, 0.2, 0.3)
    lobule = (1 - step(near, 0.3, 0.42)) * (own < 0.5) * (1 - fatty)
    return (h + lobule * 0.7 * step(near2, 0.03, 0.07)) * (1 - fatty) + fh * fatty, e * (1 - fatty) + fe * fatty, hole * fatty + gap * 0.4 * (1 - fatty)


# ------------------------------------------------ sections

def union(*pieces):
    return np.maximum.reduce(pieces)


def sections(rng):
    """Yields (distance inside, cH, cE, opening) for the 16 cells."""
    def plain(d, kind, *more):
        return (d, *kind(rng, d, *more))

    d = blob(rng, (0, 0), (9.5, 7.2), 0.14)
    d = np.minimum(d, 5.2 + Y + 0.8 * np.sin(X * 0.6))
    yield plain(d, layers, (6.3 - Y - 0.04 * X ** 2 + 0.5 * np.sin(X * 1.3)) * 0.8)  # colon wall
    yield plain(union(*[strip(rng, (0.4 * k, y), 15 + k, 1.1, 0.05 * k) for k, y in enumerate((-5.5, 0, 5.2))]), glands, 0.4, 0.5, 0.5)
    yield plain(union(*[blob(rng, (-7.5 + 5 * i, -5.4 + 5.4 * j), (1.7, 1.7), 0.06) for i in range(4) for j in range(3)]), tumour)
    yield plain(union(blob(rng, (-4.6, 0.5), (5.2, 6.8), 0.1), blob(rng, (6.4, -1), (3.6, 4.4), 0.12)), lymph)
    d = np.minimum(blob(rng, (0, -0.5), (10.4, 6.6), 0.05), 5.2 - Y + 0.25 * np.sin(X))
    yield plain(d, skin, 5.2 - Y + 0.25 * np.sin(X))
    lumen = -blob(rng, (0, 0), (4.4, 3.0), 0.16)  # a ring of gut whose mucosa is folded into the lumen
    lumen = lumen - 0.5 * np.abs(np.sin(np.arctan2(Y, X * 0.7) * 7 + 1.2 * noise(rng, 5))) + 0.3
    yield plain(np.minimum(blob(rng, (0, 0), (9.4, 7.6), 0.08), lumen), layers, lumen)
    yield plain(blob(rng, (0.3, 0), (9.8, 7.6), 0.10), liver)
    yield plain(blob(rng, (0, 0), (10.2, 7.8), 0.16), breast)
    d = blob(rng, (-0.4, 0.4), (9.2, 7.6), 0.07)
    yield plain(np.minimum(d, 4.8 + Y * 0.9 + X * 0.3), kidney)
    yield plain(union(*[strip(rng, (0, -7 + 2.8 * k), rng.uniform(13, 19), 0.9, rng.uniform(-0.04, 0.04), 0.6) for k in range(6)]), glands, 0.55, 0.45, 0.7)
    d = blob(rng, (0, 0), (9.4, 7.7), 0.12)
    inner = step(blob(rng, (1.8, 0.8), (4.8, 4.4), 0.18), -0.2, 0.3)
    mix = [a * (1 - inner) + b * inner for a, b in zip(stroma(rng, d, 4, 0.6), tumour(rng, d))]
    yield (d, mix[0] + 0.25 * inner, mix[1], mix[2])
    yield plain(union(blob(rng, (-5.2, 0), (4.4, 6.6), 0.1), blob(rng, (5.2, 0.3), (4.4, 6.4), 0.1)), stroma, 7, 0.9)  # muscle, two levels
    yield plain(blob(rng, (0, -0.2), (8.2, 7.4), 0.1), thyroid)
    yield plain(blob(rng, (0, 0), (10, 7.6), 0.18), placenta)
    d = union(*[blob(rng, rng.uniform((-9, -6.5), (9, 6.5)), rng.uniform(0.5, 2.0, 2), 0.2, rng.uniform(0, 3)) for _ in range(24)])
    yield plain(d, glands, 0.38, 0.55, 0.4)  # curettings
    d = blob(rng, (0, 0), (9.6, 7.8), 0.10)
    sulcus = np.abs(X - 1.5 * np.sin(Y * 0.5)) * 0.9 - 0.12 + 0.12 * np.maximum(2 - Y, 0)
    yield plain(np.minimum(d, sulcus), brain)


def cell(rng, d, ch, ce, opening, strength):
    d = d + 0.07 * noise(rng, 1.0) + 0.025 * noise(rng, 0.2)
    inside = step(d, -0.04, 0.04)
    tear = 1 - 0.85 * step(0.035 - np.abs(noise(rng, 9, 1.6) * 0.8 + 0.02 * noise(rng, 0.5)), 0, 0.03) * step(noise(rng, 5), 0.9, 1.2)
    fold = np.abs(noise(rng, 7, 1.8) - 0.35)
    double = 1 + 0.7 * (1 - step(fold, 0.02, 0.05)) * step(noise(rng, 4), 0.7, 1.1)
    nuclei = np.clip(1 + 0.30 * noise(rng, 0.06, 0.5) + 0.18 * noise(rng, 0.5), 0.2, 3)
    ch = np.clip(ch, 0.02, 2) * nuclei * double * strength[0]
    ce = np.clip(ce, 0.02, 2) * double * strength[1] * (1 + 0.08 * noise(rng, 0.1, 0.6))
    amount = inside * (1 - np.clip(opening, 0, 1)) * tear
    absorb = (ch * amount)[..., None] * H + (ce * amount)[..., None] * E
    rgb = np.exp(-1.2 * absorb)
    # over white the picture must give rgb; a section also scatters, so it is more opaque than it absorbs
    alpha = np.clip(np.maximum(1.02 - rgb.min(-1), 0.55) * np.clip(amount * 1.2, 0, 1), 0, 1)
    alpha = np.maximum(alpha, 1 - rgb.min(-1))
    color = np.clip((rgb - (1 - alpha[..., None])) / np.maximum(alpha[..., None], 1e-3), 0, 1)
    return color, alpha


def atlas():
    rng = np.random.default_rng(20261)
    picture = np.zeros((4 * CELL_PX[1], 4 * CELL_PX[0], 4))
    for number, (d, ch, ce, opening) in enumerate(sections(rng)):
        color, alpha = cell(rng, d, ch, ce, opening, rng.uniform((0.85, 0.95), (1.15, 1.25)))
        both = np.concatenate([color * alpha[..., None], alpha[..., None]], -1)
        both = both.reshape(CELL_PX[1], FINE, CELL_PX[0], FINE, 4).mean((1, 3))
        mean = both[..., :3].sum((0, 1)) / both[..., 3].sum()
        both[..., :3] = np.where(both[..., 3:] > 0.02, both[..., :3] / np.maximum(both[..., 3:], 0.02), mean)
        both[..., 3][both[..., 3] < 0.02] = 0
        y, x = number // 4 * CELL_PX[1], number % 4 * CELL_PX[0]
        picture[y:y + CELL_PX[1], x:x + CELL_PX[0]] = both
    srgb = np.clip(picture[..., :3], 0, 1)  # the formula's values are shown as they are: display values
    return Image.fromarray((np.concatenate([srgb, picture[..., 3:]], -1) * 255 + 0.5).astype(np.uint8), "RGBA")


if __name__ == "__main__":
    import sys
    found = atlas()
    found.save(sys.argv[1])
    white = Image.new("RGBA", found.size, "white")
    white.alpha_composite(found)
    white.convert("RGB").save(sys.argv[1].replace(".png", "_white.png"))
