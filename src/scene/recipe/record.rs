//! Macros that declare the tables of our TOML files.

/// Declares a table of the file: a struct with its JSON Schema and the reading of its keys, so
/// that the two cannot disagree.
macro_rules! record {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
    }) => {
        #[derive(Clone, Debug, schemars::JsonSchema)]
        #[schemars(deny_unknown_fields)]
        $(#[$meta])*
        pub struct $name {
            /// Where the table stands.
            #[schemars(skip)]
            pub at: $crate::scene::recipe::reader::Place,
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl $name {
            #[doc(hidden)]
            #[allow(unused_mut)] // Of a table without keys.
            pub fn from_fields(
                mut fields: $crate::scene::recipe::reader::Fields<'_>,
                reader: &mut $crate::scene::recipe::reader::Reader<'_>,
            ) -> Option<Self> {
                $(let $field = fields.take::<$type>(stringify!($field), reader);)*
                let at = fields.place().clone();
                fields.close(reader);
                Some(Self { at, $($field: $field?,)* })
            }
        }

        impl $crate::scene::recipe::reader::Read for $name {
            fn expected() -> String {
                "a table".to_owned()
            }

            fn read(
                node: &$crate::scene::recipe::reader::Node<'_>,
                reader: &mut $crate::scene::recipe::reader::Reader<'_>,
            ) -> Option<Self> {
                use $crate::scene::recipe::reader::Fields;
                Self::from_fields(Fields::open::<Self>(node, reader)?, reader)
            }
        }
    };
}

/// Declares a table whose keys depend on the word under one of them.
macro_rules! tagged {
    ($(#[$meta:meta])* pub enum $name:ident by $tag:literal {
        $($(#[$variant_meta:meta])* $word:literal => $variant:ident($type:ty),)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, schemars::JsonSchema)]
        #[schemars(tag = $tag)]
        #[allow(clippy::large_enum_variant, reason = "few of them, read once")]
        pub enum $name {
            $($(#[$variant_meta])* #[schemars(rename = $word)] $variant($type),)*
        }

        impl $crate::scene::recipe::reader::Read for $name {
            fn expected() -> String {
                format!("a table with `{}`", $tag)
            }

            fn read(
                node: &$crate::scene::recipe::reader::Node<'_>,
                reader: &mut $crate::scene::recipe::reader::Reader<'_>,
            ) -> Option<Self> {
                use $crate::scene::recipe::reader::{At, Fields};
                let mut fields = Fields::open::<Self>(node, reader)?;
                let tag: At<String> = fields.take($tag, reader)?;
                match tag.value.as_str() {
                    $($word => <$type>::from_fields(fields, reader).map(Self::$variant),)*
                    other => {
                        $crate::scene::recipe::reader::unknown_word(
                            reader, &tag.place, other, &[$($word),*],
                        );
                        None
                    }
                }
            }
        }
    };
}

/// Declares a table with exactly one key, which says what its value is: `{ not = … }`.
macro_rules! keyed {
    ($(#[$meta:meta])* pub enum $name:ident {
        $($(#[$variant_meta:meta])* $word:literal => $variant:ident($type:ty),)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, schemars::JsonSchema)]
        #[allow(clippy::large_enum_variant, reason = "few of them, read once")]
        pub enum $name {
            $($(#[$variant_meta])* #[schemars(rename = $word)] $variant($type),)*
        }

        impl $name {
            /// The keys of the file.
            pub const WORDS: &[&str] = &[$($word),*];
        }

        impl $crate::scene::recipe::reader::Read for $name {
            fn expected() -> String {
                format!("a table with one key of {}", Self::WORDS.join(", "))
            }

            fn read(
                node: &$crate::scene::recipe::reader::Node<'_>,
                reader: &mut $crate::scene::recipe::reader::Reader<'_>,
            ) -> Option<Self> {
                use $crate::scene::recipe::reader::only_key;
                let (word, node) = only_key::<Self>(node, Self::WORDS, reader)?;
                match word {
                    $($word => <$type>::read(&node, reader).map(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

/// Declares a choice of words.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident {
        $($(#[$variant_meta:meta])* $word:literal => $variant:ident,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, schemars::JsonSchema)]
        pub enum $name {
            $($(#[$variant_meta])* #[schemars(rename = $word)] $variant,)*
        }

        impl $name {
            /// The words of the file.
            pub const WORDS: &[&str] = &[$($word),*];

            /// The value a word stands for.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The word that stands for it.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl $crate::scene::recipe::reader::Read for $name {
            fn expected() -> String {
                $crate::scene::recipe::reader::one_of(Self::WORDS)
            }

            fn read(
                node: &$crate::scene::recipe::reader::Node<'_>,
                reader: &mut $crate::scene::recipe::reader::Reader<'_>,
            ) -> Option<Self> {
                let Some(text) = node.value.as_str() else {
                    reader.wrong_type::<Self>(node);
                    return None;
                };
                let value = Self::from_word(text);
                if value.is_none() {
                    $crate::scene::recipe::reader::unknown_word(
                        reader, &node.place, text, Self::WORDS,
                    );
                }
                value
            }
        }
    };
}

pub(crate) use {keyed, record, tagged, words};
