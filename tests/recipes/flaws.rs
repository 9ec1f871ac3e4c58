//! Flaws, one at a time, in the sound recipe `full.toml`, each with the whole of what is said about it.

/// A change of the recipe's text, and the message.
pub struct Flaw {
    pub name: &'static str,
    /// Stands in the recipe once.
    pub from: &'static str,
    pub to: &'static str,
    pub says: &'static str,
}

pub const FLAWS: &[Flaw] = &[
    Flaw {
        name: "syntax",
        from: "version = 1",
        to: "version = = 1",
        says: r#"error: recipe.toml: line 2
  found:    extra `=`, expected nothing
  expected: well-formed TOML"#,
    },
    Flaw {
        name: "wrong_version",
        from: "version = 1",
        to: "version = 2",
        says: r#"error: recipe.toml: line 2, version
  found:    version 2
  expected: version 1"#,
    },
    Flaw {
        name: "unknown_key",
        from: "gap_m = 0.01",
        to: "gab_m = 0.01",
        says: r#"error: recipe.toml: line 35, spawn[0].gab_m
  found:    unknown key `gab_m`
  expected: one of name, asset, count, region, place, yaw_deg, tilt_deg, pose, offset_m, lift_m, gap_m, attempts, role, materials, variant
  remedy:   did you mean `gap_m`?"#,
    },
    Flaw {
        name: "unknown_section",
        from: "[physics]",
        to: "[phisics]",
        says: r#"error: recipe.toml: line 14, phisics
  found:    unknown key `phisics`
  expected: one of version, scene, taxonomy, capture, physics, groups, spawn, material, variant, camera, light
  remedy:   did you mean `physics`?"#,
    },
    Flaw {
        name: "missing_key",
        from: "region = \"bench_work\"\nplace = \"scatter\"\nyaw_deg = { uniform = [-180, 180] }\ngap_m = 0.01",
        to: "place = \"scatter\"\nyaw_deg = { uniform = [-180, 180] }\ngap_m = 0.01",
        says: r#"error: recipe.toml: line 28, spawn[0]
  found:    no `region`
  expected: `region` = a text"#,
    },
    Flaw {
        name: "wrong_type",
        from: "attempts = 32",
        to: "attempts = \"many\"",
        says: r#"error: recipe.toml: line 46, spawn[1].attempts
  found:    the text "many"
  expected: a whole number"#,
    },
    Flaw {
        name: "number_for_text",
        from: "scene = \"room.glb\"",
        to: "scene = 7",
        says: r#"error: recipe.toml: line 3, scene
  found:    the number 7
  expected: a text"#,
    },
    Flaw {
        name: "table_for_array",
        from: "[[variant]]",
        to: "[variant]",
        says: r#"error: recipe.toml: line 84, variant
  found:    a table
  expected: tables in double brackets"#,
    },
    Flaw {
        name: "not_finite",
        from: "lux = 5000",
        to: "lux = nan",
        says: r#"error: recipe.toml: line 153, light[4].lux
  found:    the number nan
  expected: a finite number"#,
    },
    Flaw {
        name: "wrong_length",
        from: "offset_m = [0, 0, 0.0005]",
        to: "offset_m = [0, 0]",
        says: r#"error: recipe.toml: line 44, spawn[1].offset_m
  found:    an array of 2
  expected: an array of 3: each a number"#,
    },
    Flaw {
        name: "fraction_of_an_item",
        from: "count = 1\n",
        to: "count = 1.5\n",
        says: r#"error: recipe.toml: line 73, spawn[3].count
  found:    the number 1.5
  expected: a whole number"#,
    },
    Flaw {
        name: "unknown_word",
        from: "place = \"slots\"",
        to: "place = \"slot\"",
        says: r#"error: recipe.toml: line 42, spawn[1].place
  found:    the text "slot"
  expected: one of "slots", "scatter"
  remedy:   did you mean "slots"?"#,
    },
    Flaw {
        name: "mount_of_nothing",
        from: "mount = { node = \"anchor\" }",
        to: "mount = { nod = \"anchor\" }",
        says: r#"error: recipe.toml: line 113, camera[3].mount
  found:    a table with none of `node`, `position_m` and `shell`
  expected: { node = … }, { position_m = …, look_at_m = … } or { shell = …, radius_m = … }"#,
    },
    Flaw {
        name: "unknown_distribution",
        from: "yaw_deg = { uniform = [-1, 1] }",
        to: "yaw_deg = { unifrom = [-1, 1] }",
        says: r#"error: recipe.toml: line 43, spawn[1].yaw_deg
  found:    a table with `unifrom`
  expected: a number, { uniform = … }, { normal = … }, { log_uniform = … }, { choice = … }, { group = … }"#,
    },
    Flaw {
        name: "reversed_bounds",
        from: "yaw_deg = { uniform = [-1, 1] }",
        to: "yaw_deg = { uniform = [1, -1] }",
        says: r#"error: recipe.toml: line 43, spawn[1].yaw_deg.uniform
  found:    from 1 to -1
  expected: the lesser number first"#,
    },
    Flaw {
        name: "log_of_zero",
        from: "roughness = { log_uniform = [0.1, 0.9] }",
        to: "roughness = { log_uniform = [0, 0.9] }",
        says: r#"error: recipe.toml: line 64, spawn[2].materials.ball_paint.roughness.log_uniform
  found:    a lower bound of 0
  expected: bounds above 0"#,
    },
    Flaw {
        name: "negative_deviation",
        from: "std = 40",
        to: "std = -40",
        says: r#"error: recipe.toml: line 58, spawn[2].yaw_deg.normal
  found:    a standard deviation of -40
  expected: 0 or more"#,
    },
    Flaw {
        name: "normal_out_of_reach",
        from: "mean = 0, std = 40, min = -90",
        to: "mean = 900, std = 40, min = -90",
        says: r#"error: recipe.toml: line 58, spawn[2].yaw_deg.normal
  found:    bounds -90 … 90 for a mean of 900 and a standard deviation of 40
  expected: bounds that hold at least 0.001 of the distribution
  remedy:   move the mean, widen the bounds, or use uniform"#,
    },
    Flaw {
        name: "normal_without_bounds",
        from: "{ mean = 0, std = 40, min = -90, max = 90 }",
        to: "{ mean = 0, std = 40 }",
        says: r#"error: recipe.toml: line 58, spawn[2].yaw_deg.normal
  found:    no `min`
  expected: `min` = a number
error: recipe.toml: line 58, spawn[2].yaw_deg.normal
  found:    no `max`
  expected: `max` = a number"#,
    },
    Flaw {
        name: "weights_mismatch",
        from: "weights = [4, 1, 1]",
        to: "weights = [4, 1]",
        says: r#"error: recipe.toml: line 60, spawn[2].pose.weights
  found:    2 weights
  expected: 3: one for each choice"#,
    },
    Flaw {
        name: "weights_all_zero",
        from: "weights = [3, 1]",
        to: "weights = [0, 0]",
        says: r#"error: recipe.toml: line 47, spawn[1].variant.weights
  found:    weights that are all 0
  expected: at least one weight above 0"#,
    },
    Flaw {
        name: "negative_weight",
        from: "weights = [3, 1]",
        to: "weights = [3, -1]",
        says: r#"error: recipe.toml: line 47, spawn[1].variant.weights
  found:    a weight of -1
  expected: 0 or more"#,
    },
    Flaw {
        name: "empty_choice",
        from: "choice = [\"a.png\", \"b.png\"]",
        to: "choice = []",
        says: r#"error: recipe.toml: line 68, spawn[2].materials.crate_paint.texture
  found:    a choice of nothing
  expected: at least one value"#,
    },
    Flaw {
        name: "two_distributions",
        from: "elevation_deg = 45",
        to: "elevation_deg = { uniform = [40, 50], choice = [45] }",
        says: r#"error: recipe.toml: line 152, light[4].elevation_deg.uniform
  found:    unknown key `uniform`
  expected: one of choice, weights"#,
    },
    Flaw {
        name: "unknown_group",
        from: "tint = { group = \"batch\", value = \"tint\" }",
        to: "tint = { group = \"bach\", value = \"tint\" }",
        says: r#"error: recipe.toml: line 49, spawn[1].materials.crate_paint.tint.group
  found:    unknown group `bach`
  expected: a group of [groups]: batch, paint
  remedy:   did you mean `batch`?"#,
    },
    Flaw {
        name: "unknown_group_value",
        from: "variant = { group = \"paint\", value = \"variant\" }",
        to: "variant = { group = \"paint\", value = \"varnish\" }",
        says: r#"error: recipe.toml: line 77, spawn[3].variant.value
  found:    unknown value `varnish`
  expected: a value of the group `paint`: tint, variant"#,
    },
    Flaw {
        name: "group_of_another_kind",
        from: "variant = { group = \"paint\", value = \"variant\" }",
        to: "variant = { group = \"paint\", value = \"tint\" }",
        says: r#"error: recipe.toml: line 77, spawn[3].variant.value
  found:    a group's value of arrays of 3 numbers
  expected: a text"#,
    },
    Flaw {
        name: "owner_group_without_owner",
        from: "tint = { uniform = [[0.9, 0.9, 0.9], [1, 1, 1]] }",
        to: "tint = { group = \"batch\", value = \"tint\" }",
        says: r#"error: recipe.toml: line 81, material[0].tint.group
  found:    group `batch` of scope "owner" for a value drawn once an episode
  expected: a group of scope "episode""#,
    },
    Flaw {
        name: "unused_group",
        from: "[[spawn]]\nname = \"racks\"",
        to: "[groups.spare.values]\nangle = { uniform = [0, 1] }\n\n[[spawn]]\nname = \"racks\"",
        says: r#"error: recipe.toml: line 29, groups.spare.values.angle
  found:    `angle` of group `spare`, which nothing uses
  expected: a value that something uses
  remedy:   refer to it by { group = …, value = … }, or remove it"#,
    },
    Flaw {
        name: "no_pixels",
        from: "size_px = [640, 480]",
        to: "size_px = [640, 0]",
        says: r#"error: recipe.toml: line 7, capture.size_px
  found:    640 × 0 pixels
  expected: 1 … 16384 each"#,
    },
    Flaw {
        name: "absurd_size",
        from: "size_px = [640, 480]",
        to: "size_px = [640, 48000]",
        says: r#"error: recipe.toml: line 7, capture.size_px
  found:    640 × 48000 pixels
  expected: 1 … 16384 each"#,
    },
    Flaw {
        name: "rate_that_does_not_divide",
        from: "flow_secs = 0.025",
        to: "flow_secs = 0.03",
        says: r#"error: recipe.toml: line 11, capture.flow_secs
  found:    0.03 s, which is 7.2 time steps
  expected: a multiple of the time step, 0.0041666667 s
  remedy:   the nearest is 0.029166667"#,
    },
    Flaw {
        name: "interval_that_does_not_divide",
        from: "interval_secs = 0.1",
        to: "interval_secs = 0.101",
        says: r#"error: recipe.toml: line 9, capture.interval_secs
  found:    0.101 s, which is 24.24 time steps
  expected: a multiple of the time step, 0.0041666667 s
  remedy:   the nearest is 0.100000001"#,
    },
    Flaw {
        name: "flow_beyond_next_frame",
        from: "flow_secs = 0.025",
        to: "flow_secs = 0.15",
        says: r#"error: recipe.toml: line 11, capture.flow_secs
  found:    flow over 0.15 s, beyond the next frame after 0.1 s
  expected: flow_secs at most interval_secs"#,
    },
    Flaw {
        name: "settling_of_the_released",
        from: "begin = \"settled\"",
        to: "begin = \"released\"",
        says: r#"error: recipe.toml: line 15, physics.settle_secs
  found:    settle_secs, which nothing uses as capture.begin is "released"
  expected: no settle_secs, or capture.begin = "settled""#,
    },
    Flaw {
        name: "timestep_out_of_range",
        from: "timestep_secs = 0.0041666667",
        to: "timestep_secs = 0.5",
        says: r#"error: recipe.toml: line 16, physics.timestep_secs
  found:    0.5
  expected: 0.0001 … 0.05"#,
    },
    Flaw {
        name: "length_unit_out_of_range",
        from: "timestep_secs = 0.0041666667",
        to: "timestep_secs = 0.0041666667\nlength_unit_m = 5",
        says: r#"error: recipe.toml: line 17, physics.length_unit_m
  found:    5
  expected: 0.001 … 1"#,
    },
    Flaw {
        name: "negative_count",
        from: "count = { uniform = [3, 6] }",
        to: "count = { uniform = [-3, 6] }",
        says: r#"error: recipe.toml: line 55, spawn[2].count
  found:    -3
  expected: 0 … 10000"#,
    },
    Flaw {
        name: "too_many_for_slots",
        from: "count = { uniform = [1, 4] }",
        to: "count = { uniform = [9, 12] }",
        says: r#"error: recipe.toml: line 40, spawn[1].count
  found:    at least 9 items
  expected: at most 8: as many slots `rack_slot` can ever have"#,
    },
    Flaw {
        name: "unknown_region",
        from: "region = \"bench_work\"\nplace = \"scatter\"\nrole = \"clutter\"",
        to: "region = \"bench_werk\"\nplace = \"scatter\"\nrole = \"clutter\"",
        says: r#"error: recipe.toml: line 74, spawn[3].region
  found:    unknown region `bench_werk`
  expected: a region of the scene or of an asset of an earlier [[spawn]]: bench_work, far, line, rack_slot
  remedy:   did you mean `bench_work`?"#,
    },
    Flaw {
        name: "region_of_a_later_entry",
        from: "[[spawn]]\nname = \"racks\"",
        to: "[[spawn]]\nname = \"early\"\nasset = \"ball.glb\"\ncount = 1\nregion = \"rack_slot\"\nplace = \"slots\"\n\n[[spawn]]\nname = \"racks\"",
        says: r#"error: recipe.toml: line 32, spawn[0].region
  found:    region `rack_slot`, which comes only with the later `racks`
  expected: a region of the scene or of an asset of an earlier [[spawn]]
  remedy:   move this entry below `racks`"#,
    },
    Flaw {
        name: "empty_region",
        from: "region = \"bench_work\"\nplace = \"scatter\"\nrole = \"clutter\"",
        to: "region = \"line\"\nplace = \"scatter\"\nrole = \"clutter\"",
        says: r#"error: recipe.toml: line 74, spawn[3].region
  found:    region `line`, whose box measures 1 × 0 m
  expected: a region with area, to scatter over
  remedy:   scale its node, or use place = "slots""#,
    },
    Flaw {
        name: "never_fits",
        from: "[[material]]",
        to: "[[spawn]]\nname = \"stacked\"\nasset = \"rack.glb\"\ncount = 1\nregion = \"rack_slot\"\nplace = \"scatter\"\n\n[[material]]",
        says: r#"error: recipe.toml: line 83, spawn[4].region
  found:    a region of 0.044 × 0.034 m for `rack`, whose footprint is 0.186 × 0.038 m
  expected: a region that the item fits at one yaw at least
  remedy:   widen yaw_deg, or enlarge the region"#,
    },
    Flaw {
        name: "spread_of_texts",
        from: "asset = \"rack.glb\"",
        to: "asset = { uniform = [\"rack.glb\", \"crate.glb\"] }",
        says: r#"error: recipe.toml: line 30, spawn[0].asset
  found:    a table with `uniform`
  expected: a text, { choice = … }, { group = … }"#,
    },
    Flaw {
        name: "gap_in_slots",
        from: "place = \"slots\"",
        to: "place = \"slots\"\ngap_m = 0.01",
        says: r#"error: recipe.toml: line 43, spawn[1].gap_m
  found:    gap_m, which nothing uses with place = "slots"
  expected: no gap_m, or place = "scatter""#,
    },
    Flaw {
        name: "duplicate_entry",
        from: "name = \"loose\"",
        to: "name = \"racks\"",
        says: r#"error: recipe.toml: line 53, spawn[2].name
  found:    entry `racks`, as in line 29
  expected: a name of its own"#,
    },
    Flaw {
        name: "unknown_material",
        from: "[spawn.materials.ball_paint]",
        to: "[spawn.materials.bal_paint]",
        says: r#"error: recipe.toml: line 62, spawn[2].materials.bal_paint
  found:    unknown material `bal_paint`
  expected: a material of crate, ball, pair: ball_paint, crate_paint, crate_pink, steel
  remedy:   did you mean `ball_paint`?"#,
    },
    Flaw {
        name: "empty_material",
        from: "[[material]]\nname = \"bench_top\"\ntint = { uniform = [[0.9, 0.9, 0.9], [1, 1, 1]] }\nroughness = { uniform = [0.2, 0.4] }",
        to: "[[material]]\nname = \"bench_top\"",
        says: r#"error: recipe.toml: line 79, material[0]
  found:    a material that changes nothing
  expected: at least one of tint, roughness, metallic, cell, texture"#,
    },
    Flaw {
        name: "cell_without_texture",
        from: "metallic = 0\n",
        to: "metallic = 0\ncell = { columns = 2, rows = 2 }\n",
        says: r#"error: recipe.toml: line 62, spawn[2].materials.ball_paint
  found:    a cell of material `ball_paint`, which has no texture
  expected: a material with a base colour texture
  remedy:   give it one in the file, or by texture = …"#,
    },
    Flaw {
        name: "cell_out_of_range",
        from: "index = { choice = [0, 3] }",
        to: "index = { choice = [0, 4] }",
        says: r#"error: recipe.toml: line 67, spawn[2].materials.crate_paint.cell.index
  found:    4
  expected: 0 … 3"#,
    },
    Flaw {
        name: "roughness_out_of_range",
        from: "roughness = { uniform = [0.2, 0.4] }",
        to: "roughness = { uniform = [0.2, 1.4] }",
        says: r#"error: recipe.toml: line 82, material[0].roughness
  found:    1.4
  expected: 0 … 1"#,
    },
    Flaw {
        name: "unknown_variant",
        from: "variant = { choice = [\"blue\", \"pink\"], weights = [3, 1] }",
        to: "variant = { choice = [\"blue\", \"punk\"], weights = [3, 1] }",
        says: r#"error: recipe.toml: line 47, spawn[1].variant
  found:    unknown variant `punk`
  expected: a variant of `crate`: blue, pink
  remedy:   did you mean `pink`?"#,
    },
    Flaw {
        name: "unknown_scene_variant",
        from: "choose = { choice = [\"white\", \"wood\"], weights = [1, 1] }",
        to: "choose = \"black\"",
        says: r#"error: recipe.toml: line 85, variant[0].choose
  found:    unknown variant `black`
  expected: a variant of the scene file: white, wood"#,
    },
    Flaw {
        name: "second_variant",
        from: "[[camera]]\nname = \"fixed\"",
        to: "[[variant]]\nchoose = \"wood\"\n\n[[camera]]\nname = \"fixed\"",
        says: r#"error: recipe.toml: line 87, variant[1]
  found:    a second [[variant]]
  expected: one: a scene shows one variant
  remedy:   put all names into one { choice = … }"#,
    },
    Flaw {
        name: "unknown_node",
        from: "mount = { node = \"anchor\" }",
        to: "mount = { node = \"ancor\" }",
        says: r#"error: recipe.toml: line 113, camera[3].mount.node
  found:    unknown node `ancor`
  expected: a node of the scene file: anchor, cam, twin
  remedy:   did you mean `anchor`?"#,
    },
    Flaw {
        name: "ambiguous_node",
        from: "mount = { node = \"anchor\" }",
        to: "mount = { node = \"twin\" }",
        says: r#"error: recipe.toml: line 113, camera[3].mount.node
  found:    node `twin`, of which there are several
  expected: one node of this name"#,
    },
    Flaw {
        name: "unknown_shell",
        from: "shell = \"rack_slot\"",
        to: "shell = \"rack_slots\"",
        says: r#"error: recipe.toml: line 97, camera[1].mount.shell
  found:    unknown region `rack_slots`
  expected: a region of the scene or of an asset of a [[spawn]]: bench_work, far, line, rack_slot
  remedy:   did you mean `rack_slot`?"#,
    },
    Flaw {
        name: "duplicate_camera",
        from: "name = \"anchored\"",
        to: "name = \"wide\"",
        says: r#"error: recipe.toml: line 112, camera[3].name
  found:    camera `wide`, as in line 103
  expected: a name of its own"#,
    },
    Flaw {
        name: "fov_out_of_range",
        from: "vertical_fov_deg = 60",
        to: "vertical_fov_deg = 175",
        says: r#"error: recipe.toml: line 114, camera[3].vertical_fov_deg
  found:    175
  expected: 1 … 170"#,
    },
    Flaw {
        name: "no_optics",
        from: "vertical_fov_deg = 60\n",
        to: "",
        says: r#"error: recipe.toml: line 111, camera[3]
  found:    neither vertical_fov_deg nor intrinsics
  expected: one of the two, or a mount at a camera node"#,
    },
    Flaw {
        name: "two_optics",
        from: "intrinsics = {",
        to: "vertical_fov_deg = 50\nintrinsics = {",
        says: r#"error: recipe.toml: line 105, camera[2].vertical_fov_deg
  found:    both vertical_fov_deg and intrinsics
  expected: one of the two"#,
    },
    Flaw {
        name: "folding_lens",
        from: "k1 = { uniform = [-0.1, 0] }",
        to: "k1 = { uniform = [-0.9, 0] }",
        says: r#"error: recipe.toml: line 99, camera[1].lens
  found:    a lens that sees nothing at the corner (0, 0), with coefficients -0.9, 0, 0, 0, 0
  expected: a lens that is one-to-one over the whole picture
  remedy:   weaken the coefficients, or narrow the field of view"#,
    },
    Flaw {
        name: "pinhole_with_coefficients",
        from: "lens = { model = \"pinhole\" }",
        to: "lens = { model = \"pinhole\", k1 = 0.1 }",
        says: r#"error: recipe.toml: line 115, camera[3].lens.k1
  found:    unknown key `k1`
  expected: one of model"#,
    },
    Flaw {
        name: "looks_at_itself",
        from: "look_at_m = [0, 0, 0], roll_deg = { uniform = [-5, 5] }",
        to: "look_at_m = [0, -1, 1], roll_deg = { uniform = [-5, 5] }",
        says: r#"error: recipe.toml: line 104, camera[2].mount
  found:    position_m and look_at_m at the same point
  expected: two points"#,
    },
    Flaw {
        name: "unknown_light",
        from: "node = \"panel\"",
        to: "node = \"panels\"",
        says: r#"error: recipe.toml: line 118, light[0].node
  found:    unknown light `panels`
  expected: a light of the scene file: panel
  remedy:   did you mean `panel`?"#,
    },
    Flaw {
        name: "kelvin_out_of_range",
        from: "kelvin = 4000",
        to: "kelvin = 400",
        says: r#"error: recipe.toml: line 131, light[1].kelvin
  found:    400
  expected: 1000 … 40000"#,
    },
    Flaw {
        name: "dark_lamp",
        from: "lumens = 1000",
        to: "lumens = 0",
        says: r#"error: recipe.toml: line 130, light[1].lumens
  found:    0
  expected: above 0, at most 10000000"#,
    },
    Flaw {
        name: "inner_beyond_outer",
        from: "inner_deg = 15",
        to: "inner_deg = { uniform = [15, 30] }",
        says: r#"error: recipe.toml: line 147, light[3].outer_deg
  found:    an outer angle of 25° for an inner one of 30°
  expected: outer_deg always above inner_deg"#,
    },
    Flaw {
        name: "light_without_name_twice",
        from: "kind = \"ambient\"",
        to: "kind = \"point\"\nposition_m = [0, 0, 3]\ncandela = 5\n\n[[light]]\nkind = \"ambient\"",
        says: r#"error: recipe.toml: line 155, light[5]
  found:    light `point`, as in line 136
  expected: a name of its own"#,
    },
    Flaw {
        name: "unknown_light_kind",
        from: "kind = \"spot\"",
        to: "kind = \"spit\"",
        says: r#"error: recipe.toml: line 142, light[3].kind
  found:    the text "spit"
  expected: one of "rect", "point", "spot", "directional", "ambient", "panels", "sky", "environment"
  remedy:   did you mean "spot"?"#,
    },
    Flaw {
        name: "panels_into_each_other",
        from: "spacing_m = [1.2, 1.8]",
        to: "spacing_m = [1.2, 1.1]",
        says: r#"error: recipe.toml: line 166, light[6].spacing_m
  found:    panels of 1.2 m every 1.1 m
  expected: spacing_m at least size_m: panels beside each other"#,
    },
    Flaw {
        name: "sun_deep_below_the_horizon",
        from: "sun_elevation_deg = { uniform = [10, 60] }",
        to: "sun_elevation_deg = { uniform = [-10, 60] }",
        says: r#"error: recipe.toml: line 174, light[7].sun_elevation_deg
  found:    -10
  expected: -5 … 90"#,
    },
    Flaw {
        name: "air_thinner_than_air",
        from: "turbidity = 3",
        to: "turbidity = 0.5",
        says: r#"error: recipe.toml: line 175, light[7].turbidity
  found:    0.5
  expected: 1 … 10"#,
    },
    Flaw {
        name: "panorama_that_is_not_there",
        from: "[\"day.hdr\"]",
        to: "[\"dawn.hdr\"]",
        says: r#"error: recipe.toml: line 182, light[8].file
  found:    dawn.hdr
  expected: a file"#,
    },
    Flaw {
        name: "panorama_without_strength",
        from: "lux = 800",
        to: "scale = 2",
        says: r#"error: recipe.toml: line 180, light[8]
  found:    neither nits_per_unit nor lux
  expected: one of the two
  remedy:   lux is the illuminance of a surface that faces up: about 500 in a laboratory, 10000 under an overcast sky"#,
    },
    Flaw {
        name: "panorama_with_two_strengths",
        from: "lux = 800",
        to: "lux = 800\nnits_per_unit = 1000",
        says: r#"error: recipe.toml: line 185, light[8].nits_per_unit
  found:    both nits_per_unit and lux
  expected: one of the two"#,
    },
    Flaw {
        name: "lux_of_the_dark",
        from: "[\"day.hdr\"]",
        to: "[\"night.hdr\"]",
        says: r#"error: recipe.toml: line 184, light[8].lux
  found:    `night`, whose upper half is black
  expected: a panorama with light from above, for lux
  remedy:   use nits_per_unit"#,
    },
    Flaw {
        name: "light_on_no_camera",
        from: "mount_camera = \"sensing\"",
        to: "mount_camera = \"sensin\"",
        says: r#"error: recipe.toml: line 189, light[9].mount_camera
  found:    unknown camera `sensin`
  expected: a camera of the recipe: anchored, fixed, orbit, sensing, wide
  remedy:   did you mean `sensing`?"#,
    },
    Flaw {
        name: "f_number_alone",
        from: "focal_length_mm = 4\n",
        to: "",
        says: r#"error: recipe.toml: line 200, camera[4].f_number
  found:    f_number without focal_length_mm
  expected: f_number and focal_length_mm, or pupil_mm"#,
    },
    Flaw {
        name: "two_openings",
        from: "focal_length_mm = 4\n",
        to: "focal_length_mm = 4\npupil_mm = 1\n",
        says: r#"error: recipe.toml: line 200, camera[4].f_number
  found:    both f_number and pupil_mm
  expected: f_number and focal_length_mm, or pupil_mm"#,
    },
    Flaw {
        name: "opening_without_focus",
        from: "focus_m = 0.8\n",
        to: "",
        says: r#"error: recipe.toml: line 196, camera[4]
  found:    a lens with an opening, but no focus_m
  expected: focus_m, the distance that is sharp"#,
    },
    Flaw {
        name: "focus_without_opening",
        from: "f_number = { uniform = [2, 4] }\nfocal_length_mm = 4\n",
        to: "",
        says: r#"error: recipe.toml: line 200, camera[4].focus_m
  found:    focus_m of a lens without an opening, which is sharp everywhere
  expected: f_number and focal_length_mm, or pupil_mm"#,
    },
    Flaw {
        name: "exposure_longer_than_motion_is_known",
        from: "shutter_secs = 0.01",
        to: "shutter_secs = 0.5",
        says: r#"error: recipe.toml: line 203, camera[4].shutter_secs
  found:    an exposure of 0.52 s with the readout
  expected: at most twice capture.flow_secs, 0.05 s
  remedy:   shorten it, or lengthen flow_secs: motion is known for that long"#,
    },
    Flaw {
        name: "unknown_sensor",
        from: "kind = \"consumer_rgbd\"",
        to: "kind = \"consumer_rgb\"",
        says: r#"error: recipe.toml: line 207, camera[4].sensor.kind
  found:    the text "consumer_rgb"
  expected: one of "ideal", "machine_vision", "consumer_rgbd", "stereo_rgbd", "endoscope"
  remedy:   did you mean "consumer_rgbd"?"#,
    },
    Flaw {
        name: "glare_of_all_light",
        from: "glare_share = 0.02",
        to: "glare_share = 1.5",
        says: r#"error: recipe.toml: line 210, camera[4].sensor.glare_share
  found:    1.5
  expected: 0 … 0.9"#,
    },
    Flaw {
        name: "stereo_reads_no_signal",
        from: "depth = \"structured_light\"",
        to: "depth = \"stereo\"",
        says: r#"error: recipe.toml: line 235, camera[4].sensor.min_signal
  found:    min_signal, which this way of measuring depth does not read
  expected: min_signal and max_signal with "structured_light", min_texture with "stereo"
error: recipe.toml: line 236, camera[4].sensor.max_signal
  found:    max_signal, which this way of measuring depth does not read
  expected: min_signal and max_signal with "structured_light", min_texture with "stereo""#,
    },
    Flaw {
        name: "range_the_wrong_way",
        from: "min_m = 0.3\nmax_m = 4\n",
        to: "min_m = 3\nmax_m = 2\n",
        says: r#"error: recipe.toml: line 226, camera[4].sensor.min_m
  found:    a range from 3 m to 2 m
  expected: min_m always below max_m"#,
    },
    Flaw {
        name: "no_baseline",
        from: "baseline_m = 0.075",
        to: "baseline_m = { uniform = [-0.1, 0.1] }",
        says: r#"error: recipe.toml: line 225, camera[4].sensor.baseline_m
  found:    a baseline that may be 0
  expected: always above 0, or always below
  remedy:   two eyes at one place see no depth"#,
    },
    Flaw {
        name: "depth_through_a_bent_lens",
        from: "f_number = { uniform = [2, 4] }",
        to: "f_number = { uniform = [2, 4] }\nlens = { model = \"brown_conrady\", k1 = -0.01 }",
        says: r#"error: recipe.toml: line 209, camera[4].sensor.depth
  found:    a depth sensor behind a lens that bends lines
  expected: a pinhole lens
  remedy:   leave out `lens`: depth sensors deliver rectified pictures; or set depth = "none""#,
    },
];
