//! `[[camera]]` as it stands in the file.

use super::raw::{Number, Vector};
pub use super::raw_sensor::*;
use super::reader::{At, Fields, Node, Read, Reader};
use super::record::{record, tagged, words};

record! {
    /// A camera. Exactly one of vertical_fov_deg and intrinsics, unless the mount is a camera node of
    /// the scene file, whose field of view is the default.
    pub struct RawCamera {
        /// A name of your own; unique.
        name: At<String>,
        /// Where it is and where it looks.
        mount: RawMount,
        /// Field of view from the top of the picture to the bottom, degrees: 1 … 170, of a fisheye up
        /// to 350. Of a Brown–Conrady lens, as if it did not distort.
        vertical_fov_deg: Option<Number>,
        /// Focal lengths and principal point instead.
        intrinsics: Option<RawIntrinsics>,
        /// How rays bend. Default pinhole.
        lens: Option<At<RawLens>>,
        /// Exposure value at ISO 100, −10 … 25: brighter pictures for lower values. Default 9.
        ev100: Option<Number>,
        /// Light of this colour temperature looks neutral, K, 1000 … 40000. Default 6504: as it is.
        white_balance_kelvin: Option<Number>,
        /// Added to the position, in the camera's axes (x right, y down, z forward), metres.
        jitter_m: Option<Vector>,
        /// Added turns about the camera's x, y and z axes (pitch, yaw, roll), degrees.
        jitter_deg: Option<Vector>,
        /// Motion in the camera's axes, metres a second.
        drift_m_per_s: Option<Vector>,
        /// Turning about the camera's axes, degrees a second.
        drift_deg_per_s: Option<Vector>,
        /// How often the pose is drawn. Default "frame".
        redraw: Option<Redraw>,
        /// A pose with anything nearer than this, metres, is drawn anew, 0 … 10; after 64 tries the
        /// one with most room is kept. Default 0: not looked at.
        #[schemars(range(min = 0, max = 10))]
        clearance_m: Option<At<f64>>,
        /// F-number of the lens, 0.5 … 64: with focal_length_mm and focus_m it blurs what is out of
        /// focus. Exposure is ev100's alone. Only path-traced pictures show it.
        f_number: Option<Number>,
        /// Focal length for f_number, mm, 0.1 … 2000.
        focal_length_mm: Option<Number>,
        /// Diameter of the lens' opening instead, mm, above 0, at most 200.
        pupil_mm: Option<Number>,
        /// Distance along the optical axis that is sharp, metres, 0.01 … 10000.
        focus_m: Option<Number>,
        /// For so long each row gathers light, seconds, 0 … 1: things that move are blurred in
        /// path-traced pictures. With readout_secs at most twice flow_secs. Default 0.
        shutter_secs: Option<Number>,
        /// From the first row to the last (rolling shutter), seconds, 0 … 1. Default 0.
        readout_secs: Option<Number>,
        /// What a real sensor makes of the view, written beside the true planes.
        sensor: Option<RawSensor>,
    }
}

words! {
    /// How often a camera's pose is drawn.
    pub enum Redraw {
        /// For each frame.
        "frame" => Frame,
        /// Once an episode; from frame to frame the camera only drifts.
        "episode" => Episode,
    }
}

/// Where a camera is and where it looks: a node, a position, or a shell about a region.
#[derive(Clone, Debug, schemars::JsonSchema)]
#[schemars(untagged)]
pub enum RawMount {
    Node(RawNodeMount),
    Fixed(Box<RawFixedMount>),
    Shell(Box<RawShellMount>),
}

impl Read for RawMount {
    fn expected() -> String {
        "{ node = … }, { position_m = …, look_at_m = … } or { shell = …, radius_m = … }".to_owned()
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let fields = Fields::open::<Self>(node, reader)?;
        if fields.has("node") {
            RawNodeMount::from_fields(fields, reader).map(Self::Node)
        } else if fields.has("shell") {
            let shell = RawShellMount::from_fields(fields, reader)?;
            Some(Self::Shell(Box::new(shell)))
        } else if fields.has("position_m") {
            let fixed = RawFixedMount::from_fields(fields, reader)?;
            Some(Self::Fixed(Box::new(fixed)))
        } else {
            let found = "a table with none of `node`, `position_m` and `shell`";
            reader.problem(&node.place, found, Self::expected(), "");
            None
        }
    }
}

record! {
    /// At a node of the scene file.
    pub struct RawNodeMount {
        /// The name of a camera node, or of any other node; the camera looks along the node's −Z, its
        /// top towards +Y, as cameras do in Blender.
        node: At<String>,
    }
}

record! {
    /// At a position, looking at another, upright.
    pub struct RawFixedMount {
        /// Where the camera is, world, metres.
        position_m: Vector,
        /// What it looks at, world, metres.
        look_at_m: Vector,
        /// Turn about the viewing axis, clockwise as the picture's content turns counter-clockwise, degrees. Default 0.
        roll_deg: Option<Number>,
    }
}

record! {
    /// On a sphere about the middle of a region, looking at it, upright.
    pub struct RawShellMount {
        /// The region; one of its nodes, at random, if there are several.
        shell: At<String>,
        /// Distance from the target, metres, 0.01 … 100.
        radius_m: Number,
        /// Direction of the camera seen from the target: 0 is world +X, 90 is world +Y, degrees.
        azimuth_deg: Number,
        /// Height of that direction above the horizontal, degrees, −90 … 90.
        elevation_deg: Number,
        /// Turn about the viewing axis, degrees. Default 0.
        roll_deg: Option<Number>,
        /// Added to the target, world axes, metres. Default [0, 0, 0].
        target_offset_m: Option<Vector>,
    }
}

record! {
    /// Focal lengths and principal point, in pixels of a picture of size_px.
    pub struct RawIntrinsics {
        /// Horizontal focal length, above 0.
        fx_px: Number,
        /// Vertical focal length, above 0.
        fy_px: Number,
        /// Horizontal position of the principal point; the middle is width / 2.
        cx_px: Number,
        /// Vertical position of the principal point; the middle is height / 2.
        cy_px: Number,
    }
}

tagged! {
    /// How rays bend, in OpenCV's parameters.
    pub enum RawLens by "model" {
        /// Straight.
        "pinhole" => Pinhole(RawPinhole),
        /// Radial and tangential distortion.
        "brown_conrady" => BrownConrady(RawBrownConrady),
        /// Equidistant, with a polynomial of the angle.
        "fisheye" => Fisheye(RawFisheye),
    }
}

record! {
    /// No parameters.
    pub struct RawPinhole {}
}

record! {
    /// Coefficients on the plane z = 1; each 0 by default.
    pub struct RawBrownConrady {
        /// Of r².
        k1: Option<Number>,
        /// Of r⁴.
        k2: Option<Number>,
        /// Tangential.
        p1: Option<Number>,
        /// Tangential.
        p2: Option<Number>,
        /// Of r⁶.
        k3: Option<Number>,
    }
}

record! {
    /// Coefficients of θ_d = θ (1 + k1 θ² + k2 θ⁴ + k3 θ⁶ + k4 θ⁸); each 0 by default.
    pub struct RawFisheye {
        /// Of θ².
        k1: Option<Number>,
        /// Of θ⁴.
        k2: Option<Number>,
        /// Of θ⁶.
        k3: Option<Number>,
        /// Of θ⁸.
        k4: Option<Number>,
    }
}
