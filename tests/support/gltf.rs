//! glTF files built in code: JSON to be edited freely, and one buffer.

use std::path::Path;

use benchside::base::problem::Problems;
use benchside::scene::desc::SceneDesc;
use benchside::scene::gltf::load_bytes;
use benchside::scene::mesh::Mesh;
use benchside::scene::taxonomy::Taxonomy;
use serde_json::{Value, json};

pub const I8: u32 = 5120;
pub const U8: u32 = 5121;
pub const I16: u32 = 5122;
pub const U16: u32 = 5123;
pub const U32: u32 = 5125;
pub const F32: u32 = 5126;

/// `labware` (abstract) above `tube` and `rack`.
pub fn taxonomy() -> Taxonomy {
    let text = r#"
        version = 1
        [[class]]
        id = 1
        name = "labware"
        abstract = true
        color = [9, 9, 9]
        [[class]]
        id = 20
        name = "tube"
        parent = "labware"
        color = [1, 2, 3]
        [[class]]
        id = 3
        name = "rack"
        parent = "labware"
        color = [4, 5, 6]
    "#;
    Taxonomy::parse(Path::new("taxonomy.toml"), text).unwrap_or_else(|e| panic!("{e}"))
}

/// A file in the making.
#[derive(Clone)]
pub struct GltfFile {
    pub json: Value,
    pub bin: Vec<u8>,
}

impl GltfFile {
    /// An empty scene.
    pub fn new() -> Self {
        Self {
            json: json!({
                "asset": {"version": "2.0"},
                "scene": 0,
                "scenes": [{"nodes": []}],
            }),
            bin: Vec::new(),
        }
    }

    /// One object of class tube, `thing`: the triangle of [`GltfFile::triangle`].
    pub fn of_triangle() -> Self {
        let mut file = Self::new();
        let mesh = file.triangle();
        file.root(json!({"name": "thing", "mesh": mesh, "extras": {"bs_class": "tube"}}));
        file
    }

    /// Appends to a top-level table; gives the index.
    pub fn push(&mut self, table: &str, value: Value) -> usize {
        let table = &mut self.json[table];
        if table.is_null() {
            *table = json!([]);
        }
        let list = table.as_array_mut().expect("a table is an array");
        list.push(value);
        list.len() - 1
    }

    /// Appends a node that is a root of the scene.
    pub fn root(&mut self, node: Value) -> usize {
        let index = self.push("nodes", node);
        let roots = self.json["scenes"][0]["nodes"].as_array_mut();
        roots.expect("roots are an array").push(json!(index));
        index
    }

    /// Appends bytes and a view of them.
    pub fn view(&mut self, bytes: &[u8]) -> usize {
        self.bin.resize(self.bin.len().next_multiple_of(4), 0);
        let view = json!({"buffer": 0, "byteOffset": self.bin.len(), "byteLength": bytes.len()});
        self.bin.extend_from_slice(bytes);
        self.push("bufferViews", view)
    }

    /// Appends an accessor with a view of its own.
    pub fn accessor(&mut self, component: u32, kind: &str, count: usize, bytes: &[u8]) -> usize {
        let view = self.view(bytes);
        let accessor =
            json!({"bufferView": view, "componentType": component, "type": kind, "count": count});
        self.push("accessors", accessor)
    }

    /// Appends an accessor whose integers are normalized.
    pub fn normalized(&mut self, component: u32, kind: &str, count: usize, bytes: &[u8]) -> usize {
        let index = self.accessor(component, kind, count, bytes);
        self.json["accessors"][index]["normalized"] = json!(true);
        index
    }

    /// Appends vectors of `N` floats.
    pub fn floats<const N: usize>(&mut self, values: &[[f32; N]]) -> usize {
        let kind = ["SCALAR", "VEC2", "VEC3", "VEC4"][N - 1];
        let bytes: Vec<u8> = values
            .iter()
            .flatten()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        self.accessor(F32, kind, values.len(), &bytes)
    }

    /// Appends 16-bit indices.
    pub fn indices(&mut self, values: &[u16]) -> usize {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.accessor(U16, "SCALAR", values.len(), &bytes)
    }

    /// A mesh of one primitive.
    pub fn mesh(&mut self, primitive: Value) -> usize {
        self.push(
            "meshes",
            json!({"name": "shape", "primitives": [primitive]}),
        )
    }

    /// A mesh of one triangle: (0, 0, 0), (1, 0, 0), (0, 0, −1) in glTF's axes, which face up.
    pub fn triangle(&mut self) -> usize {
        let positions = self.floats(&[[0.0; 3], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]]);
        self.mesh(json!({"attributes": {"POSITION": positions}}))
    }

    /// A mesh of a closed tetrahedron with legs of 1, 2 and 3 along x, y and z (Z up), indexed.
    pub fn tetrahedron(&mut self) -> usize {
        // Z up: (0,0,0) (1,0,0) (0,2,0) (0,0,3); glTF has (x, z, −y).
        let corners = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 0.0, -2.0], [0.0, 3.0, 0.0]];
        let positions = self.floats(&corners);
        let indices = self.indices(&[0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3]);
        self.mesh(json!({"attributes": {"POSITION": positions}, "indices": indices}))
    }

    fn whole(&self, uri: Option<String>) -> Vec<u8> {
        let mut json = self.json.clone();
        if !self.bin.is_empty() && json["buffers"].is_null() {
            json["buffers"] = json!([{"byteLength": self.bin.len()}]);
            if let Some(uri) = uri {
                json["buffers"][0]["uri"] = json!(uri);
            }
        }
        json.to_string().into_bytes()
    }

    /// The JSON, with the buffer in a file named `uri`.
    pub fn separate(&self, uri: &str) -> Vec<u8> {
        self.whole(Some(uri.to_owned()))
    }

    /// The JSON, with the buffer in a `data:` URI.
    pub fn embedded(&self) -> Vec<u8> {
        let data = base64(&self.bin);
        self.whole(Some(format!("data:application/octet-stream;base64,{data}")))
    }

    /// A GLB file.
    pub fn glb(&self) -> Vec<u8> {
        let (mut json, mut bin) = (self.whole(None), self.bin.clone());
        json.resize(json.len().next_multiple_of(4), b' ');
        bin.resize(bin.len().next_multiple_of(4), 0);
        let word = |v: usize| (v as u32).to_le_bytes();
        let mut out = [b"glTF", &word(2)[..], &word(28 + json.len() + bin.len())].concat();
        out.extend([&word(json.len())[..], b"JSON", &json].concat());
        out.extend([&word(bin.len())[..], b"BIN\0", &bin].concat());
        out
    }

    /// Loads it as GLB.
    pub fn load(&self) -> (SceneDesc, Problems) {
        load_bytes(&self.glb(), taxonomy())
    }

    /// Loads it; there must be no problem at all.
    pub fn scene(&self) -> SceneDesc {
        let (scene, problems) = self.load();
        assert!(problems.is_empty(), "{problems}");
        scene
    }
}

/// RFC 4648.
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let word = group.iter().fold(0_u32, |w, b| w << 8 | u32::from(*b));
        let word = word << (8 * (3 - group.len()));
        for i in 0..4 {
            text.push(if i <= group.len() {
                char::from(DIGITS[(word >> (18 - 6 * i)) as usize & 63])
            } else {
                '='
            });
        }
    }
    text
}

/// Volume inside a closed mesh: positive if its triangles are counter-clockwise from outside.
pub fn volume(mesh: &Mesh) -> f64 {
    let corner = |i: u32| mesh.positions[i as usize].as_dvec3();
    let six = |t: &[u32; 3]| corner(t[0]).dot(corner(t[1]).cross(corner(t[2])));
    mesh.triangles.iter().map(six).sum::<f64>() / 6.0
}
