//! Parquet files as columns of numbers, texts and lists; laid out as Arrow lays them out, so that
//! pandas, pyarrow and Hugging Face datasets read them as their own.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{
    Compression, ConvertedType, GzipLevel, LogicalType, Repetition, Type as Kind,
};
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray,
    FixedLenByteArrayType, FloatType, Int64Type,
};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

/// All values of a column, one after another.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
    Bool(Vec<bool>),
    Text(Vec<String>),
    Digest(Vec<[u8; 32]>),
}

/// How the values of a column make rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// One value a row.
    Scalars,
    /// One value or none a row; whether there is one.
    Optional(Vec<bool>),
    /// Nested lists of these lengths, above 0, outer first, in every row.
    Lists(Vec<usize>),
    /// A list in every row; its lengths.
    Ragged(Vec<usize>),
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: String,
    pub rows: Rows,
    pub values: Values,
}

impl Column {
    /// One value a row.
    pub fn scalars(name: impl Into<String>, values: Values) -> Self {
        Self {
            name: name.into(),
            rows: Rows::Scalars,
            values,
        }
    }

    /// A list of the same length in every row.
    pub fn lists(name: impl Into<String>, length: usize, values: Values) -> Self {
        Self {
            name: name.into(),
            rows: Rows::Lists(vec![length]),
            values,
        }
    }

    /// Adds the rows of a column of the same kind.
    ///
    /// # Panics
    /// If it is of another kind.
    pub fn append(&mut self, other: Self) {
        match (&mut self.rows, other.rows) {
            (Rows::Ragged(a), Rows::Ragged(b)) => a.extend(b),
            (Rows::Optional(a), Rows::Optional(b)) => a.extend(b),
            (a, b) => assert_eq!(*a, b),
        }
        match (&mut self.values, other.values) {
            (Values::F32(a), Values::F32(b)) => a.extend(b),
            (Values::F64(a), Values::F64(b)) => a.extend(b),
            (Values::I64(a), Values::I64(b)) => a.extend(b),
            (Values::Bool(a), Values::Bool(b)) => a.extend(b),
            (Values::Text(a), Values::Text(b)) => a.extend(b),
            (Values::Digest(a), Values::Digest(b)) => a.extend(b),
            _ => panic!("columns of different types"),
        }
    }

    fn schema(&self) -> Result<TypePtr> {
        let depth = match &self.rows {
            Rows::Scalars | Rows::Optional(_) => 0,
            Rows::Lists(lengths) => lengths.len(),
            Rows::Ragged(_) => 1,
        };
        let name = if depth == 0 { &self.name } else { "element" };
        let leaf = Type::primitive_type_builder(name, self.values.kind());
        let leaf = leaf.with_repetition(Repetition::OPTIONAL);
        let mut node = Arc::new(match &self.values {
            Values::Text(_) => leaf
                .with_logical_type(Some(LogicalType::String))
                .with_converted_type(ConvertedType::UTF8)
                .build()?,
            Values::Digest(_) => leaf.with_length(32).build()?,
            _ => leaf.build()?,
        });
        for level in (0..depth).rev() {
            let repeated = Type::group_type_builder("list")
                .with_repetition(Repetition::REPEATED)
                .with_fields(vec![node])
                .build()?;
            let name = if level == 0 { &self.name } else { "element" };
            node = Arc::new(
                Type::group_type_builder(name)
                    .with_repetition(Repetition::OPTIONAL)
                    .with_logical_type(Some(LogicalType::List))
                    .with_converted_type(ConvertedType::LIST)
                    .with_fields(vec![Arc::new(repeated)])
                    .build()?,
            );
        }
        Ok(node)
    }

    /// Definition and repetition levels, as Dremel counts them.
    fn levels(&self) -> (Vec<i16>, Vec<i16>) {
        let count = self.values.len();
        match &self.rows {
            Rows::Scalars => (vec![1; count], Vec::new()),
            Rows::Optional(there) => {
                let definitions = there.iter().map(|&t| i16::from(t)).collect();
                (definitions, Vec::new())
            }
            Rows::Lists(lengths) => {
                let whole: usize = lengths.iter().product();
                assert!(whole > 0, "lists of the same length are not empty");
                let strides = (1..=lengths.len()).map(|i| lengths[i..].iter().product::<usize>());
                let strides: Vec<usize> = strides.collect();
                let most = 2 * lengths.len() as i16 + 1;
                let level = |i: usize| match i % whole {
                    0 => 0,
                    // The outermost list that goes on here.
                    k => 1 + strides.iter().position(|s| k % s == 0).unwrap_or(0) as i16,
                };
                (vec![most; count], (0..count).map(level).collect())
            }
            Rows::Ragged(lengths) => {
                let (mut definitions, mut repetitions) = (Vec::new(), Vec::new());
                for &length in lengths {
                    definitions.extend(std::iter::repeat_n(3, length));
                    repetitions.extend((0..length).map(|i| i16::from(i > 0)));
                    if length == 0 {
                        definitions.push(1);
                        repetitions.push(0);
                    }
                }
                (definitions, repetitions)
            }
        }
    }
}

impl Values {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::Bool(v) => v.len(),
            Self::Text(v) => v.len(),
            Self::Digest(v) => v.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Size without compression.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::F32(v) => 4 * v.len() as u64,
            Self::F64(v) => 8 * v.len() as u64,
            Self::I64(v) => 8 * v.len() as u64,
            Self::Bool(v) => v.len() as u64,
            Self::Text(v) => v.iter().map(|t| t.len() as u64).sum(),
            Self::Digest(v) => 32 * v.len() as u64,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::F32(_) => Kind::FLOAT,
            Self::F64(_) => Kind::DOUBLE,
            Self::I64(_) => Kind::INT64,
            Self::Bool(_) => Kind::BOOLEAN,
            Self::Text(_) => Kind::BYTE_ARRAY,
            Self::Digest(_) => Kind::FIXED_LEN_BYTE_ARRAY,
        }
    }
}

/// Writes a file, one row group after another.
pub struct TableWriter<W: Write + Send> {
    writer: SerializedFileWriter<W>,
}

impl<W: Write + Send> TableWriter<W> {
    /// With the names and types of `columns`, whose values are not written yet.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    pub fn new(out: W, columns: &[Column], metadata: &[(&str, String)]) -> Result<Self> {
        let fields = columns.iter().map(Column::schema).collect::<Result<_>>()?;
        let schema = Type::group_type_builder("schema")
            .with_fields(fields)
            .build()?;
        let metadata = metadata
            .iter()
            .map(|(k, v)| KeyValue::new(k.to_string(), v.clone()));
        let metadata: Vec<KeyValue> = metadata.collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::GZIP(GzipLevel::default()))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_created_by(concat!("benchside ", env!("CARGO_PKG_VERSION")).into())
            .set_key_value_metadata((!metadata.is_empty()).then_some(metadata))
            .build();
        let writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
        Ok(Self { writer })
    }

    /// Adds rows, of the columns that the file was begun with.
    ///
    /// # Errors
    /// If the file cannot be written to.
    pub fn write(&mut self, columns: &[Column]) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        for column in columns {
            let group = &mut group;
            match &column.values {
                Values::F32(v) => put::<FloatType>(group, column, v)?,
                Values::F64(v) => put::<DoubleType>(group, column, v)?,
                Values::I64(v) => put::<Int64Type>(group, column, v)?,
                Values::Bool(v) => put::<BoolType>(group, column, v)?,
                Values::Text(v) => {
                    let texts: Vec<ByteArray> = v.iter().map(|t| t.as_str().into()).collect();
                    put::<ByteArrayType>(group, column, &texts)?;
                }
                Values::Digest(v) => {
                    let array = |d: &[u8; 32]| FixedLenByteArray::from(d.to_vec());
                    let digests: Vec<FixedLenByteArray> = v.iter().map(array).collect();
                    put::<FixedLenByteArrayType>(group, column, &digests)?;
                }
            }
        }
        group.close().map(|_| ())
    }

    /// Writes the end of the file.
    ///
    /// # Errors
    /// If the file cannot be written to.
    pub fn finish(self) -> Result<W> {
        self.writer.into_inner()
    }
}

fn put<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    column: &Column,
    values: &[T::T],
) -> Result<()> {
    let (definitions, repetitions) = column.levels();
    let missing = || general("more columns than the file has");
    let mut writer = group.next_column()?.ok_or_else(missing)?;
    let is_list = !matches!(column.rows, Rows::Scalars | Rows::Optional(_));
    let repetitions = is_list.then_some(repetitions.as_slice());
    writer
        .typed::<T>()
        .write_batch(values, Some(&definitions), repetitions)?;
    writer.close()
}

fn general(text: &str) -> ParquetError {
    ParquetError::General(text.into())
}

/// The columns of a file; lists come back as [`Rows::Ragged`].
///
/// # Errors
/// If it cannot be read, has columns of other kinds than are written here, or rows without a
/// value.
pub fn read(path: &Path) -> Result<Vec<Column>> {
    let file = File::open(path).map_err(|e| general(&e.to_string()))?;
    let reader = SerializedFileReader::new(file)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let mut columns = Vec::new();
    for (i, descriptor) in schema.columns().iter().enumerate() {
        let name = descriptor.path().parts().first().cloned();
        let name = name.unwrap_or_default();
        let mut get = Reading {
            reader: &reader,
            column: i,
            is_list: match (descriptor.max_rep_level(), descriptor.max_def_level()) {
                (0, 1) => false,
                (1, 3) => true,
                _ => return Err(general("a column of another kind")),
            },
            lengths: Vec::new(),
        };
        let values = match (descriptor.physical_type(), descriptor.type_length()) {
            (Kind::FLOAT, _) => Values::F32(get.values::<FloatType>()?),
            (Kind::DOUBLE, _) => Values::F64(get.values::<DoubleType>()?),
            (Kind::INT64, _) => Values::I64(get.values::<Int64Type>()?),
            (Kind::BOOLEAN, _) => Values::Bool(get.values::<BoolType>()?),
            (Kind::BYTE_ARRAY, _) => {
                let texts = get.values::<ByteArrayType>()?.into_iter();
                let text = |t: ByteArray| t.as_utf8().map(String::from);
                Values::Text(texts.map(text).collect::<Result<_>>()?)
            }
            (Kind::FIXED_LEN_BYTE_ARRAY, 32) => {
                let digests = get.values::<FixedLenByteArrayType>()?.into_iter();
                let digest = |d: FixedLenByteArray| {
                    <[u8; 32]>::try_from(d.data())
                        .map_err(|_| general("a digest of another length"))
                };
                Values::Digest(digests.map(digest).collect::<Result<_>>()?)
            }
            _ => return Err(general("a column of another kind")),
        };
        let rows = if get.is_list {
            Rows::Ragged(get.lengths)
        } else {
            Rows::Scalars
        };
        columns.push(Column { name, rows, values });
    }
    Ok(columns)
}

/// Number of rows of a file.
///
/// # Errors
/// If it cannot be read.
pub fn row_count(path: &Path) -> Result<u64> {
    let file = File::open(path).map_err(|e| general(&e.to_string()))?;
    let reader = SerializedFileReader::new(file)?;
    Ok(reader.metadata().file_metadata().num_rows() as u64)
}

struct Reading<'a> {
    reader: &'a SerializedFileReader<File>,
    column: usize,
    is_list: bool,
    /// Of the lists read so far.
    lengths: Vec<usize>,
}

impl Reading<'_> {
    fn values<T: DataType>(&mut self) -> Result<Vec<T::T>> {
        let mut all = Vec::new();
        for i in 0..self.reader.num_row_groups() {
            let group = self.reader.get_row_group(i)?;
            let rows = group.metadata().num_rows() as usize;
            let mut reader = get_typed_column_reader::<T>(group.get_column_reader(self.column)?);
            let (mut definitions, mut repetitions) = (Vec::new(), Vec::new());
            let (records, values, _) = reader.read_records(
                rows,
                Some(&mut definitions),
                self.is_list.then_some(&mut repetitions),
                &mut all,
            )?;
            let present = if self.is_list { 3 } else { 1 };
            let nulls = definitions
                .iter()
                .any(|&d| d != present && !(self.is_list && d == 1));
            if records != rows || nulls || (!self.is_list && values != rows) {
                return Err(general("missing values"));
            }
            for (&definition, &repetition) in definitions.iter().zip(&repetitions) {
                if repetition == 0 {
                    self.lengths.push(0);
                }
                if let Some(last) = self.lengths.last_mut() {
                    *last += usize::from(definition == 3);
                }
            }
        }
        Ok(all)
    }
}
