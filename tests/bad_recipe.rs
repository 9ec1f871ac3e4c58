//! bad_recipe
