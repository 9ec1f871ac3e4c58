//! Typed image planes.

/// One value a pixel, row-major from the top left.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane<T> {
    pub width_px: usize,
    pub height_px: usize,
    /// `height_px * width_px` values.
    pub data: Vec<T>,
}

impl<T: Copy> Plane<T> {
    /// A plane full of `value`.
    pub fn filled(width_px: usize, height_px: usize, value: T) -> Self {
        Self {
            width_px,
            height_px,
            data: vec![value; width_px * height_px],
        }
    }

    /// The value of column `x`, row `y`.
    pub fn at(&self, x: usize, y: usize) -> T {
        self.data[y * self.width_px + x]
    }
}

/// What one view of one frame yields; a plane that was not asked for is `None`.
///
/// All planes but `color` are single-sample, taken at pixel centres, from the same visibility
/// buffer. "First" is the nearest surface of any kind, glass included; "behind" is the nearest
/// opaque one, seen through whatever is transparent before it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planes {
    /// sRGB, 8 bit, anti-aliased.
    pub color: Option<Plane<[u8; 3]>>,
    /// What `color` was made from: linear sRGB after exposure and white balance, before the tone
    /// curve, mean over the pixel; 1 saturates the sensor.
    pub radiance: Option<Plane<[f32; 3]>>,
    /// Distance along the optical axis to the first surface, metres; 0 where there is none.
    pub z_depth_m: Option<Plane<f32>>,
    /// Instance id of the first surface; 0 is background.
    pub instance: Option<Plane<u32>>,
    /// Class id of the first surface; 0 is background.
    pub class: Option<Plane<u16>>,
    /// Part id of the first surface; 0 is unnamed or background.
    pub part: Option<Plane<u16>>,
    /// Shading normal of the first surface in the camera frame, unit; zero where there is none.
    pub normal_in_camera: Option<Plane<[f32; 3]>>,
    /// Point of the first surface in its object's bounding box, 0 … 1 along each object axis
    /// (NOCS); zero where there is none.
    pub object_coords: Option<Plane<[f32; 3]>>,
    /// Displacement in pixels of the first surface's point (of the far background: its
    /// direction) from this frame to `flow_secs` later; NaN where it leaves the lens' domain.
    pub flow_px: Option<Plane<[f32; 2]>>,
    /// Base colour of the first surface, sRGB 8 bit; black where there is none.
    pub albedo: Option<Plane<[u8; 3]>>,
    /// Z-depth of the first opaque surface, metres; 0 where there is none.
    pub behind_z_depth_m: Option<Plane<f32>>,
    /// Instance id of the first opaque surface.
    pub behind_instance: Option<Plane<u32>>,
}

/// Which planes to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaneSet {
    pub color: bool,
    /// Linear colour, for sensor models.
    pub radiance: bool,
    pub z_depth: bool,
    pub instance: bool,
    pub class: bool,
    pub part: bool,
    pub normal: bool,
    pub object_coords: bool,
    pub flow: bool,
    pub albedo: bool,
    /// Both `behind_*` planes.
    pub behind: bool,
    /// Amodal coverage of every instance.
    pub amodal: bool,
}

impl PlaneSet {
    /// Nothing.
    pub const NONE: Self = Self {
        color: false,
        radiance: false,
        z_depth: false,
        instance: false,
        class: false,
        part: false,
        normal: false,
        object_coords: false,
        flow: false,
        albedo: false,
        behind: false,
        amodal: false,
    };

    /// Every plane that data sets hold.
    pub const ALL: Self = Self {
        color: true,
        radiance: false,
        z_depth: true,
        instance: true,
        class: true,
        part: true,
        normal: true,
        object_coords: true,
        flow: true,
        albedo: true,
        behind: true,
        amodal: true,
    };

    /// What a robot learner reads: colour, z-depth, instance.
    pub const LEARNER: Self = Self {
        color: true,
        radiance: false,
        z_depth: true,
        instance: true,
        class: false,
        part: false,
        normal: false,
        object_coords: false,
        flow: false,
        albedo: false,
        behind: false,
        amodal: false,
    };
}
