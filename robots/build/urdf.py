"""The kinematic tree of a robot and its URDF. Millimetres here, metres in the file; angles in radians."""
import math, os
import numpy as np
import parts

HALF = math.pi / 2


def rotation(rpy):
    (cr, sr), (cp, sp), (cy, sy) = [(math.cos(a), math.sin(a)) for a in rpy]
    return np.array([[cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
                     [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr], [-sp, cp * sr, cp * cr]])


def rpy_of(matrix):
    """Roll, pitch, yaw; right angles come out exact."""
    m = np.where(np.abs(matrix) < 1e-12, 0.0, matrix)
    if abs(m[2, 0]) > 1 - 1e-9:
        pitch = -math.copysign(HALF, m[2, 0])
        return (0.0, pitch, math.atan2(-m[0, 1], m[1, 1]))
    return (math.atan2(m[2, 1], m[2, 2]), math.asin(-m[2, 0]), math.atan2(m[1, 0], m[0, 0]))


def modified_dh(alpha, a, d, theta):
    """(xyz mm, rpy) of Rot_x(alpha) Trans_x(a) Rot_z(theta) Trans_z(d); a, d in mm."""
    turn = rotation((alpha, 0, 0))
    return tuple(turn @ np.array([a, 0, d])), rpy_of(turn @ rotation((0, 0, theta)))


# ---------------------------------------------------------------- collision shapes

def ball(at, r):
    return ("sphere", f'radius="{r / 1000:.6g}"', at, (0, 0, 0))


def brick(low, high):
    """A box between two corners."""
    size = [b - a for a, b in zip(low, high)]
    return ("box", 'size="' + " ".join(f"{s / 1000:.6g}" for s in size) + '"', [(a + b) / 2 for a, b in zip(low, high)], (0, 0, 0))


def brick_at(size, at, rpy):
    return ("box", 'size="' + " ".join(f"{s / 1000:.6g}" for s in size) + '"', at, rpy)


def round_bar(a, b, r):
    """A cylinder between two points."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    length = float(np.linalg.norm(b - a))
    z = (b - a) / length
    rpy = (0.0, math.acos(max(-1, min(1, z[2]))), math.atan2(z[1], z[0]) if abs(z[0]) + abs(z[1]) > 1e-12 else 0.0)
    if rpy[1] > math.pi - 1e-9:
        rpy = (0.0, 0.0, 0.0)
    return ("cylinder", f'radius="{r / 1000:.6g}" length="{length / 1000:.6g}"', (a + b) / 2, rpy)


def number(value):
    text = repr(round(float(value), 17))
    return "0" if text in ("-0.0", "0.0") else text[:-2] if text.endswith(".0") else text


def numbers(values):
    return " ".join(number(v) for v in values)


def origin(xyz, rpy):
    rolled = "" if all(abs(a) < 1e-15 for a in rpy) else f' rpy="{numbers(rpy)}"'
    return f'<origin xyz="{numbers(round(v / 1000, 9) for v in xyz)}"{rolled}/>'


class Robot:
    def __init__(self, name, note):
        self.name, self.note, self.links, self.joints, self.center = name, note, [], [], None

    def link(self, name, make=None, mass=0.0, hits=(), rotor=0.0):
        """make() models the visual; without it the link is a bare frame. rotor: inertia of its drive (kg m²), about all axes."""
        self.links.append((name, make, mass, list(hits), rotor))

    def modelled_about(self, center):
        """From now on pieces and shapes are given with the axes of the root about this point, all joints at 0."""
        self.center = np.asarray(center, float)

    def zero(self, link):
        """Link from modelling frame (mm)."""
        result = np.eye(4)
        if self.center is None:
            return result
        while True:
            joint = next((j for j in self.joints if j["child"] == link), None)
            if joint is None:
                break
            step = np.eye(4)
            step[:3, :3], step[:3, 3] = rotation(joint["rpy"]), joint["xyz"]
            result, link = step @ result, joint["parent"]
        result = np.linalg.inv(result)
        result[:3, 3] += result[:3, :3] @ self.center
        return result

    def joint(self, name, kind, parent, child, xyz=(0, 0, 0), rpy=(0, 0, 0), axis=(0, 0, 1), limits=None, effort=0, velocity=0,
              damping=0.0, friction=0.0, mimic=None):
        self.joints.append(dict(name=name, kind=kind, parent=parent, child=child, xyz=xyz, rpy=rpy, axis=axis, limits=limits,
                                effort=effort, velocity=velocity, damping=damping, friction=friction, mimic=mimic))

    def write(self, folder):
        meshes = os.path.join(folder, "meshes")
        os.makedirs(meshes, exist_ok=True)
        lines = ['<?xml version="1.0"?>', f"<!-- {self.note} Licence: MIT OR Apache-2.0. Written by robots/build. -->", f'<robot name="{self.name}">']
        total = triangles = size = 0
        for name, make, mass, hits, rotor in self.links:
            if make is None:
                lines.append(f'  <link name="{name}"/>')
                continue
            parts.start()
            make()
            path = os.path.join(meshes, name + ".glb")
            frame = self.zero(name)
            count, corners = parts.write_glb(path, name, frame)
            center, tensor = parts.inertia(corners, mass)
            tensor += rotor * np.eye(3)
            principal = np.linalg.eigvalsh(tensor)
            assert principal[0] > 0 and principal[0] + principal[1] > principal[2], (name, principal)
            total, triangles, size = total + mass, triangles + count, size + os.path.getsize(path)
            low, high = corners.reshape(-1, 3).min(0) * 1000, corners.reshape(-1, 3).max(0) * 1000
            print(f"  {name:26} {count:6} triangles {os.path.getsize(path) // 1024:5} kB  {mass:6.3f} kg  "
                  f"{np.round(low).astype(int).tolist()} {np.round(high).astype(int).tolist()} mm")
            lines += [f'  <link name="{name}">', "    <inertial>", f"      {origin(np.round(center * 1000, 3), (0, 0, 0))}", f'      <mass value="{number(mass)}"/>',
                      "      <inertia " + " ".join(f'i{"xyz"[i]}{"xyz"[j]}="{tensor[i, j]:.6g}"' for i in range(3) for j in range(i, 3)) + "/>", "    </inertial>",
                      "    <visual>", f'      <geometry><mesh filename="meshes/{name}.glb"/></geometry>', "    </visual>"]
            for kind, fields, at, rpy in hits:
                at, rpy = frame[:3, :3] @ np.asarray(at, float) + frame[:3, 3], rpy_of(frame[:3, :3] @ rotation(rpy))
                lines.append(f"    <collision>{origin(at, rpy)}<geometry><{kind} {fields}/></geometry></collision>")
            lines.append("  </link>")
        for j in self.joints:
            lines += [f'  <joint name="{j["name"]}" type="{j["kind"]}">', f'    <parent link="{j["parent"]}"/>', f'    <child link="{j["child"]}"/>', f"    {origin(j['xyz'], j['rpy'])}"]
            if j["kind"] != "fixed":
                low, high = j["limits"]
                lines += [f'    <axis xyz="{numbers(j["axis"])}"/>', f'    <limit lower="{number(low)}" upper="{number(high)}" effort="{number(j["effort"])}" velocity="{number(j["velocity"])}"/>',
                          f'    <dynamics damping="{number(j["damping"])}" friction="{number(j["friction"])}"/>']
                if j["mimic"]:
                    lines.append(f'    <mimic joint="{j["mimic"][0]}" multiplier="{number(j["mimic"][1])}" offset="0"/>')
            lines.append("  </joint>")
        lines.append("</robot>")
        with open(os.path.join(folder, self.name + ".urdf"), "w") as file:
            file.write("\n".join(lines) + "\n")
        print(f"  {self.name}: {total:.3f} kg, {triangles} triangles, {size // 1024} kB")
