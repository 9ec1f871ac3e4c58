//! Accessors: typed arrays in buffers, checked against their ranges before anything is read.

use std::cell::Cell;

use super::buffers::{Buffers, View};
use super::report::At;

/// An accessor without a buffer view is all zeros, so its size is what it says it is: at most
/// this many elements.
const MAX_ZERO_ELEMENTS: usize = 1 << 16;

/// How one component is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Component {
    I8,
    U8,
    I16,
    U16,
    U32,
    F32,
}

impl Component {
    fn of_code(code: u64) -> Option<Self> {
        Some(match code {
            5120 => Self::I8,
            5121 => Self::U8,
            5122 => Self::I16,
            5123 => Self::U16,
            5125 => Self::U32,
            5126 => Self::F32,
            _ => return None,
        })
    }

    fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::I8 => "signed 8-bit",
            Self::U8 => "unsigned 8-bit",
            Self::I16 => "signed 16-bit",
            Self::U16 => "unsigned 16-bit",
            Self::U32 => "unsigned 32-bit",
            Self::F32 => "float",
        }
    }

    /// The value at the start of `bytes`; normalized integers become −1 … 1 or 0 … 1.
    fn float(self, bytes: &[u8], normalized: bool) -> f32 {
        let (value, most) = match self {
            Self::I8 => (f32::from(bytes[0] as i8), 127.0),
            Self::U8 => (f32::from(bytes[0]), 255.0),
            Self::I16 => (
                f32::from(i16::from_le_bytes([bytes[0], bytes[1]])),
                32_767.0,
            ),
            Self::U16 => (
                f32::from(u16::from_le_bytes([bytes[0], bytes[1]])),
                65_535.0,
            ),
            Self::U32 => (self.whole(bytes) as f32, 4_294_967_295.0),
            Self::F32 => return f32::from_bits(self.whole(bytes)),
        };
        if normalized {
            (value / most).max(-1.0)
        } else {
            value
        }
    }

    /// The unsigned value at the start of `bytes`; the bits, for floats.
    fn whole(self, bytes: &[u8]) -> u32 {
        match self.size() {
            1 => u32::from(bytes[0]),
            2 => u32::from(u16::from_le_bytes([bytes[0], bytes[1]])),
            _ => u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
        }
    }
}

/// A component type with or without `normalized`.
pub(super) type Format = (Component, bool);

/// Elements in a buffer, all within it.
#[derive(Clone, Copy)]
struct Elements {
    buffer: usize,
    start: usize,
    stride: usize,
}

struct Sparse {
    count: usize,
    indices: Elements,
    index_type: Component,
    values: Elements,
}

struct Accessor<'a> {
    at: At<'a>,
    /// All zeros if absent.
    elements: Option<Elements>,
    count: usize,
    component: Component,
    normalized: bool,
    /// `SCALAR`, `VEC3` …
    kind: &'a str,
    width: usize,
    element_size: usize,
    sparse: Option<Sparse>,
}

/// All accessors; `None` where an error has been reported.
pub(super) struct Accessors<'a> {
    buffers: Buffers<'a>,
    list: Vec<Option<Accessor<'a>>>,
    /// Bytes that may still be decoded.
    budget: Cell<u64>,
}

impl<'a> Accessors<'a> {
    /// Checks all of them.
    pub(super) fn check(root: &At<'a>, buffers: Buffers<'a>) -> Self {
        let list = root
            .items_of("accessors")
            .into_iter()
            .map(|at| check_accessor(at, &buffers))
            .collect();
        Self {
            buffers,
            list,
            budget: Cell::new(super::MAX_DECODED_BYTES),
        }
    }

    pub(super) fn buffers(&self) -> &Buffers<'a> {
        &self.buffers
    }

    /// Takes `bytes` from what one file may decode to; an error at `at` when it is used up.
    pub(super) fn charge(&self, bytes: u64, at: &At<'_>) -> Option<()> {
        let left = self.budget.get().checked_sub(bytes);
        if let Some(left) = left {
            self.budget.set(left);
        } else {
            let most = super::MAX_DECODED_BYTES >> 20;
            at.error(
                format!("meshes and textures that decode to more than {most} MiB"),
                "less",
                "split the scene into several files, or use smaller textures",
            );
        }
        left.map(|_| ())
    }

    /// Bytes that may still be decoded.
    pub(super) fn budget(&self) -> u64 {
        self.budget.get()
    }

    /// Gives back what has been charged since the budget was `before`: it has been dropped.
    pub(super) fn refund(&self, before: u64) {
        self.budget.set(before);
    }

    fn get(&self, reference: &At<'_>) -> Option<&Accessor<'a>> {
        let index = reference.index("accessors", self.list.len())?;
        self.list[index].as_ref()
    }

    /// Number of components of the accessor that `reference` names: 3 of `VEC3`.
    pub(super) fn width(&self, reference: &At<'_>) -> Option<usize> {
        Some(self.get(reference)?.width)
    }

    /// Number of elements of the accessor that `reference` names.
    pub(super) fn count(&self, reference: &At<'_>) -> Option<usize> {
        Some(self.get(reference)?.count)
    }

    /// Vectors of `N` finite numbers in one of the `formats`.
    pub(super) fn vectors<const N: usize>(
        &self,
        reference: &At<'_>,
        formats: &[Format],
    ) -> Option<Vec<[f32; N]>> {
        let accessor = self.get(reference)?;
        let format = (accessor.component, accessor.normalized);
        if accessor.width != N || !formats.contains(&format) {
            accessor.mismatch(reference, N, formats);
            return None;
        }
        let element = [0.0; N];
        self.charge((accessor.count * size_of_val(&element)) as u64, reference)?;
        let mut vectors = vec![element; accessor.count];
        let size = accessor.component.size();
        self.each(accessor, |i, bytes| {
            for (c, value) in vectors[i].iter_mut().enumerate() {
                *value = format.0.float(&bytes[c * size..], format.1);
            }
        })?;
        let broken = |v: &[f32; N]| v.iter().any(|c| !c.is_finite());
        if let Some(i) = vectors.iter().position(broken) {
            let found = format!("{:?} in element {i}", vectors[i]);
            accessor.at.error(found, "finite numbers", "");
            return None;
        }
        Some(vectors)
    }

    /// Unsigned scalars of any width, as indices are.
    pub(super) fn indices(&self, reference: &At<'_>) -> Option<Vec<u32>> {
        let formats = [Component::U8, Component::U16, Component::U32].map(|c| (c, false));
        let accessor = self.get(reference)?;
        let format = (accessor.component, accessor.normalized);
        if accessor.width != 1 || !formats.contains(&format) {
            accessor.mismatch(reference, 1, &formats);
            return None;
        }
        self.charge(4 * accessor.count as u64, reference)?;
        let mut indices = vec![0; accessor.count];
        self.each(accessor, |i, bytes| indices[i] = format.0.whole(bytes))?;
        Some(indices)
    }

    /// Gives every stored element to `put` with its index, then every sparse replacement.
    fn each(&self, accessor: &Accessor<'_>, mut put: impl FnMut(usize, &[u8])) -> Option<()> {
        // Ranges have been checked; a missing buffer has been reported.
        let read = |e: &Elements, i: usize, size: usize| {
            let start = e.start + i * e.stride;
            self.buffers.buffer(e.buffer)?.get(start..start + size)
        };
        let size = accessor.element_size;
        if let Some(elements) = &accessor.elements {
            for i in 0..accessor.count {
                put(i, read(elements, i, size)?);
            }
        }
        let Some(sparse) = &accessor.sparse else {
            return Some(());
        };
        let mut next = 0;
        for i in 0..sparse.count {
            let index = read(&sparse.indices, i, sparse.index_type.size())?;
            let index = sparse.index_type.whole(index) as usize;
            if index < next || index >= accessor.count {
                accessor.at.error(
                    format!("sparse index {index} as number {i}"),
                    &format!("rising indices below {}", accessor.count),
                    "",
                );
                return None;
            }
            next = index + 1;
            put(index, read(&sparse.values, i, size)?);
        }
        Some(())
    }
}

impl Accessor<'_> {
    fn mismatch(&self, reference: &At<'_>, width: usize, formats: &[Format]) {
        let say = |(component, normalized): Format| {
            let prefix = if normalized { "normalized " } else { "" };
            format!("{prefix}{}", component.name())
        };
        let kind = ["SCALAR", "VEC2", "VEC3", "VEC4"][width - 1];
        let formats: Vec<String> = formats.iter().map(|f| say(*f)).collect();
        let found = say((self.component, self.normalized));
        reference.error(
            format!("an accessor of {} {found}", self.kind),
            &format!("{kind} {}", formats.join(" or ")),
            "",
        );
    }
}

fn check_accessor<'a>(at: At<'a>, buffers: &Buffers<'_>) -> Option<Accessor<'a>> {
    let code = at.require("componentType")?;
    let Some(component) = Component::of_code(code.integer(u64::from(u16::MAX))?) else {
        code.wrong("5120, 5121, 5122, 5123, 5125 or 5126");
        return None;
    };
    let kind_at = at.require("type")?;
    let kind = kind_at.text()?;
    let size = component.size();
    // Columns of matrices begin at multiples of four bytes.
    let (width, element_size) = match kind {
        "SCALAR" => (1, size),
        "VEC2" => (2, 2 * size),
        "VEC3" => (3, 3 * size),
        "VEC4" => (4, 4 * size),
        "MAT2" => (4, 2 * (2 * size).next_multiple_of(4)),
        "MAT3" => (9, 3 * (3 * size).next_multiple_of(4)),
        "MAT4" => (16, 16 * size),
        _ => {
            kind_at.wrong("SCALAR, VEC2, VEC3, VEC4, MAT2, MAT3 or MAT4");
            return None;
        }
    };
    let count_at = at.require("count")?;
    let count = positive(&count_at, u32::MAX as usize)?;
    let normalized = match at.get("normalized") {
        Some(normalized) => normalized.boolean()?,
        None => false,
    };
    let elements = match at.get("bufferView") {
        Some(view) => Some(place(&at, &view, buffers, count, element_size, true)?),
        None if count > MAX_ZERO_ELEMENTS => {
            let expected = format!("at most {MAX_ZERO_ELEMENTS} elements without a `bufferView`");
            count_at.wrong(&expected);
            return None;
        }
        None => None,
    };
    let sparse = match at.get("sparse") {
        Some(sparse) => Some(check_sparse(&sparse, buffers, count, element_size)?),
        None => None,
    };
    Some(Accessor {
        at,
        elements,
        count,
        component,
        normalized,
        kind,
        width,
        element_size,
        sparse,
    })
}

/// A count of 1 … `most`.
fn positive(at: &At<'_>, most: usize) -> Option<usize> {
    let count = at.integer(most as u64)? as usize;
    if count == 0 {
        at.wrong("at least 1");
    }
    (count > 0).then_some(count)
}

fn check_sparse(
    at: &At<'_>,
    buffers: &Buffers<'_>,
    most: usize,
    element_size: usize,
) -> Option<Sparse> {
    let count = positive(&at.require("count")?, most)?;
    let (indices, values) = (at.require("indices")?, at.require("values")?);
    let code = indices.require("componentType")?;
    let index_type = match code.integer(u64::from(u16::MAX))? {
        5121 => Component::U8,
        5123 => Component::U16,
        5125 => Component::U32,
        _ => {
            code.wrong("5121, 5123 or 5125");
            return None;
        }
    };
    let at_view = |at: &At<'_>, size: usize| {
        let view = at.require("bufferView")?;
        place(at, &view, buffers, count, size, false)
    };
    Some(Sparse {
        count,
        indices: at_view(&indices, index_type.size())?,
        index_type,
        values: at_view(&values, element_size)?,
    })
}

/// Where `count` elements are, once it is certain that all are within the view.
fn place(
    at: &At<'_>,
    view_at: &At<'_>,
    buffers: &Buffers<'_>,
    count: usize,
    element_size: usize,
    strided: bool,
) -> Option<Elements> {
    let index = view_at.index("bufferViews", buffers.view_count())?;
    let offset = match at.get("byteOffset") {
        Some(offset) => offset.integer(super::MAX_FILE_BYTES)? as usize,
        None => 0,
    };
    let View {
        buffer,
        start,
        len,
        stride,
    } = buffers.view(index)?;
    let stride = stride.filter(|_| strided).unwrap_or(element_size);
    if stride < element_size {
        let found = format!("elements of {element_size} bytes, {stride} bytes apart");
        at.error(found, "elements that do not overlap", "");
        return None;
    }
    let last = stride.checked_mul(count - 1);
    let end = last.and_then(|last| last.checked_add(offset)?.checked_add(element_size));
    match end {
        Some(end) if end <= len => Some(Elements {
            buffer,
            start: start + offset,
            stride,
        }),
        _ => {
            let end = end.map_or("beyond 2^64".to_owned(), |end| end.to_string());
            at.error(
                format!("{count} elements that end at byte {end} of bufferView {index}"),
                &format!("an end within its {len} bytes"),
                "",
            );
            None
        }
    }
}
